"""Find the files that may replace names of a migration's modules, from their bytes and imports: few have to be read.

To replace a name, a file reaches its module through an imported name, or through a path in a string. It may pass such
a path to a replacing function of another file.
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
"""The dotted names before another name."""
_JOINED = re.compile(rb"[.}][\"'][\s\\+fFrRuU]*[\"']\Z")
"""The end of a string and the start of another that continues it."""
_GAP = b" \t\f\\\r\n"
_SYS = re.compile(rb"\bsys\b")
_NEAR = 200
"""How many bytes before a name are searched, at most."""


def files_that_replace(
    run: Run, among: Iterable[tuple[str, bytes]], mine: Container[str]
) -> list[str]:
    """Return the files that have to be read although they are not rewritten, because they may replace names.

    ``among`` are all files that may name a module of the migration, with their bytes; ``mine`` are rewritten.
    """
    names, likely = _Names.of(run, among, mine)
    return sorted(path for path in likely if names.may_be_replaced_in(path, run.read(path)))


@dataclass(frozen=True)
class _Names:
    """The names of a migration's modules.

    ``words`` are their own names and the aliases that files give them; ``top`` are names of modules with no package
    before them.
    """

    words: frozenset[bytes]
    top: frozenset[bytes]

    @classmethod
    def of(
        cls, run: Run, among: Iterable[tuple[str, bytes]], mine: Container[str]
    ) -> tuple[_Names, list[str]]:
        """Return the names in a project, and the files that may replace anything; each file is read once for both.

        ``from a import legacy as old`` may be passed on as ``old``.
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
        """Return whether a file that may replace anything may do so through a name of one of the modules."""
        if b"modules" in data and _SYS.search(data):
            return True
        if may_compute_paths(data) or normalized_text(data) != data:
            return True  # the path may be in another file, and a name may be spelled differently
        try:
            return self._are_reached(Source.read(path, data).head())
        except Unparsable:
            return True

    def _are_reached(self, source: Source) -> bool:
        """Return whether one of the names may refer to a module anywhere outside import statements."""
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
        """Return whether a word may be a module, judged by the dotted names before it or by being in a string."""
        text = data[max(0, at - _NEAR) : at]
        names = _NAMES.search(text)
        before = text[: names.start()] if names is not None else text
        owner = text[len(before) :]
        # of something other than a name, or on the previous line
        if before.rstrip(_GAP).endswith(b"."):
            return not before.rstrip(b".").endswith((b")", b"]"))
        if before.endswith((b"}", b":", b"%")):
            return True
        if before.endswith((b'"', b"'")):
            return bool(owner) or word in self.top or _JOINED.search(before) is not None
        return (owner.partition(b".")[0] or word) in local


def _word_offsets(data: bytes, word: bytes) -> Iterator[int]:
    """Yield the offsets of a word."""
    shape = re.compile(rb"(?<!%b)%b(?!%b)" % (_WORD, re.escape(word), _WORD))
    yield from (match.start() for match in shape.finditer(data))
