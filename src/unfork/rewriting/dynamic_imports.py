"""Modules that a call imports by a string: where the string leads, and the names that are taken of its module.

importlib.import_module("a.legacy").Old    __import__("a.legacy").legacy.Old    "a.legacy" in sys.modules
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from unfork.reading.calls import RESOURCES, RUNS, keyword_argument
from unfork.reading.layout import submodule_key
from unfork.reading.names_as_data import runs_as_program
from unfork.reading.scopes import Ref
from unfork.reading.source import Span
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.handed_modules import stands_for
from unfork.rewriting.quoted_paths import RESOURCE, Quoted
from unfork.rewriting.resources import reason_to_stay
from unfork.rewriting.spelling import Style, spell_module
from unfork.rewriting.string_edits import Change, Move, module_change
from unfork.rewriting.taken_names import (
    UNSEEN,
    TakenName,
    bound_at_top,
    is_old_name,
    names_taken,
    path_taken,
    returns_package,
    span_of_name,
)
from unfork_codemods.edits import Edit
from unfork_codemods.project import Destination, ImportedName, Located, Unresolved


class StaysBound(NamedTuple):
    """A module of which only what stays is used here, by a name at the top level: others may use more through it."""

    local: str


def spell_for_path(context: FileContext, quoted: Quoted, destination: Destination) -> str:
    """Return a destination's module as a path would spell it."""
    level = 1 if quoted.spelled.startswith(".") else 0
    importer = quoted.anchor or context.importer
    return spell_module(
        context.index.layout, destination, Style.of(importer, quoted.located, level)
    )


def move_path_to(quoted: Quoted, module: str, name: str | None = None) -> Move:
    """Return the move of a path to another module, and to another name in it; None: the name is now that module."""
    changes: list[Change] = [module_change(quoted.spelled, module)]
    if quoted.names:
        start = len(quoted.spelled)
        end = start + 1 + len(quoted.names[0])
        if name is None:
            changes = [(0, end, module)]
        elif name != quoted.names[0]:
            changes.append((start + 1, end, name))
    return Move(quoted, changes)


def stays_unverified(context: FileContext, quoted: Quoted, why: str) -> Unresolved:
    """Return the unresolved finding for a path that must stay."""
    return Unresolved(
        context.codemod.code,
        f"{quoted.value!r} names {quoted.spelled}, and {why}; rewrite it by hand",
    )


def move_module(
    context: FileContext, quoted: Quoted, imported_name: ImportedName
) -> Move | StaysBound | Unresolved | None:
    """Return the move of a module's path, what is to be said if it must stay, or None if nothing is."""
    module_destination = context.codemod.destination(imported_name)
    path = path_taken(context, quoted)
    if path is not None:
        return _move_package(context, quoted, imported_name, path)
    if is_old_name(context, quoted):
        why = "is the old name of what takes its place, for others to import; delete it by hand"
        return Unresolved(context.codemod.code, f"{quoted.value!r} {why}")
    taken = names_taken(context, quoted)
    if quoted.called in RESOURCES | {RESOURCE}:
        return _move_package_of_data(context, quoted, module_destination)
    if isinstance(module_destination, Unresolved):
        return module_destination
    if taken is UNSEEN:
        return stays_unverified(context, quoted, "what is done with the module cannot be told")
    if (
        quoted.called in RUNS
        and isinstance(module_destination, Destination)
        and context.index.is_package(module_destination.key)
    ):
        if _runs_counterpart(context, imported_name, module_destination):
            return move_whole(context, quoted, imported_name, module_destination, bare=True)
        why = f"{module_destination.spelling} is a package, of which its __main__ would run"
        return stays_unverified(context, quoted, why)
    if _does_less(context, quoted, module_destination):
        why = f"{quoted.spelled} does something when it is run, and what takes its place does not"
        return stays_unverified(context, quoted, why)
    if taken is None:
        return move_whole(context, quoted, imported_name, module_destination)
    return _move_taken(context, quoted, imported_name, module_destination, taken)


