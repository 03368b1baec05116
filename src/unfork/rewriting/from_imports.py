"""Names imported with ``from``: where each now comes from, and whether its uses can take its new name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unfork.reading.scopes import Bind, Scope
from unfork.rewriting.attribute_names import move_to_attribute
from unfork.rewriting.builtin_names import BUILTINS, move_to_builtin
from unfork.rewriting.calls import follow_calls, nodes_of
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import (
    NO_CALLS,
    DecidedFile,
    FileRewrite,
    FollowedCalls,
    NameMoves,
)
from unfork.rewriting.module_drafts import unused_name
from unfork.rewriting.reexports import assignment_below, is_reexport
from unfork.rewriting.renames import can_rename, edits_of_names, has_other_binding, is_free
from unfork.rewriting.spelling import module_import
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, Kind, Unresolved


def move_names(context: FileRewrite, items: Iterable[ImportedAlias]) -> None:
    """Decide about every name in a ``from`` import of a module that the codemod handles."""
    together = _Together({}, {}, {})
    moving: list[ImportedAlias] = []
    for item in items:
        destination, calls, legacy_names_in_use = _decide_name(context, item)
        context.record_calls(calls)
        context.legacy_names_in_use += legacy_names_in_use
        if isinstance(destination, Unresolved):
            context.record_unresolved(item.alias, destination)
        elif destination is not None:
            moving.append(item)
            context.destinations[item.alias] = destination
            context.call_edits[item.alias] = [*calls.edits]
            context.adopt(_move_or_defer(context, item, destination, together))
    for moves in _moves_together(context, together):
        context.adopt(moves)
    for item in moving:
        if item.alias in context.destinations:
            what = _move_message(context, item, context.destinations[item.alias])
            context.record_fix(item.alias, what, item.imported_name)


class _Together(NamedTuple):
    """Imports that are decided together with the others of the same local name, because they share its uses."""

    renames: dict[tuple[Scope, str], list[ImportedAlias]]
    builtins: dict[tuple[Scope, str], list[ImportedAlias]]
    attributes: dict[tuple[Scope, str], list[ImportedAlias]]


def _move_or_defer(
    context: DecidedFile, item: ImportedAlias, destination: Destination, together: _Together
) -> NameMoves:
    """Return the move of an import that keeps its local name; put one whose uses change aside."""
    if destination.key == BUILTINS and destination.name is not None:
        group = together.builtins
    elif destination.is_attribute:
        group = together.attributes
    elif is_reexport(context, item, destination):
        return _keep_reexport(context, item, destination)
    elif item.alias.asname is None and destination.name not in (None, item.alias.name):
        group = together.renames
    else:  # the scopes of most files are never asked for
        return NameMoves({item.alias: [_in_place(context, item, destination)]})
    group.setdefault((context.scope(item), item.local), []).append(item)
    return NameMoves()


def _moves_together(context: DecidedFile, together: _Together) -> Iterator[NameMoves]:
    """Yield the moves of imports whose uses change. Each has to be adopted before the next is asked for.

    Builtins come first, because some of them turn out to be attributes.
    """
    for (scope, old), group in together.builtins.items():
        moves = move_to_builtin(context, scope, old, group)
        if moves is not None:
            yield moves
        elif any(context.destinations[item.alias].is_attribute for item in group):
            together.attributes[scope, old] = group
        else:
            where = context.destinations
            yield NameMoves({i.alias: [_in_place(context, i, where[i.alias])] for i in group})
    for (scope, old), group in together.attributes.items():
        yield move_to_attribute(context, scope, old, group)
    claimed: dict[tuple[Scope, str], Destination] = {}
    for (scope, old), group in together.renames.items():
        yield _rename_uses(context, scope, old, group, claimed)


class _Decision(NamedTuple):
    """Where an imported name goes, what becomes of all that is done with it, and the names of others that it needs."""

    destination: Destination | Unresolved | None = None
    calls: FollowedCalls = NO_CALLS
    legacy_names_in_use: Sequence[Name] = ()


def _decide_name(context: DecidedFile, item: ImportedAlias) -> _Decision:
    """Return a name's destination; None if it has none, or if its uses keep it from moving."""
    if item.imported_name.name in (None, "*") or not context.codemod.applies_to(item.imported_name):
        return _Decision()
    destination = context.codemod.destination(item.imported_name)
    if destination is None or context.skips(item):
        return _Decision()
    if isinstance(destination, Unresolved):
        origin = context.index.origin(item.imported_name.key, item.alias.name)
        # what others use of a module is unknown
        return _Decision(
            destination, legacy_names_in_use=origin.hops if origin.kind is Kind.MODULE else ()
        )
    if destination.key == context.key:
        what = f"{item.imported_name.name} of {item.imported_name.spelled}"
        message = f"{what} would come from this very module; move its definition here"
        code = "UF006" if context.codemod.step == "redirect" else context.codemod.code
        return _Decision(Unresolved(code, message))
    calls = follow_calls(
        context,
        item.imported_name,
        destination,
        item.alias,
        lambda: nodes_of(context, context.scope(item), item.local),
    )
    return _Decision(None if calls.stays else destination, calls)


