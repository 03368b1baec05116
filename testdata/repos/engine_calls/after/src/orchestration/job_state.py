"""The one home of job states."""

from enum import Enum


class JobStatus(Enum):
    QUEUED = "queued"
    COMPLETED = "completed"
    FAILED = "failed"
