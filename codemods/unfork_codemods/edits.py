"""Edits: the only way unfork changes a file.

An edit replaces the bytes ``[start, end)`` of a text. Bytes outside an edit cannot change, and the hunks of a diff
follow from the edits without a diff algorithm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the bytes from ``start`` up to, but not including, ``end`` with ``text``. Offsets are in bytes."""

    start: int
    end: int
    text: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"an edit of [{self.start}, {self.end}) is no span")


def sort_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits by position, each once.

    Raises ValueError if two edits overlap, as they would contradict each other.
    """
    result = tuple(sorted(set(edits)))
    for left, right in pairwise(result):
        if right.start < left.end or (left.start == right.start and left.end == right.end):
            raise ValueError(f"{left} and {right} overlap")
    return result


def apply_edits(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Return ``data`` with ``edits`` (in order, not overlapping) carried out."""
    parts: list[bytes] = []
    at = 0
    for edit in edits:
        parts += (data[at : edit.start], edit.text)
        at = edit.end
    parts.append(data[at:])
    return b"".join(parts)


def drop_idle_edits(data: bytes, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return ``edits`` without those that would not change ``data``."""
    return tuple(edit for edit in edits if data[edit.start : edit.end] != edit.text)


def origin_of(edits: Sequence[Edit], offset: int) -> int:
    """Return the offset, before ``edits``, of the text at ``offset``; for new text, the start of what it replaced."""
    shift = 0
    for edit in edits:
        start = edit.start + shift
        if offset < start:
            break
        if offset < start + len(edit.text):
            return edit.start
        shift += len(edit.text) - (edit.end - edit.start)
    return offset - shift


def compose_edits(first: Sequence[Edit], second: Sequence[Edit], middle: bytes) -> tuple[Edit, ...]:
    """Return one list of edits with the effect of ``first`` followed by ``second``.

    Offsets in ``first`` and in the result refer to the original text; those in ``second`` refer to ``middle``, the
    text that ``first`` produces. Edits that overlap or touch become one.

        text    aaaa[bb]cccc           first:  bb -> BBBB
        middle  aaaaB[BBBc]ccc         second: BBBc -> X
        result  aaaa[bbc]ccc           bbc -> BX
    """
    moved: list[
        tuple[int, int, int]
    ] = []  # for each first edit: its span in the middle text, and the shift after it
    shift = 0
    for edit in first:
        start = edit.start + shift
        shift += len(edit.text) - (edit.end - edit.start)
        moved.append((start, start + len(edit.text), shift))
    clusters: list[list[int]] = []
    for low, high in sorted(
        [(low, high) for low, high, _ in moved] + [(e.start, e.end) for e in second]
    ):
        if clusters and low <= clusters[-1][1]:
            clusters[-1][1] = max(clusters[-1][1], high)
        else:
            clusters.append([low, high])
    result: list[Edit] = []
    shift = done = 0
    for low, high in clusters:
        start = low - shift
        while done < len(moved) and moved[done][1] <= high:
            shift = moved[done][2]
            done += 1
        inside = [
            Edit(e.start - low, e.end - low, e.text)
            for e in second
            if low <= e.start and e.end <= high
        ]
        result.append(Edit(start, high - shift, apply_edits(middle[low:high], inside)))
    return tuple(result)
