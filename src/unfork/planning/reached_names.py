"""What a program reaches of a legacy module by what goes on being bound to the whole of it.

    mid.py   mod = import_module("app.old")     left: others may take anything of it
    use.py   mid.mod.make()                     what this makes is of the legacy module

Such an expression names nothing that moves, so it is not rewritten, and no finding is about it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unfork.nodes import last_name, root_name
from unfork.planning.carried import files_handed, files_reached
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.reading.meetings import Meetings
from unfork.reading.source import Source
from unfork.rewriting.file_context import FileContext
from unfork_codemods.edits import Edit
from unfork_codemods.project import Key, is_external, last_segment


class Place(NamedTuple):
    """Where a file reaches something."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def names_reached(
    settling: Settling, key: Key, binders: Collection[str], names: Collection[str]
) -> dict[str, Place]:
    """Return those ``names`` of a module that files reach by what holds it, each with a place.

    ``binders`` are files that go on binding it for others. Also what is read through a package that is not followed:
    ``holder.app.old.make()``.
    """
    known = settling.run.once(_known_before)
    asked = key, frozenset(binders), frozenset(names)
    before = known.get(asked)
    if before is None or not before.holds(settling):
        texts = _Texts(settling)
        before = known[asked] = _Before(_find_reached(texts, *asked), texts.edits)
    return before.reached


class _Texts:
    """The texts of files as they will be. ``edits`` are those of the files that were read."""

    def __init__(self, settling: Settling) -> None:
        self.settling = settling
        self.edits: dict[str, Sequence[Edit]] = {}

    def after(self, path: str) -> bytes:
        """Return the text of a file with its edits."""
        self.edits[path] = _edits_of(self.settling, path)
        return self.settling.after(path)


class _Before(NamedTuple):
    """What was found when files had certain edits: it holds as long as they have these."""

    reached: dict[str, Place]
    edits: Mapping[str, Sequence[Edit]]

    def holds(self, settling: Settling) -> bool:
        """Return whether the files that were read have the same edits now."""
        return all(_edits_of(settling, path) == edits for path, edits in self.edits.items())


def _known_before(_: Run) -> dict[tuple[Key, frozenset[str], frozenset[str]], _Before]:
    return {}


def _edits_of(settling: Settling, path: str) -> Sequence[Edit]:
    result = settling.results.get(path)
    return result.edits if result is not None else ()


