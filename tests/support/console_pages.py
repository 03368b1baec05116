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

from small_project import environment, git, write_files

DOCS = Path(__file__).parents[2] / "docs"
PAGES = tuple(DOCS / name for name in ("tutorial.md", "command-line.md", "cookbook.md"))
_BLOCK = re.compile(r"^(?:`([\w./-]+)`:\n\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def carried_out(page: str, root: Path) -> str:
    """Return a page with the output that its commands have in the folder ``root``."""
    git(root, "init", "-q", "-b", "main")
    parts, at = [], 0
    for match in _BLOCK.finditer(page):
        path, language, text = match.groups()
        if path:
            write_files(root, {path: text})
        elif language == "console":
            parts += [page[at : match.start(3)], _console(text, root)]
            at = match.end(3)
    return "".join([*parts, page[at:]])


def _console(text: str, root: Path) -> str:
    commands = [line for line in text.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{_output(command[2:], root)}" for command in commands)


def _output(command: str, root: Path) -> str:
    """Return what a command prints on both streams."""
    bin_folder = root / ".git" / "bin"
    bin_folder.mkdir(exist_ok=True)
    for name, module in (("unfork", " -m unfork"), ("python", "")):
        (bin_folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
        (bin_folder / name).chmod(0o755)
    day = "2026-01-05T12:00:00+00:00"  # commits have a date, and the audit shows it
    values = environment(PYTHONDONTWRITEBYTECODE="1", GIT_AUTHOR_DATE=day, GIT_COMMITTER_DATE=day)
    values["PATH"] = f"{bin_folder}:{values['PATH']}"
    done = subprocess.run(
        command,
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
            text = carried_out(page.read_text(encoding="utf-8"), Path(folder).resolve())
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
