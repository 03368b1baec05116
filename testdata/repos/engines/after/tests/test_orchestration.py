"""Agents, workflows, and what runs them."""

import asyncio
import unittest
from datetime import timedelta
from unittest import mock

import src.orchestration
from src.orchestration import langgraph_executor, retention
from src.orchestration.job_state import JobStatus
from src.orchestration.job_execution_engine import create_engine
from src.orchestration.production_execution_engine import (
    AgentSpec,
    AgentTask,
    OrchestrationError,
    ProductionExecutionEngine,
)
from src.orchestration.unified_executor import UnifiedExecutor
from src.orchestration.workflow_compiler import WorkflowError, compile_workflow, render

BUILD = {
    "name": "build",
    "steps": {"fetch": {}, "compile": {"needs": ["fetch"]}, "lint": {"needs": ["fetch"]}},
}


async def agent(task, inputs):
    if task.prompt == "fail":
        raise ValueError("asked to")
    return [task.name, *sorted(inputs)]


class ProductionEngineTest(unittest.TestCase):
    def setUp(self):
        self.engine = ProductionExecutionEngine([AgentSpec("writer", agent)])

    def test_dependencies(self):
        events = []
        self.engine.subscribe(lambda event: events.append(str(event)))
        first = AgentTask("first", "writer")
        steps = asyncio.run(
            self.engine.execute([AgentTask("second", "writer", depends_on=("first",)), first])
        )
        self.assertEqual(steps["second"].result, ["second", "first"])
        self.assertEqual(events[0], "first: running (attempt 1)")

    def test_failure_cancels_what_follows(self):
        tasks = [
            AgentTask("bad", "writer", "fail"),
            AgentTask("next", "writer", depends_on=("bad",)),
        ]
        steps = asyncio.run(self.engine.execute(tasks))
        found = {name: step.status.value for name, step in steps.items()}
        self.assertEqual(found, {"bad": "failed", "next": "cancelled"})

    def test_plans_that_cannot_run(self):
        for task in (AgentTask("x", "nobody"), AgentTask("x", "writer", depends_on=("x",))):
            with self.assertRaises(OrchestrationError):
                asyncio.run(self.engine.execute([task]))


class WorkflowTest(unittest.TestCase):
    def test_render(self):
        self.assertEqual(
            render(compile_workflow(BUILD)), "build:\n  1. fetch\n  2. compile, lint"
        )
        with self.assertRaises(WorkflowError):
            compile_workflow({"name": "x", "steps": {"a": {"needs": ["a"]}}})

    def test_jobs(self):
        executor = UnifiedExecutor()
        executor.jobs.register("fetch", dict)
        executor.jobs.register("compile", dict)
        outcome = executor.run(compile_workflow(BUILD))
        self.assertEqual(
            outcome, {"fetch": "completed", "compile": "completed", "lint": "failed"}
        )

    def test_default_engine_is_made(self):
        with mock.patch("src.orchestration.unified_executor.JobExecutionEngine") as made:
            self.assertIs(UnifiedExecutor().jobs, made.return_value)

    def test_agents(self):
        names = ("fetch", "compile", "lint")
        engine = ProductionExecutionEngine([AgentSpec(name, agent) for name in names])
        outcome = UnifiedExecutor(agents=engine).run(compile_workflow(BUILD))
        self.assertEqual(outcome, dict.fromkeys(names, "completed"))

    @mock.patch("src.orchestration.langgraph_executor.langgraph", None)
    def test_without_langgraph(self):
        engine = ProductionExecutionEngine([AgentSpec("fetch", agent)])
        graph = compile_workflow({"name": "x", "steps": {"fetch": {}}})
        state = langgraph_executor.LangGraphExecutor(engine).invoke(graph, {"kept": 1})
        self.assertEqual(state, {"kept": 1, "fetch": ["fetch"]})


class RetentionTest(unittest.TestCase):
    def test_policy(self):
        policy = retention.RetentionPolicy()
        self.assertTrue(policy.expired(JobStatus.CANCELLED, timedelta(days=2)))
        self.assertFalse(policy.expired(JobStatus.RUNNING, timedelta(days=900)))
        self.assertEqual(policy.apply(), 0)

    def test_apply(self):
        engine = create_engine()
        job = engine.run(engine.submit("noop").job_id)
        later = retention.utc_now() + timedelta(days=91)
        with mock.patch("src.orchestration.retention.utc_now", return_value=later):
            self.assertEqual(retention.RetentionPolicy().apply(engine), 1)
        self.assertIs(job.status, JobStatus.COMPLETED)


class PackageTest(unittest.TestCase):
    def test_exports(self):
        for name in src.orchestration.__all__:
            self.assertTrue(hasattr(src.orchestration, name), name)
        self.assertTrue(callable(src.orchestration.AsyncJobExecutionEngine().drain))
