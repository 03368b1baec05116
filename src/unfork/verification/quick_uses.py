"""Uses of a module through a name that a file binds once: ``old.run()`` that became ``new.run()``, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from unfork.reading.source import Source
from unfork.verification.symbols import Lines
from unfork_codemods.edits import Edit, apply_edits


class Use(NamedTuple):
    """An attribute read from a module, before and after."""

    old: str
    new: str
    line: int


def uses_of(before: Source, old: str, new: str, edits: Sequence[Edit]) -> list[Use] | None:
    """Return the uses of a module whose name changed from ``old`` to ``new``, which ``edits`` respell.

    None if the edits do more, or either name has another meaning anywhere. Raises Unparsable, NeedsWhole.
    """
    nodes = _attributes_read(before, {old, new}, old) if _binds_once(before, {old, new}) else None
    shape = re.compile(rb"%b\s*\.\s*(\w+)" % new.encode())
    left = list(edits)
    uses = []
    for node in nodes or ():
        start, end = before.span(node)
        own = [edit for edit in left if start <= edit.start and edit.end <= end]
        left = [edit for edit in left if edit not in own]
        moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in own]
        match = shape.fullmatch(apply_edits(before.data[start:end], moved))
        if match is None:
            return None
        uses.append(Use(node.attr, match[1].decode(), node.lineno))
    return None if left or nodes is None else uses


def _binds_once(before: Source, names: Collection[str]) -> bool:
    """Return whether a single import binds one of the names, and no star import may."""
    bound = [
        statement.local(alias) for statement in before.imports for alias in statement.node.names
    ]
    return "*" not in bound and sum(name in names for name in bound) == 1


def _attributes_read(
    before: Source, words: Collection[str], old: str
) -> list[ast.Attribute] | None:
    """Return the attributes read from the name ``old``; None if one of the words has any other meaning."""
    attributes: list[ast.Attribute] = []
    names = 0
    lines = Lines(before.data, *(word.encode() for word in words))
    for node in _nodes_mentioning(before.tree, words, lines):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) if name in words:
                if not isinstance(node.ctx, ast.Load):
                    return None
                attributes.append(node)
            case ast.Name(id=name) if name == old:
                names += 1
            case ast.Attribute() | ast.keyword() | ast.alias() | ast.ImportFrom():
                pass
            case _:
                return None
    return attributes if names == len(attributes) else None


def _nodes_mentioning(tree: ast.Module, words: Collection[str], lines: Lines) -> Iterator[ast.AST]:
    """Yield the nodes that contain one of the words, even in a string; docstrings only if they contain examples."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for value in node.__dict__.values():
            kind = value.__class__
            if kind is int or value is None:
                continue
            if kind is str:
                if value in words or (
                    node.__class__ is ast.Constant and any(word in value for word in words)
                ):
                    yield node
            elif kind is list:
                for child in value:
                    if isinstance(child, ast.stmt):
                        if lines.within(child) and not _is_docstring(child):
                            waiting.append(child)
                    elif isinstance(child, ast.AST):
                        waiting.append(child)
                    elif child in words:
                        yield node
            elif isinstance(value, ast.AST):
                waiting.append(value)
                if node.__class__ is ast.Attribute and getattr(value, "id", None) in words:
                    yield node


def _is_docstring(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return ">>>" not in text
        case _:
            return False
