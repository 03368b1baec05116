"""Whether a file that does not parse is written for a newer Python than the one that runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unfork.reading.source import Unparsable

if TYPE_CHECKING:
    import libcst

_Version = tuple[int, int]


def unparsable_reason(error: Unparsable, raw: bytes) -> str:
    """Return why a file cannot be parsed; of one that a newer Python parses, which one that is."""
    version = _version_needed(raw)
    running = sys.version_info[:2]
    if version is None or version <= running:
        return error.why
    needed = f"Python {version[0]}.{version[1]}"
    return (
        f"{error.why}; {needed} would parse it: run unfork with that, not {running[0]}.{running[1]}"
    )


def _version_needed(raw: bytes) -> _Version | None:
    """Return the first Python that parses a text, or None if LibCST, which knows the newest syntax, cannot parse it."""
    import libcst  # late: most files parse

    try:
        tree = libcst.parse_module(raw)
    except (libcst.ParserSyntaxError, ValueError, LookupError, RecursionError):
        return None
    return max(map(_version_of, _nodes(tree)), default=None)


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
    """Return whether a node is ``except A, B:`` (PEP 758)."""
    import libcst

    if not isinstance(node, libcst.ExceptHandler | libcst.ExceptStarHandler):
        return False
    return isinstance(node.type, libcst.Tuple) and not node.type.lpar
