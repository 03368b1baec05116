"""Enhanced job execution engine.

Adds retries, JSON persistence and an asynchronous variant to the original engine. Written for the batch product in
2023; `job_execution_engine` has since learned all of it.
"""

import asyncio
import json
import logging
import time
import uuid
import warnings
import zlib
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

warnings.warn(
    "src.orchestration.job_execution_engine_enhanced is deprecated since 2025-11-19 "
    "and will be removed in 2026-06; use src.orchestration.job_execution_engine "
    "instead",
    DeprecationWarning,
    stacklevel=2,
)

logger = logging.getLogger(__name__)


class JobStatus(str, Enum):
    """Older copy: there was no PAUSED yet."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass
class JobExecution:
    """Older copy: no steps, no priority, no metadata."""

    job_id: str
    name: str
    payload: Dict[str, Any] = field(default_factory=dict)
    status: JobStatus = JobStatus.PENDING
    attempts: int = 0
    result: Any = None
    error: Optional[str] = None
    created_at: str = ""
    finished_at: Optional[str] = None


class JobNotFoundError(KeyError):
    """No such job."""


def utc_now() -> datetime:
    """Current time in UTC."""
    return datetime.now(timezone.utc)


class JobExecutionEngineEnhanced:
    """Runs jobs one at a time, with retries, and keeps one JSON file for each."""

    def __init__(
        self,
        state_dir: Optional[Path] = None,
        *,
        max_retries: int = 0,
        retry_delay: float = 0.0,
    ) -> None:
        self.state_dir = Path(state_dir) if state_dir else None
        self.max_retries = max_retries
        self.retry_delay = retry_delay
        self._handlers: Dict[str, Callable[[Dict[str, Any]], Any]] = {}
        self._jobs: Dict[str, JobExecution] = {}
        self._queue: deque = deque()
        if self.state_dir:
            self.state_dir.mkdir(parents=True, exist_ok=True)

    def register(self, name: str, handler: Callable[[Dict[str, Any]], Any]) -> None:
        """Register a handler."""
        self._handlers[name] = handler

    def submit(self, name: str, payload: Optional[Dict[str, Any]] = None) -> JobExecution:
        """Queue a job."""
        job = JobExecution(
            job_id=uuid.uuid4().hex[:12],
            name=name,
            payload=dict(payload or {}),
            status=JobStatus.QUEUED,
            created_at=utc_now().isoformat(),
        )
        self._jobs[job.job_id] = job
        self._queue.append(job.job_id)
        self._checkpoint(job)
        return job

    def run(self, job_id: str) -> JobExecution:
        """Run one job, retrying where allowed."""
        job = self.get(job_id)
        job.status = JobStatus.RUNNING
        while True:
            job.attempts += 1
            try:
                job.result = self._handlers[job.name](job.payload)
            except Exception as error:
                job.error = f"{type(error).__name__}: {error}"
                logger.warning("job %s failed: %s", job_id, job.error)
                if job.attempts <= self.max_retries:
                    time.sleep(self.retry_delay)
                    continue
                job.status = JobStatus.FAILED
            else:
                job.status, job.error = JobStatus.COMPLETED, None
            break
        job.finished_at = utc_now().isoformat()
        self._checkpoint(job)
        return job

    def run_pending(self, limit: Optional[int] = None) -> List[JobExecution]:
        """Run the queue."""
        done: List[JobExecution] = []
        while self._queue and (limit is None or len(done) < limit):
            job = self._jobs[self._queue.popleft()]
            if job.status is JobStatus.QUEUED:
                done.append(self.run(job.job_id))
        return done

    def get(self, job_id: str) -> JobExecution:
        """Find a job."""
        try:
            return self._jobs[job_id]
        except KeyError:
            raise JobNotFoundError(job_id) from None

    def cancel(self, job_id: str) -> bool:
        """Cancel a job that did not start yet."""
        job = self.get(job_id)
        if job.status is not JobStatus.QUEUED:
            return False
        job.status = JobStatus.CANCELLED
        self._checkpoint(job)
        return True

    def list_jobs(self, status: Optional[JobStatus] = None) -> List[JobExecution]:
        """All jobs, or those with a status."""
        return [job for job in self._jobs.values() if status is None or job.status == status]

    def stats(self) -> Dict[str, int]:
        """Jobs by status."""
        counts = {status.value: 0 for status in JobStatus}
        for job in self._jobs.values():
            counts[job.status.value] += 1
        return counts

    def purge(self, before: Optional[datetime] = None) -> int:
        """Forget finished jobs."""
        over = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
        gone = [
            job.job_id
            for job in self._jobs.values()
            if job.status in over
            and (before is None or datetime.fromisoformat(job.created_at) < before)
        ]
        for job_id in gone:
            del self._jobs[job_id]
        return len(gone)

    def _checkpoint(self, job: JobExecution) -> None:
        if self.state_dir is None:
            return
        body = json.dumps(asdict(job), default=str).encode()
        path = self.state_dir / f"{job.job_id}.json"
        path.write_bytes(body)
        path.with_suffix(".crc").write_text(f"{zlib.crc32(body):08x}\n")


class AsyncJobExecutionEngine(JobExecutionEngineEnhanced):
    """The same engine for callers that have an event loop."""

    async def run_async(self, job_id: str) -> JobExecution:
        """Run one job in a thread."""
        return await asyncio.to_thread(self.run, job_id)

    async def drain(self, concurrency: int = 4) -> List[JobExecution]:
        """Run the whole queue, some jobs at a time."""
        gate = asyncio.Semaphore(concurrency)

        async def one(job_id: str) -> JobExecution:
            async with gate:
                return await self.run_async(job_id)

        waiting = [one(job_id) for job_id in self._queue]
        self._queue.clear()
        return list(await asyncio.gather(*waiting))


def create_engine(state_dir: Optional[Path] = None, **options: Any) -> AsyncJobExecutionEngine:
    """An engine with the usual handlers."""
    engine = AsyncJobExecutionEngine(state_dir, **options)
    engine.register("echo", dict)
    engine.register("noop", lambda payload: None)
    return engine
