"""A diff that has nothing to change, beside ruff on the same tree: alternating warm runs, on a machine that others use.

    python tests/lab/beside_ruff.py TREE MIGRATION [--pairs 10]

Of each command: wall time, and the processor time of it and its workers (user and system), as median and quartiles; and
the ratio of each pair, since two runs that follow each other see the same load. ruff is what PATH has.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[2] / "src"


class Cost(NamedTuple):
    """What a run takes, in seconds."""

    wall: float
    processor: float


def cost_of(command: list[str], tree: Path, env: dict[str, str]) -> Cost:
    """Run a command and return what it takes; its exit code says only whether it found something."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=tree, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def spread(values: list[float]) -> str:
    """Return the median of some values with their quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Print the costs and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("migration", type=Path)
    parser.add_argument("--pairs", type=int, default=10)
    options = parser.parse_args()
    path = os.pathsep.join([str(SOURCE), str(SOURCE.parent / "codemods")])
    env = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"}
    diff = [sys.executable, "-m", "unfork", "diff", "-m", str(options.migration.resolve())]
    peers = {
        "ruff check": ["ruff", "check", "--isolated", "--no-cache", "--quiet"],
        "ruff check, cached": ["ruff", "check", "--isolated", "--quiet"],
    }
    for command in (diff, *peers.values()):
        cost_of(command, options.tree, env)
    for name, peer in peers.items():
        pairs = []
        loads = []
        for _ in range(options.pairs):
            loads.append(os.getloadavg()[0])
            pairs.append((cost_of(diff, options.tree, env), cost_of(peer, options.tree, env)))
        print(f"{options.pairs} pairs, load {min(loads):.1f} to {max(loads):.1f}")
        for field in Cost._fields:
            mine, theirs = ([getattr(pair[side], field) for pair in pairs] for side in (0, 1))
            ratios = [one / other for one, other in zip(mine, theirs)]
            print(
                f"{field}: diff {spread(mine)} s, {name} {spread(theirs)} s, ratio {spread(ratios)}"
            )


if __name__ == "__main__":
    main()
