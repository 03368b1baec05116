"""The records that engines, executors and the console share."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any


class JobStatus(str, Enum):
    """Where a job is on its way."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen to the job on its own."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass
class JobMetadata:
    """Who asked for a job, and how it may be found again."""

    owner: str = "system"
    correlation_id: str | None = None
    tags: tuple[str, ...] = ()

    def matches(self, tag: str) -> bool:
        """Whether the job carries this tag."""
        return tag in self.tags


@dataclass
class StepExecution:
    """One step of a job: a handler, and what came of it."""

    name: str
    status: JobStatus = JobStatus.PENDING
    result: Any = None
    error: str | None = None
    duration: float = 0.0


@dataclass
class JobExecution:
    """A job with its steps, as it is kept and shown."""

    job_id: str
    name: str
    payload: dict[str, Any] = field(default_factory=dict)
    status: JobStatus = JobStatus.PENDING
    priority: int = 0
    attempts: int = 0
    steps: list[StepExecution] = field(default_factory=list)
    result: Any = None
    error: str | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    finished_at: datetime | None = None
    metadata: JobMetadata = field(default_factory=JobMetadata)

    @property
    def state(self) -> JobStatus:
        """The status, by the name that the core engine gave it."""
        return self.status

    @property
    def next_step(self) -> int:
        """The index of the first step that is not done yet."""
        for index, step in enumerate(self.steps):
            if step.status is not JobStatus.COMPLETED:
                return index
        return len(self.steps)

    def to_dict(self) -> dict[str, Any]:
        """A form that JSON can take."""
        data = asdict(self)
        data["status"] = self.status.value
        data["created_at"] = self.created_at.isoformat()
        data["finished_at"] = self.finished_at.isoformat() if self.finished_at else None
        for step in data["steps"]:
            step["status"] = JobStatus(step["status"]).value
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> JobExecution:
        """The reverse of `to_dict`."""
        finished = data.get("finished_at")
        meta = data.get("metadata") or {}
        return cls(
            job_id=data["job_id"],
            name=data["name"],
            payload=dict(data.get("payload") or {}),
            status=JobStatus(data["status"]),
            priority=data.get("priority", 0),
            attempts=data.get("attempts", 0),
            steps=[
                StepExecution(**{**step, "status": JobStatus(step["status"])})
                for step in data.get("steps", [])
            ],
            result=data.get("result"),
            error=data.get("error"),
            created_at=datetime.fromisoformat(data["created_at"]),
            finished_at=datetime.fromisoformat(finished) if finished else None,
            metadata=JobMetadata(**{**meta, "tags": tuple(meta.get("tags", ()))}),
        )
