"""What of a file has to be looked at: where nothing has a word of interest, nothing can have changed its meaning."""

from __future__ import annotations

import ast
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
)
"""Marks of statements that bind names elsewhere, or load modules."""


@dataclass(frozen=True)
class Interest:
    """Words of which a function or statement has to have one, if it is to be looked at; None: all are.

    What is not in the ``other`` text, before or after, has to be looked at as well.
    """

    words: frozenset[bytes] | None = None
    other: bytes | None = None

    def within(self, source: Source, node: ast.stmt | ast.expr) -> bool:
        """Return whether a node has to be looked at."""
        if self.words is None:
            return True
        text = source.text(node)
        if any(mark in text for mark in _ALWAYS):
            return True
        if self.other is not None and text not in self.other:
            return True
        return not self.words.isdisjoint(identifiers(text))


EVERYTHING = Interest()


def interests_in(before: Source, after: Source, words: frozenset[str]) -> tuple[Interest, Interest]:
    """Return what is of interest in a file, before and after: ``words``, and the names of imports that come or go."""
    old = {before.text(each.node): each for each in before.imports}
    new = {after.text(each.node): each for each in after.imports}
    fresh = [each for text, each in old.items() if text not in new]
    fresh += [each for text, each in new.items() if text not in old]
    if len(old) != len(before.imports) or len(new) != len(after.imports):
        fresh = [*before.imports, *after.imports]  # one of those that are there twice may have gone
    names = {name for each in fresh for name in _names(each)}
    if "*" in names:
        return EVERYTHING, EVERYTHING
    every = frozenset(name.encode() for name in names | words)
    return Interest(every, after.data), Interest(every, before.data)


def _names(statement: ImportStatement) -> set[str]:
    node = statement.node
    found = {segment for alias in node.names for segment in alias.name.split(".")}
    found |= {alias.asname for alias in node.names if alias.asname}
    if isinstance(node, ast.ImportFrom) and node.module:
        found |= set(node.module.split("."))
    return found
