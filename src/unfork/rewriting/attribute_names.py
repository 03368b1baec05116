"""Names that become attributes: what is imported is what they are attributes of.

from a.legacy import Inner    ->    from a.canonical import Outer
def f(x: Inner): ...                def f(x: Outer.Inner): ...
"""

from __future__ import annotations

from collections.abc import Sequence

from unfork.reading.scopes import Bind, Scope
from unfork.rewriting.file_context import ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, NameMoves
from unfork.rewriting.module_drafts import unused_name
from unfork.rewriting.reexports import assignment_below
from unfork.rewriting.renames import can_rename, edits_of_names, has_other_binding, is_free
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Unresolved


def move_to_attribute(
    context: DecidedFile, scope: Scope, old: str, group: Sequence[ImportedAlias]
) -> NameMoves:
    """Return the imports of what the name ``old`` is an attribute of now, with its uses written out.

    Where others take the name from this file, it is assigned below the import; where it cannot be, it is left.
    """
    destination = context.destinations[group[0].alias]
    outer = destination._replace(name=destination.imported)
    mine = {item.alias for item in group}

    def same(bind: Bind) -> bool:
        return bind.alias in mine or context.is_same(bind, outer)

    is_one = len({context.destinations[item.alias] for item in group}) == 1
    kept = scope is context.scopes.module and old in context.facts.keep
    refs = None
    if is_one and not kept and not has_other_binding(scope, old, mine):
        refs = can_rename(context.source, context.scopes, scope, old, outer.imported, same)
    if refs is None:
        moves = NameMoves()
        for item in group:
            _assign(context, scope, item, moves)
        return moves
    is_global = scope is context.scopes.module
    return NameMoves(
        imports={i.alias: [NewImport(context.spelled(outer, i), outer.imported)] for i in group},
        edits=edits_of_names(context.source, refs, destination.name or ""),
        renamed=[(old, old)] if is_global else [],  # gone, unless others ask for it
    )


def _assign(context: DecidedFile, scope: Scope, item: ImportedAlias, moves: NameMoves) -> None:
    """Give a name its value below its import: ``from a.canonical import Outer`` and ``Inner = Outer.Inner``."""
    destination = context.destinations[item.alias]
    local = destination.imported
    # all its names are seen
    is_package = context.importer.endswith(("__init__.py", "__init__.pyi"))
    if is_package or local in scope.binds or not is_free(scope, local, (), lambda _: False):
        local = unused_name(context, local, ())
    value = ".".join([local, *(destination.name or "").split(".")[1:]])
    spelled = context.spelled(destination, item)
    assignment = None
    if scope is context.scopes.module:
        assignment = assignment_below(context.source, item.statement, item.local, value)
    if assignment is None:
        why = f"{item.local} is an attribute now, and cannot be written out where it is used"
        import_ = NewImport(spelled, destination.imported).statement
        advice = f"{import_}, and {item.local} = {destination.name}"
        moves.left[item.alias] = Unresolved(context.codemod.code, f"{why}; write: {advice}")
        return
    asname = None if local == destination.imported else local
    moves.imports[item.alias] = [NewImport(spelled, destination.imported, asname)]
    moves.assignments.append(assignment)
