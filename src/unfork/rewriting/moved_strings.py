"""Strings that import or patch: ``importlib.import_module("a.legacy")``, ``mock.patch("a.legacy.Name")``.

What each names from now on is decided here; how that is written, in ``string_edits``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from unfork.rewriting.dynamic_imports import (
    move_module,
    move_path_to,
    move_whole,
    names_taken,
    spell_for_path,
    stays_unverified,
)
from unfork.rewriting.facts import Name
from unfork.rewriting.filework import FileWork
from unfork.rewriting.quoted_paths import Quoted, untold_imports
from unfork.rewriting.string_edits import Move, carry_out
from unfork_codemods.edits import Edit
from unfork_codemods.project import Home, Key, Site, Stays


def move_strings(work: FileWork, every: Sequence[Quoted]) -> None:
    """Decide about every path that names a module that the codemod is about, or a name renamed elsewhere."""
    if work.codemod.step == "repair":
        return
    moves = []
    for quoted in every:
        site = Site(work.importer, quoted.located, quoted.spelled)
        if not work.is_ignored(quoted.node, work.codemod.code):
            move = _decide_path(work, quoted, site)
            moves += [move] if move is not None else []
    carry_out(work, every, moves)
    _leave_untold(work, every)


def _leave_untold(work: FileWork, every: Sequence[Quoted]) -> None:
    """Leave the strings that may be the path of a legacy module, where a path that cannot be told is imported."""
    beginnings = {untold.beginning for untold in untold_imports(work)}
    edited = [edit.start for edit in work.edits] if beginnings else []
    parts = {part for quoted in every for part in ast.walk(quoted.node)} if beginnings else set()
    for node in work.source.nodes if beginnings else ():
        if not isinstance(node, ast.Constant) or node in parts or not isinstance(node.value, str):
            continue
        start, end = work.source.span(node)
        if any(start <= at < end for at in edited):
            continue
        for dotted in {node.value, *(begun + node.value for begun in beginnings)}:
            if all(part.isidentifier() for part in dotted.split(".")):
                located = work.index.layout.absolute(dotted, work.importer)
                if work.codemod.touches(Site(work.importer, located, dotted)):
                    why = f"{dotted} may be imported here by a path that cannot be told; rewrite it by hand"
                    work.record_unresolved(node, Stays(work.codemod.code, why))


def _decide_path(work: FileWork, quoted: Quoted, site: Site) -> Move | None:
    inside = work.codemod.inside(site)
    if inside is not None:
        work.record_unresolved(quoted.node, inside)
    elif not work.codemod.touches(site):
        return _follow_rename(work, quoted)
    elif quoted.guessed:
        work.record_unresolved(
            quoted.node, stays_unverified(work, quoted, "its package cannot be told")
        )
    elif quoted.names is None:
        return move_module(work, quoted, site)
    elif quoted.names:
        return _move_path(work, quoted, site, quoted.names[0])
    else:
        return move_whole(work, quoted, site, work.codemod.home(site), bare=True)
    return None


def _move_path(work: FileWork, quoted: Quoted, site: Site, name: str) -> Move | None:
    """Return the move of ``patch("a.legacy.Name")``."""
    replaces = quoted.argument.stores
    home = work.codemod.patched(site.of(name)) if replaces else work.codemod.home(site.of(name))
    if isinstance(home, Stays) and len(quoted.names or ()) > 1:
        home = work.codemod.home(site.of(name))  # an attribute of the very object is replaced
    if isinstance(home, Stays):
        work.record_unresolved(quoted.node, home)
    elif home is not None:
        return move_path_to(quoted, spell_for_path(work, quoted, home), home.name)
    return None


def _follow_rename(work: FileWork, quoted: Quoted) -> Move | None:
    """Follow the rename of a name that another module of the project has at its top level."""
    follow = dict(work.facts.follow)
    if not follow:
        return None
    if quoted.names is None:
        return _follow_keywords(work, quoted, follow)
    new = follow.get((quoted.located.key, quoted.names[0])) if quoted.names else None
    return move_path_to(quoted, quoted.spelled, new) if new is not None else None


def _follow_keywords(work: FileWork, quoted: Quoted, follow: Mapping[Name, str]) -> Move | None:
    """Follow the renames of names that ``patch.multiple`` replaces by its keyword arguments."""
    edits = []
    for taken in names_taken(work, quoted) or () if quoted.called == "multiple" else ():
        new = follow.get((quoted.located.key, taken.name))
        if new is not None and isinstance(taken.node, ast.keyword):
            start = work.source.offset(taken.node.lineno, taken.node.col_offset)
            edits.append(Edit(start, start + len(taken.name.encode()), new.encode()))
    return Move(quoted, (), edits) if edits else None


class Patched(NamedTuple):
    """A path in the project that stays: its expression, its module, and the first name that is taken of that.

    ``itself``: the name itself is replaced, not only something that is taken of it.
    """

    node: ast.expr
    key: Key
    name: str
    itself: bool


def names_patched(work: FileWork, paths: Iterable[Quoted]) -> Iterator[Patched]:
    """Yield each path of an object in the project that stays."""
    for quoted in paths:
        names = list(quoted.names[:1]) if quoted.names and quoted.argument.stores else []
        if quoted.names is None and quoted.called == "multiple":
            names = [taken.name for taken in names_taken(work, quoted) or ()]
        for name in names:
            site = Site(work.importer, quoted.located, quoted.spelled, name)
            if not isinstance(work.codemod.patched(site), Home):
                itself = quoted.names is None or len(quoted.names) == 1
                yield Patched(quoted.node, quoted.located.key, name, itself)
