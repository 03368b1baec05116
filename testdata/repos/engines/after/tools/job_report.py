"""Prints a table of jobs, from the JSON files of a state folder or from a demonstration run."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from tool_common import use_project

use_project()

from src.orchestration.job_execution_engine import (
    JobExecutionEngine,
)
from src.orchestration.job_execution_engine_enhanced import (
    JobExecution,  # the files were written from this one
)
from src.orchestration.job_state import (
    JobStatus,
)


def read_jobs(folder: Path) -> list[JobExecution]:
    """The jobs that are kept in a folder, one JSON file each."""
    jobs = []
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        record["status"] = JobStatus(record["status"])
        jobs.append(JobExecution(**record))
    return jobs


def demonstration() -> list:
    """Two jobs, one of which fails."""
    engine = JobExecutionEngine()
    engine.register("good", dict)
    engine.register("bad", lambda payload: payload["missing"])
    engine.submit("good")
    engine.submit("bad")
    return asyncio.run(engine.drain())


def table(jobs: Iterable) -> list[str]:
    """A line for each job, and a last one with the total."""
    lines = [f"{job.name:<12} {job.status.value:<10} {job.error or ''}".rstrip() for job in jobs]
    return [*lines, f"{len(lines)} jobs"]


def main(argv: list[str]) -> int:
    """Report on the folder given, or on a demonstration."""
    jobs = read_jobs(Path(argv[0])) if argv else demonstration()
    print("\n".join(table(jobs)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
