"""Find the intended word by edit distance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

_FARTHEST = 5
"""With more edits than this, it is another word."""
_Word = TypeVar("_Word", str, list[str])


def nearest_word(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that ``word`` most likely misspells, or None if none is near.

    Near means about one edit in three characters, and at most five in all. Of two equally near candidates, the first in
    alphabetical order is returned.
    """
    best: str | None = None
    limit = min(_FARTHEST, (len(word) + 1) // 3)
    for candidate in sorted(set(candidates)):
        if candidate == word:
            return candidate
        if (slips := edit_distance(word, candidate, limit)) <= limit:
            best, limit = candidate, slips - 1
        if limit < 0:
            break
    return best


def nearest_module(dotted: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that the dotted name of a module most likely misspells, or None if none is near.

    Only the parts in which the two differ count: modules of one package have most of their letters in common anyway.
    """
    best: str | None = None
    limit = _FARTHEST
    alike = {c for c in candidates if abs(len(c) - len(dotted)) <= limit}
    for candidate in sorted(alike):
        part, other = _different_parts(dotted.split("."), candidate.split("."))
        near = min(limit, (len(part) + 1) // 3)
        if (slips := edit_distance(part, other, near)) <= near:
            best, limit = candidate, slips - 1
        if limit < 0:
            break
    return best


def _different_parts(left: list[str], right: list[str]) -> tuple[str, str]:
    """Return two dotted names without the parts that they have in common at both ends."""
    left, right = _without_common_ends(left, right)
    return ".".join(left), ".".join(right)


def edit_distance(left: str, right: str, limit: int) -> int:
    """Return the number of edits between two words, ignoring case; ``limit + 1`` if there are more.

    An edit is a missing, extra or different character, or two swapped neighbours (the optimal string alignment
    distance). Only the cells within ``limit`` of the diagonal are computed.
    """
    left, right = left.casefold(), right.casefold()
    far = limit + 1
    if abs(len(left) - len(right)) > limit:
        return far
    lacking = 0
    for letter in set(left):
        fewer = left.count(letter) - right.count(letter)
        lacking += fewer if fewer > 0 else 0
    if max(lacking, lacking + len(right) - len(left)) > limit:
        return far  # most are: an edit fixes at most one missing or extra letter
    left, right = _without_common_ends(left, right)  # these need no edits
    above: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, above = above, row
        row = [i] + [far] * len(right)
        for j in range(max(1, i - limit), min(len(right), i + limit) + 1):
            b = right[j - 1]
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], before[j - 2] + 1)
        if min(row) > limit:
            return far
    return min(row[-1], far)


def _without_common_ends(left: _Word, right: _Word) -> tuple[_Word, _Word]:
    """Return two words, or lists of words, without their common beginning and end."""
    start, shorter = 0, min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    end = 0
    while end < shorter - start and left[-1 - end] == right[-1 - end]:
        end += 1
    return left[start : len(left) - end], right[start : len(right) - end]


def spelling_hint(word: str, candidates: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the end of a message, or an empty string if none is near."""
    meant = nearest_word(word, candidates)
    return f"; did you mean '{meant}'?" if meant is not None else ""
