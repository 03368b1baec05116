"""Which files may replace names of a migration's modules, told from their bytes and their imports: few have to be read.

To replace a name, a file reaches its module through what an import binds, or by a path in a string. Such a path it may
give to a function of another file, that replaces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass

from unfork.planning.run import Run
from unfork.reading.disguise import normalized_text
from unfork.reading.prefilter import may_compute_paths
from unfork.reading.source import Source, Unparsable

_WORD = rb"[\w\x80-\xff]"
_NAMES = re.compile(rb"(?:%b+\.)*\Z" % _WORD)
"""The names that stand before another, with their dots."""
_JOINED = re.compile(rb"[.}][\"'][\s\\+fFrRuU]*[\"']\Z")
"""The end of a string, and the beginning of one that goes on with it."""
_GAP = b" \t\f\\\r\n"
_SYS = re.compile(rb"\bsys\b")
_NEAR = 200
"""So far before a name, at most, is looked."""


def files_that_replace(
    run: Run, among: Iterable[tuple[str, bytes]], mine: Container[str]
) -> list[str]:
    """Return which of the files that are not rewritten have to be read all the same: they may replace names.

    ``among`` are all files that may name a module of the migration, with their bytes; ``mine`` are rewritten.
    """
    names, likely = _Names.of(run, among, mine)
    return sorted(path for path in likely if names.may_be_replaced_in(path, run.read(path)))


@dataclass(frozen=True)
class _Names:
    """What the modules of a migration go by: ``words`` are their own names and those that files give them, ``top``
    those that lead to a module with no package before them.
    """

    words: frozenset[bytes]
    top: frozenset[bytes]

    @classmethod
    def of(
        cls, run: Run, among: Iterable[tuple[str, bytes]], mine: Container[str]
    ) -> tuple[_Names, list[str]]:
        """Return the names in a project, and the files that may replace anything: each file is read once for both.

        ``from a import legacy as old`` may be handed on as ``old``.
        """
        from unfork.rewriting.replacements import may_replace

        prefilter = run.engine.prefilter
        words = set(prefilter.words.words)
        every = b"|".join(map(re.escape, sorted(words)))
        given = re.compile(rb"(?:%b)[\s\\]+as[\s\\]+(%b+)" % (every, _WORD))
        path_of_name = re.compile(rb"[\"'][\w.]*(?<!%b)(?:%b)\.\w" % (_WORD, every))
        likely: list[str] = []
        for path, data in among:
            new_names = given.findall(data)
            if new_names and prefilter.matches(data):
                words.update(new_names)
            if path not in mine and (may_replace(data) or path_of_name.search(data)):
                likely.append(path)
        top = frozenset(name.encode() for name in prefilter.modules if "." not in name)
        return cls(frozenset(words), top), likely

    def may_be_replaced_in(self, path: str, data: bytes) -> bool:
        """Return whether a file that may replace anything may do so with a name of one of the modules."""
        if b"modules" in data and _SYS.search(data):
            return True
        if may_compute_paths(data) or normalized_text(data) != data:
            return True  # the path may stand in another file, and a name may be written otherwise
        try:
            return self._are_reached(Source.read(path, data).head())
        except Unparsable:
            return True

    def _are_reached(self, source: Source) -> bool:
        """Return whether one of the names may be that of a module, anywhere but in the import statements."""
        local = {
            statement.local(a).encode()
            for statement in source.imports
            for a in statement.node.names
        }
        if b"*" in local:
            local |= self.words
        return any(
            self._is_module(source.data, word, at, local)
            for word in self.words
            for at in _word_offsets(source.data, word)
            if not source.in_import(at)
        )

    def _is_module(self, data: bytes, word: bytes, at: int, local: Collection[bytes]) -> bool:
        """Return whether a word may be a module: by the names before it, from one that is imported, or in a string."""
        text = data[max(0, at - _NEAR) : at]
        names = _NAMES.search(text)
        before = text[: names.start()] if names is not None else text
        owner = text[len(before) :]
        if before.rstrip(_GAP).endswith(
            b"."
        ):  # of something that is no name, or on the line before
            return not before.rstrip(b".").endswith((b")", b"]"))
        if before.endswith((b"}", b":", b"%")):
            return True
        if before.endswith((b'"', b"'")):
            return bool(owner) or word in self.top or _JOINED.search(before) is not None
        return (owner.partition(b".")[0] or word) in local


def _word_offsets(data: bytes, word: bytes) -> Iterator[int]:
    """Yield where a word stands."""
    shape = re.compile(rb"(?<!%b)%b(?!%b)" % (_WORD, re.escape(word), _WORD))
    yield from (match.start() for match in shape.finditer(data))
