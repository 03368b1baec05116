"""Run a project's suite and read what its recorder wrote: one outcome and message for each test."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from obtain import Place
from projects import Project

RECORDERS = Path(__file__).parent / "recorders"
MOST_NAMED = 300
"""So many tests, or files of tests, are run again by name; of more, the whole suite is."""

_WORST = ("error", "failed", "xpassed", "passed", "xfailed", "skipped")


@dataclass(frozen=True)
class Result:
    """How a test ended, and the first lines of why."""

    outcome: str
    message: str = ""


Results = dict[str, Result]
NOT_RUN = Result("not run")


def run(
    project: Project, place: Place, legacy: Iterable[str], tests: Sequence[str] = ()
) -> Results:
    """Run the suite, or only ``tests`` of it, and return the results by test."""
    recorded = place.folder / "results.jsonl"
    recorded.unlink(missing_ok=True)
    (place.folder / "suite.log").unlink(missing_ok=True)
    env = {
        **os.environ,
        "SUITES_RESULTS": str(recorded),
        "PYTHONPATH": str(RECORDERS),
        "PYTHONDONTWRITEBYTECODE": "1",
        **project.env,
    }
    with (place.folder / "suite.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            _command(project, place, legacy, tests),
            cwd=place.tree / project.folder,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    results: Results = {}
    for line in recorded.read_text(encoding="utf-8").splitlines() if recorded.exists() else ():
        told = json.loads(line)
        result = Result(told["outcome"], told["message"])
        known = results.get(told["test"])
        if known is None or _WORST.index(result.outcome) < _WORST.index(known.outcome):
            results[told["test"]] = result
    return results


def _command(
    project: Project, place: Place, legacy: Iterable[str], tests: Sequence[str]
) -> list[str]:
    command = [part.format(python=place.python) for part in project.command]
    if not project.unittest:
        command += ["-p", "pytest_recorder", "-p", "no:cacheprovider"]
        command.append("--continue-on-collection-errors")
        if project.errors:
            for module in legacy:
                command += ["-W", f"ignore:{module}:DeprecationWarning"]
    named = _named(project, tests)
    if named and len(named) <= MOST_NAMED:
        return [*command, *project.options, *named]
    return [*command, *project.options, *project.chosen]


def _named(project: Project, tests: Sequence[str]) -> list[str]:
    """Return what has to be named: files for pytest, which runs nothing where one of the tests is not there."""
    if not project.unittest:
        return sorted({test.partition("::")[0] for test in tests})
    return [] if any(" " in test for test in tests) else list(tests)
