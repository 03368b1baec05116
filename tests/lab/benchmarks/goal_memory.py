"""Goal 5: the peak memory of the parent and of each worker."""

from __future__ import annotations

from lab import Lab
from memory import Peaks, peaks
from results import Row, Section

LIMIT = 150.0


def measure(lab: Lab) -> Section:
    """Look at a dry run with nothing to change, one with 3 files, and the writing of 2,180 files."""
    try:
        lab.restore()
        measured = {
            "`diff`, nothing to change": _peaks(lab, "diff", "nothing"),
            "`diff`, 3 files to change": _peaks(lab, "diff", "sparse"),
            "`diff`, 2,180 files to change, 2 processes": _peaks(lab, "diff", "dense", "-j", "2"),
            "`apply`, 2,180 files to change, 2 processes": _peaks(lab, "apply", "dense", "-j", "2"),
        }
    finally:
        lab.restore()
    rows = [row for what, peak in measured.items() for row in rows_of(what, peak)]
    return Section(
        "memory", tuple(rows), ("The peak of each process by itself, shared pages included.",)
    )


def rows_of(what: str, peak: Peaks) -> list[Row]:
    """Return the rows for one run."""
    rows = [Row("5", f"{what}: parent", peak.parent, "the limit", LIMIT, 1.0, "MiB")]
    if peak.worker:
        worker = f"{what}: largest worker"
        rows.append(Row("5", worker, peak.worker, "the limit", LIMIT, 1.0, "MiB"))
    return rows


def _peaks(lab: Lab, verb: str, name: str, *args: str) -> Peaks:
    return peaks(lab.unfork(name, verb, "-m", lab.migration(name), *args))
