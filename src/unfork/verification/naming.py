"""Which files may name a module, determined from their bytes: the others are never parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator

_FEW = 8
"""Up to this many words, searching for each is faster than examining every word of a text."""
_LETTERS = bytes([c if c >= 0x80 or chr(c).isalnum() or c == ord("_") else 32 for c in range(256)])


def identifiers(data: bytes) -> list[bytes]:
    """Return the words of a text that may be identifiers."""
    return data.translate(_LETTERS).split()


def have_any(data: bytes, words: Collection[bytes]) -> bool:
    """Return whether a text may contain one of the words; False is certain."""
    if len(words) > _FEW:
        return not set(identifiers(data)).isdisjoint(words)
    return any(word in data for word in words)


class Namings:
    """How the given modules are named."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._by_word: dict[bytes, list[_Naming]] = {}
        for module in modules:
            naming = _Naming(module)
            self._by_word.setdefault(naming.last, []).append(naming)

    def _namings_in(self, data: bytes) -> Iterator[_Naming]:
        words: Iterable[bytes] = self._by_word
        if len(self._by_word) > _FEW:
            words = self._by_word.keys() & set(identifiers(data))
        for word in words:
            if word in data:
                yield from self._by_word[word]

    def are_used_in(self, data: bytes, in_import: Callable[[int], bool]) -> bool:
        """Return whether one of the modules is named anywhere outside an import."""
        return any(naming.is_used_in(data, in_import) for naming in self._namings_in(data))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may name one of the modules, including in an import."""
        return any(naming.may_be_in(data) for naming in self._namings_in(data))


class _Naming:
    """Finds by bytes whether a file names a module.

    Each pattern scans a text once: a file may contain the same word a million times. Each pattern begins with letters,
    so the search can skip ahead; what must precede those letters is checked with a lookbehind.
    """

    def __init__(self, dotted: str) -> None:
        package, _, last = dotted.rpartition(".")
        self.last = os.fsencode(last)
        word = re.escape(self.last)
        parent = re.escape(os.fsencode(package.rpartition(".")[2]))
        self._word = rb"%b(?!%b)(?<!%b%b)" % (word, _LETTER, _LETTER, word)
        quoted = _lookbehind_pattern(_DOTS, rb"\." + word)
        if package:
            owned = [parent + rb"[\s\\]*\.[\s\\]*" + self._word, rb"\.%b" % word + quoted]
        else:
            owned = [word + _lookbehind_pattern([_QUOTE], word), rb"\.%b" % word + quoted]
        self._owned = [re.compile(pattern + rb"(?!%b)" % _LETTER) for pattern in owned]
        self._taken = re.compile(rb"from(?<!\wfrom)[\s.\\]+" + self._word)
        self._alone = re.compile(self._word + rb"(?<!\.%b)" % word)
        self._alias = re.compile(parent + rb"\s+as\s+(\w+)") if package else None
        self._quoted = re.compile(parent + rb"[\"']") if package else None
        self._attribute = re.compile(rb"\.[\s\\]*" + self._word)

    def is_used_in(self, data: bytes, in_import: Callable[[int], bool]) -> bool:
        """Return whether the module is named anywhere outside an import."""
        return any(not in_import(match.end() - len(self.last)) for match in self._uses_in(data))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may name the module, including in an import."""
        return self._is_imported(data) or next(self._uses_in(data), None) is not None

    def _uses_in(self, data: bytes) -> Iterator[re.Match[bytes]]:
        """Yield where the text before the word shows that it is the module: its package and a dot, or a quote."""
        for owned in self._owned:
            yield from owned.finditer(data)
        matches = self._alias.finditer(data) if self._alias is not None else ()
        aliases = sorted({match[1] for match in matches})
        if aliases:
            yield from re.finditer(rb"(?:%b)\.%b" % (b"|".join(aliases), self._word), data)
        if self._quoted is not None and b"import" in data and self._quoted.search(data):
            yield from self._attribute.finditer(
                data
            )  # on the result of ``import_module("package")``

    def _is_imported(self, data: bytes) -> bool:
        """Return whether the word may occur in an import, as its module or among its names.

        An imported name has no dot before it; if its package does, ``_uses_in`` compares it.
        """
        if self._taken.search(data):
            return True
        return any(self._alone.search(data, *match.span()) for match in _LIST.finditer(data))


def _lookbehind_pattern(heads: Iterable[bytes], text: bytes) -> bytes:
    """Return a lookbehind pattern that matches after ``text`` preceded by one of the heads."""
    return b"(?:%b)" % b"|".join(rb"(?<=%b%b)" % (head, text) for head in heads)


_LETTER = rb"[\w\x80-\xff]"
_QUOTE = rb"[\"'}]"
"""The start of a string, or the end of an interpolated part."""
_DOTS = (_QUOTE, rb"\.", rb"%s")
"""What precedes the dot of a module that a string names by its package: one of these, or another dot."""
_LIST = re.compile(rb"import(?:[^=:\"'\[{;)#]|#[^\n]*)*+")
"""What may be the imported names: up to a character that none contains, except in comments."""
