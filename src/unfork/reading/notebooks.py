"""A notebook as one Python text, and edits of that text as edits of the notebook's bytes.

The cells of a notebook share one namespace and run in order, so they are read as one module: the text of each cell
after a marker line, that of one that is no code as comments. Everything above this module works on that text as on any
other file. Only text that is a cell's own can be edited, so no byte of outputs, metadata and layout can change.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from unfork.reading.cells import MARKER, Part, has_code, python_parts, text_parts
from unfork.reading.notebook_json import JsonCell, NotebookError, located_cells
from unfork.reading.source import Span
from unfork_codemods.edits import Edit, apply_edits, sort_edits

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)", re.DOTALL)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f]')
_NAMES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
_HEAD = b"# notebook\n\n"
"""The lines before the first cell: a comment in a cell does not say how the text is encoded (PEP 263)."""
_LAST_LINE_ENDS = re.compile(rb"(?:\r?\n)*(?=%b|\Z)" % re.escape(MARKER))
"""The line ends after a cell's last line: how many there are does not matter."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the text, from ``start`` to ``end``, and the bytes of the notebook that spell it.

    ``is_same``: both have the same length, and each offset in one has its counterpart in the other.
    """

    start: int
    end: int
    raw_start: int
    raw_end: int
    is_same: bool
    cell: int


@dataclass(frozen=True)
class Notebook:
    """A notebook: its bytes ``raw``, and its Python ``text`` in UTF-8: each cell after a marker line."""

    raw: bytes
    text: bytes
    cells: tuple[JsonCell, ...]
    _pieces: tuple[_Piece, ...]

    @classmethod
    def read(cls, raw: bytes) -> Notebook:
        """Read a notebook. Raises NotebookError for a file that is none."""
        return _Reader(raw).notebook()

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self._pieces]

    def cell_line(self, offset: int) -> tuple[int, int]:
        """Return the number of the cell that an offset in the text belongs to, and the line in it, both from 1."""
        marker = self.text.rfind(MARKER, 0, offset + 1)
        if marker < 0:
            return 1, 1
        start = self.text.index(b"\n", marker) + 1
        number = int(self.text[marker + len(MARKER) : start])
        return number, self.text.count(b"\n", start, max(start, offset)) + 1

    def raw_offset(self, offset: int, is_end: bool = False) -> int:
        """Return the offset in ``raw`` of an offset in the text: of its byte, or after the one before."""
        piece = self._pieces[max(0, bisect_right(self._starts, offset - is_end) - 1)]
        if piece.is_same:
            return piece.raw_start + min(offset - piece.start, piece.raw_end - piece.raw_start)
        return piece.raw_end if offset >= piece.end else piece.raw_start

    def stored_edits(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Return edits of the text as edits of ``raw``.

        Raises NotebookError where the new notebook would not have just that text.
        """
        edits = sort_edits(edits)
        stored = tuple(self._stored_edit(edit) for edit in edits)
        new = Notebook.read(apply_edits(self.raw, stored)).text
        if _LAST_LINE_ENDS.sub(b"\n", new) != _LAST_LINE_ENDS.sub(
            b"\n", apply_edits(self.text, edits)
        ):
            raise NotebookError("its JSON cannot hold the new text")
        return stored

    def _stored_edit(self, edit: Edit) -> Edit:
        start, end, text = edit.start, edit.end, edit.text
        if not self._is_in_cell(end) and end > start:  # the line end that follows each cell
            end -= 1
            text = text.removesuffix(b"\n")
        first = self._piece_of(start)
        if not first or (end > start and first.cell != (self._piece_of(end - 1) or first).cell):
            raise NotebookError("an edit does not lie in one cell")
        cell = next(cell for cell in self.cells if cell.number == first.cell)
        raw_start = self.raw_offset(start) if start < first.end else first.raw_end
        raw_end = raw_start if end == start else self._raw_end(end, first.cell)
        return Edit(raw_start, raw_end, self._json_text(text, cell))

    def _piece_of(self, offset: int) -> _Piece | None:
        """Return the piece of a cell that an offset lies in, or else ends."""
        piece = self._pieces[max(0, bisect_right(self._starts, offset) - 1)]
        if piece.cell == 0 and offset == piece.start:
            piece = self._pieces[max(0, bisect_right(self._starts, offset - 1) - 1)]
        return piece if piece.cell else None

    def _is_in_cell(self, end: int) -> bool:
        piece = self._pieces[max(0, bisect_right(self._starts, end - 1) - 1)]
        return piece.cell != 0

    def _raw_end(self, end: int, cell: int) -> int:
        """Return where an edit ends: a whole line ends where the next begins, and the JSON between them goes, too."""
        following = self._pieces[max(0, bisect_right(self._starts, end) - 1)]
        if following.cell == cell and following.start == end:
            return following.raw_start
        return self.raw_offset(end, is_end=True)

    def _json_text(self, text: bytes, cell: JsonCell) -> bytes:
        lines = [self._escaped(line) for line in text.decode().split("\n")]
        if cell.separator is None:
            return b"\\n".join(lines)
        return (b'\\n"' + cell.separator + b'"').join(lines)

    def _escaped(self, text: str) -> bytes:
        escaped = _TO_ESCAPE.sub(lambda m: _NAMES.get(m[0], f"\\u{ord(m[0]):04x}"), text)
        if escaped.isascii() or not self._escapes_all:
            return escaped.encode()
        units = escaped.encode("utf-16-be", "surrogatepass")
        codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
        return "".join(chr(c) if c < 128 else f"\\u{c:04x}" for c in codes).encode()

    @cached_property
    def _escapes_all(self) -> bool:
        """Whether the notebook spells all other letters than ASCII as escapes."""
        return self.raw.isascii() and re.search(rb"\\u(?!00[01])", self.raw) is not None


