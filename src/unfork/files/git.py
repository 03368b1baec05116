"""The git program, asked through its plumbing, with NUL-separated answers.

The environment is reduced to what a person sets on purpose, so that a hook or an outer git command
that runs unfork does not lend it its index. What a repository's own settings could start (a file
system monitor, hooks) is switched off.
"""

from __future__ import annotations

import os
import subprocess
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unfork.errors import GitError

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.splitIndex=false",  # a temporary index would leave its shared half in the git folder
    "index.sparse=false",
    "user.useConfigOnly=true",  # an author made up of the login and the machine is nobody's wish
    "i18n.commitEncoding=utf-8",
)
_KEPT = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_CONFIG_",
    "GIT_SSH",
    "GIT_ASKPASS",
    "GIT_EXEC_PATH",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A git work tree: its ``top`` folder, and the ``prefix`` of the root there, such as ``a/b/``.

    ``prefix`` is empty where the root is the top. ``state`` is a place for us in the git folder of
    this work tree (a linked one has its own); it need not exist.
    """

    top: Path
    prefix: str
    state: Path


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for git: ours, less what ties it to one place, and ``extra``."""
    theirs = os.environ.items()
    kept = {k: v for k, v in theirs if not k.startswith("GIT_") or k.startswith(_KEPT)}
    ours = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    return {**kept, **ours, **(extra or {})}


def command(*args: str) -> list[str]:
    """Return the command line of git for ``args``."""
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["git", *settings, *args]


def ask(
    root: Path, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git in ``root`` and return what came of it, whatever it was.

    Raises GitError where there is no git program, or it cannot be started there.
    """
    try:
        return subprocess.run(
            command(*args), cwd=root, env=environment(env), input=stdin, capture_output=True
        )
    except (OSError, ValueError) as error:
        raise _not_started(root, error) from error


def run(root: Path, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """Run git in ``root`` and return its standard output.

    Raises GitError, with git's own words, where git fails.
    """
    done = ask(root, *args, stdin=stdin, env=env)
    if done.returncode:
        raise _failed(root, args[0], done.stderr, done.returncode)
    return done.stdout


def _failed(root: Path, what: str, stderr: bytes, code: int) -> GitError:
    said = " ".join(stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
    return GitError(f"{root}: git {what} failed: {said or f'it ended with code {code}'}")


class Asked:
    """A git program that is at work. What it says is read when it is asked for."""

    def __init__(self, root: Path, args: tuple[str, ...], env: Mapping[str, str] | None) -> None:
        self._root, self._args = root, args
        try:
            self._process = subprocess.Popen(
                command(*args),
                cwd=root,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            raise _not_started(root, error) from error
        self._end = weakref.finalize(self, _end, self._process, os.getpid())

    def answer(self) -> bytes:
        """Return its standard output. Raises GitError, with git's own words, where git failed."""
        self._end.detach()
        said, failed = self._process.communicate()
        if self._process.returncode:
            raise _failed(self._root, self._args[0], failed, self._process.returncode)
        return said


def begin(root: Path, *args: str, env: Mapping[str, str] | None = None) -> Asked:
    """Start git in ``root`` and return at once. Raises GitError where it cannot be started."""
    return Asked(root, args, env)


def inside(root: Path) -> bool:
    """Return whether ``root`` or a folder above it has a git folder, sound or not."""
    here = Path(os.path.realpath(root))
    return any(os.path.lexists(folder / ".git") for folder in (here, *here.parents))


def find(root: Path) -> Repository | None:
    """Return the work tree that ``root`` is in, None where there is none.

    Raises GitError where there is a git folder that git does not accept: broken, or not the user's.
    """
    if not inside(root):
        return None
    asked = ("--is-inside-work-tree", "--show-cdup", "--git-path", "unfork")
    within, up, state = os.fsdecode(run(root, "rev-parse", *asked)).split("\n", 2)
    if within != "true":
        return None
    here = Path(os.path.realpath(root))
    top = Path(os.path.normpath(here / up))
    prefix = "" if top == here else f"{here.relative_to(top).as_posix()}/"
    return Repository(top, prefix, Path(os.path.normpath(here / state.removesuffix("\n"))))


class BlobReader:
    """A ``git cat-file --batch`` process. It belongs to the process that started it.

    A forked child has the same pipes: ``usable`` tells it to start one of its own.
    """

    def __init__(self, root: Path) -> None:
        self._pid, self._root = os.getpid(), root
        try:
            self._process = subprocess.Popen(
                command("cat-file", "--batch"),
                cwd=root,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise _not_started(root, error) from error
        self.close = weakref.finalize(self, _end, self._process, self._pid)

    @property
    def usable(self) -> bool:
        """Whether this process can read, and the other one is alive."""
        return self._pid == os.getpid() and self.close.alive and self._process.poll() is None

    def read(self, oid: str) -> bytes:
        """Return the bytes of the object with the full id ``oid``. Raises GitError."""
        source, sink = self._pipes()
        try:
            sink.write(oid.encode() + b"\n")
            sink.flush()
            head = source.readline().split()
            size = int(head[2]) if len(head) == 3 else 0  # else "<id> missing", or a dead process
            data = source.read(size + 1) if len(head) == 3 else b""
        except OSError as error:
            raise self._failed(oid) from error
        if len(data) != size + 1:
            raise self._failed(oid)
        return data[:-1]

    def _failed(self, oid: str) -> GitError:
        return GitError(f"{self._root}: git cannot read object {oid}; `git fsck` may tell why")

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise TypeError("the process was started without pipes")
        return process.stdout, process.stdin


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:
        process.terminate()
        process.communicate()
    else:  # a forked child: it is not ours to end, nor to be warned of
        process.returncode = 0


def _not_started(root: Path, error: Exception) -> GitError:
    if not isinstance(error, FileNotFoundError):
        return GitError(f"{root}: git could not be started: {error}")
    if not root.is_dir():
        return GitError(f"{root}: no such folder")
    return GitError(f"{root}: the git program is not found; install git, or put it on the PATH")
