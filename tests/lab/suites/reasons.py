"""Why results changed, where a person looked into it: in words, for the page."""

from __future__ import annotations

import re

_REASONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "Jinja2",
        ".*",
        r"tests/test_debug\.py::.*syntax_error",
        "the test compares a traceback, which calls an exception by the module that defines it",
    ),
    (
        "Werkzeug",
        "renamed",
        r"tests/test_exceptions\.py::test_exception_repr",
        "the text of an exception has the name of its class, which is `CoreNotFound`",
    ),
    (
        "Werkzeug",
        "renamed",
        r"tests/test_exceptions\.py::test_\w+\[(Core)?NotFound\]",
        "the same test under another name: its parameter is the class, which is `CoreNotFound`",
    ),
    (
        "httpx",
        "renamed",
        r"tests/models/test_responses\.py::.*picklable",
        "pickle asks `httpx`, which `__module__` is set to, for the class by its own name, `CoreResponse`",
    ),
    (
        "WTForms",
        "copied|renamed",
        r"tests/test_(i18n|locale_babel)\.py::",
        "the module looks for its translations in a folder beside its own file",
    ),
    (
        "oauthlib",
        "renamed",
        r"tests/oauth2/rfc6749/test_parameters\.py::ParameterTests::test_grant_response",
        "of the classes with one error code, the first by its name is raised",
    ),
    (
        "sqlparse",
        "renamed",
        r"tests/test_grouping\.py::test_compare_expr",
        "the same test under another name: its parameter is the class, which is `CoreToken`",
    ),
    (
        "lark",
        "copied|renamed",
        r"tests/__main__\.py::TestStandalone::",
        "the test runs a program put together from the marked parts of modules' texts",
    ),
    (
        "tomlkit",
        "renamed",
        r"tests/test_api\.py::test_parse_raises_errors",
        "the same test under another name: its parameter is the class, which is `CoreUnexpectedCharError`",
    ),
    (
        "pycparser",
        "renamed",
        r"tests/test_c_generator\.py::",
        "what visits a syntax tree looks methods up by the names of classes: `visit_Compound`",
    ),
    (
        "mkdocs",
        "copied|renamed",
        r"mkdocs/tests/",
        "a helper of the tests looks for its data in a folder beside its own file",
    ),
    (
        "starlette",
        "copied|renamed",
        r"tests/test_applications\.py::test_app_(a?sync)_gen_lifespan",
        "a filter lets the module's own deprecation warnings pass by its name",
    ),
    (
        "h2",
        ".*",
        r"tests/test_basic_logic\.py::TestBasicClient::test_changing_max_frame_size",
        "comes and goes: an example takes Hypothesis longer than its deadline",
    ),
    (
        "httpx",
        ".*",
        r"tests/test_timeouts\.py::test_write_timeout\[trio\]",
        "comes and goes: a generator that the garbage collector ends too late",
    ),
)
"""Project, kind, test (patterns that have to fit as a whole, or at the start), and the words."""


def reason(project: str, kind: str, test: str) -> str:
    """Return the words for a test, or nothing."""
    for where, which, pattern, words in _REASONS:
        if where == project and re.fullmatch(which, kind) and re.match(pattern, test):
            return words
    return ""
