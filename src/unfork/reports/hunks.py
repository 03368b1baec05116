"""The hunks of a diff, built directly from the edits: they show where a text changes, so no search is needed.

Only ``\\n`` ends a line here, as in every patch; a lone carriage return or a form feed does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from unfork_codemods.edits import Edit

CONTEXT = 3
"""The number of unchanged lines before and after a change."""

_SECTION = re.compile(rb"[A-Za-z_$]")
_WORD = re.compile(rb"[\w\x80-\xff]")
_PARTS = re.compile(rb"\S+|\s+"), re.compile(rb"[\w\x80-\xff]+|[^\w\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hunk: its ``sign`` (space, ``-`` or ``+``) and its ``text``, with its line end.

    ``marks`` are the spans of bytes in ``text`` that an edit removes or adds.
    """

    sign: str
    text: bytes
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is the last line of its file and has no line end."""
        return not self.text.endswith(b"\n")

    def length(self, crlf: bool) -> int:
        """Return the number of bytes to show: those before the line end."""
        return len(self.text) - (0 if self.is_open else 1 + crlf)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changes close to each other, with the lines around them. Line numbers start at 1.

    ``section`` is the nearest line above that is not indented: a class or a function.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: bytes
    lines: tuple[Line, ...]

    @property
    def header(self) -> bytes:
        """The line that opens the hunk in a unified diff, without its line end."""
        spans = (
            _span_text(self.old_start, self.old_count),
            _span_text(self.new_start, self.new_count),
        )
        return b"@@ -%s +%s @@" % spans + (b" " + self.section if self.section else b"")

    @property
    def has_crlf(self) -> bool:
        """Whether all its lines end in CRLF, which then need not be shown.

        If only some do, the carriage return is part of the difference.
        """
        return all(line.text.endswith(b"\r\n") for line in self.lines if not line.is_open)


def hunks_of(data: bytes, edits: Iterable[Edit]) -> tuple[Hunk, ...]:
    """Return the hunks of the diff that ``edits`` make in ``data``.

    The edits must be in order and not overlap, as for `splice`.
    """
    hunks: list[Hunk] = []
    at, line, shift, section = 0, 1, 0, b""
    for group in _changes_by_hunk(data, _merged_changes(data, edits)):
        start = _context_start(data, group[0].start)
        line += data.count(b"\n", at, start)
        section = _section_line(data, start, at) or section
        hunks.append(_build_hunk(data, start, group, line, shift, section))
        shift += hunks[-1].new_count - hunks[-1].old_count
        at = start
    return tuple(hunks)


@dataclass(slots=True)
class _Block:
    """Whole lines of the old text that edits touch, from ``start``; ``new`` is the text that replaces them.

    ``end`` is where the last edit so far ends. The marks are offsets from the start of the old and the new text.
    """

    start: int
    end: int
    new: bytearray
    old_marks: list[tuple[int, int]]
    new_marks: list[tuple[int, int]]

    def add(self, data: bytes, edit: Edit) -> None:
        self.new += data[self.end : edit.start]
        old = data[edit.start : edit.end]
        self._mark_differences(old, edit.text, edit.start - self.start, len(self.new), _PARTS)
        self.new += edit.text
        self.end = edit.end

    def _mark_differences(
        self, old: bytes, new: bytes, at: int, new_at: int, parts: Sequence[re.Pattern[bytes]]
    ) -> None:
        """Mark the words that differ if both texts have the same number of words, else the whole difference."""
        if old == new:
            return
        if parts:
            olds, news = parts[0].findall(old), parts[0].findall(new)
            if len(olds) != len(news):
                olds, news = [old], [new]
            for one, other in zip(olds, news):
                self._mark_differences(one, other, at, new_at, parts[1:])
                at, new_at = at + len(one), new_at + len(other)
            return
        head, tail = _common_byte_counts(old, new)
        self.old_marks.append((at + head, at + len(old) - tail))
        self.new_marks.append((new_at + head, new_at + len(new) - tail))

    def close(self, data: bytes) -> int | None:
        """Return the offset where the touched lines end; None if that is the end of the text, without a line end."""
        whole = not self.new or self.new.endswith(b"\n")
        if whole and (self.end == 0 or data.startswith(b"\n", self.end - 1)):
            return self.end
        return data.find(b"\n", self.end) + 1 or None


@dataclass(slots=True)
class _Change:
    """Lines removed from the old text, from ``start`` to ``end``, and the lines added in their place."""

    start: int
    end: int
    removed: list[Line]
    added: list[Line]


def _edits_by_line(data: bytes, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield the edits that change something; those that keep the number of lines are split into lines."""
    for edit in edits:
        old, new = _split_lines(data[edit.start : edit.end]), _split_lines(edit.text)
        if len(old) != len(new):
            yield edit
            continue
        at = edit.start
        for before, after in zip(old, new):
            if before != after:
                yield Edit(at, at + len(before), after)
            at += len(before)


