"""The live engine."""

import asyncio
import tempfile
import unittest
from unittest import mock

from src.orchestration.job_execution_engine import (
    JobExecutionEngine,
    JobExecutionError,
    JobNotFoundError,
    create_engine,
)
from src.orchestration.job_state import JobExecution, JobMetadata, JobStatus, StepExecution


class QueueTest(unittest.TestCase):
    def test_priority_comes_before_age(self):
        engine = create_engine()
        first, urgent = engine.submit("noop"), engine.submit("noop", priority=5)
        self.assertEqual(
            [job.job_id for job in engine.run_pending()], [urgent.job_id, first.job_id]
        )

    def test_cancelled_jobs_do_not_run(self):
        engine = create_engine()
        job = engine.submit("noop")
        self.assertTrue(engine.cancel(job.job_id))
        self.assertEqual(engine.run_pending(), [])
        self.assertFalse(engine.cancel(job.job_id))
        with self.assertRaises(JobExecutionError):
            engine.run(job.job_id)

    def test_unknown_job(self):
        with self.assertRaises(JobNotFoundError):
            JobExecutionEngine().get("nothing")

    def test_drain(self):
        engine = create_engine(max_workers=2)
        for number in range(5):
            engine.submit("echo", {"number": number})
        done = asyncio.run(engine.drain())
        self.assertEqual([job.result["number"] for job in done], list(range(5)))
        self.assertEqual(engine.stats()["completed"], 5)


class CheckpointTest(unittest.TestCase):
    def test_goes_on_where_it_stopped(self):
        engine = JobExecutionEngine()
        fetch, parse = mock.Mock(return_value="text"), mock.Mock(side_effect=[OSError("no"), 7])
        engine.register("fetch", fetch)
        engine.register("parse", parse)
        job = engine.run(engine.submit("import", steps=["fetch", "parse"]).job_id)
        self.assertEqual((job.status, job.error), (JobStatus.FAILED, "OSError: no"))
        engine.retry(job.job_id)
        engine.run_pending()
        self.assertEqual((job.status, job.result), (JobStatus.COMPLETED, 7))
        fetch.assert_called_once()

    def test_survives_a_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            engine = create_engine(folder)
            job = engine.submit("echo", {"a": 1}, metadata=JobMetadata("ann", tags=("x",)))
            engine.close()
            again = create_engine(folder)
            (kept,) = again.list_jobs(JobStatus.QUEUED)
            self.assertEqual(kept, job)
            self.assertTrue(kept.metadata.matches("x"))
            again.run_pending()
            self.assertEqual(again.purge(), 1)
            again.close()

    def test_records_round_trip(self):
        job = JobExecution("1", "x", steps=[StepExecution("x", JobStatus.FAILED, error="no")])
        self.assertEqual(JobExecution.from_dict(job.to_dict()), job)
