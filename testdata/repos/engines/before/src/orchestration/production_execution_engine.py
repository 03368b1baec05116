"""The agent orchestrator that production runs.

Agents are coroutines. A task goes to the agent it names, waits for the tasks it depends on, is retried where the agent
allows it, and every change is sent to the listeners as an `ExecutionEvent`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .job_state import JobStatus, StepExecution

logger = logging.getLogger(__name__)

Agent = Callable[["AgentTask", dict[str, Any]], Awaitable[Any]]
Listener = Callable[["ExecutionEvent"], None]


class OrchestrationError(RuntimeError):
    """A plan that cannot be run."""


@dataclass(frozen=True)
class AgentSpec:
    """An agent, and how much it may be asked to do."""

    name: str
    run: Agent
    max_parallel: int = 2
    max_retries: int = 1
    timeout: float | None = None


@dataclass(frozen=True)
class AgentTask:
    """Something for an agent to do, after the tasks it depends on."""

    name: str
    agent: str
    prompt: str = ""
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExecutionEvent:
    """One thing that happened in a run."""

    task: str
    status: JobStatus
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.task}: {self.status.value}" + (f" ({self.detail})" if self.detail else "")


@dataclass
class _Run:
    results: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, StepExecution] = field(default_factory=dict)
    done: dict[str, asyncio.Event] = field(default_factory=dict)


class ProductionExecutionEngine:
    """Runs agent tasks in the order that their dependencies allow."""

    def __init__(self, agents: Iterable[AgentSpec] = ()) -> None:
        self._agents: dict[str, AgentSpec] = {}
        self._listeners: list[Listener] = []
        for agent in agents:
            self.add_agent(agent)

    def add_agent(self, agent: AgentSpec) -> None:
        """Take an agent in, or replace the one of that name."""
        self._agents[agent.name] = agent

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` for each event from now on."""
        self._listeners.append(listener)

    def _emit(self, task: str, status: JobStatus, detail: str = "") -> None:
        event = ExecutionEvent(task, status, detail)
        logger.debug("%s", event)
        for listener in self._listeners:
            listener(event)

    def _check(self, tasks: list[AgentTask]) -> None:
        names = {task.name for task in tasks}
        if len(names) != len(tasks):
            raise OrchestrationError("two tasks of one name")
        for task in tasks:
            if task.agent not in self._agents:
                raise OrchestrationError(f"{task.name}: no agent {task.agent!r}")
            if missing := sorted(set(task.depends_on) - names):
                raise OrchestrationError(f"{task.name}: depends on unknown {', '.join(missing)}")
        waiting = {task.name: set(task.depends_on) for task in tasks}
        while waiting:
            ready = {name for name, needs in waiting.items() if not needs & waiting.keys()}
            if not ready:
                raise OrchestrationError(f"a cycle among {', '.join(sorted(waiting))}")
            for name in ready:
                del waiting[name]

    async def execute(self, tasks: Iterable[AgentTask]) -> dict[str, StepExecution]:
        """Run the tasks, and say what came of each."""
        plan = list(tasks)
        self._check(plan)
        run = _Run(
            steps={task.name: StepExecution(task.name) for task in plan},
            done={task.name: asyncio.Event() for task in plan},
        )
        gates = {name: asyncio.Semaphore(a.max_parallel) for name, a in self._agents.items()}
        await asyncio.gather(*(self._run_task(task, run, gates[task.agent]) for task in plan))
        return run.steps

    async def _run_task(self, task: AgentTask, run: _Run, gate: asyncio.Semaphore) -> None:
        step = run.steps[task.name]
        try:
            for name in task.depends_on:
                await run.done[name].wait()
            broken = [n for n in task.depends_on if run.steps[n].status is not JobStatus.COMPLETED]
            if broken:
                step.status = JobStatus.CANCELLED
                step.error = f"needs {', '.join(broken)}"
                self._emit(task.name, step.status, step.error)
                return
            async with gate:
                await self._attempt(task, step, run)
        finally:
            run.done[task.name].set()

    async def _attempt(self, task: AgentTask, step: StepExecution, run: _Run) -> None:
        agent = self._agents[task.agent]
        inputs = {name: run.results[name] for name in task.depends_on}
        for attempt in range(agent.max_retries + 1):
            step.status = JobStatus.RUNNING
            self._emit(task.name, step.status, f"attempt {attempt + 1}")
            try:
                step.result = await asyncio.wait_for(agent.run(task, inputs), agent.timeout)
            except Exception as error:  # an agent may raise anything
                step.status, step.error = JobStatus.FAILED, f"{type(error).__name__}: {error}"
                continue
            run.results[task.name] = step.result
            step.status, step.error = JobStatus.COMPLETED, None
            break
        self._emit(task.name, step.status, step.error or "")