def _touched_blocks(data: bytes, edits: Iterable[Edit]) -> Iterator[_Block]:
    block: _Block | None = None
    for edit in edits:
        if block and (end := block.close(data)) is not None and end <= edit.start:
            yield block
            block = None
        if not block:
            start = data.rfind(b"\n", 0, edit.start) + 1
            block = _Block(start, start, bytearray(), [], [])
        block.add(data, edit)
    if block:
        yield block


def _merged_changes(data: bytes, edits: Iterable[Edit]) -> list[_Change]:
    """Return the lines that differ; adjacent changes are merged, with all removed lines before the added ones."""
    changes: list[_Change] = []
    for block in _touched_blocks(data, _edits_by_line(data, edits)):
        change = _trim_block(data, block)
        if changes and changes[-1].end == change.start:
            changes[-1].end = change.end
            changes[-1].removed += change.removed
            changes[-1].added += change.added
        elif change.removed or change.added:
            changes.append(change)
    return changes


def _trim_block(data: bytes, block: _Block) -> _Change:
    """Return the block as lines, without the unchanged ones at its start and its end."""
    end = block.close(data)
    end = len(data) if end is None else end
    old = _split_lines(data[block.start : end])
    new = _split_lines(bytes(block.new) + data[block.end : end])
    head, tail = _common_item_counts(old, new)
    last = len(old) - tail
    return _Change(
        block.start + sum(map(len, old[:head])),
        end - sum(map(len, old[last:])),
        _lines_with_marks("-", old, head, last, block.old_marks),
        _lines_with_marks("+", new, head, len(new) - tail, block.new_marks),
    )


def _lines_with_marks(
    sign: str, lines: list[bytes], first: int, last: int, marks: Sequence[tuple[int, int]]
) -> list[Line]:
    """Return the lines from ``first`` to ``last``, each with its part of the marks, which are offsets in all lines."""
    result: list[Line] = []
    at = sum(map(len, lines[:first]))
    for text in lines[first:last]:
        clipped = ((max(low - at, 0), min(high - at, len(text))) for low, high in marks)
        result.append(Line(sign, text, tuple((low, high) for low, high in clipped if low < high)))
        at += len(text)
    return result


def _common_item_counts(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Return the number of items both start with, and of the remaining items both end with."""
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    most -= head
    return head, next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)


def _common_byte_counts(old: bytes, new: bytes) -> tuple[int, int]:
    """Return the number of bytes both start with and both end with, without splitting a word."""
    head, tail = _common_item_counts(old, new)
    while head and (_is_inside_word(old, head) or _is_inside_word(new, head)):
        head -= 1
    while tail and (_is_inside_word(old, len(old) - tail) or _is_inside_word(new, len(new) - tail)):
        tail -= 1
    return head, tail


def _is_inside_word(text: bytes, at: int) -> bool:
    """Return whether an offset is inside a word. (Non-ASCII characters count as part of words.)"""
    return at > 0 and bool(_WORD.match(text, at - 1) and _WORD.match(text, at))


def _changes_by_hunk(data: bytes, changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Yield the changes of each hunk: the lines between two of them are no more than their context."""
    group: list[_Change] = []
    for change in changes:
        if group and data.count(b"\n", group[-1].end, change.start) > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _build_hunk(
    data: bytes, start: int, group: list[_Change], line: int, shift: int, section: bytes
) -> Hunk:
    """Return a group as a hunk that starts at the offset ``start``, which is in line number ``line``.

    ``shift`` is the number of lines that earlier hunks have added.
    """
    lines: list[Line] = []
    at = start
    for change in group:
        lines += (Line(" ", text) for text in _split_lines(data[at : change.start]))
        lines += change.removed
        lines += change.added
        at = change.end
    lines += (Line(" ", text) for text in _split_lines(data[at : _context_end(data, at)]))
    old = sum(line.sign != "+" for line in lines)
    new = sum(line.sign != "-" for line in lines)
    # an empty span has the number of the line before it
    return Hunk(line - (not old), old, line + shift - (not new), new, section, tuple(lines))


def _span_text(start: int, count: int) -> bytes:
    return b"%d" % start if count == 1 else b"%d,%d" % (start, count)


def _split_lines(text: bytes) -> list[bytes]:
    *lines, last = text.split(b"\n")
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _context_start(data: bytes, at: int) -> int:
    for _ in range(CONTEXT):
        at = data.rfind(b"\n", 0, max(at - 1, 0)) + 1
    return at


def _context_end(data: bytes, at: int) -> int:
    for _ in range(CONTEXT):
        at = data.find(b"\n", at) + 1 or len(data)
    return at


def _section_line(data: bytes, at: int, stop: int) -> bytes:
    """Return the last line between two offsets that is not indented; empty if there is none."""
    while at > stop:
        start = data.rfind(b"\n", 0, at - 1) + 1
        if _SECTION.match(data, start):
            line = data[start:at].rstrip()
            end = min(80, len(line))
            while 0 < end < len(line) and line[end] & 0xC0 == 0x80:  # inside a UTF-8 character
                end -= 1
            return line[:end]
        at = start
    return b""
