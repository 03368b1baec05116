"""Time the audit beside tools that do a part of it each, on one tree, in alternating runs.

    python tests/lab/benchmarks/audit_beside_others.py ROOT PACKAGE [--tools FOLDER] [--limit SECONDS] [--rounds N]

ROOT is a project, PACKAGE the package in it that grimp is to graph. FOLDER is where jscpd, pylint, vulture and a Python
with grimp are (default: beside this Python); a tool that is not there is left out. A table in Markdown is printed: the
medians of seconds by the clock and of the processors, each beside ruff's, and the memory of the largest process.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from clock import Command, in_turn, processor, seconds

GRAPH = "import grimp; print(len(grimp.build_graph({package!r}, cache_dir=None).modules))"


def commands(package: str, tools: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the tools, each with its command."""
    scripts = Path(sys.executable).parent
    ruff = [str(scripts / "ruff"), "check", "--no-cache", "--isolated", "-q"]
    yield "ruff check", [*ruff, "."]
    yield "ruff check, all rules", [*ruff, "--select", "ALL", "."]
    audit = ["audit", "--root", ".", "--format", "json"]
    yield "**unfork audit**", [sys.executable, "-m", "unfork", *audit]
    yield "jscpd", [str(tools / "jscpd"), ".", "--format", "python", "--reporters", "silent"]
    yield "grimp, graph only", [str(tools / "python"), "-c", GRAPH.format(package=package)]
    yield "vulture", [str(tools / "vulture"), "."]
    duplicates = ["--disable=all", "--enable=duplicate-code", "--jobs=2", "--recursive=y", package]
    yield "pylint duplicate-code, 2 jobs", [str(tools / "pylint"), *duplicates]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("package")
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    present = [
        Command(name, args, asked.root, codes=None, limit=asked.limit)
        for name, args in commands(asked.package, asked.tools)
        if Path(args[0]).exists()
    ]
    samples = in_turn(present, asked.rounds, warm=True)
    print("| tool | seconds | times ruff | processor seconds | times ruff | MB |")
    print("|---|---|---|---|---|---|")
    first = present[0].name
    for name, runs in samples.items():
        elapsed, busy = seconds(samples, name), processor(samples, name)
        more = "" if all(run.ended for run in runs) else "more than "
        times = elapsed / seconds(samples, first), busy / processor(samples, first)
        numbers = (elapsed, times[0], busy, times[1])
        cells = (f"{more}{n:.{places}f}" for n, places in zip(numbers, (2, 1, 2, 1)))
        print(f"| {' | '.join((name, *cells))} | {median(r.peak for r in runs):.0f} |")


if __name__ == "__main__":
    main()
