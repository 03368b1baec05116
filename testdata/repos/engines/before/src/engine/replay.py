"""Replays recorded jobs, to compare what came of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import src.orchestration.job_execution_engine_enhanced


class Replay:
    """A recording: a list of `{"name": ..., "payload": ..., "status": ...}`."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records
        self.engine = src.orchestration.job_execution_engine_enhanced.JobExecutionEngineEnhanced()

    @classmethod
    def from_file(cls, path: Path) -> Replay:
        """Read a recording."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def differences(self) -> list[str]:
        """Run everything again, and name what ended differently."""
        found = []
        for record in self.records:
            job = self.engine.run(self.engine.submit(record["name"], record["payload"]).job_id)
            if job.status.value != record["status"]:
                found.append(f"{record['name']}: {record['status']} -> {job.status.value}")
        return found


def is_recordable(status: str) -> bool:
    """Whether jobs of this status belong into a recording."""
    return src.orchestration.job_execution_engine_enhanced.JobStatus(status) in (
        src.orchestration.job_execution_engine_enhanced.JobStatus.COMPLETED,
        src.orchestration.job_execution_engine_enhanced.JobStatus.FAILED,
    )
