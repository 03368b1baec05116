"""Modules imported as a whole that a person has to move: why, and what to write."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from unfork.rewriting.code_in_strings import line_of_code_using
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import Place
from unfork.rewriting.handed_modules import (
    data_file_lacking,
    is_source_read,
    name_called_differently,
    name_listed_too,
    stands_for,
)
from unfork.rewriting.module_uses import Group, Use
from unfork.rewriting.renames import classes_that_read, line_looking_up, may_be_listed
from unfork.rewriting.spelling import module_import
from unfork_codemods.project import Destination, Unresolved

_SHOWN = 3
"""How many of a module's names a message shows."""


def reason_not_to_move(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> str | None:
    """Return why none of a group's imports and uses can move, None where they can.

    Under its old local name (``import new as old``) a module can move whatever else is bound to that name, if all that
    is taken of it is in the new one under the same name; under another name too, if nothing else is but None.
    """
    keeps = bool(group.direct) and not group.direct[0].is_dotted
    if group.direct and not keeps and group.scope.kind == "class":
        advice = _suggested_statement(context, group, module_destination)
        return f"is bound in a class through its package, and may be used through that; {advice}"
    if group.hidden and not (keeps and context.codemod.is_drop_in_replacement(group.imported_name)):
        return _bound_too(context, group, module_destination)
    is_there = (
        keeps and not group.stays and all(use.is_in(module_destination) for use in group.moving)
    )
    is_same = is_there and all(stays_itself(use, module_destination) for use in group.moving)
    is_given = keeps and any(not item.is_dotted for item in group.parents)
    is_shared = group.uncertain or is_given
    stays_bound = bool(group.direct) and not group.parents and _keeps_root(context, group)
    may_be_none = group.optional and not is_there and not stays_bound
    if group.moving and ((is_shared and not is_same) or may_be_none):
        return _bound_too(context, group, module_destination)
    shown = _name_in_example(context, group, module_destination)
    if shown is not None:
        advice = _suggested_statement(context, group, module_destination)
        return f"is what a >>> example uses as {shown}; {advice}, and change the example"
    goes = module_destination is not None or bool(group.moving)
    if goes and group.direct:
        line = _line_of_code(context, group, module_destination)
        if line is not None:
            return f"is what the code that line {line} runs may use; change that by hand, and the import with it"
    if goes and is_declared(context, group) and not is_there and not _keeps_root(context, group):
        advice = _suggested_statement(context, group, module_destination)
        return f"is bound in another scope than its import stands in; {advice}"
    looked_up = _line_looking_up(context, group) if goes else None
    if looked_up is not None:
        return f"is looked up by its name in line {looked_up}; change that by hand, and the import with it"
    return None


def _line_of_code(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> int | None:
    """Return the line that runs code which may use a group's module, and would not find what it uses there."""
    if group.direct[0].is_dotted:
        path = group.direct[0].alias.name
        return line_of_code_using(context, lambda node: ast.unparse(node) == path)

    def is_lost(node: ast.Attribute) -> bool:
        if not isinstance(node.value, ast.Name) or node.value.id != group.local:
            return False
        destination = context.codemod.destination(group.imported_name.of(node.attr))
        return not _is_called_so_there(destination, module_destination, node.attr)

    line = line_of_code_using(context, is_lost)
    return None if line is None or stands_for(context, group.imported_name) else line


def _line_looking_up(context: FileContext, group: Group) -> int | None:
    """Return the line that may look up what a group's imports bind, where the counterpart cannot stand for that."""
    if not group.direct:
        return None
    line = line_looking_up(context.source, context.scopes, group.scope, group.local)
    if line is None or group.direct[0].is_dotted:
        return line
    return None if stands_for(context, group.imported_name) else line


def _name_in_example(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> str | None:
    """Return what an example takes of a group's module that is not there under the same name; None: there is none."""
    if group.scope is not context.scopes.module or not group.direct:
        return None
    for examples in context.source.examples:
        for name in examples.attributes(group.local):
            destination = context.codemod.destination(group.imported_name.of(name))
            if destination is None and module_destination is None:
                continue  # both stay, so the example does
            if group.direct[0].is_dotted:
                return f"{group.local}.{name}"
            if not _is_called_so_there(destination, module_destination, name):
                return f"{group.local}.{name}"
    return None


def _is_called_so_there(
    destination: Destination | Unresolved | None,
    module_destination: Destination | Unresolved | None,
    name: str,
) -> bool:
    """Return whether a name moves to the module that takes the place of its own, and is called the same there."""
    return (
        isinstance(destination, Destination)
        and isinstance(module_destination, Destination)
        and (destination.key, destination.name) == (module_destination.key, name)
    )


def is_declared(context: FileContext, group: Group) -> bool:
    """Return whether an import of a group binds a name that its function declares ``global`` or ``nonlocal``."""
    scopes = [context.scopes.scope_of(item.statement.scope) for item in group.direct]
    return any(scope is not group.scope for scope in scopes)


def _keeps_root(context: FileContext, group: Group) -> bool:
    """Return whether ``import a.b`` and all that is taken of it goes to modules of the same first package."""
    item = group.direct[0]
    destinations = [use.destination for use in group.moving if use.destination is not None]
    roots = {context.spelled(destination, item).partition(".")[0] for destination in destinations}
    return item.is_dotted and roots <= {group.local}


def answers_for_all(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> bool:
    """Return whether others may take the module itself from this file, and any of its names.

    What a package uses itself, it need not have for others: those that others use are in ``Constraints.keep``.
    """
    if (
        not group.direct
        or group.direct[0].is_dotted
        or not isinstance(module_destination, Destination)
    ):
        return False
    if group.scope is not context.scopes.module:
        return group.scope.kind == "class"
    if group.local in context.facts.keep or may_be_listed(
        context.source, context.index, group.local
    ):
        return True
    return context.index.is_package(context.key) and not group.uses


def stays_itself(use: Use, module_destination: Destination | Unresolved | None) -> bool:
    """Return whether a use is right as it stands once the canonical module takes the legacy one's place."""
    return (
        use.is_in(module_destination)
        and use.destination is not None
        and use.destination.name == use.name
    )


def left_of_group(group: Group, stays: Unresolved) -> list[tuple[Place, Unresolved]]:
    """Return the imports of a group that stays; if its module is only reached through its package, the uses to move."""
    direct = [(item.alias, stays) for item in group.direct]
    return [*direct] if direct else [(use.ref.place, stays) for use in group.moving]


def packages_passed_on(context: FileContext, group: Group) -> Iterator[tuple[Place, Unresolved]]:
    """Yield where a package is used as a value: its module stays imported, as its users are unknown."""
    for ref in group.packages:
        if not context.is_ignored(ref.node, context.codemod.code):
            why = f"the package is passed on here, and {group.imported_name.spelled} may be used through it"
            yield ref.node, Unresolved(context.codemod.code, f"{why}; rewrite it by hand")


def handed_around(context: FileContext, group: Group) -> Unresolved:
    """Return what is to be said where the module itself is used, and another cannot stand for it."""
    module_destination = context.codemod.destination(group.imported_name)
    why, is_told = _why_not_alike(context, group, module_destination)
    advice = "rewrite it by hand"
    if is_told:
        advice = (
            f"{_suggested_statement(context, group, module_destination)}, once nothing uses that"
        )
    text = f"{group.imported_name.spelled}: the module itself is used here, and {why}; {advice}"
    return Unresolved(context.codemod.code, text)


def needed_by_others(context: FileContext, group: Group) -> Unresolved:
    """Return what is to be said where others may take a module of this file, and another cannot stand for it."""
    module_destination = context.codemod.destination(group.imported_name)
    why, _ = _why_not_alike(context, group, module_destination)
    advice = (
        "remove the import"
        if group.moving
        else _suggested_statement(context, group, module_destination)
    )
    text = f"{group.imported_name.spelled}: others may take {group.local} of this file, and {why}"
    return Unresolved(context.codemod.code, f"{text}; {advice}, once nobody does")


def _why_not_alike(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> tuple[str, bool]:
    """Return why another module cannot stand for a group's, and whether that tells the names concerned."""
    if not isinstance(module_destination, Destination):
        return "the redirect names no module that takes its place", False
    spelling, legacy = module_destination.spelling, group.imported_name
    names = sorted(context.index.public_names(legacy.key) or ())
    lost = [name for name in names if not context.index.provides(module_destination.key, name)]
    if lost:
        return f"{spelling} has no {_some_of(lost)}", True
    moves = {name: context.codemod.destination(legacy.of(name)) for name in names}
    stuck = [name for name in names if not isinstance(moves[name], Destination)]
    if stuck:
        return f"{_some_of(stuck)} cannot move from {legacy.spelled} to {spelling}", True
    differing = name_called_differently(context, legacy)
    if differing is not None:
        return f"{spelling}:{differing} does not take everything that {differing} takes", True
    listed = name_listed_too(context, legacy)
    if listed is not None:
        return f"its names may be listed: {spelling} has {listed} too", False
    lacking = data_file_lacking(context, legacy)
    if lacking is not None:
        return f"its data files may be read: {lacking} is not the same in {spelling}", False
    if is_source_read(context, legacy):
        return f"its text may be read, and {spelling} has another one", False
    return f"not every name is the same object in {spelling}", False


def _some_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _bound_too(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> str:
    """Return why a name cannot be given to another module: what else binds it, and what to write."""
    mine = {item.alias for item in group.direct}
    others = [bind.node for bind in group.scope.given(group.local) if bind.alias not in mine]
    if not others and group.scope.kind == "class":
        advice = _suggested_statement(context, group, module_destination)
        return f"is bound in a class, which others may ask for {group.local}; {advice}"
    others = others or classes_that_read(group.scope, group.local)
    lines = sorted({line for node in others if (line := getattr(node, "lineno", 0))})
    where = f"line {lines[0]} binds {group.local} too" if lines else f"{group.local} is bound twice"
    return f"cannot be moved with its uses: {where}; {_suggested_statement(context, group, module_destination)}"


def _suggested_statement(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> str:
    """Return the statement to write in the place of a group's import."""
    if not isinstance(module_destination, Destination) or not group.direct:
        return "rewrite it by hand"
    item = group.direct[0]
    local = item.alias.name.rpartition(".")[2] if item.is_dotted else group.local
    new = module_import(context.spelled(module_destination, item), local)
    renamed = {
        f"{local}.{use.destination.name} for {local}.{use.name}": None
        for use in group.moving
        if use.destination
        and use.is_in(module_destination)
        and use.name
        and use.destination.name != use.name
    }
    uses = f", and {', '.join(renamed)}" if renamed else ""
    return f"write: {new.statement}{uses}"
