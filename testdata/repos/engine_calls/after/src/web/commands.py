"""Commands of the web page."""

from functools import partial

from src.orchestration.job_execution_engine import JobExecutionEngine, run_batch

run_carefully = partial(run_batch, retries=5)


def run_now(job):
    with JobExecutionEngine(1) as engine:
        runner = getattr(engine, "submit")
        return runner(job, retries=0), engine.log
