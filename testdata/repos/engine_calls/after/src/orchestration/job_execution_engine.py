"""The job engine."""

from src.orchestration.job_state import JobStatus


class JobExecutionEngine:
    def __init__(self, max_workers=4):
        self.max_workers = max_workers
        self.log = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def submit(self, job, *, retries=3, mode="sync"):
        for attempt in range(retries + 1):
            self.log.append((job.__name__, attempt, mode))
            if job():
                return JobStatus.COMPLETED
        return JobStatus.FAILED

    def close(self):
        self.log.append("closed")


def run_batch(engine, jobs, *, retries=3):
    return [engine.submit(job, retries=retries) for job in jobs]
