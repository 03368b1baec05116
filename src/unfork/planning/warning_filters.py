"""Filters of warnings in texts, which name a class of warnings or the module that warns (the option -W, pytest).

filterwarnings = ignore::a.legacy.OldWarning    @pytest.mark.filterwarnings("ignore::DeprecationWarning:a.legacy")
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.reading.source import Unparsable

_ENDINGS = (".cfg", ".ini", ".toml", ".sh", ".yaml", ".yml")
_FILTER = re.compile(
    r"\b(?:always|all|default|error|ignore|module|once):[^:\n]*:(?P<category>[\w.]*)"
    r"(?::(?P<module>[\w.\\*+$^|()\[\]-]*))?"
)
"""action:message:category:module:line"""


class WarningFilter(NamedTuple):
    """A filter of warnings, with its place; ``module`` is a pattern."""

    place: str
    category: str
    module: str


def warning_filters(run: Run) -> tuple[WarningFilter, ...]:
    """Return the filters of warnings in settings and in code that name a class with its module, or a module."""
    return tuple(_filters(run))


def _filters(run: Run) -> Iterator[WarningFilter]:
    settings = (path for path in run.documents if path.endswith(_ENDINGS))
    for path in settings:
        yield from _filters_in(run.read(path).decode(errors="replace"), path, 1)
    for path in run.naming(frozenset({"filterwarnings"})):
        try:
            nodes = run.engine.heads.sources.read(path, run.read(path)).nodes
        except (Unparsable, RecursionError):
            continue
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from _filters_in(node.value, path, node.lineno)


def _filters_in(text: str, path: str, first: int) -> Iterator[WarningFilter]:
    for match in _FILTER.finditer(text):
        place = f"{path}:{first + text.count(chr(10), 0, match.start())}"
        category, module = match["category"], match["module"] or ""
        if "." in category or module:
            yield WarningFilter(place, category, module)
