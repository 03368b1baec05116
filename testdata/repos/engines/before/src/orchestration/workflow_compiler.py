"""Compiles workflow descriptions into graphs and execution plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any


class WorkflowError(ValueError):
    """A description that makes no workflow."""


@dataclass(frozen=True)
class WorkflowNode:
    """One step, by the handler or agent that runs it."""

    name: str
    action: str
    needs: tuple[str, ...] = ()


@dataclass
class WorkflowGraph:
    """Nodes and what they need."""

    name: str
    nodes: dict[str, WorkflowNode] = field(default_factory=dict)

    def add(self, node: WorkflowNode) -> None:
        """Put a node in."""
        if node.name in self.nodes:
            raise WorkflowError(f"{self.name}: two nodes called {node.name!r}")
        self.nodes[node.name] = node

    def levels(self) -> Iterator[tuple[str, ...]]:
        """The names of what may run at the same time, level by level."""
        sorter = TopologicalSorter({node.name: node.needs for node in self.nodes.values()})
        try:
            sorter.prepare()
        except CycleError as error:
            raise WorkflowError(f"{self.name}: a cycle: {' -> '.join(error.args[1])}") from error
        while sorter.is_active():
            ready = tuple(sorted(sorter.get_ready()))
            yield ready
            sorter.done(*ready)

    def order(self) -> list[WorkflowNode]:
        """All nodes, so that each comes after what it needs."""
        return [self.nodes[name] for level in self.levels() for name in level]


def compile_workflow(description: Mapping[str, Any]) -> WorkflowGraph:
    """Turn `{"name": ..., "steps": {name: {"action": ..., "needs": [...]}}}` into a graph."""
    try:
        name, steps = description["name"], description["steps"]
    except KeyError as error:
        raise WorkflowError(f"a workflow needs {error.args[0]!r}") from error
    graph = WorkflowGraph(name)
    for step, body in steps.items():
        needs = tuple(body.get("needs", ()))
        if unknown := sorted(set(needs) - set(steps)):
            raise WorkflowError(f"{name}: {step} needs unknown {', '.join(unknown)}")
        graph.add(WorkflowNode(step, body.get("action", step), needs))
    graph.order()  # a cycle is an error of the description
    return graph


def render(graph: WorkflowGraph) -> str:
    """The plan as lines of text."""
    lines = [f"{graph.name}:"]
    lines += [f"  {number}. {', '.join(level)}" for number, level in enumerate(graph.levels(), 1)]
    return "\n".join(lines)
