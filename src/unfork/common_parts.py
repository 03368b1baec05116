"""What many words have in common, so that a text without any of them is told by few searches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from itertools import takewhile

_LENGTH = 5
"""The length in bytes of the parts that are counted. Shorter ones are in most texts."""


@lru_cache(maxsize=16)
def common_parts(words: frozenset[bytes], most: int) -> tuple[bytes, ...] | None:
    """Return up to ``most`` byte strings of which each word contains one, or None if no such parts are found.

    Up to ``most`` words are returned as they are. Otherwise the part that most words share comes first, as long as
    they allow: ``_legacy`` for ``engine_legacy`` and ``queue_legacy``.
    """
    if len(words) <= most:
        return tuple(sorted(words))
    parts: list[bytes] = []
    rest: Collection[bytes] = words
    while rest:
        counted = Counter(part for word in rest for part in _parts_of(word))
        commonest = max(counted, key=lambda part: (counted[part], part))
        if counted[commonest] * (most - len(parts)) < len(rest):
            return None  # no part is left, or too few words share one
        parts.append(_extended(commonest, [word for word in rest if commonest in word]))
        rest = [word for word in rest if commonest not in word]
    return tuple(parts)


def _parts_of(word: bytes) -> set[bytes]:
    last = max(len(word) - _LENGTH, 0)
    return {word[start : start + _LENGTH] for start in range(last + 1)}


def _extended(part: bytes, words: Collection[bytes]) -> bytes:
    """Return the longest part around this one that all the words share."""
    if not part:
        return part
    pieces = [word.partition(part) for word in words]
    before = _common_beginning([head[::-1] for head, _, _ in pieces])
    return before[::-1] + part + _common_beginning([tail for _, _, tail in pieces])


def _common_beginning(words: Collection[bytes]) -> bytes:
    first, last = min(words), max(words)  # what these two share, all between them share
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return bytes(letter for letter, _ in same)
