"""Which files may name a module, told from their bytes: the others are never parsed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

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

    def _said(self, data: bytes) -> Iterator[_Naming]:
        words: Iterable[bytes] = self._by_word
        if len(self._by_word) > _FEW:
            words = self._by_word.keys() & set(identifiers(data))
        for word in words:
            if word in data:
                yield from self._by_word[word]

    def are_used_in(self, data: bytes, in_import: Callable[[int], bool]) -> bool:
        """Return whether one of the modules is named anywhere else than in an import."""
        return any(naming.is_used_in(data, in_import) for naming in self._said(data))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may name one of the modules, be it in an import."""
        return any(naming.may_be_in(data) for naming in self._said(data))


class _Naming:
    """Tells by bytes whether a file names a module."""

    def __init__(self, dotted: str) -> None:
        package, _, last = dotted.rpartition(".")
        self.last = last.encode()
        parent = re.escape(package.rpartition(".")[2].encode())
        quoted = rb"(?:[\"'}]|%%s)\.%b" % (b"+" if package else b"*")
        owner = rb"(?:%b[\s\\]*\.[\s\\]*|%b)\Z" % (parent, quoted) if package else quoted + rb"\Z"
        self._owner = re.compile(owner)
        self._alias = re.compile(parent + rb"\s+as\s+(\w+)") if package else None

    def is_used_in(self, data: bytes, in_import: Callable[[int], bool]) -> bool:
        """Return whether the module is named anywhere else than in an import."""
        said = [at for at in self._places(data) if not in_import(at)]
        return bool(said) and self._is_used(data, said)

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may name the module, be it in an import."""
        said = list(self._places(data))
        return _are_imported(data, said) or self._is_used(data, said)

    def _places(self, data: bytes) -> Iterator[int]:
        """Yield where the last segment of the module's name stands as a word."""
        at = data.find(self.last)
        while at >= 0:
            end = at + len(self.last)
            if not (_is_letter(data[at - 1 : at]) or _is_letter(data[end : end + 1])):
                yield at
            at = data.find(self.last, end)

    def _is_used(self, data: bytes, said: Iterable[int]) -> bool:
        """Return whether what stands before a word makes it the module's: its package and a dot, or a quote."""
        found = self._alias.finditer(data) if self._alias is not None else ()
        aliases = tuple(match[1] + b"." for match in found)
        return any(
            self._owner.search(data, max(0, at - _NEAR), at) or data.endswith(aliases, 0, at)
            for at in said
        )


_NEAR = 100
"""So far before a word, at most, its package is looked for: the line may be broken there."""
_FROM = re.compile(rb"\bfrom[\s.\\]+\Z")
_LIST = re.compile(rb"import(?:[^=:\"'\[{;)#]|#[^\n]*)*+")
"""What may be names of an import: up to a sign that none has, but for those in comments."""


def _are_imported(data: bytes, said: Sequence[int]) -> bool:
    """Return whether one of the words may stand in an import, as what it is of or among its names.

    A name that is imported has no dot before it, and where a package has, ``_is_used`` compares it.
    """
    if any(_FROM.search(data, max(0, at - _NEAR), at) for at in said):
        return True
    alone = [at for at in said if data[at - 1 : at] != b"."]
    spans = (match.span() for match in _LIST.finditer(data) if alone)
    return any(bisect_left(alone, end) > bisect_left(alone, start) for start, end in spans)


def _is_letter(byte: bytes) -> bool:
    return byte.translate(_LETTERS) not in (b"", b" ")
