"""Runs jobs in turn."""

from src.orchestration.job_execution_engine_enhanced import (
    JobExecutionEngineEnhanced,
    JobState,
    run_batch,
)


class Scheduler:
    def __init__(self, size):
        self.engine = JobExecutionEngineEnhanced(pool_size=size, legacy_mode=False)

    def run(self, jobs):
        states = [self.engine.run_job(job, 1) for job in jobs]
        return all(state is JobState.DONE for state in states)

    def run_again(self, jobs):
        return run_batch(self.engine, jobs, attempts=0)

    @property
    def workers(self):
        return self.engine.pool_size
