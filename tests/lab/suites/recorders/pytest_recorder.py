"""A pytest plugin that writes one JSON line per result to the file named by SUITES_RESULTS."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

RESULTS = os.environ["SUITES_RESULTS"]
"""Read once: tests may empty the environment."""


def pytest_configure(config: pytest.Config) -> None:
    """Leave the workers of pytest-xdist alone: the controller hears of all their results."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(), "suites-recorder")


class _Recorder:
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Write the call's outcome, and that of setup or teardown where the test fails or is skipped there."""
        if report.when == "call" or report.outcome != "passed":
            _write(report.nodeid, _outcome(report), _message(report))

    def pytest_collectreport(self, report: Any) -> None:
        """Write what could not be collected, or was skipped as a whole."""
        if report.outcome != "passed":
            outcome = "error" if report.outcome == "failed" else "skipped"
            _write(report.nodeid, outcome, _message(report))


def _write(test: str, outcome: str, message: str = "") -> None:
    with open(RESULTS, "a", encoding="utf-8") as results:
        results.write(json.dumps({"test": test, "outcome": outcome, "message": message}) + "\n")


def _outcome(report: Any) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.outcome == "skipped" else "xpassed"
    return "error" if report.outcome == "failed" and report.when != "call" else report.outcome


def _message(report: Any) -> str:
    if report.outcome != "failed":
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    lines = [line.removeprefix("E   ").strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[:3] if crash is not None else lines[-3:])[:500]
