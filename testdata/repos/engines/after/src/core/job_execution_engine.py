"""Core job execution engine.

Split off with the core package and kept in memory only. Nothing else in the orchestration package knows about it.
"""

from __future__ import annotations

import logging
import threading
import uuid
import warnings
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any, Callable

warnings.warn(
    "src.core.job_execution_engine is deprecated since 2025-11-19 and will be removed "
    "in 2026-06; use src.orchestration.job_execution_engine instead",
    DeprecationWarning,
    stacklevel=2,
)

logger = logging.getLogger(__name__)


class JobState(str, Enum):
    """The states of a job."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether the job is over."""
        return self in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)


class JobNotFoundError(KeyError):
    """The engine has no such job."""


def utc_now() -> datetime:
    """Timezone-aware now."""
    return datetime.now(timezone.utc)


@dataclass
class _Job:
    job_id: str
    name: str
    payload: dict[str, Any] = field(default_factory=dict)
    state: JobState = JobState.PENDING
    result: Any = None
    error: str | None = None
    created_at: datetime = field(default_factory=lambda: utc_now())


class JobExecutionEngine:
    """Runs jobs from a dictionary, in the order they were submitted."""

    def __init__(self, *, max_workers: int = 4) -> None:
        self.max_workers = max_workers
        self._handlers: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def register(self, name: str, handler: Callable[[dict[str, Any]], Any]) -> None:
        """Set the handler of a name."""
        self._handlers[name] = handler

    def submit(self, name: str, payload: dict[str, Any] | None = None) -> _Job:
        """Add a job."""
        job = _Job(uuid.uuid4().hex[:12], name, dict(payload or {}), JobState.QUEUED)
        with self._lock:
            self._jobs[job.job_id] = job
        return job

    def get(self, job_id: str) -> _Job:
        """One job."""
        if job_id not in self._jobs:
            raise JobNotFoundError(job_id)
        return self._jobs[job_id]

    def state_of(self, job_id: str) -> JobState:
        """The state of one job."""
        return self.get(job_id).state

    def run(self, job_id: str) -> _Job:
        """Run one job."""
        job = self.get(job_id)
        job.state = JobState.RUNNING
        try:
            job.result = self._handlers[job.name](job.payload)
            job.state = JobState.COMPLETED
        except Exception as error:
            logger.exception("job %s failed", job_id)
            job.error = str(error)
            job.state = JobState.FAILED
        return job

    def purge(self, before: datetime | None = None) -> int:
        """Drop finished jobs."""
        with self._lock:
            gone = [
                job_id
                for job_id, job in self._jobs.items()
                if job.state.is_terminal and (before is None or job.created_at < before)
            ]
            for job_id in gone:
                del self._jobs[job_id]
        return len(gone)