def _find_reached(
    texts: _Texts, key: Key, binders: Collection[str], names: Collection[str]
) -> dict[str, Place]:
    settling = texts.settling
    run, own, last = settling.run, _files_of(settling, key), last_segment(key)
    through, in_quotes = _patterns_of_reaching(last, names)
    near = [path for path in run.naming(frozenset({last})) if path not in own]
    found = (path for path in near if through.search(run.read(path)))
    starts = [*sorted(binders), *(path for path in found if through.search(texts.after(path)))]
    if not starts:
        return {}
    walk = _Walk(texts, key, binders)
    reached: dict[str, Place] = {}
    for path in near if binders else ():
        text = texts.after(path)
        for match in in_quotes.finditer(text):
            reached[match[1].decode()] = Place(path, text.count(b"\n", 0, match.start()) + 1)
    begin = dict.fromkeys(starts, frozenset({last}))
    for path, seen in files_reached(run, begin, walk.look, texts.after):
        if seen is None:
            return {**{name: Place(path, 1) for name in names}, **reached}
        taken = [(name, Place(path, line)) for name, line in seen.taken.items()]
        taken += _taken_where_handed(settling, seen.handed_to)
        if path not in own:
            reached = {name: place for name, place in taken if name in names} | reached
    return reached


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file makes of some names that come of a module: ``taken`` of it, and the modules it is ``handed_to``.

    The same file has the same, if it has the same ``edits`` and those of the modules ``asked`` that hold the
    module are the same ``holders``.
    """

    edits: Sequence[Edit]
    asked: frozenset[Key]
    holders: frozenset[Key]
    carriers: frozenset[str]
    taken: Mapping[str, int]
    handed_to: tuple[Key, ...]
    stores: bool


class _Walk:
    """A walk through the files that what holds a module gets to."""

    def __init__(self, texts: _Texts, key: Key, binders: Collection[str]) -> None:
        run = texts.settling.run
        self._texts, self._key, self._binders, self._run = texts, key, binders, run
        self._spelled = run.engine.index.layout.spellings(key)
        self._holders: set[Key] = {key}
        self._known = run.once(_known_files)

    def look(self, path: str, bound: frozenset[str]) -> _Seen:
        """Return what a file makes of the ``bound`` names. Raises Unparsable."""
        data, is_binder = self._texts.after(path), path in self._binders
        asked = self._key, path, bound, is_binder
        seen = self._known.get(asked)
        if (
            seen is None
            or seen.edits != self._texts.edits[path]
            or seen.holders != seen.asked & self._holders
        ):
            source = self._run.engine.heads.sources.read(path, data)
            seen = self._known[asked] = self._look_into(source, bound, is_binder)
        if seen.stores:
            self._holders.add(_OBJECTS)
        self._holders.add(key_of(path))
        return seen

    def _look_into(self, source: Source, bound: frozenset[str], is_binder: bool) -> _Seen:
        context = FileContext(source, self._run.engine.index, self._run.redirect_codemod)
        of_objects = [
            node
            for node in source.nodes_of(ast.Attribute)
            if _is_own(node, last_segment(self._key))
        ]
        stores = is_binder and any(isinstance(node.ctx, ast.Store) for node in of_objects)
        modules = dict(_modules_meant(context, bound))
        asked = frozenset((_OBJECTS, *filter(None, modules.values())))
        holders = asked & self._holders
        others = {node for node, module in modules.items() if module not in holders}
        if not stores and _OBJECTS not in holders:
            others.update(of_objects)
        meetings = Meetings(source, bound, spelled=self._spelled, foreign=frozenset(others))
        return _Seen(
            self._texts.edits[source.path],
            asked,
            holders,
            meetings.carriers,
            meetings.taken,
            tuple(files_handed(self._run, meetings)),
            stores,
        )


def _known_files(_: Run) -> dict[tuple[Key, str, frozenset[str], bool], _Seen]:
    return {}


def _patterns_of_reaching(
    last: str, names: Collection[str]
) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return what a text has that reaches a name of a module by its last part: ``.old.make``, ``["old"].make``."""
    module = re.escape(os.fsencode(last))
    words = b"|".join(re.escape(os.fsencode(name)) for name in sorted(names))
    return (
        re.compile(rb"\.\s*%b\s*\.\s*(?:%b)\b" % (module, words)),
        re.compile(rb"[\"']%b[\"'][\])]+\s*\.\s*(%b)\b" % (module, words)),
    )


def _files_of(settling: Settling, key: Key) -> Collection[str]:
    return settling.run.engine.index.layout.modules.get(key, ())


def _taken_where_handed(settling: Settling, keys: Iterable[Key]) -> Iterator[tuple[str, Place]]:
    """Yield the attributes that modules take, of whatever: their functions are given what is carried to a file."""
    index, known = settling.run.engine.index, settling.run.once(_known_attributes)
    for key in keys:
        if key not in known:
            known[key] = index.told(key, _attributes_taken) or {}
        yield from known[key].items()


def _known_attributes(_: Run) -> dict[Key, dict[str, Place]]:
    return {}


def _attributes_taken(source: Source) -> dict[str, Place]:
    """Return the attributes that a file takes of anything, each with a place."""
    return {node.attr: Place(source.path, node.lineno) for node in source.nodes_of(ast.Attribute)}


_OBJECTS = "objects"
"""Stands among the modules that hold another for the objects that have one as their attribute."""


def _is_own(node: ast.Attribute, name: str) -> bool:
    """Return whether an attribute of a name is one that a method takes of its object, or gives it."""
    return (
        node.attr == name and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    )


def _modules_meant(
    context: FileContext, bound: Collection[str]
) -> Iterator[tuple[ast.expr, Key | None]]:
    """Yield the expressions that end in one of the ``bound`` names and are of a module, with it.

    Those that begin with a name from outside the project are of no module.
    """
    outside = {*_names_from_outside(context)}
    for node in context.source.nodes_of(ast.Name, ast.Attribute):
        if root_name(node) in outside:
            yield node, None
        elif last_name(node) in bound:
            scope = context.scope_around(node)
            module = context.module_of(node, scope)
            if module is None and isinstance(node, ast.Attribute):
                owner = context.module_of(node.value, scope)
                origin = context.index.origin(owner, node.attr) if owner is not None else None
                module = owner if origin is not None and origin.name is not None else None
            if module is not None:
                yield node, module


def _names_from_outside(context: FileContext) -> Iterator[str]:
    for item in context.items:
        if is_external(item.imported_name.key):
            yield item.local
