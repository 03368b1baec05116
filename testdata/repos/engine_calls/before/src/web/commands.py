"""Commands of the web page."""

from functools import partial

from src.orchestration.job_execution_engine_enhanced import JobExecutionEngineEnhanced, run_batch

run_carefully = partial(run_batch, attempts=5)


def run_now(job):
    with JobExecutionEngineEnhanced(1) as engine:
        runner = getattr(engine, "run_job")
        return runner(job, attempts=0), engine.log
