"""Strings that import or patch: ``importlib.import_module("a.legacy")``, ``mock.patch("a.legacy.Name")``.

This module decides what each string names after the rewrite; ``string_edits`` writes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from unfork.reading.calls import callee_name
from unfork.reading.scopes import Ref
from unfork.rewriting.calls import follow_calls, member_there
from unfork.rewriting.constraints import Name
from unfork.rewriting.dynamic_imports import (
    StaysBound,
    move_module,
    move_path_to,
    move_whole,
    spell_for_path,
    stays_unverified,
)
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite
from unfork.rewriting.quoted_paths import Quoted, untold_imports
from unfork.rewriting.string_edits import Move, carry_out
from unfork.rewriting.taken_names import names_taken
from unfork_codemods.edits import Edit
from unfork_codemods.project import Destination, ImportedName, Key, Unresolved


def move_strings(context: FileRewrite, every: Sequence[Quoted]) -> None:
    """Decide about every path that names a module that the codemod handles, or a name renamed elsewhere."""
    if context.codemod.step == "repair":
        return
    moves = []
    for quoted in every:
        imported_name = ImportedName(context.importer, quoted.located, quoted.spelled)
        if context.is_ignored(quoted.node, context.codemod.code):
            continue
        match _decide_path(context, quoted, imported_name):
            case Unresolved() as stays:
                context.record_unresolved(quoted.node, stays)
            case StaysBound(local):
                context.renamed.append((local, local))
            case Move() as move:
                moves.append(move)
    carry_out(context, every, moves)
    for node, stays in _untold_modules(context, every):
        context.record_unresolved(node, stays)


def find_lost_modules(context: FileRewrite, every: Sequence[Quoted]) -> None:
    """Rewrite every path through a module that is nowhere, and of which the repair says where it is."""
    moves = (_move_lost_module(context, quoted) for quoted in every)
    carry_out(context, every, [move for move in moves if move is not None])


def _move_lost_module(context: FileContext, quoted: Quoted) -> Move | None:
    is_within = quoted.names is None or len(quoted.names) > 1
    if not is_within or quoted.unsure or _is_tried(context, quoted.node):
        return None
    if context.is_ignored(quoted.node, context.codemod.code):
        return None
    module = ImportedName(context.importer, quoted.located, quoted.spelled)
    if quoted.names is not None:
        module = module.of(quoted.names[0])
    destination = context.codemod.destination(module)
    if not isinstance(destination, Destination) or destination.name is not None:
        return None
    return move_path_to(quoted, spell_for_path(context, quoted, destination))


def _is_tried(context: FileContext, node: ast.expr) -> bool:
    """Return whether code may go on where a path leads nowhere, since something around it catches that."""
    inner: ast.AST = node
    while (outer := context.parents.get(inner)) is not None:
        if isinstance(outer, ast.Try | ast.TryStar) and inner in outer.body:
            return True
        if isinstance(outer, ast.With | ast.AsyncWith) and inner in outer.body:
            calls = (item.context_expr for item in outer.items)
            if any(callee_name(c) in _CATCHING for c in calls if isinstance(c, ast.Call)):
                return True
        inner = outer
    return False


_CATCHING = frozenset({"suppress", "raises", "assertRaises"})


def _untold_modules(
    context: DecidedFile, every: Sequence[Quoted]
) -> Iterator[tuple[ast.Constant, Unresolved]]:
    """Yield strings that may be the path of a legacy module, if a path is imported that cannot be determined."""
    beginnings = {untold.beginning for untold in untold_imports(context)}
    loaded = dict(context.facts.loaded) if context.codemod.step == "redirect" else {}
    is_asked = bool(beginnings or loaded)
    edited = [edit.start for edit in context.edits] if is_asked else []
    parts = {part for quoted in every for part in ast.walk(quoted.node)} if is_asked else set()
    for node in context.source.nodes if is_asked else ():
        if not isinstance(node, ast.Constant) or node in parts or not isinstance(node.value, str):
            continue
        if node in context.scopes.literals:
            continue
        start, end = context.source.span(node)
        if any(start <= at < end for at in edited):
            continue
        if start in loaded and not context.is_ignored(node, context.codemod.code):
            yield node, Unresolved(context.codemod.code, loaded[start])
            continue
        texts = {begun + node.value for begun in beginnings}
        texts |= {node.value} if node.value.startswith((*beginnings,)) else set()
        for text in texts:
            dotted = _legacy_module_in(context, text)
            if dotted is not None:
                why = f"{dotted} may be imported here by a path that cannot be told; rewrite it by hand"
                yield node, Unresolved(context.codemod.code, why)


def _legacy_module_in(context: FileContext, text: str) -> str | None:
    """Return the legacy module that a text is the path of, or the path of a name in it; None if it is neither.

    "a.legacy"    "a.legacy:main"    "a.legacy.Name"
    """
    dotted, colon, name = text.partition(":")
    if not all(
        part.isidentifier() for part in (dotted + colon.replace(":", ".") + name).split(".")
    ):
        return None
    layout = context.index.layout
    for module in (dotted, "" if colon else dotted.rpartition(".")[0]):
        located = layout.absolute(module, context.importer) if module else None
        if located is None:
            continue
        if context.codemod.applies_to(ImportedName(context.importer, located, module)):
            return module
        if located.exists:  # it is another module, whatever package it is in
            return None
    return None


def _decide_path(
    context: DecidedFile, quoted: Quoted, imported_name: ImportedName
) -> Move | StaysBound | Unresolved | None:
    inside = context.codemod.inside(imported_name)
    if inside is not None:
        return inside
    if not context.codemod.applies_to(imported_name):
        return _follow_rename(context, quoted)
    if quoted.unsure:
        return stays_unverified(context, quoted, quoted.unsure)
    if quoted.names is None:
        move = move_module(context, quoted, imported_name)
        return _with_calls(context, imported_name, move) if isinstance(move, Move) else move
    if quoted.names:
        return _move_path(context, quoted, imported_name, quoted.names[0])
    destination = context.codemod.destination(imported_name)
    return move_whole(context, quoted, imported_name, destination, bare=True)


def _with_calls(context: DecidedFile, imported_name: ImportedName, move: Move) -> Move | Unresolved:
    """Return the move of a module with what becomes of the uses of its names; Unresolved if one of them is not taken.

    legacy = import_module("a.legacy"); legacy.run(1, 2)
    """
    for taken in names_taken(context, move.quoted) or ():
        named = imported_name.of(taken.name)
        destination = context.codemod.destination(named)
        place = taken.node.attributes[0] if isinstance(taken.node, Ref) else taken.node
        node = context.parents.get(place) if isinstance(place, ast.Constant) else place
        is_use = isinstance(node, ast.Attribute | ast.Call) and not taken.replaces
        if not isinstance(destination, Destination) or not is_use:
            continue
        assert isinstance(node, ast.expr)
        calls = follow_calls(context, named, destination, node, partial(list, [node]))
        if calls.stays:
            return calls.left[0][1]
        move.calls.append(calls)
        move.edits += calls.edits
    return move


def _move_path(
    context: DecidedFile, quoted: Quoted, imported_name: ImportedName, name: str
) -> Move | Unresolved | None:
    """Return the move of ``patch("a.legacy.Name")``."""
    replaces = quoted.argument.stores
    destination = (
        context.codemod.patch_destination(imported_name.of(name))
        if replaces
        else context.codemod.destination(imported_name.of(name))
    )
    if isinstance(destination, Unresolved) and len(quoted.names or ()) > 1:
        # an attribute of the very object is replaced
        destination = context.codemod.destination(imported_name.of(name))
    if not isinstance(destination, Destination):
        return destination
    move = move_path_to(quoted, spell_for_path(context, quoted, destination), destination.name)
    return _with_member(context, imported_name.of(name), destination, move)


def _with_member(
    context: DecidedFile, imported_name: ImportedName, destination: Destination, move: Move
) -> Move | Unresolved:
    """Return the move of a path that goes on to a member, by the member's name there; Unresolved if it has none."""
    quoted = move.quoted
    member = (quoted.names or ())[1:2]
    if not member:
        return move
    new = member_there(context, imported_name, destination, member[0])
    if isinstance(new, Unresolved):
        return new
    start = len(quoted.spelled) + len(quoted.names[0]) + 2 if quoted.names else 0
    changes = [(start, start + len(member[0]), new)] if new != member[0] else []
    return replace(move, changes=[*move.changes, *changes])


