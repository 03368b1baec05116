"""Runs single commands. The worker image starts with src/ on its path, hence the imports below."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


class Executor:
    """An engine that is made when the first command comes."""

    def __init__(self, state_dir: Path | None = None) -> None:
        self.state_dir = state_dir
        self._engine: Any = None
        self._commands: dict[str, Callable[[dict[str, Any]], Any]] = {}

    @property
    def engine(self) -> Any:
        """The engine behind the commands."""
        if self._engine is None:
            from src.orchestration.job_execution_engine import JobExecutionEngine

            self._engine = JobExecutionEngine(self.state_dir)
            for name, command in self._commands.items():
                self._engine.register(name, command)
        return self._engine

    def command(self, name: str, function: Callable[[dict[str, Any]], Any]) -> None:
        """Make a command known."""
        self._commands[name] = function
        if self._engine is not None:
            self._engine.register(name, function)

    def execute(self, name: str, **payload: Any) -> Any:
        """Run a command, and return its result."""
        from src.orchestration.job_state import JobStatus  # not at the top: workers start faster

        job = self.engine.run(self.engine.submit(name, payload).job_id)
        if job.status is not JobStatus.COMPLETED:
            raise RuntimeError(f"{name}: {job.error}")
        return job.result


def execute_unsaved(name: str, function: Callable[[dict[str, Any]], Any]) -> str:
    """Run one function in an engine of its own, and return the status."""
    from src.orchestration.job_execution_engine import JobExecutionEngine

    engine = JobExecutionEngine(max_retries=2)
    engine.register(name, function)
    return engine.run(engine.submit(name).job_id).status.value


def agent_runtime() -> Any:
    """The orchestrator for agents, without any agent."""
    import src.orchestration.production_execution_engine as production

    return production.ProductionExecutionEngine()
