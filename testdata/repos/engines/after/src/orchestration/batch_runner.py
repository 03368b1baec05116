"""Runs batches of jobs from a file."""

from __future__ import annotations

import json
from pathlib import Path

<<<<<<< HEAD
from src.orchestration.job_execution_engine_enhanced import JobExecutionEngineEnhanced
=======
from src.orchestration.job_execution_engine import JobExecutionEngine
>>>>>>> feature/new-engine


def run_batch(path: Path) -> int:
    """Submit and run each line of a file, and count the failures."""
<<<<<<< HEAD
    engine = JobExecutionEngineEnhanced(path.parent / "state")
=======
    engine = JobExecutionEngine(path.parent / "state")
>>>>>>> feature/new-engine
    for line in path.read_text().splitlines():
        engine.submit(**json.loads(line))
    return sum(job.error is not None for job in engine.run_pending())
