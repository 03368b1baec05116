"""Executor, scheduler, factory, plugins and replay."""

import sys
import unittest
from datetime import datetime, timedelta, timezone
from types import ModuleType
from unittest import mock

from src.engine import executor, factory, plugins, replay, scheduler

NOW = datetime(2025, 11, 19, tzinfo=timezone.utc)


class ExecutorTest(unittest.TestCase):
    def test_commands(self):
        runner = executor.Executor()
        runner.command("add", lambda payload: payload["a"] + payload["b"])
        self.assertEqual(runner.execute("add", a=1, b=2), 3)
        runner.command("late", lambda payload: "found")
        self.assertEqual(runner.execute("late"), "found")
        with self.assertRaisesRegex(RuntimeError, "no handler"):
            runner.execute("unknown")

    def test_unsaved(self):
        function = mock.Mock(side_effect=[OSError(), "fine"])
        self.assertEqual(executor.execute_unsaved("x", function), "completed")

    def test_agent_runtime(self):
        self.assertEqual(type(executor.agent_runtime()).__name__, "ProductionExecutionEngine")


class SchedulerTest(unittest.IsolatedAsyncioTestCase):
    def test_makes_its_engine(self):
        with mock.patch("src.engine.scheduler.JobExecutionEngineEnhanced") as engine_class:
            made = scheduler.Scheduler()
        engine_class.assert_called_once_with(max_retries=1)
        self.assertIs(made.engine, engine_class.return_value)

    @mock.patch("src.engine.scheduler.utc_now")
    def test_ticks_when_due(self, utc_now):
        timer = scheduler.Scheduler()
        timer.engine.register("report", dict)
        timer.add("report", timedelta(hours=1), kind="daily")
        counts = []
        for minutes in (0, 30, 61):
            utc_now.return_value = NOW + timedelta(minutes=minutes)
            counts.append(len(timer.tick()))
            timer.engine.run_pending()
        self.assertEqual(counts, [1, 0, 1])

    def test_waits_for_the_last_job(self):
        timer = scheduler.Scheduler()
        schedule = timer.add("slow", timedelta(0))
        self.assertEqual(len(timer.tick()), 1)
        self.assertEqual(timer.tick(), [])
        schedule.last_job = "purged"
        self.assertEqual(len(timer.tick()), 1)

    async def test_run(self):
        timer = scheduler.Scheduler()
        timer.engine.register("tick", dict)
        timer.add("tick", timedelta(0))
        self.assertEqual(await timer.run(3), 3)


class FactoryTest(unittest.TestCase):
    def test_kinds(self):
        self.assertEqual(factory.make_engine(factory.BATCH).max_retries, 3)
        self.assertEqual(factory.make_engine(factory.DURABLE, max_workers=9).max_workers, 9)
        with self.assertRaises(ValueError):
            factory.make_engine("other")


class PluginsTest(unittest.TestCase):
    def test_engine_with_plugin(self):
        plugin = ModuleType("relay_plugin")
        plugin.HANDLERS = {"shout": lambda payload: payload["text"].upper()}
        with mock.patch.dict(sys.modules, relay_plugin=plugin, empty=ModuleType("empty")):
            engine = plugins.engine_with("relay_plugin")
            with self.assertRaises(TypeError):
                plugins.load_plugin("empty")
        self.assertEqual(engine.run(engine.submit("shout", {"text": "a"}).job_id).result, "A")
        self.assertEqual(engine.run(engine.submit("echo", {"b": 1}).job_id).result, {"b": 1})


class ReplayTest(unittest.TestCase):
    def test_differences(self):
        record = {"name": "ok", "payload": {}, "status": "failed"}
        again = replay.Replay([record])
        again.engine.register("ok", dict)
        self.assertEqual(again.differences(), ["ok: failed -> completed"])
        self.assertTrue(replay.is_recordable("failed"))
        self.assertFalse(replay.is_recordable("running"))
