"""Time the audit beside tools that do a part of it each, on one tree, in alternating runs.

    python tests/lab/benchmarks/audit_beside_others.py ROOT PACKAGE [--tools FOLDER] [--limit SECONDS] [--rounds N]

ROOT is a project, PACKAGE the package in it that grimp is to graph. FOLDER is where jscpd, pylint, vulture and a Python
with grimp are (default: beside this Python); a tool that is not there is left out. A table in Markdown is printed: the
medians of seconds by the clock and of the processors, each beside ruff's, and the memory of the largest process.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import NamedTuple

GRAPH = "import grimp; print(len(grimp.build_graph({package!r}, cache_dir=None).modules))"


class Run(NamedTuple):
    """Seconds by the clock and of all processors, MB of the largest process, and whether it ended by itself."""

    seconds: float
    busy: float
    memory: float
    ended: bool


def commands(package: str, tools: Path) -> Iterator[tuple[str, list[str]]]:
    here = Path(sys.executable).parent
    ruff = [str(here / "ruff"), "check", "--no-cache", "--isolated", "-q"]
    yield "ruff check", [*ruff, "."]
    yield "ruff check, all rules", [*ruff, "--select", "ALL", "."]
    audit = ["audit", "--root", ".", "--format", "json"]
    yield "**unfork audit**", [sys.executable, "-m", "unfork", *audit]
    yield "jscpd", [str(tools / "jscpd"), ".", "--format", "python", "--reporters", "silent"]
    yield "grimp, graph only", [str(tools / "python"), "-c", GRAPH.format(package=package)]
    yield "vulture", [str(tools / "vulture"), "."]
    duplicates = ["--disable=all", "--enable=duplicate-code", "--jobs=2", "--recursive=y", package]
    yield "pylint duplicate-code, 2 jobs", [str(tools / "pylint"), *duplicates]


def timed(command: list[str], root: Path, limit: float) -> Run:
    """Run a command in a process group of its own, which is killed after ``limit`` seconds."""
    start = time.monotonic()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=root, stdout=quiet, stderr=quiet, start_new_session=True
    )
    # its workers too: they would go on without it
    timer = Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    ended = process.returncode != -signal.SIGKILL
    busy = used.ru_utime + used.ru_stime
    return Run(time.monotonic() - start, busy, used.ru_maxrss / 1024, ended)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("package")
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    present = [each for each in commands(asked.package, asked.tools) if Path(each[1][0]).exists()]
    runs: dict[str, list[Run]] = {name: [] for name, _ in present}
    for _ in range(asked.rounds):
        for name, command in present:
            runs[name].append(timed(command, asked.root, asked.limit))
    print("| tool | seconds | times ruff | processor seconds | times ruff | MB |")
    print("|---|---|---|---|---|---|")
    medians = {
        name: tuple(statistics.median(run[at] for run in made) for at in range(3))
        for name, made in runs.items()
    }
    first = next(iter(medians.values()))
    for name, (seconds, busy, memory) in medians.items():
        more = "" if all(run.ended for run in runs[name]) else "more than "
        times = f"{more}{seconds / first[0]:.1f}", f"{more}{busy / first[1]:.1f}"
        row = (name, f"{more}{seconds:.2f}", times[0], f"{more}{busy:.2f}", times[1])
        print(f"| {' | '.join(row)} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
