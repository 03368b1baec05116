"""Kills, full disks and failing ones, for real. `python tests/support/kills.py` does it at length."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("needs fork and SIGKILL", allow_module_level=True)

import resource

from kills import (
    MAKES,
    Fault,
    Stage,
    at_random,
    count_calls,
    ended,
    fail_from,
    forked,
    killed,
    sweep,
    watched,
)
from scratch import change, fill, git, repository, snapshot

from unfork.errors import WriteError
from unfork.files.branch import commit_steps
from unfork.files.undo import pending_error, recover_from_cut_off, undo_last_apply
from unfork.files.write import write_changes
from unfork.values import Plan, Step

FILES = 7


@pytest.fixture
def stage() -> Iterator[Stage]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # thousands of fsyncs
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Stage(Path(folder), FILES)


def test_an_apply_killed_at_any_call_leaves_the_tree_before_or_after(stage: Stage) -> None:
    outcomes = sweep(stage, MAKES)
    assert outcomes.total() > 10 * FILES
    assert min(outcomes[what] for what in ("not begun", "half way, taken back", "all done")) > 0


def test_so_does_one_in_a_git_work_tree(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert sweep(Stage(tmp_path, 5), ("write", "fsync", "replace", "unlink", "rmdir")).total() > 10


def test_an_apply_killed_at_any_moment_leaves_the_tree_before_or_after(stage: Stage) -> None:
    assert at_random(stage, 25).total() == 25


def test_an_undo_killed_at_any_call_is_finished_or_not_begun(stage: Stage) -> None:
    stage.apply()
    number = cut_off = 0
    while killed(stage.undo, number):
        cut_off += pending_error(stage.root) is not None
        if stage.settle() != "all done":
            stage.apply()
        number += 1
        if stage.look() == stage.before:
            stage.apply()
    assert number > cut_off > FILES


def test_a_recovery_killed_at_any_call_is_finished_by_the_next(stage: Stage) -> None:
    half = count_calls(stage.apply).total() * 4 // 5
    stage.settle()
    number = 0
    while True:
        assert killed(stage.apply, half)
        again = killed(stage.recover, number)
        stage.settle()
        if not again:
            break
        number += 1
    assert number > FILES


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_one_failing_call_leaves_the_tree_before_or_after(stage: Stage, code: int) -> None:
    calls = count_calls(stage.apply).total()
    stage.undo()
    failed = 0
    for number in range(calls):
        try:
            with watched(fail_from(number, code)):
                stage.apply()
        except WriteError as error:
            failed += 1
            assert os.strerror(code) in str(error)
            assert "nothing is changed" in str(error)
            assert pending_error(stage.root) is None
            assert stage.look() == stage.before
            assert not list(stage.root.glob(".unfork/[np]*"))
        else:
            assert recover_from_cut_off(stage.root) is None  # something may still lie about
            assert stage.look() == stage.after
            stage.undo()
    assert failed > calls // 2


def test_a_disk_that_fails_for_good_is_recovered_from_once_it_is_mended(stage: Stage) -> None:
    calls = count_calls(stage.apply).total()
    stage.undo()
    stuck = 0
    for number in range(calls):
        try:
            with watched(fail_from(number, errno.EIO, times=None)):
                stage.apply()
        except WriteError as error:
            if pending_error(stage.root) is not None:
                stuck += 1
                assert "`unfork undo`" in str(error) or "nothing is changed" in str(error)
        stage.settle()
    assert stuck > FILES


def test_one_failing_call_of_an_undo_leaves_a_tree_that_can_be_undone(stage: Stage) -> None:
    stage.apply()
    calls = count_calls(stage.undo).total()
    for number in range(calls):
        stage.apply()
        try:
            with watched(fail_from(number, errno.ENOSPC)):
                stage.undo()
        except WriteError:
            if pending_error(stage.root) is None:
                assert stage.look() == stage.after
            undo_last_apply(stage.root)
        assert recover_from_cut_off(stage.root) is None
        assert stage.look() == stage.before


def interrupt_at(number: int) -> Fault:
    at = iter(range(number, -1, -1))

    def fault(name: str, *_: object) -> None:
        if next(at, -1) == 0:
            raise KeyboardInterrupt

    return fault


def test_an_interrupt_takes_back_what_was_done(stage: Stage) -> None:
    names = tuple(name for name in MAKES if name != "close")  # it would stay open, and locked
    calls = count_calls(stage.apply, names).total()
    stage.undo()
    for number in range(calls):
        try:
            with watched(interrupt_at(number), names):
                stage.apply()
        except KeyboardInterrupt:
            assert pending_error(stage.root) is None
            assert stage.look() in (stage.before, stage.after)
        if stage.look() == stage.after:
            stage.undo()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder]
        try:
            done = subprocess.run(command, capture_output=True)
        except FileNotFoundError:
            pytest.skip("there is no mount program")
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted: {done.stderr.decode().strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_on_a_full_disk_nothing_is_changed(small_disk: Path) -> None:
    stage = Stage(small_disk / "tree", FILES)
    filler = small_disk / "filler"
    full = 0
    for room in range(0, 40 * 4096, 4096):
        filler.write_bytes(b"")
        fill_up(filler, room)
        try:
            stage.apply()
        except WriteError as error:
            full += 1
            assert "No space left on device" in str(error)
            assert stage.look() == stage.before
            assert pending_error(stage.root) is None
        else:
            assert stage.look() == stage.after
            filler.unlink()
            stage.undo()
            return
        filler.unlink()
        assert not (stage.root / ".unfork").exists()
    pytest.fail(f"there was never room enough, {full} times")


def fill_up(filler: Path, room: int) -> None:
    """Take all space of the disk but ``room`` bytes."""
    free = os.statvfs(filler.parent)
    filler.write_bytes(b"\0" * max(0, free.f_bavail * free.f_frsize - room))


def test_undo_on_a_full_disk_changes_nothing(small_disk: Path) -> None:
    stage = Stage(small_disk / "tree", FILES)
    stage.apply()
    filler = small_disk / "filler"
    fill_up(fill(small_disk, {"filler": b""}) / "filler", 8192)
    with pytest.raises(WriteError, match="No space left on device"):
        stage.undo()
    assert stage.look() == stage.after
    filler.unlink()
    stage.undo()
    assert stage.look() == stage.before


def test_on_a_read_only_disk_nothing_is_changed(small_disk: Path) -> None:
    stage = Stage(small_disk / "tree", 3)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(WriteError, match="Read-only file system; nothing is changed"):
        stage.apply()
    assert stage.look() == stage.before


def limited(size: int, job: Callable[[], object]) -> int:
    """Run a job in a child in which no file may grow larger than ``size``."""

    def run() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        with pytest.raises(WriteError, match="File too large; nothing is changed"):
            job()

    return ended(forked(run))


@pytest.mark.parametrize("size", [0, 100, 700])
def test_a_file_that_may_not_grow_leaves_the_tree_as_it_was(tmp_path: Path, size: int) -> None:
    root = fill(tmp_path, {"a.py": b"old", "b.py": b"old" + b"\n" * 300})
    before = snapshot(root)
    changes = [change("a.py", b"old"), change("b.py", b"old" + b"\n" * 300, new=b"y" * 800)]
    assert limited(size, lambda: write_changes(root, changes)) == 0
    assert snapshot(root) == before


def test_where_no_thread_can_be_started_files_are_synced_all_the_same(tmp_path: Path) -> None:
    fill(tmp_path, {f"{number}.py": b"x\n" for number in range(40)})
    program = f"""
