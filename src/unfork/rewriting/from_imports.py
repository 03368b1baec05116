"""Names imported with ``from``: where each now comes from, and whether its uses can take its new name."""

from __future__ import annotations

from collections.abc import Iterable

from unfork.reading.places import name_span
from unfork.reading.scopes import Bind, Scope
from unfork.rewriting.attribute_names import move_to_attribute
from unfork.rewriting.builtin_names import BUILTINS, move_to_builtin
from unfork.rewriting.calls import follow_calls, nodes_of
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import FileRewrite
from unfork.rewriting.module_drafts import unused_name
from unfork.rewriting.reexports import assign_below, is_reexport
from unfork.rewriting.renames import can_rename, has_other_binding, is_free
from unfork.rewriting.spelling import module_import
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, Kind, Unresolved


def move_names(context: FileRewrite, items: Iterable[ImportedAlias]) -> None:
    """Decide about every name in a ``from`` import of a module that the codemod handles."""
    renames: dict[tuple[Scope, str], list[ImportedAlias]] = {}
    builtin: dict[tuple[Scope, str], list[ImportedAlias]] = {}
    attributes: dict[tuple[Scope, str], list[ImportedAlias]] = {}
    for item in items:
        destination = _imported_destination(context, item)
        if destination is None:
            continue
        context.destinations[item.alias] = destination
        if destination.key == BUILTINS and destination.name is not None:
            builtin.setdefault((context.scope(item), item.local), []).append(item)
        elif destination.is_attribute:
            attributes.setdefault((context.scope(item), item.local), []).append(item)
        elif is_reexport(context, item, destination):
            _keep_reexport(context, item, destination)
        elif item.alias.asname is None and destination.name not in (None, item.alias.name):
            renames.setdefault((context.scope(item), item.local), []).append(item)
        else:
            context.decided[item.alias] = [_in_place(context, item, destination)]
    for (scope, old), group in builtin.items():
        if move_to_builtin(context, scope, old, group):
            continue
        if any(context.destinations[item.alias].is_attribute for item in group):
            attributes[scope, old] = group
            continue
        context.decided |= {
            i.alias: [_in_place(context, i, context.destinations[i.alias])] for i in group
        }
    for (scope, old), group in attributes.items():
        move_to_attribute(context, scope, old, group)
    claimed: dict[tuple[Scope, str], Destination] = {}
    for (scope, old), group in renames.items():
        _rename_uses(context, scope, old, group, claimed)


def _imported_destination(context: FileRewrite, item: ImportedAlias) -> Destination | None:
    """Return a name's destination; None if it has none or must stay, in which case a finding is recorded."""
    if item.imported_name.name in (None, "*") or not context.codemod.applies_to(item.imported_name):
        return None
    destination = context.codemod.destination(item.imported_name)
    if destination is None or context.skips(item):
        return None
    if isinstance(destination, Unresolved):
        context.record_unresolved(item.alias, destination)
        origin = context.index.origin(item.imported_name.key, item.alias.name)
        if origin.kind is Kind.MODULE:
            context.held += origin.hops  # what others use of that module is unknown
        return None
    if destination.key == context.key:
        what = f"{item.imported_name.name} of {item.imported_name.spelled}"
        message = f"{what} would come from this very module; move its definition here"
        context.record_unresolved(
            item.alias,
            Unresolved(
                "UF006" if context.codemod.step == "redirect" else context.codemod.code, message
            ),
        )
        return None
    calls = follow_calls(
        context,
        item.imported_name,
        destination,
        item.alias,
        lambda: nodes_of(context, context.scope(item), item.local),
    )
    context.record_calls(calls)
    if calls.stays:
        return None
    context.call_edits[item.alias] = [*calls.edits]
    context.record_fix(item.alias, _move_message(context, item, destination), item.imported_name)
    return destination


def _move_message(context: FileContext, item: ImportedAlias, destination: Destination) -> str:
    where = context.spelled(destination, item)
    new = (
        NewImport(where, destination.name)
        if destination.name is not None
        else module_import(where, None)
    )
    origin = f"{item.imported_name.name} comes from {item.imported_name.spelled}"
    return f"{origin}; write: {new.statement}"


def _keep_reexport(context: FileRewrite, item: ImportedAlias, destination: Destination) -> None:
    """Keep ``Old as Old`` an export for type checkers under its new name ``New``, or leave it unresolved."""
    assert destination.name is not None
    spelled = context.spelled(destination, item)
    scope, old, new = context.scopes.module, item.local, destination.name
    is_package = context.importer.endswith(("__init__.py", "__init__.pyi"))
    if is_package or new in scope.binds or not is_free(scope, new, (), lambda _: False):
        new = unused_name(context, new, ())
    if not assign_below(context, item.statement, old, new):
        context.fixed.pop()
        why = f"type checkers take {old} from here (PEP 484), and not if it is called otherwise"
        import_ = NewImport(spelled, destination.name).statement
        advice = f"write: {import_}, and below: {old} = {destination.name}"
        context.record_unresolved(item.alias, Unresolved(context.codemod.code, f"{why}; {advice}"))
        del context.destinations[item.alias], context.call_edits[item.alias]
        return
    asname = None if new == destination.name else new
    context.decided[item.alias] = [NewImport(spelled, destination.name, asname)]


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
    context: FileRewrite,
    scope: Scope,
    old: str,
    group: list[ImportedAlias],
    claimed: dict[tuple[Scope, str], Destination],
) -> None:
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
    for item in group:
        own = context.destinations[item.alias]
        name = NewImport(context.spelled(own, item), own.name or old, old if refs is None else None)
        context.decided[item.alias] = [name]
    for ref in refs or ():
        span = name_span(context.source, ref)
        assert span is not None
        context.edits.append(Edit(*span, new.encode()))
    if refs is not None and scope is context.scopes.module:
        context.renamed.append((old, new))
