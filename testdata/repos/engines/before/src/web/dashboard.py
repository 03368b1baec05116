"""The status page, as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from src.core.job_execution_engine import JobState
from src.core.job_execution_engine_metrics import count_states, failure_rate
from src.engine.labels import label


@dataclass(frozen=True)
class JobStatus:
    """One cell of the page: not the status of a job, but how it is shown."""

    state: JobState
    count: int

    def to_html(self) -> str:
        """The cell."""
        shown = label(self.state)
        return f'<td class="{shown.colour}">{html.escape(shown.text)}: {self.count}</td>'


def cells(jobs: Iterable[Any]) -> list[JobStatus]:
    """A cell for each state that occurs."""
    counts = count_states(jobs)
    return [JobStatus(state, counts[state.value]) for state in JobState if counts[state.value]]


def page(jobs: Iterable[Any]) -> str:
    """The whole page."""
    jobs = list(jobs)
    row = "".join(cell.to_html() for cell in cells(jobs))
    return f"<table><tr>{row}</tr></table><p>{failure_rate(jobs):.0%} failed</p>"
