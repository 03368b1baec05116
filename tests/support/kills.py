"""Kill an apply at every file-system call in turn, and at random moments; see what is left.

    python tests/support/kills.py --files 200 --random 300

The apply runs in a forked child, whose calls into the `os` module are counted; before the n-th one
it kills itself (SIGKILL). A write that is to be killed writes one half first. Afterwards, the
tree must be exactly before or exactly after, once the recovery has run.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scratch import change, deletion, fill, snapshot

from unfork.files import exchange as exchanging
from unfork.files.undo import pending_error, recover_from_cut_off, undo_last_apply
from unfork.files.write import write_changes
from unfork.values import Change

LOOKS = ("stat", "lstat", "fstat", "scandir", "listdir", "access", "readlink", "listxattr", "read")
MAKES = (
    *("open", "write", "fsync", "close", "replace", "rename", "unlink", "mkdir", "rmdir"),
    *("chmod", "chown", "utime", "ftruncate", "setxattr", "link", "symlink", "exchange"),
)
Fault = Callable[[str, Callable[..., Any], tuple[Any, ...]], None]


@contextmanager
def watched(fault: Fault, names: tuple[str, ...] = MAKES) -> Iterator[None]:
    """Call ``fault`` with the name, the function and the arguments before each call into `os`.

    The calls that `os` lacks, by which two files change names, are called ``exchange``.
    """
    real = {name: getattr(os, name) for name in names if hasattr(os, name)}
    rename = exchanging._system_rename()

    def wrapped(name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            fault(name, real[name], args)
            return real[name](*args, **named)

        return call

    for name in real:
        setattr(os, name, wrapped(name))
    if rename is not None and "exchange" in names:
        real["exchange"] = rename
        exchanging._known[:] = [wrapped("exchange")]
    try:
        yield
    finally:
        exchanging._known[:] = [rename]
        real.pop("exchange", None)
        for name, function in real.items():
            setattr(os, name, function)


def kill_at(number: int) -> Fault:
    """Return a fault that kills this process before its call of that number, from 0."""
    at = iter(range(number, -1, -1))

    def fault(name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if next(at) == 0:
            if name == "write":
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

    return fault


def fail_from(number: int, code: int, times: int | None = 1) -> Fault:
    """Return a fault that raises an error at the call of that number, and ``times`` in all."""
    calls = 0

    def fault(name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> None:
        nonlocal calls
        calls += 1
        if calls > number and (times is None or calls <= number + times):
            if name == "close":
                real(*args)
            raise OSError(code, os.strerror(code))

    return fault


def count_calls(job: Callable[[], object], names: tuple[str, ...] = MAKES) -> Counter[str]:
    """Return how often a job calls which function."""
    calls: Counter[str] = Counter()
    with watched(lambda name, *_: calls.update([name]), names):
        job()
    return calls


def forked(job: Callable[[], object]) -> int:
    """Start a job in a child process; return its id. It ends with 0, or 1 where the job raises."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            job()
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    """Wait for a child; return its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(job: Callable[[], object], number: int, names: tuple[str, ...] = MAKES) -> bool:
    """Run a job in a child that is killed at its n-th call; return whether it came that far."""

    def run() -> None:
        with watched(kill_at(number), names):
            job()

    code = ended(forked(run))
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def killed_after(job: Callable[[], object], seconds: float) -> bool:
    """Run a job in a child that is killed after a time; return whether that was too early for it."""
    child = forked(job)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    code = ended(child)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


class Stage:
    """A tree, the changes to make in it, and how it looks before and after."""

    def __init__(self, root: Path, files: int) -> None:
        texts = {f"d{n % 7}/m{n}.py": b"import old\n" + b"x = 1\n" * (n % 50) for n in range(files)}
        self.root = fill(root, texts)
        self.changes: list[Change] = [
            deletion(path, text) if number % 4 == 3 else change(path, text)
            for number, (path, text) in enumerate(texts.items())
        ]
        self.before = self.look()
        self.apply()
        self.after = self.look()
        undo_last_apply(self.root)
        assert self.look() == self.before != self.after

    def apply(self) -> None:
        write_changes(self.root, self.changes, allow_dirty=True)

    def undo(self) -> None:
        undo_last_apply(self.root)

    def recover(self) -> None:
        recover_from_cut_off(self.root)

    def look(self) -> dict[str, tuple[str, int, bytes]]:
        """Return all that is there but the journal's own folder."""
        return {p: state for p, state in snapshot(self.root).items() if not p.startswith(".unfork")}

    def settle(self) -> str:
        """See that all is well after a kill; go back to before; return what was found."""
        if pending_error(self.root) is not None:
            half = self.look()
            report = recover_from_cut_off(self.root)
            assert report is not None
            assert report.cut_off
            assert self.look() == self.before
            return "nothing replaced yet" if half == self.before else "half way, taken back"
        assert recover_from_cut_off(self.root) is None  # though something may lie about
        state = self.look()
        if state == self.after:
            self.undo()
            assert self.look() == self.before
            return "all done"
        assert state == self.before
        return "not begun"


def sweep(stage: Stage, names: tuple[str, ...], stride: int = 1) -> Counter[str]:
    """Kill an apply at each ``stride``-th call; return what was found, how often."""
    outcomes: Counter[str] = Counter()
    number = 0
    while killed(stage.apply, number, names):
        outcomes[stage.settle()] += 1
        number += stride
    assert stage.settle() == "all done"
    return outcomes


def at_random(stage: Stage, times: int, seed: int = 0) -> Counter[str]:
    """Kill an apply at random moments of its run; return what was found, how often."""
    chance = random.Random(seed)
    began = time.perf_counter()
    ended(forked(stage.apply))
    whole = time.perf_counter() - began
    stage.settle()
    outcomes: Counter[str] = Counter()
    while outcomes.total() < times:
        if killed_after(stage.apply, chance.uniform(0, whole)):
            outcomes[stage.settle()] += 1
        else:
            stage.settle()
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--stride", type=int, default=1, help="kill at each n-th call only")
    parser.add_argument("--random", type=int, default=300, help="kills at random moments")
    parser.add_argument("--git", action="store_true", help="in a git work tree")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.git:
            os.spawnlp(os.P_WAIT, "git", "git", "init", "-q", folder)
        stage = Stage(Path(folder), options.files)
        calls = count_calls(stage.apply, (*MAKES, *LOOKS))
        stage.settle()
        print(f"{options.files} files, {calls.total()} calls: {dict(calls)}")
        outcomes = sweep(stage, (*MAKES, *LOOKS), options.stride)
        print(f"killed at each {options.stride}th call, {outcomes.total()} kills: {dict(outcomes)}")
        outcomes = at_random(stage, options.random)
        print(f"killed at random, {outcomes.total()} kills: {dict(outcomes)}")


if __name__ == "__main__":
    main()