class _Reader:
    """Puts a notebook's text together, piece by piece."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.text = bytearray()
        self.pieces: list[_Piece] = []
        self.is_first = True

    def notebook(self) -> Notebook:
        cells = located_cells(self.raw)
        self._add(_HEAD, 0, 0, 0)
        for cell in cells:
            at = cell.strings[0][0] if cell.strings else 0
            self._add(MARKER + b"%d\n" % cell.number, at, at, 0)
            self._add_cell(cell)
        return Notebook(self.raw, bytes(self.text), cells, tuple(self.pieces))

    def _add(
        self, text: bytes, raw_start: int, raw_end: int, cell: int, same: bool = False
    ) -> None:
        start = len(self.text)
        self.text += text
        self.pieces.append(_Piece(start, len(self.text), raw_start, raw_end, same, cell))

    def _add_cell(self, cell: JsonCell) -> None:
        spelled = [part for span in cell.strings for part in self._decoded(span, cell.number)]
        content = b"".join(text for text, _ in spelled)
        parts = python_parts(content, self.is_first) if cell.is_code else text_parts(content)
        self.is_first = self.is_first and not has_code(parts)
        self._add_parts(parts, spelled, cell.number)
        end = cell.strings[-1][1] if cell.strings else 0
        self._add(b"" if content.endswith(b"\n") or not content else b"\n", end, end, 0)

    def _add_parts(
        self, parts: Iterable[Part], spelled: list[tuple[bytes, Span]], number: int
    ) -> None:
        """Add the parts of a cell's Python text; ``spelled`` is its own text with the bytes that spell it."""
        waiting = iter(_with_offsets(spelled))
        current = next(waiting, None)
        offset = 0
        for part in parts:
            end = offset + part.length
            if not part.is_same:
                at = _raw_place(current)
                self._add(part.text, at, at, 0)
            while current is not None and offset < end:
                text, low, span = current
                stop = min(end, low + len(text))
                if part.is_same:
                    self._add_text(
                        text[offset - low : stop - low], offset - low, text, span, number
                    )
                offset = stop
                if stop == low + len(text):
                    current = next(waiting, None)

    def _add_text(self, text: bytes, skipped: int, whole: bytes, span: Span, number: int) -> None:
        if span[1] - span[0] == len(whole):
            start = span[0] + skipped
            self._add(text, start, start + len(text), number, same=True)
        else:
            self._add(text, *span, number)

    def _decoded(self, span: Span, number: int) -> Iterator[tuple[bytes, Span]]:
        """Yield the parts of a JSON string, decoded, each with the bytes that spell it."""
        start, stop = span
        for escape in _ESCAPE.finditer(self.raw, start, stop):
            if start < escape.start():
                yield self.raw[start : escape.start()], (start, escape.start())
            yield _unescaped(escape[0]), escape.span()
            start = escape.end()
        if start < stop:
            yield self.raw[start:stop], (start, stop)


def _with_offsets(spelled: list[tuple[bytes, Span]]) -> Iterator[tuple[bytes, int, Span]]:
    at = 0
    for text, span in spelled:
        yield text, at, span
        at += len(text)


def _raw_place(current: tuple[bytes, int, Span] | None) -> int:
    return current[2][0] if current is not None else 0


def _unescaped(escape: bytes) -> bytes:
    if escape[1:2] != b"u":
        return _SIMPLE.get(escape[1:], escape[1:])
    units = bytes.fromhex(escape.replace(b"\\u", b"").decode())
    return units.decode("utf-16-be", "replace").replace("\ufffd", "?").encode()
