"""Where the cells of a notebook stand in its JSON.

``json`` gives values without positions, and edits need the offset of each string. Values that are not needed (outputs,
images) are passed over without being decoded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from unfork.reading.source import Span

_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]+")
_MARK = re.compile(rb'["\[\]{}]')


class NotebookError(Exception):
    """A file that is no notebook that can be read: the reason."""


@dataclass(frozen=True, slots=True)
class JsonCell:
    """The source of a cell: its ``number`` among all cells, from 1, and the ``strings`` that spell it.

    ``strings`` are the spans of the JSON strings without their quotes. ``separator`` is what stands between the quotes
    of two strings; None where the source is one string. ``is_code``: it is no text (``markdown``, ``raw``).
    """

    number: int
    strings: tuple[Span, ...]
    separator: bytes | None
    is_code: bool = True


def located_cells(raw: bytes) -> tuple[JsonCell, ...]:
    """Return the cells of a notebook; none where its language is not Python. Raises NotebookError."""
    try:
        notebook = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"not valid JSON: {error}") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        old = isinstance(notebook, dict) and "worksheets" in notebook
        hint = "; convert it with jupyter nbconvert --to notebook" if old else ""
        raise NotebookError(f"it is not a notebook of format 4{hint}")
    return tuple(_located_cells(raw)) if _is_python(notebook) else ()


def _is_python(notebook: dict[str, object]) -> bool:
    match notebook.get("metadata"):
        case {"language_info": {"name": str(name)}} | {"kernelspec": {"language": str(name)}}:
            return "python" in name.lower()
    return True


def _located_cells(raw: bytes) -> Iterator[JsonCell]:
    starts = dict(_members(raw, _skip_space(raw, 3 if raw.startswith(b"\xef\xbb\xbf") else 0)))
    for number, start in enumerate(_items(raw, starts["cells"]), 1):
        members = dict(_members(raw, start)) if raw[start : start + 1] == b"{" else {}
        if "source" in members:
            is_code = _value(raw, members.get("cell_type")) == "code"
            if is_code or raw[members["source"] : members["source"] + 1] in (b'"', b"["):
                yield replace(_located_source(raw, number, members["source"]), is_code=is_code)


def _value(raw: bytes, start: int | None) -> object:
    return None if start is None else json.loads(raw[start : _end_of_value(raw, start)])


def _located_source(raw: bytes, number: int, start: int) -> JsonCell:
    if raw[start : start + 1] == b'"':
        return JsonCell(number, ((start + 1, _end_of_value(raw, start) - 1),), None)
    spans = []
    for item in _items(raw, start):
        if raw[item : item + 1] != b'"':
            raise NotebookError(f"the source of cell {number} is not text")
        spans.append((item + 1, _end_of_value(raw, item) - 1))
    return JsonCell(number, tuple(spans), _separator(raw, start, spans))


def _separator(raw: bytes, start: int, spans: list[Span]) -> bytes:
    """Return what stands between two lines of a cell; with a single line, as the rest of the notebook would have it."""
    if len(spans) > 1:
        return raw[spans[0][1] + 1 : spans[1][0] - 1]
    space = raw[start + 1 : _skip_space(raw, start + 1)]
    return b"," + (space or (b" " if b'": ' in raw else b""))


def _members(raw: bytes, start: int) -> Iterator[tuple[str, int]]:
    """Yield the keys of an object with the offsets of their values. ``raw`` is valid JSON."""
    at = _skip_space(raw, start + 1)
    while raw[at : at + 1] == b'"':
        end = _end_of_value(raw, at)
        value = _skip_space(raw, _skip_space(raw, end) + 1)
        yield json.loads(raw[at:end]), value
        at = _next_item(raw, value)


def _items(raw: bytes, start: int) -> Iterator[int]:
    """Yield the offsets of the items of an array. ``raw`` is valid JSON."""
    at = _skip_space(raw, start + 1)
    while raw[at : at + 1] not in (b"]", b""):
        yield at
        at = _next_item(raw, at)


def _next_item(raw: bytes, value: int) -> int:
    at = _skip_space(raw, _end_of_value(raw, value))
    return _skip_space(raw, at + 1) if raw[at : at + 1] == b"," else at


def _end_of_value(raw: bytes, start: int) -> int:
    first = raw[start : start + 1]
    if first == b'"':
        return _end_of(_STRING, raw, start)
    return _end_of_container(raw, start) if first in b"[{" else _end_of(_SCALAR, raw, start)


def _end_of_container(raw: bytes, start: int) -> int:
    depth, at = 0, start
    while True:
        mark = _MARK.search(raw, at)
        if mark is None:
            raise NotebookError("not valid JSON")
        at = mark.end()
        if mark[0] == b'"':
            at = _end_of(_STRING, raw, mark.start())
            continue
        depth += 1 if mark[0] in b"[{" else -1
        if not depth:
            return at


def _end_of(pattern: re.Pattern[bytes], raw: bytes, start: int) -> int:
    match = pattern.match(raw, start)
    if match is None:
        raise NotebookError("not valid JSON")
    return match.end()


def _skip_space(raw: bytes, start: int) -> int:
    match = _SPACE.match(raw, start)
    return match.end() if match else start
