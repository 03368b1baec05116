"""Goal 4: the hook on 20 files that need nothing, and the modules that it imports."""

from __future__ import annotations

import subprocess
from pathlib import Path

from clock import Command, environment, in_turn
from corpus import commit, git, python_files
from lab import Lab
from migrations import SPARSE
from results import Row, Section, compared, raw

FILES = 20
_UNWANTED = ("libcst", "rich", "concurrent.futures.process", "multiprocessing")


def measure(lab: Lab) -> Section:
    """Run the hook in turn with an import of click: in the corpus, and in a project of these files."""
    files = chosen(lab.tree)
    project = _project(lab, files)
    commands = [
        lab.unfork("hook", "check", *files),
        Command("click", [str(lab.python), "-c", "import click"], lab.tree),
        lab.unfork("hook, small project", "check", *files, tree=project),
        Command("nothing at all", [str(lab.python), "-c", "pass"], lab.tree),
    ]
    samples = in_turn(commands, 3 * lab.rounds)

    def row(what: str, ours: str, theirs: str, limit: float | None) -> Row:
        against = f'`python -c "{"import click" if theirs == "click" else "pass"}"`'
        return compared(samples, "4" if limit else "", what, ours, theirs, limit, against)

    word = SPARSE.rpartition(".")[2].encode()
    named = sum(word in (lab.tree / path).read_bytes() for path in files)
    return Section(
        "hook",
        (
            row("`check` on 20 files of the corpus", "hook", "click", 1.5),
            row("`check` on all 20 files of a project", "hook, small project", "click", 1.5),
            row("`check` on 20 files of the corpus", "hook", "nothing at all", None),
        ),
        (
            f"The migration is configured in pyproject.toml; its word is in {named} of the files.",
            *_imported(lab, files),
        ),
        samples=raw(samples),
    )


def chosen(tree: Path) -> list[str]:
    """Return 20 files from all over the corpus that the configured migration does not concern."""
    word = SPARSE.rpartition(".")[2]
    concerned = git(tree, "grep", "-lE", f"import .*{word}|{SPARSE}", "--", "*.py").split("\n")
    files = sorted(set(python_files(tree)) - set(concerned))
    return files[:: len(files) // FILES][:FILES]


def _project(lab: Lab, files: list[str]) -> Path:
    """Return a small project: the 20 files, and what the migration names."""
    project = lab.cache / "hook"
    if project.exists():
        return project
    needed = ("pyproject.toml", "migrations/sparse.toml")
    for path in (*files, *needed, *git(lab.tree, "ls-files", "homeassistant/helpers").split()):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes((lab.tree / path).read_bytes())
    commit(project)
    return project


def _imported(lab: Lab, files: list[str]) -> tuple[str, ...]:
    """Return what is to be said of the modules that the hook imports."""
    args = [str(lab.python), "-X", "importtime", lab.tool("unfork"), "check", *files]
    done = subprocess.run(
        args, cwd=lab.tree, env=environment(), capture_output=True, text=True, check=True
    )
    times = [line.split("|") for line in done.stderr.splitlines() if line.startswith("import time")]
    modules = [(name.strip(), int(own)) for _, own, name in (_fields(*t) for t in times[1:])]
    names = [name for name, _ in modules]
    unwanted = [m for m in _UNWANTED if any(n == m or n.startswith(f"{m}.") for n in names)]
    ours = [name for name in names if name.startswith("unfork")]
    slowest = sorted(modules, key=lambda module: -module[1])[:8]
    return (
        f"It imports {len(names)} modules, {len(ours)} of them unfork's; "
        f"of {', '.join(_UNWANTED)}: {', '.join(unwanted) or 'none'}.",
        "The slowest by themselves: "
        + ", ".join(f"{name} {own / 1000:.1f} ms" for name, own in slowest)
        + ".",
    )


def _fields(own: str, total: str, name: str) -> tuple[str, str, str]:
    return total, own.partition(":")[2], name
