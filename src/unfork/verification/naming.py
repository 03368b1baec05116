"""Which files may name a module, told from their bytes: the others are never parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

_FEW = 8
"""Up to so many words, looking for each takes less time than looking at each word of a text."""
_LETTERS = bytes(c if c >= 0x80 or chr(c).isalnum() or c == ord("_") else 32 for c in range(256))


def identifiers(data: bytes) -> list[bytes]:
    """Return the words of a text that may be identifiers."""
    return data.translate(_LETTERS).split()


class Namings:
    """How some modules are named."""

    def __init__(self, modules: Iterable[str], roots: Iterable[str]) -> None:
        self._by_word: dict[bytes, list[_Naming]] = {}
        for module in modules:
            naming = _Naming(module, tuple(roots))
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

    def may_be_in(self, path: str, data: bytes) -> bool:
        """Return whether a file may name one of the modules, be it in an import."""
        return any(naming.may_be_in(path, data) for naming in self._said(data))


class _Naming:
    """Tells by bytes whether a file names a module."""

    def __init__(self, dotted: str, roots: Iterable[str]) -> None:
        package, _, last = dotted.rpartition(".")
        folder = package.replace(".", "/")
        self.last = last.encode()
        self._parent = package.rpartition(".")[2].encode()
        self._folders = tuple(f"{root}/{folder}/".lstrip("/") for root in roots)
        word = re.escape(self.last)
        parent = re.escape(self._parent)
        self._word = re.compile(word + rb"(?<!\w%b)(?!\w)" % word)
        dots = rb"\s*\.\s*%b(?!\w)" % word
        quoted = rb"(?:[\"'}]|%%s)\.%b%b(?!\w)" % (b"+" if package else b"*", word)
        self._use = re.compile(parent + dots + b"|" + quoted if parent else quoted)
        self._alias = re.compile(parent + rb"\s+as\s") if parent else self._word
        self._import = re.compile(parent + rb"\s+import\b")
        self._attribute = re.compile(rb"\." + dots.removeprefix(rb"\s*\."))

    def is_used_in(self, data: bytes, in_import: Callable[[int], bool]) -> bool:
        """Return whether the module is named anywhere else than in an import."""
        if self.last not in data:
            return False
        if any(not in_import(match.start()) for match in self._use.finditer(data)):
            return True
        if not self._parent or self._alias.search(data) is None:
            return False
        return any(not in_import(match.start()) for match in self._attribute.finditer(data))

    def may_be_in(self, path: str, data: bytes) -> bool:
        """Return whether a file may name the module, be it in an import."""
        if self.last not in data or self._word.search(data) is None:
            return False
        if not self._parent or path.startswith(self._folders):
            return True
        ways = (self._use, self._import, self._alias)
        return any(way.search(data) is not None for way in ways)
