"""Why results changed, where a person looked into it: in words, for the page."""

from __future__ import annotations

import re

_REASONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "Jinja2",
        ".*",
        r"tests/test_debug\.py::.*syntax_error",
        "the test compares a traceback that has the path of `environment.py`, where the code is no more",
    ),
)
"""Project, kind, test (patterns that have to fit as a whole, or at the start), and the words."""


def reason(project: str, kind: str, test: str) -> str:
    """Return the words for a test, or nothing."""
    for where, which, pattern, words in _REASONS:
        if where == project and re.fullmatch(which, kind) and re.match(pattern, test):
            return words
    return ""
