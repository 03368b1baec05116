"""The job engine, as a copy that has been renamed since."""

from enum import Enum


class JobState(Enum):
    QUEUED = "queued"
    DONE = "completed"
    FAILED = "failed"


class JobExecutionEngineEnhanced:
    def __init__(self, pool_size=4, legacy_mode=False):
        self.pool_size = pool_size
        self.log = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def run_job(self, job, attempts=3, mode="sync"):
        for attempt in range(attempts + 1):
            self.log.append((job.__name__, attempt, mode))
            if job():
                return JobState.DONE
        return JobState.FAILED

    def close(self):
        self.log.append("closed")


def run_batch(engine, jobs, attempts=3):
    return [engine.run_job(job, attempts=attempts) for job in jobs]
