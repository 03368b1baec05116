"""What was measured, as values that are kept in a JSON file from one run to the next."""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clock import Samples, processor, seconds

VERSION = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: ours beside another, their ratio, and the goal for it, if there is one.

    ``cpu`` is the ratio of their processor times: on a busy machine it tells more than the clock.
    """

    goal: str
    what: str
    ours: float
    against: str
    theirs: float
    limit: float | None = None
    unit: str = "s"
    cpu: float | None = None

    @property
    def ratio(self) -> float:
        """Ours by theirs; without end where a busy machine made theirs nothing."""
        return self.ours / self.theirs if self.theirs > 0 else math.inf

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return None if self.limit is None else self.ratio <= self.limit


@dataclass(frozen=True, slots=True)
class Section:
    """What one part of the benchmark found, and when. ``samples`` are the seconds of each run."""

    name: str
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    text: str = ""
    samples: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    date: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M", time.gmtime()))
    commit: str = field(default_factory=lambda: head())
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))


def compared(
    samples: Samples,
    goal: str,
    what: str,
    ours: str,
    theirs: str,
    limit: float | None = None,
    against: str = "",
) -> Row:
    """Return the row for two commands that were run in turn."""
    times = seconds(samples, ours), seconds(samples, theirs)
    cpu = processor(samples, ours) / processor(samples, theirs)
    return Row(goal, what, times[0], against or theirs, times[1], limit, cpu=cpu)


def raw(*every: Samples) -> dict[str, tuple[float, ...]]:
    """Return the seconds of all runs, rounded to what can be told apart."""
    return {
        name: tuple(round(sample.seconds, 4) for sample in runs)
        for samples in every
        for name, runs in samples.items()
    }


def head() -> str:
    """Return the commit that this checkout is at; with a ``+`` where its sources differ from it."""
    asked = ("git", "describe", "--always", "--dirty=+", "--exclude=*")
    done = subprocess.run(
        asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def load(file: Path) -> dict[str, Section]:
    """Return the sections that were kept; none where the file is of another version."""
    if not file.exists():
        return {}
    data = json.loads(file.read_text(encoding="utf-8"))
    if data["version"] != VERSION:
        return {}
    return {section["name"]: _section(section) for section in data["sections"]}


def _section(data: dict[str, Any]) -> Section:
    samples = {name: tuple(runs) for name, runs in data["samples"].items()}
    rows = tuple(Row(**row) for row in data["rows"])
    return Section(**{**data, "rows": rows, "notes": tuple(data["notes"]), "samples": samples})


def save(file: Path, sections: Iterable[Section], about: Mapping[str, str]) -> None:
    """Write the sections, and what is known of the machine and the tools."""
    data = {
        "version": VERSION,
        "about": about,
        "sections": [asdict(section) for section in sections],
    }
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
