"""What the scripts of the lab have in common: a project with a legacy module, and unfork as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

USE = "from proj.old import Engine\n\n\ndef run():\n    return Engine()\n"
MIGRATION = """\
[migration]
name = "m"
[[redirect]]
from = "proj.old"
to = "proj.new"
"""
REMOVE = '[[remove]]\nmodule = "proj.old"\n'
ENGINE = "class Engine:\n    pass\n"
WHO = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a run: nothing of git's but an author, no colours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k != "FORCE_COLOR"}
    return {**kept, **dict.fromkeys(WHO, "ada@example.org"), **more}


def put(root: Path, name: str, text: str | bytes) -> Path:
    """Write a file below a root."""
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    return file


def project(root: Path, users: int = 0, remove: bool = False, lines: int = 0) -> Path:
    """Make a project with so many modules that import the legacy one, in ten folders."""
    put(root, "pyproject.toml", "[tool.unfork]\nmigrations = ['m.toml']\n")
    put(root, "m.toml", MIGRATION + (REMOVE if remove else ""))
    for name, text in {"__init__": "", "old": ENGINE, "new": ENGINE}.items():
        put(root, f"proj/{name}.py", text)
    body = USE + "".join(f"\n\ndef f{n}():\n    return Engine, {n}\n" for n in range(lines))
    for number in range(users):
        put(root, f"p{number % 10}/m{number}.py", body)
    return root


def git(root: Path, *args: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run git in a root, as a user would."""
    settings = ("-c", "commit.gpgsign=false", "-c", "core.autocrlf=false")
    command = ["git", *settings, *args]
    return subprocess.run(command, cwd=root, env=environment(), check=check, capture_output=True)


def repository(root: Path) -> Path:
    """Make a root a git work tree with one commit."""
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    return root


def command(*args: str) -> list[str]:
    """Return the command line of unfork."""
    return [sys.executable, "-m", "unfork", *args]


def unfork(
    root: Path, *args: str, timeout: float = 120, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run unfork in a root; ``more`` are variables of the environment."""
    return subprocess.run(
        command(*args),
        cwd=root,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=timeout,
    )


def texts(root: Path) -> Mapping[str, bytes]:
    """Return all files below a root but git's and unfork's own, by their paths."""
    contents = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", ".unfork", "__pycache__")]
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                contents[path.relative_to(root).as_posix()] = path.read_bytes()
    return contents


def leftovers(root: Path) -> list[str]:
    """Return the temporary files of unfork below a root."""
    remains = [path.relative_to(root).as_posix() for path in root.rglob(".unfork-*")]
    kept = root / ".unfork"
    remains += [f".unfork/{p.name}" for p in kept.glob("*") if p.name not in (".gitignore", "last")]
    return remains
