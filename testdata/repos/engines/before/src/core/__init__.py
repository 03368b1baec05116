"""Core services."""

from .job_execution_engine import JobExecutionEngine, JobNotFoundError, JobState

__all__ = ["JobExecutionEngine", "JobNotFoundError", "JobState"]
