"""Scratch repositories and changes for the tests that touch files and git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from unfork.values import Change, digest
from unfork_codemods.edits import Edit

CONFIG = {
    "user.name": "Ada",
    "user.email": "ada@example.org",
    "commit.gpgsign": "false",
    "core.hooksPath": ".git/hooks",
    "core.autocrlf": "false",
    "protocol.file.allow": "always",
}


def git(where: Path, *args: str, stdin: bytes = b"") -> str:
    settings = [part for key, value in CONFIG.items() for part in ("-c", f"{key}={value}")]
    done = subprocess.run(
        ["git", *settings, *args], cwd=where, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout).strip()


def fill(root: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def repository(root: Path, files: Mapping[str, bytes], *init: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main", *init)
    for key in ("user.name", "user.email", "commit.gpgsign"):
        git(root, "config", key, CONFIG[key])
    fill(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return root


def change(path: str, old: bytes, word: bytes = b"old", new: bytes = b"brand_new") -> Change:
    """Return the change of the first ``word`` in the file into ``new``."""
    at = old.index(word)
    return Change(path, digest(old), (Edit(at, at + len(word), new),))


def deletion(path: str, old: bytes) -> Change:
    return Change(path, digest(old), (), deleted=True)


def snapshot(root: Path) -> dict[str, tuple[str, int, bytes]]:
    """Return everything below ``root`` but git's folder: kind, mode and content of each."""
    states: dict[str, tuple[str, int, bytes]] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in [*folders, *files]:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            kind, content = _held(path)
            states[path.relative_to(root).as_posix()] = (kind, mode, content)
    return states


def _held(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", os.fsencode(path.readlink())
    return ("folder", b"") if path.is_dir() else ("file", path.read_bytes())


def make_conflict(root: Path, path: str, ours: bytes) -> None:
    """Merge a branch that conflicts with what ``main`` has of a file; ``ours`` is committed there."""
    git(root, "checkout", "-qb", "other")
    fill(root, {path: b"2\n"})
    git(root, "commit", "-qam", "2")
    git(root, "checkout", "-q", "main")
    fill(root, {path: ours})
    git(root, "commit", "-qam", "3")
    with pytest.raises(AssertionError):
        git(root, "merge", "-q", "other")