def _follow_rename(context: FileContext, quoted: Quoted) -> Move | None:
    """Follow the rename of a name that another module of the project has at its top level."""
    follow = dict(context.facts.follow)
    if not follow:
        return None
    if quoted.names is None:
        return _follow_keywords(context, quoted, follow)
    new = follow.get((quoted.located.key, quoted.names[0])) if quoted.names else None
    return move_path_to(quoted, quoted.spelled, new) if new is not None else None


def _follow_keywords(
    context: FileContext, quoted: Quoted, follow: Mapping[Name, str]
) -> Move | None:
    """Follow the renames of names that ``patch.multiple`` replaces by its keyword arguments."""
    edits = []
    for taken in names_taken(context, quoted) or () if quoted.called == "multiple" else ():
        new = follow.get((quoted.located.key, taken.name))
        if new is not None and isinstance(taken.node, ast.keyword):
            start = context.source.offset(taken.node.lineno, taken.node.col_offset)
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


def names_patched(context: FileContext, paths: Iterable[Quoted]) -> Iterator[Patched]:
    """Yield each path of an object in the project that stays."""
    for quoted in paths:
        names = list(quoted.names[:1]) if quoted.names and quoted.argument.stores else []
        if quoted.names is None and quoted.called == "multiple":
            names = [taken.name for taken in names_taken(context, quoted) or ()]
        for name in names:
            imported_name = ImportedName(context.importer, quoted.located, quoted.spelled, name)
            if not isinstance(context.codemod.patch_destination(imported_name), Destination):
                itself = quoted.names is None or len(quoted.names) == 1
                yield Patched(quoted.node, quoted.located.key, name, itself)
