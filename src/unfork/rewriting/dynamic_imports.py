"""Modules that a call imports by a string, and the names used from them.

importlib.import_module("a.legacy").Old    module = import_module("a.legacy"); module.Old    "a.legacy" in sys.modules
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unfork.reading.calls import (
    FINDS,
    REPLACING,
    RESOURCES,
    RUNS,
    callee_name,
    keyword_argument,
    named_attribute,
    replaced_keywords,
)
from unfork.reading.layout import submodule_key
from unfork.reading.places import attribute_span
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.reading.source import Span, string_span
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.handed_modules import stands_for
from unfork.rewriting.quoted_paths import KEY, PLUGINS, RESOURCE, Quoted
from unfork.rewriting.renames import is_offered, references_to
from unfork.rewriting.resources import reason_to_stay
from unfork.rewriting.spelling import Style, spell_module
from unfork.rewriting.string_edits import Change, Move, module_change
from unfork_codemods.edits import Edit
from unfork_codemods.project import Destination, ImportedName, Located, Unresolved


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A name used from a module, and its node; ``replaces``: the name is assigned another value there."""

    name: str
    node: Ref | ast.expr | ast.keyword
    replaces: bool = False


class StaysBound(NamedTuple):
    """A module of which only what stays is used here, by a name at the top level: others may use more through it."""

    local: str


_UNSEEN: tuple[Taken, ...] = (Taken("", ast.Constant("")),)
"""A marker for uses that must not change, whatever the module has."""


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
    path = _path_taken(context, quoted)
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
    if taken is _UNSEEN:
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
    if taken is None:
        return move_whole(context, quoted, imported_name, module_destination)
    return _move_taken(context, quoted, imported_name, module_destination, taken)


def is_old_name(context: FileContext, quoted: Quoted) -> bool:
    """Return whether a key of ``sys.modules`` is given the module that takes its place: an alias for importers.

    sys.modules["a.legacy"] = a.canonical
    """
    holder = quoted.argument.holder
    parent = context.parents.get(holder) if quoted.called == KEY else None
    match parent:
        case ast.Assign(targets=[target], value=value) if target is holder:
            module = context.module_of(value, quoted.argument.scope)
        case _:
            return False
    imported_name = ImportedName(context.importer, quoted.located, quoted.spelled)
    if module is None or not context.codemod.applies_to(imported_name):
        return False
    destination = context.codemod.destination(imported_name)
    return isinstance(destination, Destination) and destination.key == module


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
    name = _name_span(context, Taken(last.attr, last))
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


def _path_taken(context: FileContext, quoted: Quoted) -> Sequence[ast.Attribute] | None:
    """Return the attributes that lead to a name from the package that ``__import__`` returns, or None."""
    if not _returns_package(quoted) or quoted.spelled.startswith("."):
        return None
    _, *modules = quoted.spelled.split(".")
    path: list[ast.Attribute] = []
    node: ast.AST | None = quoted.argument.holder
    for expected in (*modules, None):
        node = context.parents.get(node) if node is not None else None
        if not isinstance(node, ast.Attribute) or expected not in (None, node.attr):
            return None
        path.append(node)
    return path if modules else None


def _returns_package(quoted: Quoted) -> bool:
    """Return whether a call is ``__import__`` without names, which returns the first package of the path."""
    call = quoted.argument.holder
    if quoted.called != "__import__" or not isinstance(call, ast.Call):
        return False
    return len(call.args) < 4 and not keyword_argument(call, "fromlist")


def _cannot_say(context: FileContext, quoted: Quoted, new: str) -> bool:
    """Return whether a new path cannot replace the old one.

    ``__import__`` would return a package instead of the module that it returned before; a keyword has no dots.
    """
    if quoted.argument.text is not None and "." in new:
        return True
    is_used = not isinstance(context.parents.get(quoted.argument.holder), ast.Expr)
    return _returns_package(quoted) and is_used and "." not in quoted.spelled and "." in new


# -- import_module("a.legacy").Name


def _move_taken(
    context: FileContext,
    quoted: Quoted,
    imported_name: ImportedName,
    module_destination: Destination | None,
    taken: Sequence[Taken],
) -> Move | StaysBound | Unresolved | None:
    """Return the move of a module from which only certain names are used, if one module has them all."""
    destinations = [_home_taken(context, quoted, imported_name, taken_name) for taken_name in taken]
    target = _common_destination(context, module_destination, destinations)
    spans = [_name_span(context, taken_name) for taken_name in taken]
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


def bound_at_top(context: FileContext, quoted: Quoted) -> str | None:
    """Return the top-level name that is bound to a call's result."""
    match context.parents.get(quoted.argument.holder):
        case ast.Assign(targets=[ast.Name(id=local)]) | ast.AnnAssign(target=ast.Name(id=local)):
            reached = resolve_name(quoted.argument.scope, local)
            return local if reached is context.scopes.module else None
        case _:
            return None


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
    context: FileContext, quoted: Quoted, imported_name: ImportedName, taken: Taken
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


