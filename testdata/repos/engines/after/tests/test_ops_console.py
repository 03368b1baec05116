"""The operations console."""

import io
import unittest
from unittest import mock

from src.orchestration.job_execution_engine import JobExecutionEngine, create_engine
from src.orchestration.job_state import JobExecution, JobStatus
from src.orchestration.ops_console import OpsConsole, format_row
from src.orchestration.production_execution_engine import AgentSpec, ProductionExecutionEngine

FLOW = {"name": "flow", "steps": {"a": {"action": "noop"}, "b": {"action": "noop", "needs": ["a"]}}}


class OpsConsoleTest(unittest.TestCase):
    def setUp(self):
        self.engine = create_engine()
        self.output = io.StringIO()
        self.console = OpsConsole(self.engine, stdout=self.output)

    def say(self, line):
        self.output.truncate(self.output.seek(0))
        self.console.onecmd(line)
        return self.output.getvalue()

    def test_jobs(self):
        self.say("submit noop night")
        self.say("submit unknown")
        self.assertEqual(self.say("drain"), "2 run\n")
        self.assertTrue(self.say("jobs completed").endswith("#night\n"))
        self.assertEqual(len(self.say("jobs").splitlines()), 2)
        self.assertEqual(self.say("retry"), "1 queued again\n")
        self.assertTrue(self.console.onecmd("quit"))

    def test_takes_the_live_engine(self):
        self.assertIsInstance(self.console.engine, JobExecutionEngine)
        self.assertIn("=", format_row(JobExecution("1", "x", status=JobStatus.PAUSED)))

    def test_workflows(self):
        self.assertEqual(self.console.plan(FLOW), "flow:\n  1. a\n  2. b")
        self.assertEqual(self.console.run_workflow(FLOW), {"a": "completed", "b": "completed"})

    def test_agents(self):
        agents = ProductionExecutionEngine([AgentSpec("noop", mock.AsyncMock(return_value=1))])
        console = OpsConsole(self.engine, agents, self.output)
        self.assertEqual(console.run_workflow(FLOW), {"a": "completed", "b": "completed"})
        self.assertEqual(str(console.events[-1]), "b: completed")
        with mock.patch("src.orchestration.langgraph_executor.langgraph", None):
            self.assertEqual(console.invoke(FLOW), {"a": 1, "b": 1})

    @mock.patch("src.orchestration.ops_console.workflow_compiler.render", return_value="text")
    def test_plan_is_rendered(self, render):
        self.assertEqual(self.console.plan(FLOW), "text")
        render.assert_called_once()

    @mock.patch("src.orchestration.ops_console.JobExecutionEngine")
    def test_name_of_the_engine(self, engine_class):
        self.assertIs(OpsConsole(engine_class(), stdout=self.output).engine, engine_class())
