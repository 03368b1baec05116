"""A ``from`` import that stays in place: names are removed or renamed, and all other bytes stay as they are.

from a.legacy import (              from a.canonical import (
    one, two, three,  # here   ->       one, three,  # here
    four)                               four)
                                    from a.state import two
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.reading.source import Source, Span
from unfork.reading.statements import ImportStatement
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport

_FROM = re.compile(rb"from[ \t]+([.\w]+)[ \t]+import\b")
_COMMA = re.compile(rb"[ \t\f]*,")
_COMMENT = re.compile(rb"[ \t\f]*(#[^\r\n]*)?")

NewImports = Sequence[Sequence[NewImport]]
"""The imports that replace each name of a statement."""


def kept_edits(
    source: Source, statement: ImportStatement, module: str, destinations: NewImports
) -> tuple[Edit, ...] | None:
    """Return the edits after which a statement imports from ``module`` only what ``destinations`` give it there.

    None if its layout does not allow it: then the statement has to be rewritten.
    """
    kept = [[new for new in news if new.module == module] for news in destinations]
    names = _names_of_statement(source, statement)
    imports = [new for news in kept for new in news]
    if names is None or not imports or any(len(news) > 1 for news in kept):
        return None
    head = module_edit(source, statement, module)
    if head is None or len(set(imports)) < len(imports):
        return None
    edits = [edit for name, news in zip(names, kept) for edit in name.renamed(source, news)]
    page = _Page(source, source.span(statement.node), names, [bool(news) for news in kept])
    edits += [Edit(start, end, b"") for start, end in _merge_spans(page.dropped())]
    return tuple(sorted([*head, *edits]))


def module_edit(source: Source, statement: ImportStatement, module: str) -> tuple[Edit, ...] | None:
    """Return the edit of the module's name, none where it is the same; None where it is spelled in an odd way."""
    if module == statement.module:
        return ()
    match = _FROM.match(source.data, source.keyword(statement.node))
    if match is None or match.group(1) != statement.module.encode():
        return None
    return (Edit(*match.span(1), module.encode()),)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of a statement: its span, and the offset after the comma that follows it (None without a comma)."""

    alias: ast.alias
    start: int
    end: int
    behind_comma: int | None

    @property
    def behind(self) -> int:
        """The offset after the name and its comma."""
        return self.end if self.behind_comma is None else self.behind_comma

    def renamed(self, source: Source, news: Sequence[NewImport]) -> Iterator[Edit]:
        """Yield the edit that makes it the import that is to stand in its place."""
        for new in news:
            if new.asname == self.alias.asname:
                yield Edit(self.start, self.start + len(self.alias.name), new.name.encode())
            else:
                yield Edit(self.start, self.end, new.alias_text.encode())


def _names_of_statement(source: Source, statement: ImportStatement) -> list[_Name] | None:
    """Return the names of a statement; None where one of them, or its comma, is not on one line."""
    start, end = source.span(statement.node)
    text = source.data[start:end]
    several = b"\n" in text or b"\r" in text
    is_star = statement.node.names[0].name == "*"
    if is_star or b"\\" in text or several != text.endswith(b")"):
        return None
    items = []
    for alias in statement.node.names:
        span = source.span(alias)
        comma = _COMMA.match(source.data, span[1], end)
        if (
            alias.end_lineno != alias.lineno
            or source.text(alias).partition(b" ")[0] != alias.name.encode()
        ):
            return None
        items.append(_Name(alias, *span, comma.end() if comma else None))
    return items if all(name.behind_comma is not None for name in items[:-1]) else None


@dataclass(frozen=True, slots=True)
class _Page:
    """A statement with its names, and which of them are kept."""

    source: Source
    span: Span
    names: Sequence[_Name]
    kept: Sequence[bool]

    def dropped(self) -> Iterator[Span]:
        """Yield what goes with the names that are not kept."""
        for position, name in enumerate(self.names):
            if not self.kept[position]:
                yield from self._comments_above(position)
                yield self._whole_line_span(name) or self._among_others(position)
        yield from self._closing_spans()

    def _line_span(self, name: _Name) -> Span:
        """Return the span of the line that a name stands on, as far as the statement goes."""
        end = min(self.source.line_end(name.start), self.span[1])
        return self.source.line_start(name.start), end

    def _whole_line_span(self, name: _Name) -> Span | None:
        """Return the span of a name's line, with its end, where nothing on it stays."""
        start, end = self._line_span(name)
        kept_on_line = [
            kept for other, kept in zip(self.names, self.kept) if start <= other.start < end
        ]
        first = next(other for other in self.names if other.start >= start)
        last = [other for other in self.names if other.start < end][-1]
        rest = _COMMENT.fullmatch(self.source.data, last.behind, end)
        if any(kept_on_line) or rest is None or self.source.data[start : first.start].strip():
            return None
        return start, self.source.next_line(end)

    def _among_others(self, position: int) -> Span:
        """Return the span of a name and its comma: with the blank after it, or the one before it at a line's end."""
        name, (start, end) = self.names[position], self._line_span(self.names[position])
        on_this_line = [
            (other, kept)
            for other, kept in zip(self.names, self.kept)
            if start <= other.start < end
        ]
        if any(kept for other, kept in on_this_line if other.start > name.start):
            return name.start, self.names[position + 1].start
        last = on_this_line[-1][0]
        is_end = _COMMENT.fullmatch(self.source.data, last.behind, end) is not None
        behind = end if is_end else last.behind
        before = [other for other, kept in on_this_line if kept]
        if before:
            return before[-1].behind, behind
        onward = [other for other, kept in zip(self.names, self.kept) if kept and other.start > end]
        joined = onward and b"#" not in self.source.data[end : onward[0].start]
        return on_this_line[0][0].start, onward[0].start if joined else behind

    def _comments_above(self, position: int) -> Iterator[Span]:
        """Yield the lines of comments that belong to a name: those above it, and below the last one."""
        start, _ = self._line_span(self.names[position])
        if position and self.names[position - 1].start >= start:
            above = start
        elif position:
            above = self.source.next_line(self._line_span(self.names[position - 1])[1])
        else:
            above = self.source.next_line(self.source.line_end(self.span[0]))
        yield from self._comment_lines(above, start)
        if position == len(self.names) - 1:
            yield from self._comment_lines(
                self.source.next_line(self._line_span(self.names[-1])[1]), self.span[1]
            )

    def _comment_lines(self, start: int, end: int) -> Iterator[Span]:
        while start < end:
            line_end = self.source.line_end(start)
            if self.source.data[start:line_end].strip().startswith(b"#"):
                yield start, self.source.next_line(line_end)
            start = self.source.next_line(line_end)

    def _closing_spans(self) -> Iterator[Span]:
        """Yield what goes at the end: a comma that is the last now where none was, and an empty line's break."""
        if self.kept[-1]:
            return
        last = [name for name, kept in zip(self.names, self.kept) if kept][-1]
        if self.names[-1].behind_comma is None and last.behind_comma is not None:
            yield last.behind_comma - 1, last.behind_comma
        bracket = self.span[1] - 1
        line_start = self.source.line_start(bracket)
        on_line = [name for name in self.names if name.start >= line_start]
        between = self.source.data[last.behind : line_start].strip()
        is_first = not self.source.data[line_start : (on_line or [last])[0].start].strip()
        if on_line and last not in on_line and is_first and b"#" not in between:
            yield last.behind, bracket


def _merge_spans(spans: Iterator[Span]) -> Iterator[Span]:
    """Yield spans in order, those that overlap or touch as one."""
    ordered = sorted(spans)
    while ordered:
        start, end = ordered.pop(0)
        while ordered and ordered[0][0] <= end:
            end = max(end, ordered.pop(0)[1])
        yield start, end
