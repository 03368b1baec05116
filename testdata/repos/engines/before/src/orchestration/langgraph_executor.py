"""Runs a workflow as a LangGraph graph where LangGraph is installed, and directly where it is not."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from .production_execution_engine import AgentTask, ProductionExecutionEngine
from .workflow_compiler import WorkflowGraph, WorkflowNode

try:
    import langgraph.graph as langgraph
except ImportError:
    langgraph = None

logger = logging.getLogger(__name__)


class LangGraphExecutor:
    """The production engine behind LangGraph's interface."""

    def __init__(self, engine: ProductionExecutionEngine) -> None:
        self.engine = engine

    @staticmethod
    def _task(node: WorkflowNode) -> AgentTask:
        return AgentTask(node.name, node.action, depends_on=node.needs)

    def compile(self, graph: WorkflowGraph) -> Any:
        """The workflow as a compiled LangGraph graph."""
        if langgraph is None:
            raise RuntimeError("langgraph is not installed")
        builder = langgraph.StateGraph(dict)
        for node in graph.order():
            builder.add_node(node.name, self._node(node))
            for need in node.needs or (langgraph.START,):
                builder.add_edge(need, node.name)
        return builder.compile()

    def _node(self, node: WorkflowNode) -> Any:
        async def run(state: dict[str, Any]) -> dict[str, Any]:
            task = AgentTask(node.name, node.action)
            steps = await self.engine.execute([task])
            return {**state, node.name: steps[node.name].result}

        return run

    def invoke(self, graph: WorkflowGraph, state: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run to the end, and return the state with each node's result in it."""
        if langgraph is not None:
            return asyncio.run(self.compile(graph).ainvoke(dict(state or {})))
        logger.info("langgraph is not installed, running %s directly", graph.name)
        steps = asyncio.run(self.engine.execute(self._task(node) for node in graph.order()))
        return {**(state or {}), **{name: step.result for name, step in steps.items()}}
