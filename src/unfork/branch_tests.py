"""Run a command, usually a project's tests, on each commit of a new branch, in a work tree of its own.

    git worktree add ──▶ command ──▶ git worktree remove

The user's own work tree is not touched, and the work trees are removed whatever happens.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from unfork import console
from unfork.errors import GitError
from unfork.files.branch import Commit
from unfork.files.repository import Repository, find_repository

_PATIENCE = 5.0
"""Seconds that a command gets to end when the run is interrupted."""
_TAIL = 4_000
"""How many of the last bytes of a failed command's output are shown."""


class _Failure(NamedTuple):
    """A commit on which the command failed (None: the commit that the branch starts from), and its exit code."""

    commit: Commit | None
    code: int


class BranchTest:
    """Tests commits with a shell ``command``, in the folder that corresponds to ``root``.

    Called with commits, it returns how many of them, from the first, pass. ``start`` is the commit before the first.
    """

    def __init__(self, root: Path, command: str, start: str) -> None:
        repository = find_repository(root)
        if repository is None:
            raise GitError(f"{root}: this is in no git work tree")
        self._repository: Repository = repository
        self._command, self._start = command, start
        self._failure: _Failure | None = None

    def __call__(self, commits: Sequence[Commit]) -> int:
        """Return how many of the commits, from the first, pass."""
        for number, commit in enumerate(commits):
            console.say(f"{number + 1} of {len(commits)}: {commit.subject}", "testing")
            code = self._exit_code(commit.id)
            if code:
                self._failure = _Failure(commit, code)
                if number == 0 and (before := self._exit_code(self._start, is_shown=False)):
                    self._failure = _Failure(None, before)
                return number
        return len(commits)

    def failure_text(self, branch: str | None) -> str:
        """Return a sentence that names the step that failed, and says where the branch ends; empty if all passed."""
        if self._failure is None:
            return ""
        commit, code = self._failure
        ended = f"`{self._command}` ended with {code}"
        if commit is None:
            return f"The test fails before any change: {ended} on HEAD. No branch was made."
        where = f"The branch {branch} ends before it." if branch else "No branch was made."
        name = f"{commit.step.migration}, {commit.step.name}"
        return f"The test fails after the step {name}: {ended}. {where}"

    def _exit_code(self, commit: str, is_shown: bool = True) -> int:
        """Return the exit code of the command in a work tree of a commit; show the end of its output if it fails."""
        with self._work_tree(commit) as folder, tempfile.TemporaryFile() as log:
            code = _run_command(self._command, folder / self._repository.prefix, log)
            if code and is_shown:
                _show_tail(log)
        return code

    @contextmanager
    def _work_tree(self, commit: str) -> Iterator[Path]:
        """Yield a folder with the files of a commit, which is removed afterwards."""
        git = self._repository.for_work_trees()
        outer = Path(tempfile.mkdtemp(prefix="unfork-test-"))
        folder = outer / (self._repository.top.name or "work")
        try:
            git.run("worktree", "add", "--quiet", "--detach", str(folder), commit)
            yield folder
        finally:
            with _undisturbed():
                git.ask("worktree", "remove", "--force", "--force", str(folder))
                shutil.rmtree(outer, ignore_errors=True)
                git.ask("worktree", "prune")


def _run_command(command: str, folder: Path, log: IO[bytes]) -> int:
    """Return the exit code of a shell command; if this run is interrupted, whatever the command started ends too."""
    process = subprocess.Popen(
        command,
        shell=True,
        cwd=folder,
        env=environment_outside_git(),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait()
    except BaseException:
        with _undisturbed():
            _end_group(process)
        raise


def environment_outside_git() -> dict[str, str]:
    """Return this process's environment without what ties git to another work tree."""
    kept = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_", "GIT_EXEC_PATH")
    return {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith(kept)}


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started, after a moment to clean up."""
    _signal_group(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    if sys.platform != "win32":
        _signal_group(process, signal.SIGKILL)
    process.kill()
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, number)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C while cleaning up, which a second one would leave half done."""
    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread, which receives signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _show_tail(log: IO[bytes]) -> None:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _TAIL))
    text = log.read().decode("utf-8", "replace")
    if size > _TAIL:
        text = text.partition("\n")[2]
    for line in text.splitlines():
        console.say(line, "test")
