"""The position of a reference in the text, verified: a position that does not hold the name is rejected."""

from __future__ import annotations

import re
import unicodedata

from unfork.reading.scopes import Ref
from unfork.reading.source import Source, Span

_GAP = re.compile(rb"(?:[ \t\f]|\\?\r?\n)+")
_DOT = re.compile(rb"((?:[ \t\f\\\r\n]|#[^\r\n]*+)*+)\.(?:[ \t\f\\\r\n]|#[^\r\n]*+)*+")
"""The text between two names of a chain: one dot, with white space and comments around it."""


def name_span(source: Source, ref: Ref) -> Span | None:
    """Return the span of a reference's name; None if the text there differs (an escape, an old f-string)."""
    start = _offset_in_file(source, ref, ref.node.lineno, ref.node.col_offset)
    if start is None:
        return None
    span = start, start + len(ref.name.encode())
    return span if _is_name_at(source, span, ref.name) else None


def attribute_span(source: Source, ref: Ref, position: int) -> Span | None:
    """Return the span of the name of a reference's n-th attribute, from 0."""
    node = ref.attributes[position]
    end = _offset_in_file(source, ref, node.end_lineno or node.lineno, node.end_col_offset or 0)
    if end is None:
        return None
    span = end - len(node.attr.encode()), end
    return span if _is_name_at(source, span, node.attr) else None


def chain_span(source: Source, ref: Ref, depth: int) -> Span | None:
    """Return the span of a reference's name and its first ``depth`` attributes; None if it contains a comment."""
    first = name_span(source, ref)
    if first is None or depth == 0:
        return first
    last = attribute_span(source, ref, depth - 1)
    if last is None:
        return None
    expected = ".".join([ref.name, *(node.attr for node in ref.attributes[:depth])])
    text = _GAP.sub(b"", source.data[first[0] : last[1]])
    return (first[0], last[1]) if text == expected.encode() else None


def link_spans(source: Source, ref: Ref, depth: int) -> list[tuple[int, int, int]] | None:
    """Return the positions of a reference's name and its first ``depth`` attributes, even with comments in between.

    For each: the offset of the dot before it (for the first, its own start), its start, and its end (exclusive).
    """
    first = name_span(source, ref)
    if first is None:
        return None
    links = [(first[0], *first)]
    for position in range(depth):
        behind, span = links[-1][2], attribute_span(source, ref, position)
        dot = _DOT.fullmatch(source.data, behind, span[0]) if span else None
        if span is None or dot is None:
            return None
        links.append((dot.end(1), *span))
    return links


def _offset_in_file(source: Source, ref: Ref, line: int, col: int) -> int | None:
    if ref.literal is None:
        return source.offset(line, col)
    return None if ref.literal.start is None or line != 1 else ref.literal.start + col


def _is_name_at(source: Source, span: Span, name: str) -> bool:
    text = source.data[span[0] : span[1]]
    return text == name.encode() and unicodedata.is_normalized("NFKC", name)
