"""Whether a diff of 2,180 files takes longer to paint than to work out."""

from __future__ import annotations

from dataclasses import replace

from clock import in_turn, seconds
from lab import Lab
from results import Row, Section, raw


def measure(lab: Lab) -> Section:
    """Run a dry run in turn as a summary for programs, and in colours on a terminal."""
    args = ("diff", "-m", lab.migration("dense"), "-j", "2")
    painted = replace(lab.unfork("terminal", *args), terminal=True)
    samples = in_turn([lab.unfork("plain", *args, "--format", "plain"), painted], lab.rounds)
    plain, terminal = seconds(samples, "plain"), seconds(samples, "terminal")
    what = "`diff`, 2,180 files to change: what colours on a terminal add"
    row = Row("paint", what, terminal - plain, "plain, to a file", plain, 1.0)
    return Section("paint", (row,), samples=raw(samples))
