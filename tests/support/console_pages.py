"""Carry out the pages of docs/ that show commands with their output, and write the output anew.

A page has files (a line with the path in backquotes and a colon, then a block) and blocks ``console``: lines that begin
with ``$ `` are run one after the other in one folder, a git repository, and what follows is what they print.

    python tests/support/console_pages.py    writes the output in all of these pages anew; then read the diff
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from offline_installs import offline_installation
from small_project import environment, git, write_files

DOCS = Path(__file__).parents[2] / "docs"
PAGES = tuple(DOCS / name for name in ("tutorial.md", "command-line.md", "cookbook.md"))
_BLOCK = re.compile(r"^(?:`([\w./-]+)`:\n\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def carried_out(page: str, root: Path) -> str:
    """Return a page with the output that its commands have in the new folder ``root``, beside a checkout of unfork."""
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root.parent / "unfork").symlink_to(DOCS.parent)
    more = offline_installation(root.parent / "packages") if "pip install" in page else {}
    values = _environment(root / ".git") | more
    parts, at = [], 0
    for match in _BLOCK.finditer(page):
        path, language, text = match.groups()
        if path:
            write_files(root, {path: text})
        elif language == "console":
            parts += [page[at : match.start(3)], _console(text, root, values)]
            at = match.end(3)
    return "".join([*parts, page[at:]])


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables of a shell that finds unfork, Python and pre-commit, and keeps its state in a folder."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    this = f'"{sys.executable}"'
    for name, command in {
        "unfork": f"{this} -m unfork",
        "python": this,
        "python3": this,
        "pre-commit": "python -m pre_commit",  # of the environment that is active
    }.items():
        (bin_folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (bin_folder / name).chmod(0o755)
    session = folder / "session"
    session.touch()
    day = "2026-01-05T12:00:00+00:00"  # commits have a date, and the audit shows it
    values = environment(PYTHONDONTWRITEBYTECODE="1", GIT_AUTHOR_DATE=day, GIT_COMMITTER_DATE=day)
    values |= {"SESSION": str(session), "PRE_COMMIT_HOME": str(folder / "pre-commit")}
    return values | {"PATH": f"{bin_folder}:{values['PATH']}"}


def _console(text: str, root: Path, values: dict[str, str]) -> str:
    commands = [line for line in text.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{_output(command[2:], root, values)}" for command in commands)


def _output(command: str, root: Path, values: dict[str, str]) -> str:
    """Return what a command prints on both streams; variables that it sets are there for the next one."""
    done = subprocess.run(
        f'. "$SESSION"\n{command}\nexport -p > "$SESSION"',
        shell=True,
        cwd=root,
        env=values,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def main() -> None:
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            text = carried_out(page.read_text(encoding="utf-8"), Path(folder).resolve() / "project")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
