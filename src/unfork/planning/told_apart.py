"""Classes that code tells from their counterparts: it does one thing for the legacy one, and another for the other.

if isinstance(engine, OldEngine): convert(engine)
elif isinstance(engine, Engine): start(engine)

Were both the same, the first branch would be taken for all, so the class stays everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.alternatives import Alternatives, alternatives
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.prefilter import Prefilter, Words, last_word
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.effects import dotted_name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Destination, Identity, ImportedName, Located


def classes_told_apart_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep a class if some file treats its instances otherwise than those of the class that takes its place."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    return settling.keep(settling.run.once(_classes_told_apart))


def _classes_told_apart(run: Run) -> dict[Name, Kept]:
    homes = frozenset(home for redirect in run.redirects.values() for home in redirect.homes)
    words, names_canonical = Words(frozenset(map(last_word, homes))), Prefilter(homes).matches
    kept: dict[Name, Kept] = {}
    for path, data in run.tree.scan(run.all_candidates[0], words.within):
        if data is not None and names_canonical(data):
            kept = dict(_told_apart_in(run, path, data)) | kept
    return kept


def _told_apart_in(run: Run, path: str, data: bytes) -> Iterator[tuple[Name, Kept]]:
    """Yield the legacy classes of which a file does not treat the instances like those of their counterparts."""
    try:
        names = NamesOfFile(run, Source.read(path, data))  # few files: their trees are not kept
        counterparts = _counterparts(run, names)
        if not counterparts:
            return
        told = alternatives(names.source.tree)
        places = [*_places_apart(told, names, counterparts)]
        places += _places_asked(run.engine.index, told, names, counterparts)
    except (Unparsable, RecursionError):
        return
    index = run.engine.index
    for (key, name), line in places:
        other, called = counterparts[key, name]
        why = f"{path}:{line} tells it from {index.dotted(other)}:{called}"
        how = "decide what is to be done for both, and move it by hand"
        yield (key, name or ""), Kept(f"{why}; {how}")


class NamesOfFile:
    """What the names of a file stand for that it imports, in whatever function."""

    def __init__(self, run: Run, source: Source) -> None:
        self.source = source
        index = self._index = run.engine.index
        self._key = key_of(source.path)
        homes = (home for redirect in run.redirects.values() for home in redirect.homes)
        self._defines_some = self._key in run.redirects or any(
            self._key == index.named(home).key for home in homes
        )
        self._imported: dict[str, set[Identity]] = {}
        for statement in source.imports:
            node = statement.node
            for alias in node.names:
                if isinstance(node, ast.ImportFrom) and alias.name != "*":
                    key = index.locate_from(node, source.path).key
                    imported = index.origin(key, alias.name).identity
                    self._imported.setdefault(alias.asname or alias.name, set()).add(imported)
                elif isinstance(node, ast.Import):
                    top = alias.name.partition(".")[0]
                    bound = top if alias.asname is None else alias.name
                    key = index.layout.absolute(bound, source.path).key
                    self._imported.setdefault(alias.asname or top, set()).add((key, None))

    def identity(self, node: ast.expr) -> Identity | None:
        """Return what an expression names, by where that is defined; None if it is no dotted name, or not certain."""
        first, *rest = (dotted_name(node) or "").split(".")
        imported = self._imported.get(first, set())
        if len(imported) > 1 or not (imported or (first and self._defines_some)):
            return None
        start = next(iter(imported), None) or self._index.origin(self._key, first).identity
        for name in rest:
            if start[1] is not None:
                return None
            start = self._index.origin(start[0], name).identity
        return start

    def every(self) -> Iterator[Identity]:
        """Yield what the file names, anywhere."""
        for node in self.source.nodes:
            if isinstance(node, ast.Name | ast.Attribute):
                identity = self.identity(node)
                if identity is not None and identity[1] is not None:
                    yield identity


class _Place(NamedTuple):
    """A legacy class that is told from its counterpart, and the line."""

    name: Identity
    line: int


def _counterparts(run: Run, names: NamesOfFile) -> dict[Identity, Identity]:
    """Return the legacy definitions that a file names as well as the definitions that take their places."""
    every = frozenset(names.every())
    found = {}
    for name in every:
        other = counterpart_of(run, name) if name[0] in run.redirects else None
        if other in every and other is not None and other != name:
            found[name] = other
    return found


def counterpart_of(run: Run, name: Identity) -> Identity | None:
    """Return the definition that takes the place of a legacy one, by where it is defined; None if there is none."""
    codemod, index = run.redirect_codemod, run.engine.index
    source = codemod.redirects[name[0]].source
    destination = codemod.destination(ImportedName("", Located(name[0]), source, name[1]))
    if not isinstance(destination, Destination) or destination.name is None:
        return None
    return index.origin(destination.key, destination.name).identity


def _places_apart(
    told: Alternatives, names: NamesOfFile, counterparts: Mapping[Identity, Identity]
) -> Iterator[_Place]:
    """Yield where one thing is done for a legacy class, and another for its counterpart."""
    for pair in told.apart:
        one, other = (names.identity(expression) for expression in pair)
        for legacy, canonical, node in ((one, other, pair[0]), (other, one, pair[1])):
            if legacy is not None and canonical and counterparts.get(legacy) == canonical:
                yield _Place(legacy, node.lineno)


def _places_asked(
    index: Index,
    told: Alternatives,
    names: NamesOfFile,
    counterparts: Mapping[Identity, Identity],
) -> Iterator[_Place]:
    """Yield where it is asked for a legacy class or for its counterpart; who asks for a base asks for both."""
    for kinds in told.asked:
        asked = {names.identity(kind) for kind in kinds}
        for legacy, canonical in counterparts.items():
            interface = index.interfaces.interface(legacy[0], legacy[1] or "")
            is_base = interface is not None and canonical in interface.bases
            if (legacy in asked) != (canonical in asked) and not (is_base and canonical in asked):
                yield _Place(legacy, kinds[0].lineno)
