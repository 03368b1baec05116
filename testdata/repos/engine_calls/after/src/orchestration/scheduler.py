"""Runs jobs in turn."""

from src.orchestration.job_execution_engine import (
    JobExecutionEngine,
    run_batch,
)
from src.orchestration.job_state import (
    JobStatus,
)


class Scheduler:
    def __init__(self, size):
        self.engine = JobExecutionEngine(max_workers=size)

    def run(self, jobs):
        states = [self.engine.submit(job, retries=1) for job in jobs]
        return all(state is JobStatus.COMPLETED for state in states)

    def run_again(self, jobs):
        return run_batch(self.engine, jobs, retries=0)

    @property
    def workers(self):
        return self.engine.max_workers
