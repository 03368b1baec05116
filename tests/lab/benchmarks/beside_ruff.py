"""A diff that has nothing to change, beside ruff on the same tree: alternating warm runs, on a machine that others use.

    python tests/lab/benchmarks/beside_ruff.py TREE MIGRATION [--pairs 10]

Of each command: wall time, and the processor time of it and its workers (user and system), as median and quartiles; and
the ratio of each pair, since two runs that follow each other see the same load. ruff is what PATH has.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path

from clock import Command, run

CODES = (0, 1)
"""The exit codes: they say only whether something was found."""


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
    args = [sys.executable, "-m", "unfork", "diff", "-m", str(options.migration.resolve())]
    diff = Command("diff", args, options.tree, CODES)
    ruff = ["ruff", "check", "--isolated", "--quiet"]
    peers = [
        Command("ruff check", [*ruff, "--no-cache"], options.tree, CODES),
        Command("ruff check, cached", ruff, options.tree, CODES),
    ]
    for command in (diff, *peers):
        run(command)
    for peer in peers:
        pairs = []
        loads = []
        for _ in range(options.pairs):
            loads.append(os.getloadavg()[0])
            pairs.append((run(diff), run(peer)))
        print(f"{options.pairs} pairs, load {min(loads):.1f} to {max(loads):.1f}")
        for what in ("seconds", "cpu"):
            mine, theirs = ([getattr(pair[side], what) for pair in pairs] for side in (0, 1))
            ratios = [one / other for one, other in zip(mine, theirs)]
            costs = f"diff {spread(mine)} s, {peer.name} {spread(theirs)} s"
            print(f"{what}: {costs}, ratio {spread(ratios)}")


if __name__ == "__main__":
    main()