def _move_message(context: FileContext, item: ImportedAlias, destination: Destination) -> str:
    where, name = context.spelled(destination, item), item.imported_name.name
    if destination.name is None:
        advice = module_import(where, None).statement
    else:
        advice = NewImport(where, destination.imported).statement
        advice += f", and {destination.name} for {name}" if destination.is_attribute else ""
    return f"{name} comes from {item.imported_name.spelled}; write: {advice}"


def _keep_reexport(
    context: DecidedFile, item: ImportedAlias, destination: Destination
) -> NameMoves:
    """Keep ``Old as Old`` an export for type checkers under its new name ``New``, or leave it unresolved."""
    assert destination.name is not None
    spelled = context.spelled(destination, item)
    scope, old, new = context.scopes.module, item.local, destination.name
    is_package = context.importer.endswith(("__init__.py", "__init__.pyi"))
    if is_package or new in scope.binds or not is_free(scope, new, (), lambda _: False):
        new = unused_name(context, new, ())
    assignment = assignment_below(context.source, item.statement, old, new)
    if assignment is None:
        why = f"type checkers take {old} from here (PEP 484), but not under another name"
        import_ = NewImport(spelled, destination.name).statement
        advice = f"write: {import_}, and below: {old} = {destination.name}"
        stays = Unresolved(context.codemod.code, f"{why}; {advice}")
        return NameMoves(left={item.alias: stays})
    asname = None if new == destination.name else new
    imports = {item.alias: [NewImport(spelled, destination.name, asname)]}
    return NameMoves(imports, assignments=[assignment])


def _in_place(context: FileContext, item: ImportedAlias, destination: Destination) -> NewImport:
    """Return the import that binds the same local name as before."""
    spelled = context.spelled(destination, item)
    if destination.name is None:
        return module_import(spelled, item.local)
    asname = item.alias.asname
    if asname == destination.name and asname != item.alias.name:
        asname = None
    elif asname is None and destination.name != item.alias.name:
        asname = item.local
    return NewImport(spelled, destination.name, asname)


def _rename_uses(
    context: DecidedFile,
    scope: Scope,
    old: str,
    group: list[ImportedAlias],
    claimed: dict[tuple[Scope, str], Destination],
) -> NameMoves:
    """Rename the uses of ``old`` if that is safe; else import the new name under the old one.

    ``claimed`` are the names that other renames have already given to other things.
    """
    destination = context.destinations[group[0].alias]
    new = destination.name or old

    def same(bind: Bind) -> bool:
        return context.is_same(bind, destination)

    keeps = scope is context.scopes.module and old in context.facts.keep
    other = claimed.setdefault((scope, new), destination)
    keeps |= (other.key, other.name) != (destination.key, destination.name)
    keeps |= has_other_binding(scope, old, {item.alias for item in group})
    refs = None if keeps else can_rename(context.source, context.scopes, scope, old, new, same)
    moves = NameMoves()
    for item in group:
        own = context.destinations[item.alias]
        name = NewImport(context.spelled(own, item), own.name or old, old if refs is None else None)
        moves.imports[item.alias] = [name]
    if refs is not None:
        moves.edits += edits_of_names(context.source, refs, new)
        moves.renamed += [(old, new)] if scope is context.scopes.module else []
    return moves
