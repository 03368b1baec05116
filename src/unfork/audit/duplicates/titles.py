"""Titles of modules, which are the first lines of their docstrings: what two modules say that they are."""

from __future__ import annotations

import re
from functools import cache

from unfork.audit.duplicates.version_names import QUALITIES
from unfork.audit.file_roles import VARIANTS

_WORD = re.compile(r"\w{3,}")
_FUNCTION_WORDS = frozenset({"and", "for", "from", "that", "the", "this", "with"})
_NOTICE = frozenset({"copyright", "licence", "license", "licensed", "spdx"})
"""Words of a notice, which says whose a module is, and not what."""
_FEW = 3
"""Equal titles of fewer words may be those of any two modules."""
_MOST = 0.75
"""The share of the shorter title's words that modules of one file name in two folders have in common."""


@cache
def title_words(doc: str) -> frozenset[str]:
    """Return the words of a title, without those for versions and qualities; none of a notice."""
    words = frozenset(_WORD.findall(doc.lower()))
    if not words.isdisjoint(_NOTICE):
        return frozenset()
    return words - _FUNCTION_WORDS - VARIANTS - QUALITIES


def are_equal_titles(one: str, other: str) -> bool:
    """Return whether two titles say the same, give or take words for versions."""
    return title_words(one) == title_words(other) and len(title_words(one)) >= _FEW


def are_close_titles(one: str, other: str) -> bool:
    """Return whether most words of the shorter of two titles are in the other, at least two."""
    common = title_words(one) & title_words(other)
    return len(common) >= max(2, _MOST * min(len(title_words(one)), len(title_words(other))))
