"""Submits jobs at intervals."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from src.orchestration.job_execution_engine_enhanced import (
    JobExecutionEngineEnhanced,  # retries are its business, not ours
    JobNotFoundError,
    JobStatus,  # only to skip what still runs
    utc_now,
)

logger = logging.getLogger(__name__)

BUSY = (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass
class Schedule:
    """A job, and how often it is due."""

    name: str
    every: timedelta
    payload: dict[str, Any] = field(default_factory=dict)
    last_run: datetime | None = None
    last_job: str | None = None

    def due(self, now: datetime) -> bool:
        """Whether it is time again."""
        return self.last_run is None or now - self.last_run >= self.every


class Scheduler:
    """Looks through its schedules whenever it is told to."""

    def __init__(self, engine: JobExecutionEngineEnhanced | None = None) -> None:
        self.engine = engine or JobExecutionEngineEnhanced(max_retries=1)
        self.schedules: list[Schedule] = []

    def add(self, name: str, every: timedelta, **payload: Any) -> Schedule:
        """A new schedule."""
        schedule = Schedule(name, every, payload)
        self.schedules.append(schedule)
        return schedule

    def _busy(self, schedule: Schedule) -> bool:
        if schedule.last_job is None:
            return False
        try:
            return self.engine.get(schedule.last_job).status in BUSY
        except JobNotFoundError:
            logger.info("%s: the last job was purged", schedule.name)
            return False

    def tick(self) -> list[str]:
        """Submit what is due, and return the ids of the new jobs."""
        now = utc_now()
        submitted = []
        for schedule in self.schedules:
            if schedule.due(now) and not self._busy(schedule):
                job = self.engine.submit(schedule.name, schedule.payload)
                schedule.last_run, schedule.last_job = now, job.job_id
                submitted.append(job.job_id)
        return submitted

    async def run(self, ticks: int, pause: float = 0.0) -> int:
        """Tick some times, run what that brings, and return how many jobs it was."""
        count = 0
        for _ in range(ticks):
            self.tick()
            count += len(await asyncio.to_thread(self.engine.run_pending))
            await asyncio.sleep(pause)
        return count