import os, resource, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unfork.files import durable

real, told = durable._sync_and_close, []
durable._sync_and_close = lambda handle, path: (real(handle, path), told.append(path))
threading.stack_size(1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
with durable.Syncing() as syncing:
    for path in Path({str(tmp_path)!r}).iterdir():
        syncing.add(os.open(path, os.O_RDWR), path)
print(threading.active_count(), len(set(told)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "40"], done.stderr


@pytest.mark.parametrize("number", range(4))
def test_a_signal_while_threads_are_started_ends_the_syncing(tmp_path: Path, number: int) -> None:
    fill(tmp_path, {f"{number}.py": b"x\n" for number in range(40)})
    program = f"""
import os, signal, sys, threading
from pathlib import Path
from unfork.files import durable

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored by who runs the tests
started = []
def interrupted(thread, start=threading.Thread.start):
    start(thread)
    started.append(thread)
    if len(started) == {number + 1}:
        signal.raise_signal(signal.SIGINT)
threading.Thread.start = interrupted
try:
    with durable.Syncing() as syncing:
        for path in Path({str(tmp_path)!r}).iterdir():
            syncing.add(os.open(path, os.O_RDWR), path)
except KeyboardInterrupt:
    print("interrupted")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


def test_a_closed_folder_leaves_the_tree_as_it_was() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = fill(Path(folder), {"a.py": b"old", "closed/b.py": b"old"})
        changes = [change("a.py", b"old"), change("closed/b.py", b"old")]

        def job() -> None:
            if os.geteuid() == 0:
                os.setuid(1234)
            with pytest.raises(WriteError, match="Permission denied; nothing is changed"):
                write_changes(root, changes)

        for path in (root, root / "a.py", root / "closed", root / "closed" / "b.py"):
            os.chown(path, 1234 if os.geteuid() == 0 else -1, -1)
        (root / "closed").chmod(0o555)
        before = snapshot(root)
        assert ended(forked(job)) == 0
        assert snapshot(root) == before
        root.chmod(0o555)
        before = snapshot(root)
        assert ended(forked(job)) == 0
        assert snapshot(root) == before
        for path in (root, root / "closed"):
            path.chmod(0o755)


def test_a_branch_that_is_killed_is_there_or_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root", {"a.py": b"old"})
    one = change("a.py", b"old")
    plan = Plan(root, (one,), steps=(Step("m", "redirect", "s", {"a.py": one.edits}),))
    before = snapshot(root), (root / ".git/index").read_bytes(), git(root, "rev-parse", "main")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    number = 0
    names = ("write", "close")
    while killed(partial(commit_steps, root, plan, f"work{number}"), number, names):
        number += 1
    assert number > 10
    git(root, "fsck", "--strict")
    made = git(root, "branch", "--list", "--format=%(refname:short)", "work*").split()
    assert {git(root, "rev-list", "--count", f"main..{branch}") for branch in made} == {"1"}
    assert len(made) < number
    after = snapshot(root), (root / ".git/index").read_bytes(), git(root, "rev-parse", "main")
    assert after == before
