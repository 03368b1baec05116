"""An engine that writes down what it is asked for."""

from src.orchestration.job_execution_engine_enhanced import JobExecutionEngineEnhanced


class AuditedEngine(JobExecutionEngineEnhanced):
    def close(self):
        self.log.append(f"pool of {self.pool_size}")
        super().close()

    def run_once(self, job):
        return self.run_job(job, attempts=0, mode="audit")
