"""Real notebooks, moved: do the bytes around the rewrite stay, and do they execute as before?

    python tests/lab/notebooks.py CACHE [NAME]... [--python PYTHON]

Clones each project into CACHE (what is there already is used as it is), places a copy of a module beside the notebook,
redirects the notebook to it, and prints a row of a Markdown table. PYTHON has nbclient, ipykernel, matplotlib, pandas,
scipy, ipywidgets, ipythonblocks and autograd; without it nothing is executed. A notebook is executed twice before: what
differs between these two runs, or is a time or an address, says nothing about the rewrite. What unfork printed and the
executed notebooks stay in CACHE.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True)
class Project:
    """A public repository at a commit, and what a notebook needs of it, as git's patterns."""

    repository: str
    commit: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Notebook:
    """A notebook, and the modules to move: each legacy one with its new name.

    ``root`` is the folder that imports start from.
    """

    name: str
    project: Project
    path: str
    root: str
    moves: tuple[tuple[str, str], ...]


DSP = Project(
    "AllenDowney/ThinkDSP", "b80edd98016d4d5afe3336faf31fdf8e25056ebc", ("nb/*.py", "thinkdsp")
)
STATS = Project(
    "AllenDowney/ThinkStats2",
    "ed53b15755e08fccfdac07af5e5aac76e4507731",
    ("code/*.py", "code/2002*", "code/*.shtml"),
)
AIMA = Project(
    "aimacode/aima-python",
    "f104e03fdc1582f014b3a4c93f1a9b7d2da70114",
    ("aima", "images", "notebooks/bootstrap.ipynb"),
)
PYTUDES = Project("norvig/pytudes", "414fe258a4181c2a819959d9a29bfcbe4c4b19c7", ())
HANDBOOK = Project(
    "jakevdp/PythonDataScienceHandbook", "d66231454ef753818dc9213c9b5942e067266966", ()
)
IN_DEPTH = Project("ipython/ipython-in-depth", "b2f9442aa52118dec44ccb0ee749ea63ac578bba", ())
SIGNALS = (("thinkdsp", "dsp.signals"),)
STATISTICS = (("thinkstats2", "stats.think"), ("thinkplot", "stats.plot"))
ARRAYS = (("numpy", "autograd.numpy"),)
NOTEBOOKS = (
    Notebook("chirps", DSP, "nb/chap03.ipynb", "nb", SIGNALS),
    Notebook("harmonics", DSP, "nb/chap02.ipynb", "nb", SIGNALS),
    Notebook("estimation", STATS, "code/chap08ex.ipynb", "code", STATISTICS),
    Notebook("mass-functions", STATS, "code/chap03ex.ipynb", "code", STATISTICS),
    Notebook("agents", AIMA, "notebooks/agents.ipynb", "", (("aima.agents", "aima.actors"),)),
    Notebook("games", AIMA, "notebooks/games.ipynb", "", (("aima.games", "aima.play"),)),
    Notebook("csp", AIMA, "notebooks/csp.ipynb", "", (("aima.csp", "aima.constraints"),)),
    Notebook(
        "probability",
        PYTUDES,
        "ipynb/Probability.ipynb",
        "ipynb",
        (("fractions", "kit.ratios"),),
    ),
    Notebook("lispy", PYTUDES, "ipynb/lispy.ipynb", "ipynb", (("operator", "kit.operators"),)),
    Notebook(
        "stubborn",
        PYTUDES,
        "ipynb/Stubborn.ipynb",
        "ipynb",
        (("collections", "kit.containers"),),
    ),
    Notebook(
        "arrays", HANDBOOK, "notebooks/02.02-The-Basics-Of-NumPy-Arrays.ipynb", "notebooks", ARRAYS
    ),
    Notebook("cell-magics", IN_DEPTH, "examples/IPython Kernel/Cell Magics.ipynb", "", ARRAYS),
)

_EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
path, result = sys.argv[1:]
notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
nbformat.write(notebook, result)
"""
_SEED = """
import random
random.seed(1)
try:
    import numpy
    numpy.random.seed(1)
except ImportError:
    pass
