"""Write an import statement: change only those parts of it that have to change, if its layout allows.

This is the one place where an import statement of a file is rewritten. Three ways are tried, the one that changes
least first:

from a.legacy import x, y        the module's name alone, where all names come from one other module
from a.legacy import (x, y)      some names (``kept_names``), with statements added above and below (``rehome_imports``)
import a.legacy                  the whole statement (``rehome_imports``)
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from unfork.reading.source import Source
from unfork.reading.statements import ImportStatement
from unfork.rewriting.kept_names import NewImports, kept_edits, module_edit
from unfork_codemods.edits import Edit

_REST = re.compile(rb"[ \t\f]*(#[^\r\n]*)?(?=\r|\n|\Z)")


def import_edits(
    source: Source, statement: ImportStatement, destinations: NewImports
) -> tuple[Edit, ...]:
    """Return the edits after which a statement makes the imports ``destinations[n]``, maybe none, for its n-th name."""
    edits = _of_module(source, statement, destinations) or _kept_statement_edits(
        source, statement, destinations
    )
    return edits or (_statement_edit(source, statement, destinations),)


def _kept_statement_edits(
    source: Source, statement: ImportStatement, destinations: NewImports
) -> tuple[Edit, ...] | None:
    """Return the edits of a statement's names, with any added statements; None if the statement must be rewritten."""
    modules = list(dict.fromkeys(new.module for news in destinations for new in news))
    if isinstance(statement.node, ast.Import) or not all(modules) or not modules:
        return None
    module = statement.module if statement.module in modules else modules[0]
    edits = kept_edits(source, statement, module, destinations)
    place = _Place.of(source, statement)
    if edits is None or len(modules) == 1:
        return edits
    if place.inline:
        return None
    from unfork_codemods.rehome_imports import further_statements

    before, behind = further_statements(place.text, destinations, module, source.newline.decode())
    above = "".join(text + place.gap for text in before).encode()
    below = "".join(place.gap + text for text in behind).encode()
    new = (Edit(place.start, place.start, above), Edit(place.end, place.end, below))
    return (*edits, *(edit for edit in new if edit.text))


def _of_module(
    source: Source, statement: ImportStatement, destinations: NewImports
) -> tuple[Edit, ...] | None:
    """Return the edit of the module's name alone, if all names come unchanged from one other module.

    from a.legacy import Engine, Status as S    only ``a.legacy`` changes
    """
    modules = {new.module for news in destinations for new in news}
    if len(modules) != 1 or not all(modules) or any(len(news) != 1 for news in destinations):
        return None
    if not statement.module:
        return None
    for alias, (new,) in zip(statement.node.names, destinations):
        if (alias.name, alias.asname) != (new.name, new.asname) or alias.name == "*":
            return None
    return module_edit(source, statement, modules.pop())


def _statement_edit(source: Source, statement: ImportStatement, destinations: NewImports) -> Edit:
    """Return the edit that replaces a statement, with its trailing comment if nothing else is on its lines."""
    from unfork_codemods.rehome_imports import rehome_statement

    place = _Place.of(source, statement)
    newline = source.newline.decode()
    new = (
        rehome_statement(place.text, destinations, newline, place.gap) if any(destinations) else ""
    )
    if new:
        return Edit(place.start, place.end, new.encode())
    start = source.span(statement.node)[0]
    if place.inline or len(statement.block) == 1:
        return Edit(start, source.span(statement.node)[1], b"pass")
    line_start = source.line_start(start)
    behind = source.line_end(place.end)
    return Edit(line_start, source.next_line(behind), b"")


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement's span, with its trailing comment if nothing else is on its lines (else ``inline``).

    It starts at the keyword; a preceding ``lazy`` is part of the ``gap``, the text between it and an added statement.
    """

    text: str
    start: int
    end: int
    gap: str
    inline: bool

    @classmethod
    def of(cls, source: Source, statement: ImportStatement) -> _Place:
        """Return the place of a statement."""
        start, end = source.span(statement.node)
        keyword = source.keyword(statement.node)
        indent = source.data[source.line_start(start) : start]
        rest = _REST.match(source.data, end)
        inline = bool(indent.strip()) or rest is None
        if rest is not None and not inline and rest.group(1):
            end = rest.end()
        gap = (b"; " if inline else source.newline + indent) + source.data[start:keyword]
        return cls(source.data[keyword:end].decode(), keyword, end, gap.decode(), inline)
