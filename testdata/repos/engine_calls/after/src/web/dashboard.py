"""What the dashboard shows."""

from typing import Optional

from src.orchestration import job_execution_engine as engines, job_state
from src.orchestration.labels import label


def state_of(engine: Optional[engines.JobExecutionEngine], job) -> str:
    if engine is None:
        return job_state.JobStatus.QUEUED.value
    return engine.submit(job, retries=2).value


def headline(name):
    return label(name, shout=True)


def parse_state(text):
    return job_state.JobStatus["COMPLETED"] if text == "done" else job_state.JobStatus(text)
