"""Django's own test settings, with a runner that writes JSON lines to the file that SUITES_RESULTS names."""

from __future__ import annotations

import json
import os
from typing import Any

from test_sqlite import *  # noqa: F403

TEST_RUNNER = "django_runner.Runner"
recorded_in = os.environ["SUITES_RESULTS"]
"""Read once: tests may empty the environment."""


def write(test: str, outcome: str, message: str = "") -> None:
    """Append one result."""
    with open(recorded_in, "a", encoding="utf-8") as results:
        results.write(json.dumps({"test": test, "outcome": outcome, "message": message}) + "\n")


def message_of(error: Any) -> str:
    """Return the last line of what was raised."""
    return f"{error[0].__name__}: {error[1]}".replace("\n", " | ")[:500]
