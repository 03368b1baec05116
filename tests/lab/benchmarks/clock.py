"""Commands run one after the other, in turn, each with its time, its processor time, and its peak memory."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_IN_KIB = 1024 if os.uname().sysname == "Linux" else 1  # of ru_maxrss; elsewhere it is bytes


class BenchError(Exception):
    """A command that did not do what it is measured at."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is measured. ``codes`` are the exit codes of a run that did its work, None: any.

    ``terminal``: it writes to one, which takes all as fast as it comes. After ``limit`` seconds it is killed, with all
    that it has started.
    """

    name: str
    args: Sequence[str]
    cwd: Path
    codes: tuple[int, ...] | None = (0,)
    terminal: bool = False
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. ``peak`` is that of the largest of its processes, in MiB; ``ended``: by itself, before its limit."""

    seconds: float
    cpu: float
    peak: float
    ended: bool = True


Samples = Mapping[str, Sequence[Sample]]
"""The runs of each command, by its name."""


def environment() -> dict[str, str]:
    """Return our environment without Python's variables: bytecode is written, and is read."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def run(command: Command) -> Sample:
    """Run a command, its output dropped. Raises BenchError where it fails."""
    with tempfile.TemporaryFile() as said, _nowhere(command.terminal) as nowhere:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.args,
            cwd=command.cwd,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=nowhere,
            stderr=said,
            start_new_session=command.limit is not None,
        )
        timer = threading.Timer(command.limit or 0, os.killpg, (process.pid, signal.SIGKILL))
        if command.limit is not None:
            timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # a signal too must leave no process behind
            process.terminate()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        ended = command.limit is None or process.returncode != -signal.SIGKILL
        if command.codes is not None and process.returncode not in command.codes:
            said.seek(0)
            words = said.read().decode(errors="replace")[-2000:]
            raise BenchError(f"{command.name} ended with {process.returncode}: {words}")
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _IN_KIB / 2**20
    return Sample(seconds, cpu, peak, ended)


@contextmanager
def _nowhere(terminal: bool) -> Iterator[int]:
    """Give a file, or a terminal, for output that nobody reads."""
    if not terminal:
        yield subprocess.DEVNULL
        return
    ours, theirs = pty.openpty()
    reader = threading.Thread(target=_drain, args=(ours,))
    reader.start()
    try:
        yield theirs
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


def _drain(terminal: int) -> None:
    with suppress(OSError):  # how Linux says that the other side is closed
        while os.read(terminal, 1 << 16):
            pass


def in_turn(
    commands: Sequence[Command],
    rounds: int,
    before: Callable[[], None] | None = None,
    warm: bool = False,
) -> Samples:
    """Run the commands A B C A B C ..., after a first round that only warms the caches.

    ``before`` is called before each run, outside of its time; ``warm``: the caches are.
    """
    samples: dict[str, list[Sample]] = {command.name: [] for command in commands}
    for turn in range(1 if warm else 0, rounds + 1):
        for command in commands:
            if before is not None:
                before()
            sample = run(command)
            if turn:
                samples[command.name].append(sample)
    return samples


def seconds(samples: Samples, name: str) -> float:
    """Return the median time of a command."""
    return median(sample.seconds for sample in samples[name])


def peak(samples: Samples, name: str) -> float:
    """Return the peak memory of a command's largest process, in MiB."""
    return max(sample.peak for sample in samples[name])


def processor(samples: Samples, name: str) -> float:
    """Return the median processor time of a command, all its processes together."""
    return median(sample.cpu for sample in samples[name])


@contextmanager
def one_core() -> Iterator[bool]:
    """Hold all that is started on one core, where the system can; give whether it can."""
    if not hasattr(os, "sched_setaffinity"):
        yield False
        return
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(every)})
    try:
        yield True
    finally:
        os.sched_setaffinity(0, every)
