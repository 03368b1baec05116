"""Makes the engine that a deployment asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from src.orchestration.job_execution_engine import JobExecutionEngine

DURABLE = "durable"
BATCH = "batch"


def make_engine(kind: str, state_dir: Path | None = None, **options: Any) -> Any:
    """An engine of a kind, with the options that it takes."""
    if kind == DURABLE:
        return JobExecutionEngine(state_dir, **options)
    if kind == BATCH:
        return JobExecutionEngine(state_dir, max_retries=3, **options)
    raise ValueError(f"no engine of kind {kind!r}: choose {DURABLE} or {BATCH}")