def _move_package_of_data(
    context: FileContext, quoted: Quoted, module_destination: Destination | Unresolved | None
) -> Move | Unresolved | None:
    """Return the move of a path that is there to read data files, if they are beside the canonical module, too."""
    if not isinstance(module_destination, Destination):
        return module_destination
    why = reason_to_stay(context, quoted, module_destination)
    if why:
        named = f"{quoted.value!r} names {quoted.spelled}, and {why}"
        return Unresolved(context.codemod.code, named)
    return move_path_to(quoted, spell_for_path(context, quoted, module_destination))


def _does_less(
    context: FileContext, quoted: Quoted, module_destination: Destination | None
) -> bool:
    """Return whether a module is run that asks whether it is, and what takes its place does not ask."""
    call = quoted.argument.holder
    if quoted.called not in RUNS or module_destination is None:
        return False
    is_named = isinstance(call, ast.Call) and keyword_argument(call, "run_name") is not None
    if not (is_named or len(getattr(call, "args", ())) > 2):
        return False  # it is run under the name that it has when it is imported
    told = context.index.told
    is_program = told(quoted.located.key, runs_as_program)
    return bool(is_program) and told(module_destination.key, runs_as_program) is False


def _runs_counterpart(
    context: FileContext, imported_name: ImportedName, module_destination: Destination
) -> bool:
    """Return whether a package's ``__main__``, which runs in its place, moves along with it."""
    main = imported_name._replace(
        located=Located(submodule_key(imported_name.key, "__main__")), name=None
    )
    destination = context.codemod.destination(main)
    return isinstance(destination, Destination) and destination.key == submodule_key(
        module_destination.key, "__main__"
    )


def move_whole(
    context: FileContext,
    quoted: Quoted,
    imported_name: ImportedName,
    module_destination: Destination | Unresolved | None,
    bare: bool = False,
) -> Move | Unresolved | None:
    """Return the move of a module used as a value; ``bare``: only its location matters, not its contents."""
    if module_destination is None:
        is_taken = bound_at_top(context, quoted) in context.facts.keep
        if is_taken and not context.codemod.is_drop_in_replacement(imported_name):
            return stays_unverified(context, quoted, "what others take of it cannot be told")
        return None
    if isinstance(module_destination, Unresolved):
        return module_destination
    if (bare or stands_for(context, imported_name)) and not _cannot_say(
        context, quoted, spell_for_path(context, quoted, module_destination)
    ):
        move = move_path_to(quoted, spell_for_path(context, quoted, module_destination))
        move.rebinds = bound_at_top(context, quoted)
        return move
    return stays_unverified(context, quoted, "what is done with the module cannot be told")


# -- __import__("a.legacy").legacy.Name


def _move_package(
    context: FileContext, quoted: Quoted, imported_name: ImportedName, path: Sequence[ast.Attribute]
) -> Move | Unresolved | None:
    """Return the move of a call that returns the package, from which attributes lead to the module."""
    *modules, last = path
    destination = context.codemod.destination(imported_name.of(last.attr))
    span = _chain_behind(context, quoted.argument.holder, modules)
    name = span_of_name(context, TakenName(last.attr, last))
    if not isinstance(destination, Destination):
        return destination
    if destination.name is None or span is None or name is None:
        why = "the attributes that lead to it cannot be rewritten where they stand"
        return stays_unverified(context, quoted, why)
    new = spell_for_path(context, quoted, destination)
    _, *attributes = new.split(".")
    move = move_path_to(quoted, new)
    move.edits.append(Edit(*span, "".join(f".{attribute}" for attribute in attributes).encode()))
    move.edits.append(Edit(*name, destination.name.encode()))
    return move


