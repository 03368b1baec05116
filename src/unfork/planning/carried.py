"""Where what a file has gets to: files import one another, and with them what comes of certain names."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from unfork.planning.run import Run
from unfork.reading.layout import key_of
from unfork.reading.meetings import Meetings
from unfork.reading.prefilter import identifiers_in
from unfork.reading.source import Unparsable
from unfork.rewriting.edges import modules_imported
from unfork_codemods.project import Key, last_segment

_MOST_FILES = 200


class Carrying(Protocol):
    """What is known of a file with the names that come of what is asked about."""

    @property
    def carriers(self) -> frozenset[str]:
        """The names that others have it by, as ``Meetings.carriers``."""


_Carrying = TypeVar("_Carrying", bound=Carrying)


def files_reached(
    run: Run,
    starts: Mapping[str, frozenset[str]],
    look: Callable[[str, frozenset[str]], _Carrying],
    read: Callable[[str], bytes],
) -> Iterator[tuple[str, _Carrying | None]]:
    """Yield the files that the names of some files get to, these first, each with what comes of the names there.

    ``read`` returns the text of a file, and ``look`` reads it with the names that come of what is asked about. At more
    than 200 files, the last is yielded with None: who knows.
    """
    waiting, carried = [*starts], dict(starts)
    pending, importers = {*starts}, run.once(_Importers)
    for path in waiting:
        pending.discard(path)
        if len(waiting) > len(starts) + _MOST_FILES:
            yield path, None
            return
        try:
            carrying = look(path, carried[path])
        except (Unparsable, RecursionError):
            continue
        yield path, carrying
        words = frozenset(name.removesuffix("()").encode() for name in carrying.carriers)
        for importer in importers.of(path):
            more = carrying.carriers - carried.get(importer, frozenset())
            if more and _may_carry(read(importer), words):
                carried[importer] = carried.get(importer, frozenset()) | more
                waiting += [importer] if importer not in pending else []
                pending.add(importer)


def _may_carry(data: bytes, words: frozenset[bytes]) -> bool:
    """Return whether a text may pass on what one of some words names: it has the word, or a star import."""
    return b"*" in data or not words.isdisjoint(identifiers_in(data))


def files_handed(run: Run, meetings: Meetings) -> Iterator[Key]:
    """Yield the modules with functions that a file calls with what is carried to it."""
    handed, index, source = {*meetings.handed}, run.engine.index, meetings.source
    for statement in source.imports if handed else ():
        node = statement.node
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) in handed:
                if isinstance(node, ast.ImportFrom):
                    key = index.locate_from(node, source.path).key
                    yield index.module_of(key, alias.name) or key
                else:
                    yield index.layout.absolute(alias.name, source.path).key


class _Importers:
    """The files that import a file, anywhere, or name its module in a string: ``import_module("a.b")``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._importers: dict[str, tuple[str, ...]] = {}
        self._imported: dict[str, frozenset[Key]] = {}

    def of(self, path: str) -> tuple[str, ...]:
        """Return them, sorted as the run lists files."""
        if path not in self._importers:
            self._importers[path] = tuple(self._found(path))
        return self._importers[path]

    def _found(self, path: str) -> Iterator[str]:
        key, layout = key_of(path), self._run.engine.index.layout
        last = re.escape(os.fsencode(last_segment(key)))
        whole = b"|".join(re.escape(os.fsencode(name)) for name in sorted(layout.spellings(key)))
        quoted = re.compile(rb"(?:%b|[\"']\.+%b)(?=[\"'])" % (whole or last, last))
        for file in self._run.naming(frozenset({last_segment(key)})):
            is_quoted = quoted.search(self._run.read(file))
            if file != path and (is_quoted or key in self._imported_by(file)):
                yield file

    def _imported_by(self, path: str) -> frozenset[Key]:
        """Return the modules that a file imports; none if it does not parse."""
        if path not in self._imported:
            engine = self._run.engine
            try:
                source = engine.heads.sources.read(path, self._run.read(path))
                self._imported[path] = frozenset(modules_imported(source, engine.index))
            except (Unparsable, RecursionError):
                self._imported[path] = frozenset()
        return self._imported[path]
