"""The peak memory of each process of a run, where the system tells (Linux)."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from clock import Command, environment, run

_PROC = Path("/proc")
_PAUSE = 0.005


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peaks in MiB: of the process started, and of the largest of its workers (0: there was none)."""

    parent: float
    worker: float


def peaks(command: Command) -> Peaks:
    """Run a command and look at its processes all the while: the system keeps each one's peak."""
    if not (_PROC / "self" / "status").exists():
        return Peaks(run(command).peak, 0)
    process = subprocess.Popen(
        command.args,
        cwd=command.cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak_by_pid: dict[int, float] = {}
    program = None
    while process.poll() is None:
        program = _program(process.pid) or program
        for pid in _family(process.pid):
            now = _program(pid)
            if now == program:
                peak_by_pid[pid] = max(peak_by_pid.get(pid, 0), _peak(pid))
            elif now is not None:
                peak_by_pid.pop(pid, None)  # it was about to become another program, git
        time.sleep(_PAUSE)
    parent = peak_by_pid.pop(process.pid, 0)
    return Peaks(parent, max(peak_by_pid.values(), default=0))


def _family(pid: int) -> list[int]:
    try:
        words = (_PROC / f"{pid}/task/{pid}/children").read_text().split()
    except OSError:
        words = []
    return [pid, *(member for word in words for member in _family(int(word)))]


def _program(pid: int) -> str | None:
    try:
        return os.readlink(_PROC / f"{pid}/exe")
    except OSError:
        return None


def _peak(pid: int) -> float:
    try:
        status = (_PROC / f"{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0][1]) / 1024 if lines else 0
