"""Labels and colours for the states of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from src.orchestration.job_state import JobStatus

COLOURS = {
    JobStatus.COMPLETED: "green",
    JobStatus.FAILED: "red",
    JobStatus.CANCELLED: "grey",
}


@dataclass(frozen=True)
class Label:
    """A text and its colour."""

    text: str
    colour: str = "blue"


def label(state: JobStatus) -> Label:
    """The label of a state."""
    return Label(state.value.capitalize(), COLOURS.get(state, "blue"))


def label_from_row(row: dict[str, Any]) -> Label:
    """The label of a row from the old database, whose column is called JobState."""
    return label(JobStatus(row["JobState"]))


def heading(JobState: str) -> str:  # noqa: N803 - the template engine passes it by this name
    """A heading for the jobs of one state."""
    return f"{JobState.title()} jobs"


def headings() -> list[str]:
    """All headings."""
    return [heading(JobState=state.value) for state in JobStatus]


def legend(states: Any) -> list[str]:
    """One line for each state of a namespace that has a `JobState`, which need not be ours."""
    lines = []
    for state in states.JobState:
        lines.append(f"{state.name.lower()}: {COLOURS.get(state, 'blue')}")
    return lines


def count_by_label(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many rows there are of each label."""

    def text(row: dict[str, Any]) -> str:
        JobState = row.get("JobState", "pending")  # noqa: N806
        return str(JobState).capitalize()

    counts: dict[str, int] = {}
    for row in rows:
        counts[text(row)] = counts.get(text(row), 0) + 1
    return counts
