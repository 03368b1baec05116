"""The job execution engine: a priority queue of jobs, persisted and checkpointed.

Handlers are registered by name and get the job's payload. A job with several steps leaves a checkpoint after each of
them, so that a run that was cut short goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import logging
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import job_state

logger = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    job_id     TEXT PRIMARY KEY,
    status     TEXT NOT NULL,
    body       TEXT NOT NULL,
    updated_at TEXT NOT NULL
)
"""


class JobExecutionError(RuntimeError):
    """Something about a job that the caller can do something about."""


class JobNotFoundError(JobExecutionError, KeyError):
    """No job goes by this id."""


def utc_now() -> datetime:
    """The current time; tests replace it."""
    return datetime.now(timezone.utc)


class JobStore:
    """Jobs in one SQLite file. A job is written as a whole, every time it changes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        with self._transaction() as db:
            db.execute(SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._db:
            yield self._db

    def save(self, job: job_state.JobExecution) -> None:
        """Insert the job, or replace what is kept of it."""
        row = (job.job_id, job.status.value, json.dumps(job.to_dict()), utc_now().isoformat())
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?)", row)

    def load_all(self) -> list[job_state.JobExecution]:
        """Every job there is, oldest change first."""
        with self._transaction() as db:
            rows = db.execute("SELECT body FROM jobs ORDER BY updated_at, rowid").fetchall()
        return [job_state.JobExecution.from_dict(json.loads(body)) for (body,) in rows]

    def delete(self, job_ids: Iterable[str]) -> None:
        """Forget these jobs."""
        with self._transaction() as db:
            db.executemany("DELETE FROM jobs WHERE job_id = ?", [(job_id,) for job_id in job_ids])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class JobExecutionEngine:
    """Queues jobs, runs them, and remembers what happened.

    Without `state_dir` everything is kept in memory. One engine may be used by several threads.
    """

    def __init__(
        self,
        state_dir: str | Path | None = None,
        *,
        max_retries: int = 0,
        retry_delay: float = 0.0,
        max_workers: int = 4,
    ) -> None:
        self.state_dir = Path(state_dir) if state_dir is not None else None
        self.max_retries = max_retries
        self.retry_delay = retry_delay
        self.max_workers = max_workers
        self._handlers: dict[str, Handler] = {}
        self._jobs: dict[str, job_state.JobExecution] = {}
        self._queue: list[tuple[int, int, str]] = []
        self._tickets = itertools.count()
        self._lock = threading.RLock()
        self._store = JobStore(self.state_dir / "jobs.db") if self.state_dir else None
        if self._store:
            self.recover()

    # -- handlers ----------------------------------------------------------------------------------

    def register(self, name: str, handler: Handler) -> None:
        """Make `handler` known under `name`."""
        self._handlers[name] = handler

    def handler(self, name: str) -> Callable[[Handler], Handler]:
        """The same as a decorator."""

        def decorate(function: Handler) -> Handler:
            self.register(name, function)
            return function

        return decorate

    # -- the queue ---------------------------------------------------------------------------------

    def submit(
        self,
        name: str,
        payload: dict[str, Any] | None = None,
        *,
        priority: int = 0,
        steps: Iterable[str] = (),
        metadata: job_state.JobMetadata | None = None,
    ) -> job_state.JobExecution:
        """Queue a job. Higher priorities run first, equal ones in the order they came."""
        job = job_state.JobExecution(
            job_id=uuid.uuid4().hex[:12],
            name=name,
            payload=dict(payload or {}),
            priority=priority,
            steps=[job_state.StepExecution(step) for step in (tuple(steps) or (name,))],
            created_at=utc_now(),
            metadata=metadata or job_state.JobMetadata(),
        )
        with self._lock:
            self._jobs[job.job_id] = job
            self._enqueue(job)
        logger.debug("queued %s (%s)", job.job_id, name)
        return job

    def _enqueue(self, job: job_state.JobExecution) -> None:
        job.status = job_state.JobStatus.QUEUED
        heapq.heappush(self._queue, (-job.priority, next(self._tickets), job.job_id))
        self._save(job)

    def _next(self) -> job_state.JobExecution | None:
        with self._lock:
            while self._queue:
                job = self._jobs.get(heapq.heappop(self._queue)[2])
                if job is not None and job.status is job_state.JobStatus.QUEUED:
                    return job
        return None

    # -- running -----------------------------------------------------------------------------------

    def run(self, job_id: str) -> job_state.JobExecution:
        """Run one job now, from its last checkpoint on."""
        job = self.get(job_id)
        if job.status.is_terminal:
            raise JobExecutionError(f"job {job_id} is {job.status.value}")
        job.status = job_state.JobStatus.RUNNING
        self._save(job)
        while True:
            job.attempts += 1
            try:
                self._run_steps(job)
            except Exception as error:  # a handler may raise anything
                job.error = f"{type(error).__name__}: {error}"
                logger.warning("job %s failed (attempt %d): %s", job_id, job.attempts, job.error)
                if job.attempts <= self.max_retries:
                    time.sleep(self.retry_delay)
                    continue
                return self._finish(job, job_state.JobStatus.FAILED)
            job.error = None
            return self._finish(job, job_state.JobStatus.COMPLETED)

    def _run_steps(self, job: job_state.JobExecution) -> None:
        for step in job.steps[job.next_step :]:
            handler = self._handlers.get(step.name)
            if handler is None:
                raise JobExecutionError(f"no handler for {step.name!r}")
            started = time.perf_counter()
            try:
                step.result = handler(job.payload)
            except Exception as error:
                step.status, step.error = job_state.JobStatus.FAILED, str(error)
                raise
            finally:
                step.duration = time.perf_counter() - started
            step.status, step.error = job_state.JobStatus.COMPLETED, None
            job.result = step.result
            self._save(job)

    def _finish(
        self, job: job_state.JobExecution, status: job_state.JobStatus
    ) -> job_state.JobExecution:
        job.status, job.finished_at = status, utc_now()
        self._save(job)
        return job

    def run_pending(self, limit: int | None = None) -> list[job_state.JobExecution]:
        """Run what is queued, one after the other."""
        done: list[job_state.JobExecution] = []
        while limit is None or len(done) < limit:
            job = self._next()
            if job is None:
                break
            done.append(self.run(job.job_id))
        return done

    async def run_async(self, job_id: str) -> job_state.JobExecution:
        """`run` in a thread of its own."""
        return await asyncio.to_thread(self.run, job_id)

    async def drain(self, concurrency: int | None = None) -> list[job_state.JobExecution]:
        """Run what is queued, several at a time."""
        gate = asyncio.Semaphore(concurrency or self.max_workers)

        async def guarded(job: job_state.JobExecution) -> job_state.JobExecution:
            async with gate:
                return await self.run_async(job.job_id)

        waiting = []
        while (job := self._next()) is not None:
            waiting.append(asyncio.create_task(guarded(job)))
        return list(await asyncio.gather(*waiting))

    # -- single jobs -------------------------------------------------------------------------------

    def get(self, job_id: str) -> job_state.JobExecution:
        """The job of this id."""
        try:
            return self._jobs[job_id]
        except KeyError:
            raise JobNotFoundError(job_id) from None

    def state_of(self, job_id: str) -> job_state.JobStatus:
        """Only where the job is."""
        return self.get(job_id).status

    def cancel(self, job_id: str) -> bool:
        """Take a job out of the queue; False where it is too late."""
        job = self.get(job_id)
        if job.status.is_terminal or job.status is job_state.JobStatus.RUNNING:
            return False
        self._finish(job, job_state.JobStatus.CANCELLED)
        return True

    def retry(self, job_id: str) -> job_state.JobExecution:
        """Queue a failed job again; the steps that are done stay done."""
        job = self.get(job_id)
        if job.status is not job_state.JobStatus.FAILED:
            raise JobExecutionError(f"job {job_id} is {job.status.value}, not failed")
        job.attempts, job.finished_at = 0, None
        self._enqueue(job)
        return job

    # -- all jobs ----------------------------------------------------------------------------------

    def list_jobs(self, status: job_state.JobStatus | None = None) -> list[job_state.JobExecution]:
        """All jobs, or those with this status, oldest first."""
        jobs = sorted(self._jobs.values(), key=lambda job: job.created_at)
        return [job for job in jobs if status is None or job.status == status]

    def stats(self) -> dict[str, int]:
        """How many jobs there are of each status."""
        counts = {status.value: 0 for status in job_state.JobStatus}
        for job in self._jobs.values():
            counts[job.status.value] += 1
        return counts

    def purge(self, before: datetime | None = None) -> int:
        """Forget finished jobs, and say how many."""
        gone = [
            job.job_id
            for job in self._jobs.values()
            if job.status.is_terminal and (before is None or job.created_at < before)
        ]
        for job_id in gone:
            del self._jobs[job_id]
        if self._store:
            self._store.delete(gone)
        return len(gone)

    # -- persistence -------------------------------------------------------------------------------

    def recover(self) -> int:
        """Load what is kept; what was running goes back into the queue."""
        if self._store is None:
            return 0
        with self._lock:
            for job in self._store.load_all():
                self._jobs[job.job_id] = job
                if not job.status.is_terminal:
                    self._enqueue(job)
        return len(self._queue)

    def _save(self, job: job_state.JobExecution) -> None:
        if self._store:
            self._store.save(job)

    def close(self) -> None:
        """Let go of the files."""
        if self._store:
            self._store.close()


def create_engine(state_dir: str | Path | None = None, **options: Any) -> JobExecutionEngine:
    """An engine with the handlers that every deployment has."""
    engine = JobExecutionEngine(state_dir, **options)
    engine.register("echo", dict)
    engine.register("noop", lambda payload: None)
    return engine
