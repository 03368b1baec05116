"""Time the audit beside tools that do a part of it each, on one tree, in one run.

    python tests/lab/benchmarks/audit_beside_others.py ROOT PACKAGE [--tools FOLDER] [--limit SECONDS]

ROOT is a project, PACKAGE the package in it that grimp is to graph. FOLDER is where pylint, vulture and a Python with
grimp are (default: beside this Python); a tool that is not there is left out. A table in Markdown is printed: seconds
by the clock and of the processors, each beside ruff's, and the most memory that a process took so far.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

GRAPH = "import grimp; print(len(grimp.build_graph({package!r}, cache_dir=None).modules))"


def commands(package: str, tools: Path) -> Iterator[tuple[str, list[str]]]:
    here = Path(sys.executable).parent
    yield (
        "ruff check --no-cache",
        [str(here / "ruff"), "check", "--no-cache", "--isolated", "-q", "."],
    )
    yield (
        "**unfork audit**",
        [sys.executable, "-m", "unfork", "audit", "--root", ".", "--format", "json"],
    )
    yield "grimp, graph only", [str(tools / "python"), "-c", GRAPH.format(package=package)]
    yield "vulture", [str(tools / "vulture"), "."]
    duplicates = ["--disable=all", "--enable=duplicate-code", "--jobs=2", "--recursive=y", package]
    yield "pylint duplicate-code, 2 jobs", [str(tools / "pylint"), *duplicates]


def timed(command: list[str], root: Path, limit: float) -> tuple[float, float, int, bool]:
    """Return seconds by the clock and of all processors, kilobytes, and whether it ended by itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(limit)
        ended = True
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its workers too: they would go on without it
        process.wait()
        ended = False
    seconds = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return seconds, busy, used.ru_maxrss, ended


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("package")
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--limit", type=float, default=600)
    asked = parser.parse_args()
    first: tuple[float, float] | None = None
    print("| tool | seconds | times ruff | processor seconds | times ruff | most MB so far |")
    print("|---|---|---|---|---|---|")
    for name, command in commands(asked.package, asked.tools):
        if not Path(command[0]).exists():
            continue
        seconds, busy, memory, ended = timed(command, asked.root, asked.limit)
        first = first or (seconds, busy)
        more = "" if ended else "more than "
        times = f"{more}{seconds / first[0]:.1f}", f"{more}{busy / first[1]:.1f}"
        row = (name, f"{more}{seconds:.1f}", times[0], f"{more}{busy:.1f}", times[1])
        print(f"| {' | '.join(row)} | {memory // 1024} |", flush=True)


if __name__ == "__main__":
    main()
