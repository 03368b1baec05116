"""An engine that writes down what it is asked for."""

from src.orchestration.job_execution_engine import JobExecutionEngine


class AuditedEngine(JobExecutionEngine):
    def close(self):
        self.log.append(f"pool of {self.max_workers}")
        super().close()

    def run_once(self, job):
        return self.submit(job, retries=0, mode="audit")