def _chain_behind(
    context: FileContext, call: ast.expr | ast.stmt, modules: Sequence[ast.Attribute]
) -> Span | None:
    """Return the span of the attributes that lead from a call to a module; None if it contains anything else."""
    start = context.source.span(call)[1]
    end = context.source.span(modules[-1])[1]
    expected = "".join(f".{node.attr}" for node in modules).encode()
    return (start, end) if context.source.data[start:end] == expected else None


def _cannot_say(context: FileContext, quoted: Quoted, new: str) -> bool:
    """Return whether a new path cannot replace the old one.

    ``__import__`` would return a package instead of the module that it returned before; a keyword has no dots.
    """
    if quoted.argument.text is not None and "." in new:
        return True
    is_used = not isinstance(context.parents.get(quoted.argument.holder), ast.Expr)
    return returns_package(quoted) and is_used and "." not in quoted.spelled and "." in new


# -- import_module("a.legacy").Name


def _move_taken(
    context: FileContext,
    quoted: Quoted,
    imported_name: ImportedName,
    module_destination: Destination | None,
    taken: Sequence[TakenName],
) -> Move | StaysBound | Unresolved | None:
    """Return the move of a module from which only certain names are used, if one module has them all."""
    destinations = [_home_taken(context, quoted, imported_name, taken_name) for taken_name in taken]
    target = _common_destination(context, module_destination, destinations)
    spans = [span_of_name(context, taken_name) for taken_name in taken]
    if target is None and not any(
        isinstance(destination, Destination | Unresolved) for destination in destinations
    ):
        local = bound_at_top(context, quoted)
        return StaysBound(local) if local is not None else None
    new = spell_for_path(context, quoted, target) if target is not None else ""
    told = None not in spans and not _cannot_say(context, quoted, new)
    if target is None or not told:
        stays = next(
            (destination for destination in destinations if isinstance(destination, Unresolved)),
            None,
        )
        where = module_destination.spelling if module_destination is not None else "one module"
        why = f"not all that is taken of it is in {where}"
        return stays or stays_unverified(context, quoted, why)
    move = move_path_to(quoted, new)
    move.rebinds = bound_at_top(context, quoted)
    for taken_name, destination, span in zip(taken, destinations, spans):
        if (
            isinstance(destination, Destination)
            and destination.name not in (None, taken_name.name)
            and span is not None
        ):
            move.edits.append(Edit(*span, str(destination.name).encode()))
            if isinstance(taken_name.node, Ref):
                move.uses[taken_name.node] = str(destination.name)
    return move


def _common_destination(
    context: FileContext,
    module_destination: Destination | None,
    destinations: Sequence[Destination | Unresolved | None],
) -> Destination | None:
    """Return the one module that has all names: the canonical one, or the destination of each name."""
    if module_destination is not None and _have_all(context, module_destination, destinations):
        return module_destination
    modules = {
        destination.key: destination
        for destination in destinations
        if isinstance(destination, Destination)
    }
    if len(modules) == 1 and all(
        isinstance(destination, Destination) for destination in destinations
    ):
        return next(iter(modules.values()))
    return None


def _home_taken(
    context: FileContext, quoted: Quoted, imported_name: ImportedName, taken: TakenName
) -> Destination | Unresolved | None:
    named = imported_name.of(taken.name)
    replaces = taken.replaces or quoted.called == "multiple"
    return (
        context.codemod.patch_destination(named) if replaces else context.codemod.destination(named)
    )


def _have_all(
    context: FileContext,
    module_destination: Destination,
    destinations: Sequence[Destination | Unresolved | None],
) -> bool:
    """Return whether the canonical module has every name, even if only by an import of the same object."""
    for destination in destinations:
        if not isinstance(destination, Destination) or destination.name is None:
            return False
        whole_origin, home_origin = (
            context.index.origin(module_destination.key, destination.name),
            context.index.origin(destination.key, destination.name),
        )
        if destination.key != module_destination.key and (
            not whole_origin.found or whole_origin.identity != home_origin.identity
        ):
            return False
    return True
