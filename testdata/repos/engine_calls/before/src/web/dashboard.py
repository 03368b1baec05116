"""What the dashboard shows."""

from typing import Optional

from src.orchestration import job_execution_engine_enhanced as engines
from src.orchestration.job_labels import label


def state_of(engine: Optional[engines.JobExecutionEngineEnhanced], job) -> str:
    if engine is None:
        return engines.JobState.QUEUED.value
    return engine.run_job(job, attempts=2).value


def headline(name):
    return label(name, upper=True)


def parse_state(text):
    return engines.JobState["DONE"] if text == "done" else engines.JobState(text)
