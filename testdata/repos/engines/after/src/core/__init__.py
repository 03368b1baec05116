"""Core services."""

from ..orchestration.job_execution_engine import JobExecutionEngine, JobNotFoundError
from ..orchestration.job_state import JobStatus as JobState

__all__ = ["JobExecutionEngine", "JobNotFoundError", "JobState"]
