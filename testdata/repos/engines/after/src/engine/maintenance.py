"""Housekeeping that runs every night."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

import src.orchestration.job_execution_engine as core_engine
from src.orchestration import job_state
from src.core.job_execution_engine_metrics import failure_rate

logger = logging.getLogger(__name__)

OVER: tuple[job_state.JobStatus, ...] = (
    job_state.JobStatus.COMPLETED,
    job_state.JobStatus.CANCELLED,
)


def nightly(engine: core_engine.JobExecutionEngine, keep: timedelta = timedelta(days=30)) -> int:
    """Drop the jobs that are older than `keep`."""
    removed = engine.purge(core_engine.utc_now() - keep)
    logger.info("removed %d jobs", removed)
    return removed


def survivors(engine: core_engine.JobExecutionEngine, job_ids: Iterable[str]) -> list[str]:
    """Those of the ids that the engine still knows, and that are not over."""
    alive = []
    for job_id in job_ids:
        try:
            state = engine.state_of(job_id)
        except core_engine.JobNotFoundError:
            continue
        if state not in OVER:
            alive.append(job_id)
    return alive


def self_test() -> float:
    """Run one job in an engine of its own; the share of failures should be 0."""
    engine = core_engine.JobExecutionEngine(max_workers=1)
    engine.register("ping", lambda payload: "pong")
    return failure_rate([engine.run(engine.submit("ping").job_id)])
