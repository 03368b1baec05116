"""Which files may name a module, told from their bytes: the others are never parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

_FEW = 8
"""Up to so many words, looking for each takes less time than looking at each word of a text."""
_LETTERS = bytes(c if c >= 0x80 or chr(c).isalnum() or c == ord("_") else 32 for c in range(256))


def identifiers(data: bytes) -> list[bytes]:
    """Return the words of a text that may be identifiers."""
    return data.translate(_LETTERS).split()


def have_any(data: bytes, words: Collection[bytes]) -> bool:
    """Return whether a text may have one of some words; it has none where not."""
    if len(words) > _FEW:
        return not set(identifiers(data)).isdisjoint(words)
    return any(word in data for word in words)


class Namings:
    """How some modules are named."""

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
        """Return whether one of the modules is named anywhere else than in an import."""
        return any(naming.is_used_in(data, in_import) for naming in self._namings_in(data))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may name one of the modules, be it in an import."""
        return any(naming.may_be_in(data) for naming in self._namings_in(data))


class _Naming:
    """Tells by bytes whether a file names a module.

    Each pattern looks through a text once: a file may say the same word a million times. And each begins with letters,
    by which a search finds where to try it; what has to stand before these is looked for behind them.
    """

    def __init__(self, dotted: str) -> None:
        package, _, last = dotted.rpartition(".")
        self.last = last.encode()
        word = re.escape(self.last)
        parent = re.escape(package.rpartition(".")[2].encode())
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
        """Return whether the module is named anywhere else than in an import."""
        return any(not in_import(match.end() - len(self.last)) for match in self._uses_in(data))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may name the module, be it in an import."""
        return self._is_imported(data) or next(self._uses_in(data), None) is not None

    def _uses_in(self, data: bytes) -> Iterator[re.Match[bytes]]:
        """Yield where what stands before the word makes it the module's: its package and a dot, or a quote."""
        for owned in self._owned:
            yield from owned.finditer(data)
        matches = self._alias.finditer(data) if self._alias is not None else ()
        aliases = sorted({match[1] for match in matches})
        if aliases:
            yield from re.finditer(rb"(?:%b)\.%b" % (b"|".join(aliases), self._word), data)
        if self._quoted is not None and b"import" in data and self._quoted.search(data):
            yield from self._attribute.finditer(
                data
            )  # of what ``import_module("package")`` returns

    def _is_imported(self, data: bytes) -> bool:
        """Return whether the word may stand in an import, as what it is of or among its names.

        A name that is imported has no dot before it, and where a package has, ``_uses_in`` compares it.
        """
        if self._taken.search(data):
            return True
        return any(self._alone.search(data, *match.span()) for match in _LIST.finditer(data))


def _lookbehind_pattern(heads: Iterable[bytes], text: bytes) -> bytes:
    """Return the pattern that holds behind a text which one of some heads stands before."""
    return b"(?:%b)" % b"|".join(rb"(?<=%b%b)" % (head, text) for head in heads)


_LETTER = rb"[\w\x80-\xff]"
_QUOTE = rb"[\"'}]"
"""What a string begins with, or what a part that is put in ends with."""
_DOTS = (_QUOTE, rb"\.", rb"%s")
"""What stands before the dot of a module that a string names by its package: any of these, or another dot."""
_LIST = re.compile(rb"import(?:[^=:\"'\[{;)#]|#[^\n]*)*+")
"""What may be names of an import: up to a sign that none has, but for those in comments."""
