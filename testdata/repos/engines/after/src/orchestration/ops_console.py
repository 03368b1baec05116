"""The operations console: what runs, what failed, and what to do about it."""

from __future__ import annotations

import asyncio
import cmd
from typing import IO, Any

from .job_state import (
    JobExecution,  # one row of the job table
    JobStatus,  # MARKS has one for each
)
from .job_execution_engine import (
    JobExecutionEngine,
)
from .job_state import JobMetadata
from .production_execution_engine import ProductionExecutionEngine
from .production_execution_engine import ExecutionEvent
from .unified_executor import UnifiedExecutor
from . import workflow_compiler  # for `plan`

try:
    from rich_console_theme import THEME
except ImportError:  # an add-on of the operations team
    THEME = {}

MARKS = {
    JobStatus.PENDING: ".",
    JobStatus.QUEUED: "-",
    JobStatus.RUNNING: ">",
    JobStatus.PAUSED: "=",
    JobStatus.COMPLETED: "+",
    JobStatus.FAILED: "!",
    JobStatus.CANCELLED: "x",
}


def format_row(job: JobExecution) -> str:
    """One line of the job table."""
    mark = THEME.get(job.status.value, MARKS[job.status])
    tags = " ".join(f"#{tag}" for tag in job.metadata.tags)
    return f"{mark} {job.job_id} {job.name:<16} {job.attempts:>3} {tags}".rstrip()


class OpsConsole(cmd.Cmd):
    """A small shell around one engine."""

    prompt = "ops> "

    def __init__(
        self,
        engine: JobExecutionEngine,
        agents: ProductionExecutionEngine | None = None,
        stdout: IO[str] | None = None,
    ) -> None:
        super().__init__(stdout=stdout)
        self.engine = engine
        self.agents = agents
        self.events: list[ExecutionEvent] = []
        if agents is not None:
            agents.subscribe(self.events.append)

    def _say(self, text: str) -> None:
        self.stdout.write(text + "\n")

    def do_jobs(self, line: str) -> None:
        """jobs [STATUS]: the jobs, oldest first."""
        status = JobStatus(line.strip()) if line.strip() else None
        for job in self.engine.list_jobs(status):
            self._say(format_row(job))

    def do_submit(self, line: str) -> None:
        """submit NAME [TAG]...: queue a job."""
        name, *tags = line.split()
        job = self.engine.submit(name, metadata=JobMetadata(owner="ops", tags=tuple(tags)))
        self._say(job.job_id)

    def do_retry(self, line: str) -> None:
        """retry: queue all failed jobs again."""
        failed = self.engine.list_jobs(JobStatus.FAILED)
        for job in failed:
            self.engine.retry(job.job_id)
        self._say(f"{len(failed)} queued again")

    def do_drain(self, line: str) -> None:
        """drain: run what is queued."""
        done = asyncio.run(self.engine.drain())
        self._say(f"{len(done)} run")

    def do_quit(self, line: str) -> bool:
        """quit: leave."""
        return True

    def plan(self, description: dict[str, Any]) -> str:
        """What a workflow would do."""
        return workflow_compiler.render(workflow_compiler.compile_workflow(description))

    def run_workflow(self, description: dict[str, Any]) -> dict[str, str]:
        """Run a workflow, with the agents where there are any."""
        graph = workflow_compiler.compile_workflow(description)
        return UnifiedExecutor(self.engine, self.agents).run(graph)

    def invoke(self, description: dict[str, Any]) -> dict[str, Any]:
        """Run a workflow by way of LangGraph."""
        from .langgraph_executor import LangGraphExecutor

        graph = workflow_compiler.compile_workflow(description)
        return LangGraphExecutor(self.agents or ProductionExecutionEngine()).invoke(graph)