def _name_span(context: FileContext, taken: Taken) -> Span | None:
    node = taken.node
    if isinstance(node, Ref):
        return attribute_span(context.source, node, 0)
    if isinstance(node, ast.Attribute):
        end = context.source.span(node)[1]
        return end - len(taken.name.encode()), end
    if isinstance(node, ast.keyword):
        start = context.source.offset(node.lineno, node.col_offset)
        return start, start + len(taken.name.encode())
    return string_span(context.source, node) if isinstance(node, ast.Constant) else None


def names_taken(context: FileContext, quoted: Quoted) -> Sequence[Taken] | None:
    """Return the names used from a path's module; None if the module is used as a value, or run as a whole.

    Return no names if the module is only looked up or replaced.
    """
    holder = quoted.argument.holder
    if quoted.called == "multiple" and isinstance(holder, ast.Call):
        return [Taken(str(argument.arg), argument, True) for argument in replaced_keywords(holder)]
    if quoted.called in FINDS or isinstance(holder, ast.Compare) or _is_placed(context, quoted):
        return []
    if quoted.called in RUNS or quoted.called == PLUGINS:
        return None
    parent = context.parents.get(holder)
    if isinstance(parent, ast.Expr):
        return []
    if _returns_package(quoted) and "." in quoted.spelled:
        return _UNSEEN
    return _taken_of(context, holder, parent, quoted.argument.scope)


def _is_placed(context: FileContext, quoted: Quoted) -> bool:
    """Return whether a key of ``sys.modules`` is only stored or deleted, not read."""
    holder = quoted.argument.holder
    if quoted.called != KEY or not quoted.argument.stores:
        return False
    gets = isinstance(holder, ast.Call) and callee_name(holder) in {
        "pop",
        "setdefault",
        "__getitem__",
    }
    return not gets or isinstance(context.parents.get(holder), ast.Expr)


def _taken_of(
    context: FileContext, node: ast.AST, parent: ast.AST | None, scope: Scope
) -> Sequence[Taken] | None:
    match parent:
        case ast.Attribute():
            return [Taken(parent.attr, parent, not isinstance(parent.ctx, ast.Load))]
        case ast.Call(args=[first, *_]) if first is node:
            return _named_taken(parent)
        case ast.Assign(targets=[ast.Name(id=local)]) | ast.AnnAssign(target=ast.Name(id=local)):
            return _taken_of_variable(context, scope, local)
        case ast.NamedExpr(target=ast.Name(id=local)) if isinstance(
            context.parents.get(parent), ast.Expr
        ):
            return _taken_of_variable(context, scope, local)
        case _:
            return None


def _named_taken(call: ast.Call | None) -> Sequence[Taken] | None:
    """Return the names that a call reads or replaces in the module that is its first argument."""
    named = named_attribute(call)
    if named is not None and call is not None:
        return [Taken(str(named.value), named, callee_name(call) in REPLACING)]
    return [
        Taken(str(argument.arg), argument, True) for argument in replaced_keywords(call)
    ] or None


def _taken_of_variable(context: FileContext, scope: Scope, local: str) -> Sequence[Taken] | None:
    """Return the names used through a variable that holds only the module, if no other file can use the variable."""
    reached = resolve_name(scope, local)
    if reached is None or reached.kind == "class" or len(reached.binds[local]) != 1:
        return None
    if reached.kind == "module" and (
        is_offered(context.source, local) or local in context.facts.keep
    ):
        return None
    taken: list[Taken] = []
    for ref in references_to(reached, local):
        if isinstance(ref.node.ctx, ast.Store):
            continue
        names = _of_ref(ref)
        if names is None:
            return None
        taken += names
    return taken


def _of_ref(ref: Ref) -> Sequence[Taken] | None:
    if ref.attributes:
        replaces = len(ref.attributes) == 1 and not isinstance(ref.context, ast.Load)
        return [Taken(ref.attributes[0].attr, ref, replaces)]
    return _named_taken(ref.call)


def replaced_of(context: FileContext, quoted: Quoted) -> Iterator[str | None]:
    """Yield what a path replaces: names of its module, or None for the module itself."""
    if quoted.names is not None:
        stores = quoted.argument.stores
        # with more names, it replaces an attribute of the object
        if stores and len(quoted.names) == 1:
            yield quoted.names[0]
        elif stores and not quoted.names and _is_its_own(context, quoted):
            yield None
        return
    if quoted.called == KEY and not is_old_name(context, quoted):
        yield None
    for taken in names_taken(context, quoted) or ():
        if taken.replaces:
            yield taken.name


def _is_its_own(context: FileContext, quoted: Quoted) -> bool:
    """Return whether a path is a module's own, rather than that of a name that another module binds to it."""
    return context.index.layout.absolute(quoted.value, context.importer).key == quoted.located.key
