"""Where the time of a run goes, by function; on request."""

from __future__ import annotations

import io
import pstats
import tempfile
from pathlib import Path

from clock import Command, run
from goal_hook import chosen
from lab import Lab
from results import Section

TOP = 30
RUNS = ("dense", "sparse", "nothing", "hook")


def measure(lab: Lab, what: str) -> Section:
    """Profile a run in one process: of the hook, or a dry run with a migration of that name."""
    dry = ["diff", "-m", lab.migration(what), "-j", "1"]
    args = ["check", *chosen(lab.tree)] if what == "hook" else dry
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "profile")
        under = [str(lab.python), "-m", "cProfile", "-o", file, "-m", "unfork", *args]
        run(Command(what, under, lab.tree, (0, 1)))
        text = "\n".join(_table(file, order) for order in ("tottime", "cumulative"))
    note = f"`unfork {args[0]}`, one process; a profiler makes calls look dearer than they are."
    return Section(f"profile-{what}", (), (note,), text)


def _table(file: str, order: str) -> str:
    out = io.StringIO()
    stats = pstats.Stats(file, stream=out)
    stats.strip_dirs().sort_stats(order).print_stats(TOP)
    lines = out.getvalue().splitlines()
    start = next(n for n, line in enumerate(lines) if "function calls" in line)
    return "\n".join(line.rstrip() for line in lines[start:] if line.strip())
