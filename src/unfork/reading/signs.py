"""Signs in the bytes of a file, each beginning with a word that most files do not contain.

A single pattern of all signs would be tried at each letter of a text. Searching for a word is many times faster.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache


def sign_patterns(patterns: Mapping[str, bytes], within: Iterable[str] = ()) -> dict[bytes, bytes]:
    """Return patterns by their first words, for ``has_sign``; a word in ``within`` may be part of a longer one.

    Any other word must begin at a word boundary. The values of ``patterns`` match what follows the word.
    """
    free = frozenset(within)
    by_word = {}
    for word, tail in patterns.items():
        literal = word.encode()
        alone = b"" if word in free else rb"(?<!\w%b)" % re.escape(literal)
        by_word[literal] = re.escape(literal) + alone + tail
    return by_word


def has_sign(data: bytes, patterns: Mapping[bytes, bytes]) -> bool:
    """Return whether a text matches one of the patterns, each keyed by the word that it begins with."""
    for word, sign in patterns.items():  # noqa: SIM110 (every file comes here: a generator takes half as long again)
        if word in data and re.search(sign, data):
            return True
    return False


_OF_AN_IMPORT = rb"import(?<!\wimport)\b[ \t\\]*(?:\([^)]*?|[^\n;#]*?(?:\\\r?\n[^\n;#]*?)*?)"
"""The beginning of what an import statement names."""
_ONLY_ON_THE_WAY = rb"(?:\.\w+)+[ \t]+as\b"
"""What follows a package of which only a module is bound: ``import package.module as name``."""


@lru_cache(maxsize=16)
def binding_pattern(words: frozenset[str]) -> re.Pattern[bytes]:
    """Return a pattern that occurs in each text with an import statement that binds one of some words, or imports it.

    from a import b as c    b and c        import a.b    a and b        import a.b as c    b and c
    """
    word = b"|".join(map(re.escape, sorted(map(os.fsencode, words)))) or rb"(?!)"
    return re.compile(rb"%b\b(?:%b)\b(?!%b)" % (_OF_AN_IMPORT, word, _ONLY_ON_THE_WAY))
