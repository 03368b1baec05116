"""Relay's command line.

Imports are in the commands, so that `--help` does not load four engines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

ENGINE_LOGGERS = ("src.orchestration.job_execution_engine", "src.core.job_execution_engine")


def open_engine(args: argparse.Namespace) -> Any:
    """The engine that the options ask for."""
    from src.orchestration.job_execution_engine import create_engine

    return create_engine(args.state_dir)


def cmd_submit(args: argparse.Namespace) -> int:
    """Queue a job."""
    engine = open_engine(args)
    job = engine.submit(args.name, json.loads(args.payload), priority=args.priority)
    engine.close()
    print(job.job_id)
    return 0


def cmd_jobs(args: argparse.Namespace) -> int:
    """List jobs."""
    engine = open_engine(args)
    for job in engine.list_jobs():
        print(job.job_id, job.status.value, job.name)
    engine.close()
    return 0


def cmd_drain(args: argparse.Namespace) -> int:
    """Run what is queued."""
    engine = open_engine(args)
    done = asyncio.run(engine.drain(args.concurrency))
    engine.close()
    print(f"{len(done)} run")
    return 1 if any(job.error for job in done) else 0


def cmd_once(args: argparse.Namespace) -> int:
    """Run one job without keeping it."""
    from src.orchestration.job_execution_engine_enhanced import AsyncJobExecutionEngine, JobStatus

    engine = AsyncJobExecutionEngine(max_retries=args.retries)
    engine.register("echo", dict)
    job = asyncio.run(engine.run_async(engine.submit(args.name, json.loads(args.payload)).job_id))
    if job.status is JobStatus.COMPLETED:
        print(json.dumps(job.result))
        return 0
    print(job.error, file=sys.stderr)
    return 1


def cmd_states(args: argparse.Namespace) -> int:
    """List the states that a job can be in."""
    from src.core.job_execution_engine import JobState

    for state in JobState:
        print(state.value + (" (final)" if state.is_terminal else ""))
    return 0


def cmd_plan(args: argparse.Namespace) -> int:
    """Show what a workflow would do."""
    from src.orchestration.workflow_compiler import WorkflowError, compile_workflow, render

    try:
        print(render(compile_workflow(json.loads(args.workflow.read_text(encoding="utf-8")))))
    except WorkflowError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def cmd_selftest(args: argparse.Namespace) -> int:
    """Run one job in a core engine."""
    from src.core import job_execution_engine as engine_module; from src.engine import maintenance

    engine = engine_module.JobExecutionEngine(max_workers=1)
    engine.register("ping", lambda payload: "pong")
    job = engine.run(engine.submit("ping").job_id)
    print(job.result, f"{maintenance.self_test():.0%} failed")
    return 0


def cmd_console(args: argparse.Namespace) -> int:
    """Open the operations console."""
    from src.orchestration import OpsConsole

    if OpsConsole is None:
        print("the console is not available", file=sys.stderr)
        return 1
    OpsConsole(open_engine(args)).cmdloop()
    return 0


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(prog="relay", description=__doc__.splitlines()[0])
    parser.add_argument("--state-dir", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    commands = parser.add_subparsers(required=True)

    def add(name: str, function: Any) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=function.__doc__)
        command.set_defaults(function=function)
        return command

    for name, function in (("submit", cmd_submit), ("once", cmd_once)):
        command = add(name, function)
        command.add_argument("name")
        command.add_argument("--payload", default="{}")
        command.add_argument("--priority", type=int, default=0)
        command.add_argument("--retries", type=int, default=0)
    add("drain", cmd_drain).add_argument("--concurrency", type=int)
    add("plan", cmd_plan).add_argument("workflow", type=Path)
    add("jobs", cmd_jobs)
    add("states", cmd_states)
    add("selftest", cmd_selftest)
    add("console", cmd_console)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run a command."""
    args = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING)
    for name in ENGINE_LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG if args.verbose else logging.ERROR)
    return args.function(args)


if __name__ == "__main__":
    sys.exit(main())
