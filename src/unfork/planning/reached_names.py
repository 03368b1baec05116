"""What a program reaches of a legacy module by what goes on being bound to the whole of it.

    mid.py   mod = import_module("app.old")     left: others may take anything of it
    use.py   mid.mod.make()                     what this makes is of the legacy module

Such an expression names nothing that moves, so it is not rewritten, and no finding is about it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    spelled, holders = run.engine.index.layout.spellings(key), {key}

    def look(path: str, bound: frozenset[str]) -> Meetings:
        source = run.engine.heads.sources.read(path, texts.after(path))
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        others = frozenset(_of_others(context, holders, bound))
        of_objects = [n for n in source.nodes_of(ast.Attribute) if _is_own(n, last)]
        if path in binders and any(isinstance(node.ctx, ast.Store) for node in of_objects):
            holders.add(_OBJECTS)
        if _OBJECTS not in holders:
            others = others.union(of_objects)
        holders.add(key_of(path))
        return Meetings(source, bound, spelled=spelled, foreign=others)

    reached: dict[str, Place] = {}
    for path in near if binders else ():
        text = texts.after(path)
        for match in in_quotes.finditer(text):
            reached[match[1].decode()] = Place(path, text.count(b"\n", 0, match.start()) + 1)
    begin = dict.fromkeys(starts, frozenset({last}))
    for path, meetings in files_reached(run, begin, look, texts.after):
        if meetings is None:
            return {**{name: Place(path, 1) for name in names}, **reached}
        taken = [(name, Place(path, line)) for name, line in meetings.taken.items()]
        taken += _taken_where_handed(settling, meetings)
        if path not in own:
            reached = {name: place for name, place in taken if name in names} | reached
    return reached


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


def _taken_where_handed(settling: Settling, meetings: Meetings) -> Iterator[tuple[str, Place]]:
    """Yield the attributes that are taken, of whatever, where functions are given what is carried to a file."""
    index, known = settling.run.engine.index, settling.run.once(_known_attributes)
    for key in files_handed(settling.run, meetings):
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


def _of_others(
    context: FileContext, holders: Collection[Key], bound: Collection[str]
) -> Iterator[ast.expr]:
    """Yield the expressions that end in one of the ``bound`` names, and are of other modules than its ``holders``."""
    outside = {*_names_from_outside(context)}
    for node in context.source.nodes_of(ast.Name, ast.Attribute):
        if root_name(node) in outside:
            yield node
        elif last_name(node) in bound:
            scope = context.scope_around(node)
            module = context.module_of(node, scope)
            if module is None and isinstance(node, ast.Attribute):
                owner = context.module_of(node.value, scope)
                origin = context.index.origin(owner, node.attr) if owner is not None else None
                module = owner if origin is not None and origin.name is not None else None
            if module is not None and module not in holders:
                yield node


def _names_from_outside(context: FileContext) -> Iterator[str]:
    for item in context.items:
        if is_external(item.imported_name.key):
            yield item.local
