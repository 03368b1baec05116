"""Checks that every engine is there, can be imported, and runs a job.

The check runs in a fresh interpreter for each engine, from a template, so that one engine cannot hide the faults of
another.
"""

from __future__ import annotations

import subprocess
import sys

from tool_common import PROJECT, project_file, use_project

ENGINE_FILES = [
    "src\\orchestration\\job_execution_engine.py",
    "src\\orchestration\\job_execution_engine_enhanced.py",
    "src\\orchestration\\production_execution_engine.py",
    "src\\core\\job_execution_engine.py",
]

ENHANCED_TEMPLATE = """
from src.orchestration.job_execution_engine_enhanced import JobExecutionEngineEnhanced, JobStatus

engine = JobExecutionEngineEnhanced()
engine.register({name!r}, dict)
assert engine.run(engine.submit({name!r}).job_id).status is JobStatus.COMPLETED
"""

CORE_TEMPLATE = """
import src.core.job_execution_engine as core_engine

engine = core_engine.JobExecutionEngine()
engine.register({name!r}, dict)
assert engine.run(engine.submit({name!r}).job_id).state is core_engine.JobState.COMPLETED
"""

TEMPLATES = {"enhanced": ENHANCED_TEMPLATE, "core": CORE_TEMPLATE}


def missing_files() -> list[str]:
    """The engines that have no file."""
    return [name for name in ENGINE_FILES if not project_file(name).is_file()]


def failing(templates: dict[str, str]) -> list[str]:
    """The engines that do not run a job."""
    names = []
    for name, template in templates.items():
        code = template.format(name=f"check-{name}")
        done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True)
        if done.returncode:
            names.append(name)
    return names


def all_states() -> list[str]:
    """The states that reports may contain."""
    use_project()
    from src.orchestration.job_state import JobStatus

    return [state.value for state in JobStatus]


def main() -> int:
    """Print what is wrong; the exit code says whether anything is."""
    problems = [f"missing: {name}" for name in missing_files()]
    problems += [f"does not run: {name}" for name in failing(TEMPLATES)]
    print("\n".join(problems) or f"4 engines, {len(all_states())} states: ok")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
