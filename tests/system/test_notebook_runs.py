"""Notebooks on the command line, under git and in Jupyter's own runner."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

MIGRATION = """\
[migration]
name = "one-engine"
[[redirect]]
from = "proj.old"
to = "proj.new"
[redirect.names]
OldEngine = "Engine"
"""
ENGINE = "class {}:\n    size = 3\n\n    def run(self):\n        return 'ran'\n"
CELLS = (
    "%matplotlib inline\nimport os\n%time from proj.old import OldEngine",
    "%%time\nengine = OldEngine()",
    "!echo {engine.size}\nfiles = !echo 'x\nengine.run?",
    "if files:\n    %timeit -n 1 -r 1 OldEngine().run()\nprint(engine.run(), OldEngine.__module__)",
    "%%bash\nfor x in 1; do echo $x; done",
)
OUTPUT = {"name": "stdout", "output_type": "stream", "text": ["from proj.old import OldEngine\n"]}


def _notebook(*cells: str) -> bytes:
    written = [
        {
            "cell_type": "code",
            "execution_count": 7,
            "metadata": {"z": 1, "a": 2},
            "outputs": [OUTPUT],
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    value = {"metadata": {}, "nbformat": 4, "nbformat_minor": 4, "cells": written}
    return json.dumps(value, indent=1).encode()


def _git(root: Path, *args: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-c", "core.autocrlf=false", *who, *args]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def _unfork(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "unfork", *args]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with a notebook that imports a legacy module."""
    files = {
        "pyproject.toml": b'[tool.unfork]\nmigrations = ["migration.toml"]\n',
        "migration.toml": MIGRATION.encode(),
        "proj/__init__.py": b"",
        "proj/old.py": ENGINE.format("OldEngine").encode(),
        "proj/new.py": ENGINE.format("Engine").encode(),
        "use.ipynb": _notebook(*CELLS),
        "clean.ipynb": _notebook("from proj.new import Engine").replace(b"proj.old", b"elsewhere"),
    }
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "Before")
    return tmp_path


EXPECTED = _notebook(*(cell.replace("OldEngine", "Engine").replace("old", "new") for cell in CELLS))
EXPECTED = EXPECTED.replace(b"from proj.new import Engine\\n", b"from proj.old import OldEngine\\n")
"""The output of a cell is what it was."""


def test_apply_and_undo(root: Path) -> None:
    before = (root / "use.ipynb").read_bytes()
    done = _unfork(root, "apply")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (root / "use.ipynb").read_bytes() == EXPECTED
    assert _git(root, "status", "--short").split() == ["M", "use.ipynb"]
    assert _unfork(root, "check").returncode == 0
    assert _unfork(root, "undo").returncode == 0
    assert (root / "use.ipynb").read_bytes() == before


def test_a_branch_and_a_patch(root: Path) -> None:
    assert _unfork(root, "apply", "--branch", "moved").returncode == 0
    assert _git(root, "show", "moved:use.ipynb").encode() == EXPECTED
    assert _git(root, "status", "--short") == ""
    assert _unfork(root, "diff", "--patch", "changes.patch").returncode == 1
    _git(root, "apply", "changes.patch")
    assert (root / "use.ipynb").read_bytes() == EXPECTED


def test_steps_on_one_notebook_are_commits_of_their_own(root: Path) -> None:
    align = '\n[[align]]\nmodules = ["proj.util"]\nsurface = "proj"\n'
    (root / "migration.toml").write_text(MIGRATION + align)
    (root / "proj/__init__.py").write_text("from proj.util import aid\n")
    (root / "proj/util.py").write_text("def aid():\n    return 1\n")
    cells = ("from proj.util import aid\nfrom proj.old import OldEngine", "aid(), OldEngine()")
    (root / "use.ipynb").write_bytes(_notebook(*cells))
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "More")
    assert _unfork(root, "apply", "--branch", "moved").returncode == 0
    new = ("from proj import aid\nfrom proj.new import Engine", "aid(), Engine()")
    assert _git(root, "show", "moved:use.ipynb").encode() == _notebook(*new)
    middle = ("from proj.util import aid\nfrom proj.new import Engine", "aid(), Engine()")
    assert _git(root, "show", "moved~1:use.ipynb").encode() == _notebook(*middle)


def test_check_gives_the_line_in_the_file_and_in_the_cell(root: Path) -> None:
    done = _unfork(root, "check", "--format", "plain", "use.ipynb", "clean.ipynb")
    assert done.returncode == 1
    (finding,) = re.findall(
        r"^use\.ipynb:(\d+):(\d+) UF001 .*\(cell 1, line 3\)$", done.stdout, re.M
    )
    line = (root / "use.ipynb").read_text().splitlines()[int(finding[0]) - 1]
    assert line[int(finding[1]) - 1 :].startswith("OldEngine")
    assert _unfork(root, "check", "--fix", "use.ipynb").returncode == 0
    assert (root / "use.ipynb").read_bytes() == EXPECTED


def test_a_baseline_does_not_depend_on_the_number_of_a_cell(root: Path) -> None:
    assert _unfork(root, "check", "--baseline", "b.json", "--write-baseline").returncode == 0
    (root / "use.ipynb").write_bytes(_notebook("1", "2", *CELLS))
    assert _unfork(root, "check", "--baseline", "b.json").returncode == 0


def test_a_module_that_a_notebook_still_needs_is_not_removed(root: Path) -> None:
    (root / "migration.toml").write_text(f'{MIGRATION}\n[[remove]]\nmodule = "proj.old"\n')
    (root / "use.ipynb").write_bytes(_notebook("%load_ext proj.old"))
    done = _unfork(root, "apply", "--allow-dirty")
    assert done.returncode == 1, done.stdout
    assert (root / "proj/old.py").exists()
    (root / "use.ipynb").write_bytes(_notebook("from proj.old import OldEngine\nOldEngine()"))
    assert _unfork(root, "apply", "--allow-dirty").returncode == 0
    assert not (root / "proj/old.py").exists()


LOADED = """\
import sys
sys.argv[1:] = ["check", *{paths!r}]
from unfork.__main__ import main
try:
    main()
except SystemExit as end:
    print("exit", end.code, *sorted(sys.modules))
"""


@pytest.mark.parametrize("path", ["proj/new.py", "clean.ipynb"])
def test_a_hook_that_finds_nothing_reads_no_json(root: Path, path: str) -> None:
    command = [sys.executable, "-c", LOADED.format(paths=[path])]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    _, code, *modules = done.stdout.split()
    assert code == "0"
    assert not {"json", "libcst", "rich", "unfork.reading.notebooks"} & set(modules)


def test_a_notebook_runs_before_and_after(root: Path) -> None:
    pytest.importorskip("ipykernel")
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")

    def output() -> str:
        notebook = nbformat.read(root / "use.ipynb", as_version=4)
        notebook.cells[0].source = notebook.cells[0].source.replace("%matplotlib inline\n", "")
        resources = {"metadata": {"path": str(root)}}
        client = nbclient.NotebookClient(
            notebook, timeout=60, kernel_name="python3", resources=resources
        )
        client.execute()
        return notebook.cells[3].outputs[-1].text

    assert "ran proj.old" in output()
    assert _unfork(root, "apply").returncode == 0
    (root / "proj/old.py").unlink()
    assert "ran proj.new" in output()
