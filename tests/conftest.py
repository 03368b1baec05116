"""What all tests share: unfork's own state kept apart, and the marker ``slow``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_ALL = list(HealthCheck)  # a busy machine is no reason to fail
settings.register_profile(
    "short", max_examples=100, deadline=None, derandomize=True, suppress_health_check=_ALL
)
settings.register_profile("long", max_examples=4000, deadline=None, suppress_health_check=_ALL)
settings.load_profile(os.environ.get("UNFORK_PROPERTIES", "short"))

SLOW_FOLDER = "system"
SLOW_FILES = frozenset(
    {
        "test_audit_draft.py",
        "test_audit_reports.py",
        "test_call_programs.py",
        "test_glance.py",
        "test_programs.py",
        "test_properties.py",
        "test_repos.py",
        "test_settling.py",
        "test_shim_types.py",
        "test_verification_cases.py",
    }
)
SLOW_TESTS = frozenset(
    {
        "test_agrees_with_cpython_on_the_standard_library",
        "test_a_server_that_is_too_slow",
        "test_a_server_that_only_publishes",
        "test_any_edits_of_any_text_apply",
        "test_at_run_time",
        "test_hunks_hold_the_old_and_the_new_text",
        "test_many_redirects_are_looked_through_in_no_time",
    }
)


@pytest.fixture(autouse=True, scope="session")
def state_folder() -> Iterator[None]:
    """Keep the key by which unfork knows its own journals out of the home of whoever runs the tests."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "XDG_STATE_HOME", folder)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what starts processes, runs programs or repeats itself: ``make quick`` leaves that out."""
    for item in items:
        path = Path(item.path)
        name = getattr(item, "originalname", item.name)
        if path.parent.name == SLOW_FOLDER or path.name in SLOW_FILES or name in SLOW_TESTS:
            item.add_marker(pytest.mark.slow)
