"""Counters about job runs, for whatever engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any


def count_states(jobs: Iterable[Any]) -> Counter[str]:
    """How many jobs there are in each state."""
    return Counter(job.state.value for job in jobs)


def failure_rate(jobs: Iterable[Any]) -> float:
    """The share of finished jobs that failed."""
    finished = [job for job in jobs if job.state.is_terminal]
    failed = [job for job in finished if job.state.value == "failed"]
    return len(failed) / len(finished) if finished else 0.0
