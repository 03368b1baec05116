"""Modules whose file names say that they are versions of one another: ``x`` beside ``x_v2``, ``x_fast``, ``smart_x``.

A word for a version (``v2``, ``old``, ``fixed``) tells more than one for a quality (``detailed``, ``smart``), which a
module in its own right may have in its name as well.
"""

from __future__ import annotations

from functools import cache

from unfork.audit.file_roles import MARKS, VARIANTS, words_of_name
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key

QUALITIES = frozenset(
    {
        "complete",
        "comprehensive",
        "deluxe",
        "efficient",
        "detailed",
        "interactive",
        "light",
        "lite",
        "live",
        "mini",
        "parallel",
        "perfect",
        "premium",
        "pro",
        "prod",
        "production",
        "quick",
        "reliable",
        "real",
        "robust",
        "safe",
        "smart",
        "stable",
        "super",
        "threaded",
        "timeout",
        "tiny",
        "turbo",
        "ultimate",
        "ultra",
        "verbose",
    }
)
"""Words for what is better or other about a version of a module."""
_DESCRIBING = frozenset(
    {
        "advanced",
        "alt",
        "alternative",
        "basic",
        "debug",
        "ex",
        "extended",
        "fallback",
        "integrated",
        "modern",
        "modular",
        "plus",
        "standalone",
        "traced",
    }
)
"""Variants that a module in its own right may be called by, such as ``extended_volumes`` beside ``volumes``."""
_SLIGHT = frozenset({"fast", "minimal", "simple"})
"""Variants that two modules in their own right may be called by, ``simple_search`` beside ``fast_search``."""


@cache
def stem_of_name(name: str) -> str:
    """Return a file's name without the words for versions and qualities."""
    words = words_of_name(name)
    kept = [word for word in words if word not in VARIANTS and word not in QUALITIES]
    return "_".join(kept or words)


@cache
def are_versions_beside(left: Key, right: Key) -> bool:
    """Return whether two modules of one folder have names that differ by words for versions, and by nothing else.

    One of them has the name itself, or the words of both are such that no module in its own right has.
    """
    one, other = _differing_words(left, right)
    if not one | other or not one | other <= VARIANTS:
        return False
    aside = _DESCRIBING | _SLIGHT if one and other else _DESCRIBING
    return aside.isdisjoint(one | other)


@cache
def are_qualities_beside(left: Key, right: Key) -> bool:
    """Return whether two modules of one folder have names that differ by words for versions and for qualities only."""
    one, other = _differing_words(left, right)
    return bool(one | other) and one | other <= VARIANTS | QUALITIES


@cache
def are_both_marked(left: Key, right: Key) -> bool:
    """Return whether two modules of one folder each have a word for a version or a quality that the other has not."""
    one, other = _differing_words(left, right)
    return bool(one and other) and one | other <= VARIANTS | QUALITIES


@cache
def are_versions_of_kin(left: Key, right: Key) -> bool:
    """Return whether two modules of one folder have names that differ by words for versions and one word more."""
    one, other = _differing_words(left, right)
    rest = [words - VARIANTS for words in (one, other)]
    return sorted(map(len, rest)) == [0, 1] and not (one | other).isdisjoint(MARKS)


@cache
def is_name_extended(left: Key, right: Key) -> bool:
    """Return whether one of two modules in one folder has the name of the other and one word more."""
    one, other = _differing_words(left, right)
    return sorted((len(one), len(other))) == [0, 1]


def _differing_words(left: Key, right: Key) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that only one of two names has; none if the modules have nothing in common or other folders."""
    if parent_folder(left) != parent_folder(right):
        return frozenset(), frozenset()
    one, other = (_name_words(key) for key in (left, right))
    return (one - other, other - one) if one & other else (frozenset(), frozenset())


def _name_words(key: Key) -> frozenset[str]:
    return frozenset(words_of_name(key.rpartition("/")[2]))
