"""The corpus: Home Assistant's source distribution from the package index, in a git repository of its own."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from clock import environment
from migrations import CONFIGURED, COPIES, write_migrations
from platformdirs import user_cache_path

REQUIREMENT = Path(__file__).with_name("corpus.txt")
_SETTINGS = {
    "user.name": "benchmark",
    "user.email": "benchmark@example.org",
    "commit.gpgsign": "false",
    "core.autocrlf": "false",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
}


def cache_folder() -> Path:
    """Return the folder for all that is fetched and made: $UNFORK_BENCH_CACHE, or the usual one."""
    chosen = os.environ.get("UNFORK_BENCH_CACHE")
    return Path(chosen).absolute() if chosen else user_cache_path("unfork") / "benchmarks"


def git(tree: Path, *args: str) -> str:
    """Run git in ``tree``, and return what it prints. Raises CalledProcessError."""
    settings = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    return subprocess.run(
        ["git", *settings, *args], cwd=tree, env=environment(), stdout=subprocess.PIPE, check=True
    ).stdout.decode(errors="surrogateescape")


def prepared(cache: Path) -> Path:
    """Return the corpus, fetched, unpacked and committed if it is not there yet."""
    tree = cache / "corpus"
    if not tree.exists():
        half = cache / "corpus.half"
        shutil.rmtree(half, ignore_errors=True)
        _unpack(_fetched(cache), half)
        for source, copy in COPIES.items():
            shutil.copyfile(half / source, half / copy)
        with (half / "pyproject.toml").open("a", encoding="utf-8") as config:
            config.write(CONFIGURED)
        write_migrations(half / "migrations")
        commit(half)
        half.rename(tree)
    write_migrations(cache / "migrations")
    return tree


def _fetched(cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    if not (archives := sorted(cache.glob("homeassistant-*.tar.gz"))):
        asked = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", str(REQUIREMENT)]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", *asked, "--dest", str(cache)]
        subprocess.run(pip, check=True)
        archives = sorted(cache.glob("homeassistant-*.tar.gz"))
    return archives[-1]


def _unpack(archive: Path, tree: Path) -> None:
    with tarfile.open(archive) as files:
        files.extractall(tree, filter="data")
    (top,) = tree.iterdir()
    for entry in list(top.iterdir()):
        entry.rename(tree / entry.name)
    top.rmdir()


def commit(tree: Path) -> None:
    """Make a repository of a folder, with one commit of all that is in it."""
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "add", "--all", "--force", ".")
    git(tree, "commit", "--quiet", "--message", "The corpus")
    _settle(tree)


def restore(tree: Path) -> None:
    """Bring a tree back to its commit, as if it had been so for long."""
    git(tree, "reset", "--hard", "--quiet")
    _settle(tree)


def _settle(tree: Path) -> None:
    """Let git trust its index: a file as young as the index would be read again by each status."""
    os.sync()
    later = time.time() + 2
    os.utime(tree / ".git" / "index", (later, later))


def python_files(tree: Path) -> list[str]:
    """Return the Python files of a tree that git tracks."""
    return git(tree, "ls-files", "-z", "*.py").split("\0")[:-1]


def sized(cache: Path, corpus: Path, count: int) -> Path:
    """Return a tree of ``count`` Python files: the same mixture of the corpus's, copied over and over.

    The copies are in folders of their own; what they import by absolute names is the first copy's.
    """
    tree = cache / f"files-{count}"
    if tree.exists():
        return tree
    half = cache / "files.half"
    shutil.rmtree(half, ignore_errors=True)
    every = python_files(corpus)
    first = [path for path in every if path.startswith("homeassistant/helpers/")]
    others = sorted(set(every) - set(first))
    random.Random(0).shuffle(others)
    mixture = [*first, *others]
    for number in range(count):
        copy, position = divmod(number, len(mixture))
        path = mixture[position]
        target = half / (f"copies/c{copy}/{path}" if copy else path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(corpus / path, target)
    commit(half)
    half.rename(tree)
    return tree
