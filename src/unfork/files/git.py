"""The git program, called through its plumbing commands, with NUL-separated output.

The environment is reduced to what users set on purpose, so unfork does not inherit the index of a hook or an outer git
command that runs it. `repository` decides which settings git reads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO

from unfork.errors import GitError

_KEPT = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_CONFIG_",
    "GIT_EXEC_PATH",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
)
_OURS = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",  # since git 2.45; earlier versions get no protocol to fetch with
    "GIT_ALLOW_PROTOCOL": "none",
}

_PATIENCE = 0.5
"""Seconds git gets to exit after it is asked to."""


def git_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: ours without what ties it to one place, plus ``extra``."""
    theirs = os.environ.items()
    kept = {k: v for k, v in theirs if not k.startswith("GIT_") or k.startswith(_KEPT)}
    return {**kept, **_OURS, **extra}


def is_inside_repository(root: Path) -> bool:
    """Return whether ``root`` or a folder above it has a git folder, valid or not."""
    start = Path(os.path.realpath(root))
    return any(os.path.lexists(folder / ".git") for folder in (start, *start.parents))


@dataclass(frozen=True, slots=True)
class Git:
    """The git program in a folder, with its own ``settings`` (``key=value``) and variables."""

    folder: Path
    settings: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self, *args: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git and return the outcome, whatever it is; ``more`` are additional variables.

        Raises GitError if there is no git program, or it cannot be started there.
        """
        process = self._start_process(args, subprocess.PIPE, more=more or {})
        try:
            said, failed = process.communicate(stdin)
        except BaseException:  # a signal too must leave no git process
            _kill_process(process)
            raise
        return subprocess.CompletedProcess(args, process.returncode, said, failed)

    def run(self, *args: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        """Run git and return its standard output.

        Raises GitError, with git's own message, if git fails.
        """
        done = self.ask(*args, stdin=stdin, more=more)
        if done.returncode:
            raise self.command_error(args[0], done.stderr, done.returncode)
        return done.stdout

    def begin(self, *args: str) -> Asked:
        """Start git and return immediately. Raises GitError if it cannot be started."""
        return Asked(self, args, self._start_process(args, subprocess.DEVNULL))

    def reader(self) -> BlobReader:
        """Start a process that reads objects."""
        quiet = self._start_process(("cat-file", "--batch"), subprocess.PIPE, subprocess.DEVNULL)
        return BlobReader(self, quiet)

    def command_error(self, what: str, stderr: bytes, code: int) -> GitError:
        """Return an error with git's message."""
        said = " ".join(stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
        return GitError(f"{self.folder}: git {what} failed: {said or f'it ended with code {code}'}")

    def _start_process(
        self,
        args: tuple[str, ...],
        stdin: int,
        stderr: int = subprocess.PIPE,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> subprocess.Popen[bytes]:
        settings = [part for setting in self.settings for part in ("-c", setting)]
        ours = args[0] == "commit-tree" or sys.platform == "win32"
        try:
            return subprocess.Popen(
                [_git_program(), *settings, *args],
                cwd=self.folder,
                env=git_environment({**self.variables, **more}),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                # Ctrl-C is for us, but a signing program may prompt on the terminal
                process_group=None if ours else 0,
            )
        except (OSError, ValueError) as error:
            raise _not_started(self.folder, error) from error


class Asked:
    """A running git program. Its output is read on demand."""

    def __init__(self, git: Git, args: tuple[str, ...], process: subprocess.Popen[bytes]) -> None:
        self._git, self._args, self._process = git, args, process
        self._end = weakref.finalize(self, _end_if_owner, process, os.getpid())

    def answer(self, accepted: Collection[int] = (0,)) -> bytes:
        """Return its standard output.

        Raises GitError, with git's own message, if git ended with a code that is not ``accepted``.
        """
        said, failed = self._process.communicate()
        self._end.detach()
        if self._process.returncode not in accepted:
            raise self._git.command_error(self._args[0], failed, self._process.returncode)
        return said


class BlobReader:
    """A ``git cat-file --batch`` process. It belongs to the process that started it.

    A forked child inherits the pipes; ``usable`` tells it to start its own process.
    """

    def __init__(self, git: Git, process: subprocess.Popen[bytes]) -> None:
        self._pid, self._git, self._process = os.getpid(), git, process
        self.close = weakref.finalize(self, _end_if_owner, process, self._pid)

    @property
    def usable(self) -> bool:
        """Whether this process can use the reader, and the reader is alive."""
        return self._pid == os.getpid() and self.close.alive and self._process.poll() is None

    def read(self, oid: str) -> bytes:
        """Return the bytes of the object with the full id ``oid``. Raises GitError."""
        source, sink = self._stdout_and_stdin()
        try:
            sink.write(oid.encode() + b"\n")
            sink.flush()
            head = source.readline().split()
            # otherwise "<id> missing", or a dead process
            size = int(head[2]) if len(head) == 3 else 0
            data = source.read(size + 1) if len(head) == 3 else b""
        except OSError as error:
            raise self._read_error(oid) from error
        if len(data) != size + 1:
            raise self._read_error(oid)
        return data[:-1]

    def _read_error(self, oid: str) -> GitError:
        return GitError(
            f"{self._git.folder}: git cannot read object {oid}; `git fsck` may tell why, and where "
            f"the clone is a partial one, `git cat-file -e {oid}` fetches it"
        )

    def _stdout_and_stdin(self) -> tuple[IO[bytes], IO[bytes]]:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise TypeError("the process was started without pipes")
        return process.stdout, process.stdin


def _git_program() -> str:
    """Return the git program on the PATH, ignoring the current folder."""
    for folder in map(Path, os.get_exec_path()):
        file = folder / ("git.exe" if os.name == "nt" else "git")
        if folder.is_absolute() and file.is_file() and os.access(file, os.X_OK):
            return str(file)
    raise FileNotFoundError("git")


def _end_if_owner(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:
        _kill_process(process)
    else:  # a forked child: not ours to end or to warn about
        process.returncode = 0


def _kill_process(process: subprocess.Popen[bytes]) -> None:
    """End a process, letting it remove its lock files first."""
    process.terminate()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):  # the unwritten rest has no reader
                pipe.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _not_started(root: Path, error: Exception) -> GitError:
    if not isinstance(error, FileNotFoundError):
        return GitError(f"{root}: git could not be started: {error}")
    if not root.is_dir():
        return GitError(f"{root}: no such folder")
    return GitError(f"{root}: the git program is not found; install git, or put it on the PATH")
