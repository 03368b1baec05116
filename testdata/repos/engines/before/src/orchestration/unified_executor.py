"""One way to run a workflow, whether its steps are job handlers or agents."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from .job_execution_engine_enhanced import AsyncJobExecutionEngine, JobStatus
from .production_execution_engine import AgentTask, ProductionExecutionEngine
from .workflow_compiler import WorkflowGraph

logger = logging.getLogger(__name__)


class UnifiedExecutor:
    """Hands nodes to the agents where there is one, and to the job engine otherwise."""

    def __init__(
        self,
        jobs: AsyncJobExecutionEngine | None = None,
        agents: ProductionExecutionEngine | None = None,
    ) -> None:
        self.jobs = jobs if jobs is not None else AsyncJobExecutionEngine()
        self.agents = agents

    def run(self, graph: WorkflowGraph, payload: dict[str, Any] | None = None) -> dict[str, str]:
        """Run a workflow to its end, and return the status of each node."""
        return asyncio.run(self.run_async(graph, payload))

    async def run_async(
        self, graph: WorkflowGraph, payload: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """The same inside an event loop."""
        if self.agents is not None:
            return await self._run_agents(graph)
        outcome: dict[str, str] = {}
        for level in graph.levels():
            jobs = {}
            for name in level:
                node = graph.nodes[name]
                if any(outcome.get(need) != JobStatus.COMPLETED.value for need in node.needs):
                    outcome[name] = JobStatus.CANCELLED.value
                    continue
                jobs[name] = self.jobs.submit(node.action, payload)
            await self.jobs.drain()
            outcome.update((name, job.status.value) for name, job in jobs.items())
        logger.info("%s: %s", graph.name, outcome)
        return outcome

    async def _run_agents(self, graph: WorkflowGraph) -> dict[str, str]:
        tasks = [
            AgentTask(node.name, node.action, depends_on=node.needs) for node in graph.order()
        ]
        steps = await self.agents.execute(tasks)
        return {name: step.status.value for name, step in steps.items()}
