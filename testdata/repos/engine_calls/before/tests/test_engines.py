import unittest
from unittest.mock import patch

from src.orchestration.audited import AuditedEngine
from src.orchestration.job_execution_engine_enhanced import JobExecutionEngineEnhanced, JobState
from src.orchestration.scheduler import Scheduler
from src.web import commands, dashboard


def good_job():
    return True


def bad_job():
    return False


class TestScheduler(unittest.TestCase):
    def test_runs(self):
        scheduler = Scheduler(2)
        self.assertTrue(scheduler.run([good_job]))
        self.assertFalse(scheduler.run([bad_job]))
        self.assertEqual(scheduler.engine.log[-1], ("bad_job", 1, "sync"))
        self.assertEqual(scheduler.run_again([good_job]), [JobState.DONE])
        self.assertEqual(scheduler.workers, 2)

    def test_asks_the_engine(self):
        with patch.object(JobExecutionEngineEnhanced, "run_job", return_value=JobState.DONE) as run:
            self.assertTrue(Scheduler(1).run([bad_job]))
        run.assert_called_once()


class TestAuditedEngine(unittest.TestCase):
    def test_writes_it_down(self):
        with AuditedEngine(3) as engine:
            self.assertIs(engine.run_once(bad_job), JobState.FAILED)
        self.assertEqual(engine.log, [("bad_job", 0, "audit"), "pool of 3", "closed"])


class TestWeb(unittest.TestCase):
    def test_dashboard(self):
        self.assertEqual(dashboard.state_of(None, good_job), "queued")
        self.assertEqual(dashboard.state_of(JobExecutionEngineEnhanced(), good_job), "completed")
        self.assertIs(dashboard.parse_state("done"), JobState.DONE)
        self.assertEqual(dashboard.headline("one_job"), "ONE JOB")

    def test_commands(self):
        state, log = commands.run_now(bad_job)
        self.assertEqual((state, log), (JobState.FAILED, [("bad_job", 0, "sync"), "closed"]))
        engine = JobExecutionEngineEnhanced()
        commands.run_carefully(engine, [bad_job])
        self.assertEqual(len(engine.log), 6)
