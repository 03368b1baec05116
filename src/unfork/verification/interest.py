"""Which parts of a file need examining: code without a word of interest cannot have changed its meaning."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from unfork.reading.source import Source
from unfork.reading.statements import ImportStatement
from unfork.verification.naming import identifiers

_ALWAYS = (
    b"import",
    b"global ",
    b"nonlocal ",
    b"patch",
    b"setattr",
    b"delattr",
    b"setitem",
    b"delitem",
    b"modules",
    b"globals(",
)
"""Marks of statements that bind names elsewhere, or load modules."""
_NEAR = 2_000
"""What moved farther than this, and than the texts differ in length, counts as changed."""


@dataclass(frozen=True)
class Interest:
    """Words that a function or statement must contain to need examining; None: everything does.

    Code that does not occur in the ``other`` text, before or after, needs examining too.
    """

    words: frozenset[bytes] | None = None
    other: bytes | None = None

    def within(self, source: Source, node: ast.stmt | ast.expr) -> bool:
        """Return whether a node needs examining."""
        if self.words is None:
            return True
        start, end = span_of(source, node)
        text = source.data[start:end]
        if any(mark in text for mark in _ALWAYS) or not self._occurs(text, start, source):
            return True
        return not self.words.isdisjoint(identifiers(text))

    def _occurs(self, text: bytes, start: int, source: Source) -> bool:
        """Return whether a text is in the other one, near the place where it is here.

        A search of the whole for each statement would take a long file quadratic time.
        """
        if self.other is None:
            return True
        far = abs(len(self.other) - len(source.data)) + _NEAR
        return self.other.find(text, max(start - far, 0), start + len(text) + far) >= 0


EVERYTHING = Interest()
"""Everything needs examining."""


def text_of(source: Source, node: ast.stmt | ast.expr) -> bytes:
    """Return a node's text, with its decorators."""
    start, end = span_of(source, node)
    return source.data[start:end]


def span_of(source: Source, node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Return the offsets of a node's text, with its decorators."""
    start, end = source.span(node)
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return source.span(decorators[0])[0] if decorators else start, end


def names_in_doubt(before: Source, after: Source) -> frozenset[str] | None:
    """Return the names of imports that were added, removed or moved; None if any name may be affected."""
    old, new = _imports_by_place(before), _imports_by_place(after)
    fresh = [
        statement
        for key in old.keys() | new.keys()
        if len(old.get(key, ())) != len(new.get(key, ()))
        for statement in (*old.get(key, ()), *new.get(key, ()))
    ]
    names = {name for statement in fresh for name in _names_in_import(statement)}
    names |= {name for source in (before, after) for name in _names_bound_by_calls(source.data)}
    return None if "*" in names else frozenset(names)


def _names_bound_by_calls(data: bytes) -> list[str]:
    if b"import_module" not in data and b"__import__" not in data:
        return []
    return [match[1].decode() for match in _BOUND_BY_CALL.finditer(data)]


_BOUND_BY_CALL = re.compile(rb"(\w+)[ \t]*(?::[^=\n]*)?=[^=\n]*\b(?:import_module|__import__)\b")
"""A name that is bound to a module by a call: its uses have no word of the module's, and may reach another."""


def _imports_by_place(source: Source) -> dict[tuple[bytes, bytes, int], list[ImportStatement]]:
    """Return the imports by their text, the last word above them outside imports, and their indentation."""
    by_place: dict[tuple[bytes, bytes, int], list[ImportStatement]] = {}
    above, at = b"", 0
    for statement in source.imports:
        start, end = source.span(statement.node)
        between = source.data[at:start].split()
        above = between[-1] if between and between != [b";"] else above
        key = source.data[start:end], above, statement.node.col_offset
        by_place.setdefault(key, []).append(statement)
        at = end
    return by_place


def _names_in_import(statement: ImportStatement) -> set[str]:
    node = statement.node
    names = {segment for alias in node.names for segment in alias.name.split(".")}
    names |= {alias.asname for alias in node.names if alias.asname}
    if isinstance(node, ast.ImportFrom) and node.module:
        names |= set(node.module.split("."))
    return names
