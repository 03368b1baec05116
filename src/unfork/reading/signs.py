"""Signs in the bytes of a file, each beginning with a word that most files do not contain.

A single pattern of all signs would be tried at each letter of a text. Searching for a word is many times faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


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


_IMPORTS = re.compile(rb"\bimport\b[ \t\\]*(\([^)]*|[^\n;#]*(?:\\\r?\n[^\n;#]*)*)")
_WORD = re.compile(rb"(?:\w+\.)+(?=\w+[ \t]+as\b)|([^\W\d]\w*)")
"""A word; of a dotted name that is imported under another, only the last."""


def words_bound_by_imports(data: bytes) -> frozenset[bytes]:
    """Return words, among which is what each import statement of a text binds a name to.

    from a import b as c    b and c        import a.b    a and b        import a.b as c    b and c
    """
    found = (_WORD.findall(match[1]) for match in _IMPORTS.finditer(data))
    return frozenset(word for words in found for word in words)
