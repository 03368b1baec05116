"""Why a file does not parse: written for a newer Python than the one that runs, or for IPython."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unfork.reading.magics import magics_reason
from unfork.reading.source import Unparsable

if TYPE_CHECKING:
    import libcst

_Version = tuple[int, int]


_BEFORE, _AFTER = 5, 10
"""How many lines around an error its statement may begin before, and end after."""
_LONGEST = 500
"""Statements of more characters are not tried: LibCST's parser has no limit of its own for how deep they may nest."""


def unparsable_reason(error: Unparsable, path: str, raw: bytes) -> str:
    """Return why a file cannot be parsed, and what to do: about lines for IPython, or which newer Python to run."""
    magics = magics_reason(path, raw, error.line)
    if magics:
        return f"{error.why}; {magics}"
    running = sys.version_info[:2]
    version = max(map(_version_needed, _statements_at(error.line, raw)), default=running)
    if version <= running:
        return error.why
    needed, ours = (f"{major}.{minor}" for major, minor in (version, running))
    return f"{error.why}; this is syntax of Python {needed}: run unfork with that, not {ours}"


def _statements_at(line: int, raw: bytes) -> Iterator[str]:
    """Yield texts that may be the statement at a line, with a body if it needs one."""
    lines = raw.decode("utf-8", "replace").splitlines()
    for first in range(line - 1, max(-1, line - 1 - _BEFORE), -1):
        for end in range(line, min(line + _AFTER, len(lines)) + 1):
            text = textwrap.dedent("\n".join(lines[first:end])).rstrip()
            if len(text) > _LONGEST:
                break
            start = "try: ...\n" if text.startswith("except") else ""
            yield f"{start}{text} ...\n" if text.endswith(":") else f"{start}{text}\n"


def _version_needed(statement: str) -> _Version:
    """Return the first Python that parses a statement; (0, 0) if LibCST, which knows the newest syntax, cannot."""
    import libcst  # late: most files parse

    try:
        tree = libcst.parse_module(statement)
    except (libcst.ParserSyntaxError, ValueError, RecursionError):
        return 0, 0
    return max(map(_version_of, _nodes(tree)))


def _nodes(tree: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        yield node


def _version_of(node: libcst.CSTNode) -> _Version:
    """Return the first Python that has the syntax of a node."""
    import libcst

    name = type(node).__name__
    if name in ("LazyImport", "LazyImportFrom"):  # PEP 810
        return 3, 15
    if name == "TemplatedString" or _is_bare_tuple(node):  # PEP 750
        return 3, 14
    if isinstance(node, libcst.TypeParam) and node.default is not None:  # PEP 696
        return 3, 13
    if isinstance(node, libcst.TypeAlias | libcst.TypeParameters):  # PEP 695
        return 3, 12
    is_free = isinstance(node, libcst.FormattedString)  # PEP 701: quotes and lines in the braces
    return (3, 12) if is_free else (3, 0)


def _is_bare_tuple(node: libcst.CSTNode) -> bool:
    """Return whether a node is ``except A, B:`` (PEP 758), and not the ``except A, error:`` of Python 2."""
    import libcst

    if not isinstance(node, libcst.ExceptHandler | libcst.ExceptStarHandler):
        return False
    match node.type:
        case libcst.Tuple(lpar=[], elements=[_, libcst.Element(value=libcst.Name(value=name))]):
            return not name.islower()
        case libcst.Tuple(lpar=[]):
            return True
        case _:
            return False
