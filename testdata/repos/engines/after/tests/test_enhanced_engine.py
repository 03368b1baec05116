"""The enhanced engine, as the batch product used it."""

import asyncio
import unittest
from datetime import datetime, timezone
from unittest import mock

from src.orchestration import job_execution_engine as enhanced
from src.orchestration.job_execution_engine import (
    JobExecutionEngine,
)
from src.orchestration.job_state import (
    JobStatus,
)

NOON = datetime(2025, 11, 19, 12, tzinfo=timezone.utc)


class EnhancedEngineTest(unittest.TestCase):
    def test_retries(self):
        engine = JobExecutionEngine(max_retries=2)
        engine.register("flaky", mock.Mock(side_effect=[OSError(), OSError(), "third"]))
        job = engine.run(engine.submit("flaky").job_id)
        self.assertEqual((job.attempts, job.result), (3, "third"))
        self.assertIs(job.status, JobStatus.COMPLETED)

    @mock.patch("src.orchestration.job_execution_engine.time.sleep")
    def test_waits_between_attempts(self, sleep):
        engine = JobExecutionEngine(max_retries=1, retry_delay=30)
        engine.register("broken", mock.Mock(side_effect=OSError("down")))
        job = engine.run(engine.submit("broken").job_id)
        sleep.assert_called_once_with(30)
        self.assertIs(job.status, JobStatus.FAILED)

    def test_clock(self):
        target = mock.patch("src.orchestration.job_execution_engine.utc_now")
        with target as utc_now:
            utc_now.return_value = NOON
            job = enhanced.create_engine().submit("noop")
        self.assertIn("2025-11-19", str(job.created_at))

    @mock.patch(
        "src.orchestration.job_execution_engine.JobExecutionEngine.cancel",
        return_value=True,
    )
    def test_cancel_is_replaced(self, cancel):
        self.assertTrue(JobExecutionEngine().cancel("any"))
        cancel.assert_called_once_with("any")

    def test_unknown_job(self):
        with self.assertRaises(enhanced.JobNotFoundError):
            enhanced.JobExecutionEngine().get("nothing")


class AsyncEngineTest(unittest.IsolatedAsyncioTestCase):
    async def test_drain(self):
        engine = JobExecutionEngine()
        engine.register("double", lambda payload: payload["n"] * 2)
        for n in range(4):
            engine.submit("double", {"n": n})
        done = await engine.drain(2)
        self.assertEqual([job.result for job in done], [0, 2, 4, 6])

    async def test_one_job(self):
        engine = enhanced.JobExecutionEngine()
        engine.register("wait", lambda payload: asyncio.run(asyncio.sleep(0, "done")))
        job = await engine.run_async(engine.submit("wait").job_id)
        self.assertEqual(job.result, "done")