"""
"""What the kernel runs before the first cell, so that two runs have the same random numbers."""
_UNSTEADY = re.compile(r"0x[0-9a-f]{6,}|[\d.]+ ?(?:[µmn]?s|µs|ms|ns|sec|seconds|min)\b|\d+ loops?")
"""Addresses and times."""


# -- the project


def obtain(project: Project, cache: Path) -> Path:
    """Return a clone of the project, made if it is not there yet."""
    clone = cache / project.repository.replace("/", "+")
    if not clone.exists():
        url = f"https://github.com/{project.repository}"
        _run("git", "init", "-q", str(clone))
        _run("git", "-C", str(clone), "fetch", "-q", "--depth=1", url, project.commit)
    return clone


def lay_out(notebook: Notebook, clone: Path, folder: Path) -> None:
    """Write the project's folders into ``folder``, with the new modules, as a git work tree with one commit."""
    chosen = (*notebook.project.needs, notebook.path)
    command = ["git", "-C", str(clone), "archive", notebook.project.commit, *chosen]
    packed = subprocess.run(command, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    root = folder / notebook.root
    for legacy, canonical in notebook.moves:
        place_copy(root, legacy, canonical)
    _run("git", "init", "-q", cwd=folder)
    _run("git", "add", "-A", cwd=folder)
    who = ("-c", "user.name=lab", "-c", "user.email=lab@example.org")
    _run("git", *who, "commit", "-q", "--no-verify", "-m", "Before", cwd=folder)


def place_copy(root: Path, legacy: str, canonical: str) -> None:
    """Copy a module of the project, or of the standard library, to its new place; an installed one has its own."""
    old, new = root.joinpath(*legacy.split(".")), root.joinpath(*canonical.split("."))
    source = old.with_suffix(".py")
    if not source.exists():
        if legacy not in sys.stdlib_module_names:
            return
        source = Path(str(import_module(legacy).__file__))
    new.parent.mkdir(exist_ok=True)
    (new.parent / "__init__.py").touch()
    shutil.copy(source, new.with_suffix(".py"))


def migrate(notebook: Notebook, folder: Path) -> tuple[int, str]:
    """Run ``unfork apply`` on the notebook alone; return the exit code and what it printed."""
    lines = ["[migration]", 'name = "lab"', f'roots = ["{notebook.root or "."}"]']
    lines += ['outside = ["autograd", "numpy"]']
    for legacy, canonical in notebook.moves:
        lines += ["[[redirect]]", f'from = "{legacy}"', f'to = "{canonical}"']
    migration = folder.parent / f"{folder.name}.toml"
    migration.write_text("\n".join(lines) + "\n")
    path = [str(SOURCE), str(SOURCE.parent / "codemods")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "unfork", "apply", "--format", "plain"]
    done = subprocess.run(
        [*command, "-m", str(migration), notebook.path],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


# -- comparison


def lines_changed(folder: Path, path: str) -> tuple[list[str], list[str]]:
    """Return the lines of a file that the rewrite took away and those that it put there; all other bytes are equal."""
    command = ["git", "-c", "core.autocrlf=false", "diff", "--minimal", "-U0", "--", path]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    lines = [
        line for hunk in done.stdout.decode().split("\n@@ ")[1:] for line in hunk.split("\n")[1:]
    ]
    return [line[1:] for line in lines if line[:1] == "-"], [
        line[1:] for line in lines if line[:1] == "+"
    ]


def refuse_other_lines(before: bytes, after: bytes, changed: tuple[list[str], list[str]]) -> None:
    """Raise ValueError unless each changed line of the file is a line of a cell whose source differs."""
    cells = zip(json.loads(before)["cells"], json.loads(after)["cells"], strict=True)
    pairs = [(old["source"], new["source"]) for old, new in cells if old["source"] != new["source"]]
    for lines, sources in zip(changed, zip(*pairs)):
        known = {line.rstrip("\n") for source in sources for line in "".join(source).splitlines()}
        for line in lines:
            if json.loads(line.strip().removesuffix(",")).rstrip("\n") not in known | {""}:
                raise ValueError(f"a line that is no code of a changed cell: {line}")


def cells_compared(before: bytes, after: bytes) -> tuple[int, int]:
    """Return the number of cells, and of those whose source differs; all else has to be equal."""
    old, new = json.loads(before), json.loads(after)
    differ = 0
    for one, other in zip(old["cells"], new["cells"], strict=True):
        differ += one["source"] != other["source"]
        one["source"] = other["source"] = ""
    if json.dumps(old) != json.dumps(new):
        raise ValueError("something besides the sources of cells differs")
    return len(old["cells"]), differ


def outputs(path: Path) -> list[str]:
    """Return what each cell of an executed notebook put out, as text without addresses, times and source lines."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        for output in cell.get("outputs", []):
            output.pop("traceback", None)
    return [_UNSTEADY.sub("~", json.dumps(cell.get("outputs", []))) for cell in cells]


def errors(path: Path) -> int:
    """Return the number of cells of an executed notebook that ended in an error."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    kinds = [{o["output_type"] for o in cell.get("outputs", [])} for cell in cells]
    return sum("error" in kind for kind in kinds)


def execute(python: str, notebook: Path, root: Path, result: Path) -> None:
    """Execute a notebook in its folder, with ``result`` as the notebook that has the outputs."""
    env = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(root),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    with tempfile.TemporaryDirectory() as settings:
        startup = Path(settings, "profile_default", "startup")
        startup.mkdir(parents=True)
        (startup / "seed.py").write_text(_SEED)
        env["IPYTHONDIR"] = settings
        command = [python, "-c", _EXECUTE, notebook.name, str(result)]
        subprocess.run(command, cwd=notebook.parent, env=env, check=True, capture_output=True)


def compare_runs(first: Path, second: Path, after: Path) -> str:
    """Return how the outputs of the run after the rewrite differ from those before."""
    rows = list(zip(outputs(first), outputs(second), outputs(after), strict=True))
    steady = [(old, new) for old, again, new in rows if old == again]
    equal = sum(old == new for old, new in steady)
    text = f"{equal} of {len(steady)} equal"
    if len(steady) < len(rows):
        text += f", {len(rows) - len(steady)} by chance"
    failed = errors(first), errors(after)
    return text + (
        f"; cells that fail: {failed[0]} before, {failed[1]} after" if any(failed) else ""
    )


# -- a row


def judge(notebook: Notebook, cache: Path, python: str | None) -> str:
    """Return the row of the table about a notebook."""
    clone = obtain(notebook.project, cache)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "tree")
        folder.mkdir()
        lay_out(notebook, clone, folder)
        path = folder / notebook.path
        runs = [Path(place, f"{run}.ipynb") for run in ("first", "second", "after")]
        if python:
            for result in runs[:2]:
                execute(python, path, folder / notebook.root, result)
            _run("git", "checkout", "-q", ".", cwd=folder)
            _run("git", "clean", "-fdxq", cwd=folder)
        before = path.read_bytes()
        code, said = migrate(notebook, folder)
        after = path.read_bytes()
        (cache / f"{notebook.name}.txt").write_text(said)
        gone, come = lines_changed(folder, notebook.path)
        refuse_other_lines(before, after, (gone, come))
        cells, differ = cells_compared(before, after)
        ran = "not run"
        if python:
            execute(python, path, folder / notebook.root, runs[2])
            ran = compare_runs(*runs)
            for result in runs:
                shutil.copy(result, cache / f"{notebook.name}-{result.name}")
    moves = ", ".join(f"`{old}` to `{new}`" for old, new in notebook.moves)
    where = f"{notebook.project.repository}: {notebook.path}"
    return (
        f"| {where} | {moves} | {differ} of {cells} | -{len(gone)} +{len(come)} | {code} | {ran} |"
    )


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--python", help="an interpreter that has nbclient and what the notebooks import"
    )
    options = parser.parse_args(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    print("| notebook | moved | cells changed | lines changed | exit | outputs |")
    print("|---|---|--:|--:|--:|---|")
    for notebook in NOTEBOOKS:
        if not options.names or notebook.name in options.names:
            print(judge(notebook, options.cache, options.python), flush=True)


if __name__ == "__main__":
    main()
