"""The core engine, and what is built on its states."""

import unittest
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from unittest import mock

import src.core
from src.core import JobState
from src.orchestration.job_execution_engine import JobExecutionEngine, JobNotFoundError
from src.core.job_execution_engine_metrics import count_states
from src.engine import labels, maintenance

NOW = datetime(2025, 11, 19, tzinfo=timezone.utc)


def engine_with_job():
    engine = JobExecutionEngine(max_workers=1)
    engine.register("ok", lambda payload: "done")
    return engine, engine.submit("ok")


class CoreEngineTest(unittest.TestCase):
    def test_run(self):
        engine, job = engine_with_job()
        self.assertIs(engine.state_of(job.job_id), JobState.QUEUED)
        self.assertEqual(engine.run(job.job_id).result, "done")
        self.assertTrue(engine.state_of(job.job_id).is_terminal)
        self.assertEqual(count_states([job]), {"completed": 1})

    def test_unknown_job(self):
        with self.assertRaises(src.core.JobNotFoundError):
            engine_with_job()[0].get("nothing")
        self.assertIs(src.core.JobNotFoundError, JobNotFoundError)

    def test_run_is_replaced(self):
        with mock.patch("src.orchestration.job_execution_engine.JobExecutionEngine.run") as run:
            engine_with_job()[0].run("any")
        run.assert_called_once_with("any")


class MaintenanceTest(unittest.TestCase):
    def test_nightly(self):
        with mock.patch("src.orchestration.job_execution_engine.utc_now", return_value=NOW):
            engine, job = engine_with_job()
        engine.run(job.job_id)
        with mock.patch(
            "src.orchestration.job_execution_engine.utc_now", return_value=NOW + timedelta(days=10)
        ):
            self.assertEqual(maintenance.nightly(engine), 0)
            self.assertEqual(maintenance.nightly(engine, keep=timedelta(days=3)), 1)

    def test_clock_of_the_module(self):
        with mock.patch.object(maintenance.core_engine, "utc_now", return_value=NOW):
            _, job = engine_with_job()
        self.assertEqual(job.created_at, NOW)

    def test_survivors(self):
        engine, job = engine_with_job()
        self.assertEqual(maintenance.survivors(engine, [job.job_id, "gone"]), [job.job_id])
        engine.run(job.job_id)
        self.assertEqual(maintenance.survivors(engine, [job.job_id]), [])
        self.assertEqual(maintenance.self_test(), 0.0)


class LabelsTest(unittest.TestCase):
    def test_labels(self):
        self.assertEqual(labels.label(JobState.FAILED), labels.Label("Failed", "red"))
        self.assertEqual(labels.label_from_row({"JobState": "paused"}).text, "Paused")
        self.assertEqual(labels.count_by_label([{"JobState": "failed"}, {}])["Failed"], 1)

    def test_headings(self):
        self.assertEqual(labels.heading(JobState="failed"), "Failed jobs")
        self.assertEqual(len(labels.headings()), len(JobState))

    def test_legend(self):
        self.assertIn("failed: red", labels.legend(SimpleNamespace(JobState=JobState)))
