"""What jobs look like in JSON."""

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from src.orchestration.job_execution_engine_enhanced import AsyncJobExecutionEngine, JobStatus
    from src.orchestration.job_state import JobExecution


def job_to_json(job: "JobExecution") -> dict[str, Any]:
    """One job."""
    return {
        "id": job.job_id,
        "name": job.name,
        "status": job.status.value,
        "error": job.error,
        "result": job.result,
    }


def stats_to_json(
    engine: "AsyncJobExecutionEngine", only: Optional["JobStatus"] = None
) -> dict[str, int]:
    """The counts of an engine, or of one status."""
    counts = engine.stats()
    return {only.value: counts[only.value]} if only is not None else counts


def engine_to_json(engine: "AsyncJobExecutionEngine") -> dict[str, Any]:
    """An engine, for the status page."""
    done: "list[JobStatus]" = sorted({job.status for job in engine.list_jobs()})
    return {"kind": type(engine).__name__, "seen": [status.value for status in done]}
