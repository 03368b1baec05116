"""Which files can name a module at all, told from their bytes: the others are never parsed.

A file that names the module ``a.b.legacy`` has its last word in an import statement, behind the word before it
(``b.legacy``), behind a package that goes by another name (``import a.b as p``), or in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Prefilter:
    """Looks for modules, given by their dotted names, and for single words that suffice by themselves."""

    modules: frozenset[str]
    words: frozenset[bytes] = frozenset()

    def matches(self, data: bytes) -> bool:
        """Return whether a file's bytes may name one of the modules, or have one of the words."""
        found = [word for word in self.last_words if word in data]
        if found and self._pattern.search(data):
            return True
        return any(word in data for word in self.words)

    @cached_property
    def last_words(self) -> tuple[bytes, ...]:
        """The last segments of the modules."""
        return tuple({module.rpartition(".")[2].encode() for module in self.modules})

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """Return the pattern of all that can name one of the modules.

        from a.b import x, legacy    from .legacy import x
        """
        last = _any(self.last_words)
        rest = rb"(?:[^\n\\;#]|\\\r?\n)*"
        return re.compile(
            rb"(?:^|[;:])[ \t\f]*(?:from|import|lazy)\b" + rest + rb"\b" + last + rb"\b"
            rb"|\bimport[ \t]*\([^)]*\b" + last + rb"\b"
            rb"|" + self.used.pattern + rb"|" + self.aliased.pattern,
            re.MULTILINE,
        )

    @cached_property
    def used(self) -> re.Pattern[bytes]:
        """The pattern of a use of one of the modules outside import statements.

        b.legacy.x    "a.b.legacy.x"    ".legacy"
        """
        pairs = _any(".".join(module.split(".")[-2:]).encode() for module in self.modules)
        packages = _any(m.split(".")[-2].encode() for m in self.modules if "." in m)
        top = _any(m.encode() for m in self.modules if "." not in m)
        last = _any(self.last_words)
        gap = rb"(?:[ \t\f]|\\?\r?\n)*"
        return re.compile(
            rb"\b" + pairs + rb"\b"
            rb"|\b" + packages + gap + rb"\." + gap + last + rb"\b"
            rb"|[\"']\.+" + last + rb"\b"
            rb"|[\"']" + top + rb"\b"
        )

    @cached_property
    def aliased(self) -> re.Pattern[bytes]:
        """The pattern of a package of one of the modules under another name: ``import a.b as p``, for ``p.legacy``."""
        packages = _any(m.split(".")[-2].encode() for m in self.modules if "." in m)
        return re.compile(rb"\b" + packages + rb"[ \t]+as[ \t]")


def taking(names: Iterable[str], legacy: Iterable[str]) -> re.Pattern[bytes]:
    """Return the pattern of a file that may take one of the names of another module.

    That is by an import, as an attribute or in quotes. A name that is also a ``legacy`` module's last segment does not
    count behind that module's package: there it is the module.
    """
    packages: dict[str, list[str]] = {}
    for module in legacy:
        head, _, last = module.rpartition(".")
        packages.setdefault(last, []).append(head.rpartition(".")[2])
    return re.compile(
        b"|".join(_taken(name, packages.get(name, [])) for name in sorted(names)) or rb"(?!)"
    )


def _taken(name: str, packages: Iterable[str]) -> bytes:
    word = re.escape(name.encode())
    behind = b"".join(
        rb"(?<!\b%b)" % re.escape(package.encode()) for package in packages if package
    )
    return rb"\bimport\b[^\n]*\b%b\b|\bimport[ \t]*\([^)]*\b%b\b|%b\.\s*%b\b|[\"']%b[\"']" % (
        word,
        word,
        behind,
        word,
        word,
    )


def _any(words: Iterable[bytes]) -> bytes:
    escaped = sorted({re.escape(word) for word in words}, key=len, reverse=True)
    return b"(?:" + b"|".join(escaped) + b")" if escaped else b"(?!)"


def holding(words: Collection[bytes]) -> Prefilter:
    """Return the filter for files that have one of the words anywhere."""
    return Prefilter(frozenset(), frozenset(words))
