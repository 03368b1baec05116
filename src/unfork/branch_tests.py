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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import IO, NamedTuple

from unfork import console
from unfork.errors import GitError
from unfork.files.branch import Commit
from unfork.files.repository import Repository, find_repository
from unfork.signals import first_done, held_back

_PATIENCE = 5.0
"""Seconds that a command gets to end when the run is interrupted."""
_TAIL = 4_000
"""How many of the last bytes of a failed command's output are shown."""


class _Failure(NamedTuple):
    """A commit on which the command failed (None: the commit that the branch starts from), and its exit code."""

    commit: Commit | None
    code: int


class BranchTest:
    """Tests commits with a shell ``command``, in the folder that corresponds to ``root``, ``at_once`` at a time.

    Called with commits, it returns how many of them, from the first, pass. ``start`` is the commit before the first.
    """

    def __init__(self, root: Path, command: str, start: str, at_once: int = 1) -> None:
        repository = find_repository(root)
        if repository is None:
            raise GitError(f"{root}: this is not in a git work tree")
        self._work_trees = _WorkTrees(repository)
        self._command, self._start, self._at_once = command, start, at_once
        self._failure: _Failure | None = None

    def __call__(self, commits: Sequence[Commit]) -> int:
        """Return how many of the commits, from the first, pass."""
        tests = [_CommitTest(self._work_trees, self._command, commit.id) for commit in commits]
        with _threads(self._at_once, tests) as (pool, let_signals_through):
            runs = [pool.submit(self._run, commits, tests, at) for at in range(len(commits))]
            for number, run in enumerate(runs):
                if code := _code_of(run, let_signals_through):
                    self._failure = _Failure(commits[number], code)
                    tests[number].show_output()
                    break
            else:
                return len(commits)
        if number == 0 and (before := self._code_before()):
            self._failure = _Failure(None, before)
        return number

    def failure_text(self, branch: str | None) -> str:
        """Return a sentence that names the step that failed, and says where the branch ends; empty if all passed."""
        if self._failure is None:
            return ""
        commit, code = self._failure
        ended = f"`{self._command}` ended with {code}"
        if commit is None:
            where = "in a fresh checkout, which lacks what git does not track"
            return (
                f"The test fails before any change: {ended} on HEAD, {where}. No branch was made."
            )
        where = f"The branch {branch} ends before it." if branch else "No branch was made."
        name = f"{commit.step.migration}, {commit.step.name}"
        return f"The test fails after the step {name}: {ended}. {where}"

    def _run(self, commits: Sequence[Commit], tests: Sequence[_CommitTest], at: int) -> int:
        """Return the exit code of one test; if it fails, stop those of later commits, which no longer matter."""
        if not tests[at].is_stopped:
            console.say(f"{at + 1} of {len(commits)}: {commits[at].subject}", "testing")
        code = tests[at].run()
        if code:
            for later in tests[at + 1 :]:
                later.stop()
        return code

    def _code_before(self) -> int:
        test = _CommitTest(self._work_trees, self._command, self._start)
        with _threads(1, [test]) as (pool, let_signals_through):
            return _code_of(pool.submit(test.run), let_signals_through)


class _WorkTrees:
    """Makes and removes work trees of a repository, one at a time, for tests that run side by side."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._git = repository.for_work_trees()
        self._lock = Lock()

    @contextmanager
    def folder(self, commit: str) -> Iterator[Path]:
        """Yield the root's folder with the files of a commit, which is removed afterwards."""
        outer = Path(tempfile.mkdtemp(prefix="unfork-test-"))
        top = outer / (self._repository.top.name or "work")
        try:
            with self._lock:
                self._git.run("worktree", "add", "--quiet", "--detach", str(top), commit)
            yield top / self._repository.prefix
        finally:
            with self._lock:
                self._git.ask("worktree", "remove", "--force", "--force", str(top))
                shutil.rmtree(outer, ignore_errors=True)
                self._git.ask("worktree", "prune")


class _CommitTest:
    """One run of a shell command on one commit, which another thread may stop."""

    def __init__(self, work_trees: _WorkTrees, command: str, commit: str) -> None:
        self._work_trees, self._command, self._commit = work_trees, command, commit
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        self._output = b""
        self.is_stopped = False

    def run(self) -> int:
        """Return the exit code of the command, 1 if it was stopped before it began."""
        if self.is_stopped:
            return 1
        with self._work_trees.folder(self._commit) as folder, tempfile.TemporaryFile() as log:
            process = self._started(folder, log)
            if process is None:
                return 1
            code = process.wait()
            self._output = _tail(log)
        return code

    def stop(self) -> None:
        """End the command, with all that it started, or keep it from starting."""
        with self._lock:
            self.is_stopped = True
            if self._process is not None and self._process.poll() is None:
                _end_group(self._process)

    def show_output(self) -> None:
        """Show the end of what the command printed."""
        for line in self._output.decode("utf-8", "replace").splitlines():
            console.say(line, "test", wraps=False)

    def _started(self, folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self.is_stopped:
                return None
            self._process = subprocess.Popen(
                self._command,
                shell=True,
                cwd=folder,
                env=environment_outside_git(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            return self._process


@contextmanager
def _threads(
    count: int, tests: Sequence[_CommitTest]
) -> Iterator[tuple[ThreadPoolExecutor, Callable[[], None]]]:
    """Yield threads for the tests, and what lets signals through; stop the tests that still run at the end."""
    with held_back() as let_signals_through, ThreadPoolExecutor(count) as pool:
        try:
            yield pool, let_signals_through
        finally:
            for test in tests:
                test.stop()


def _code_of(run: Future[int], let_signals_through: Callable[[], None]) -> int:
    """Wait for the exit code of a test."""
    first_done([run], let_signals_through)
    return run.result()


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


def _tail(log: IO[bytes]) -> bytes:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _TAIL))
    output = log.read()
    return output if size <= _TAIL else output.partition(b"\n")[2]
