"""A small project with two versions of one engine, and unfork as a process in it: for the tests of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

FILES = {
    "proj/__init__.py": "",
    "proj/old.py": "class OldEngine:\n    pass\n\n\ndef helper(a, b):\n    return a\n",
    "proj/new.py": "class Engine:\n    pass\n\n\ndef helper(a, b, c=0):\n    return a\n",
    "proj/user.py": "import os\nfrom proj.old import OldEngine\n\nprint(OldEngine, os)\n",
    "proj/clean.py": "from proj.new import Engine\n\nprint(Engine)\n",
}
MIGRATION = """\
[migration]
name = "one-engine"
summary = "One engine"
[[redirect]]
from = "proj.old"
to = "proj.new"
[redirect.names]
OldEngine = "Engine"
"""
CONFIGURED = {
    **FILES,
    "pyproject.toml": '[tool.unfork]\nmigrations = ["migration.toml"]\n',
    "migration.toml": MIGRATION,
}
ONE_OFF = ("--from", "proj.old", "--to", "proj.new", "--name", "OldEngine=Engine")
FIXED = "import os\nfrom proj.new import Engine\n\nprint(Engine, os)\n"


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))


def git(root: Path, *args: str) -> str:
    """Return what git prints."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *who, *args]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def make_repository(root: Path) -> None:
    """Make a folder a repository with all of its files committed."""
    git(root, "init", "-q", "-b", "main")
    for key in ("core.autocrlf", "commit.gpgsign"):
        git(root, "config", key, "false")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Before")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process: nobody's git settings, no colours, a known author."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS"):
        kept.pop(name, None)
    who = {f"GIT_{role}_NAME": "Ada" for role in ("AUTHOR", "COMMITTER")}
    where = {f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")}
    return {**kept, **who, **where, **more}


def run_unfork(root: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run unfork in a folder; ``more`` are environment variables."""
    return subprocess.run(
        [sys.executable, "-m", "unfork", *args],
        cwd=root,
        env=environment(**more),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
