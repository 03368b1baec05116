"""Adjacent imports, with nothing between them, and what edits make of them."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from unfork.reading.source import Source
from unfork.reading.statements import Imported, ImportStatement, is_lazy
from unfork_codemods.edits import Edit, apply_edits

_BLANK = b" \t\r\n\f\\"


Bound = dict[str, Imported]


@dataclass(frozen=True)
class Row:
    """Adjacent imports: the statement that binds each name, and what the names are before and after."""

    statements: dict[str, ImportStatement]
    was: Bound
    now: Bound


@dataclass
class _Part:
    """Adjacent import statements of a file, from ``first`` to ``last``, and the edits that touch them."""

    first: int
    last: int
    edits: list[Edit] = field(default_factory=list)


def rows_of(before: Source, edits: Sequence[Edit]) -> tuple[list[Row], list[Edit]] | None:
    """Return the rows of imports that edits change, and the edits that touch no row; None if that does not cover all.

    Raises Unparsable.
    """
    parts, others = _group_edits(before, edits)
    rows = [_row_of_part(before, part) for part in parts]
    return ([row for row in rows if row], others) if all(rows) else None


def _group_edits(before: Source, edits: Sequence[Edit]) -> tuple[list[_Part], list[Edit]]:
    starts = [statement.node.lineno for statement in before.imports]
    ends = [statement.node.end_lineno or 0 for statement in before.imports]
    parts: list[_Part] = []
    others: list[Edit] = []
    for edit in edits:
        first = bisect_left(ends, before.location(edit.start)[0])
        last = bisect_right(starts, before.location(edit.end)[0]) - 1
        if first > last:
            others.append(edit)
        elif parts and _are_in_a_row(before, parts[-1].last, first):
            parts[-1].last = max(parts[-1].last, last)
            parts[-1].edits.append(edit)
        else:
            parts.append(_Part(first, last, [edit]))
    return parts, others


def _are_in_a_row(before: Source, first: int, last: int) -> bool:
    """Return whether nothing lies between the given statements of a block."""
    nodes = before.imports[first : last + 1]
    spans = [before.span(statement.node) for statement in nodes]
    return all(statement.block is nodes[0].block for statement in nodes) and not any(
        before.data[end:start].strip(_BLANK + b";") for (_, end), (start, _) in pairwise(spans)
    )


def _row_of_part(before: Source, part: _Part) -> Row | None:
    """Return what edits make of adjacent imports; None if they touch more than these, or leave more than imports."""
    statements = before.imports[part.first : part.last + 1]
    if not _are_in_a_row(before, part.first, part.last):
        return None
    opening = before.span(statements[0].node)[0]
    closing = before.span(statements[-1].node)[1]
    start, end = min(opening, part.edits[0].start), max(closing, part.edits[-1].end)
    inner = [Edit(e.start - start, e.end - start, e.text) for e in part.edits]
    nodes = _parse_imports(
        before.data[before.line_start(opening) : opening],
        (before.data[start:opening], before.data[closing:end]),
        apply_edits(before.data[start:end], inner),
    )
    was = _bound_by_imports([statement.node for statement in statements])
    now = _bound_by_imports(nodes) if nodes else None
    if was is None or now is None:
        return None
    names = {
        statement.local(alias): statement
        for statement in statements
        for alias in statement.node.names
    }
    return Row(names, was, now)


def _parse_imports(
    margin: bytes, around: tuple[bytes, bytes], text: bytes
) -> list[ast.Import | ast.ImportFrom] | None:
    """Parse a text that replaces a row as imports; return None if it contains anything else."""
    inner = text.strip(_BLANK)
    at = text.find(inner)
    if not all(map(_is_blank_alike, around, (text[:at], text[at + len(inner) :]))):
        return None
    if margin.strip():
        margin = b""
        if b"\n" in inner:
            return None
    try:
        tree = ast.parse(b"if 1:\n" + margin + inner if margin else inner)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    block = tree.body
    if margin and len(block) == 1 and isinstance(block[0], ast.If):
        block = block[0].body
    imports = [node for node in block if isinstance(node, ast.Import | ast.ImportFrom)]
    if len(imports) != len(block) or not imports or not _ends_with(margin + inner, imports[-1]):
        return None
    return imports


def _is_blank_alike(old: bytes, new: bytes) -> bool:
    """Return whether two blank texts are equivalent to the text around them: same line breaks, same indentation."""
    if old == new:
        return True
    lines = b"\n" in old and b"\n" in new and not (old + new).strip(b" \t\r\n\f")
    return lines and old.rpartition(b"\n")[2] == new.rpartition(b"\n")[2]


def _ends_with(text: bytes, node: ast.stmt) -> bool:
    """Return whether a text ends exactly where its last statement ends."""
    last = text.rpartition(b"\n")[2]
    return node.end_col_offset == len(last)


def _bound_by_imports(nodes: Sequence[ast.Import | ast.ImportFrom]) -> Bound | None:
    """Return what imports bind; None if the imports alone do not determine that, or a name is bound twice."""
    bindings: Bound = {}
    for node in nodes:
        if is_lazy(node) or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            return None
        for alias in node.names:
            name, bound = _name_and_import(node, alias)
            if name in bindings or alias.name == "*":
                return None
            bindings[name] = bound
    return bindings


def _name_and_import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, Imported]:
    """Return the name that an import binds, and its target; ``import a.b`` counts by its whole dotted name."""
    if isinstance(node, ast.ImportFrom):
        return alias.asname or alias.name, Imported(node.module or "", node.level, alias.name)
    return alias.asname or f"import {alias.name}", Imported(alias.name, 0, None)
