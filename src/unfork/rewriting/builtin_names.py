"""Names whose destination is a builtin: they need no import unless something hides the builtin.

from a.legacy import Listing        ->
def f(x: Listing): ...              def f(x: list): ...
"""

from __future__ import annotations

from collections.abc import Sequence

from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, NameMoves
from unfork.rewriting.renames import edits_of_names, has_other_binding, renamable_references
from unfork_codemods.project import external_key

BUILTINS = external_key("builtins")
"""The module whose names need no import (the language reference, 4.2.2)."""


def move_to_builtin(
    context: DecidedFile, scope: Scope, old: str, group: Sequence[ImportedAlias]
) -> NameMoves | None:
    """Return what removes the imports ``group`` of ``old`` and renames its uses to the builtin; None if they stay.

    They stay if others may import the name from this file, or if the file itself does not use it.
    """
    new = context.destinations[group[0].alias].name or old

    def same(bind: Bind) -> bool:
        return bind.alias in mine

    mine = {item.alias for item in group}
    one = len({context.destinations[item.alias].name for item in group}) == 1
    kept = scope is context.scopes.module and old in context.facts.keep
    if not one or kept or has_other_binding(scope, old, mine):
        return None
    first = new.partition(".")[0]  # builtins:str.join
    refs = renamable_references(context.source, context.scopes, scope, old, first, same)
    if refs is None or any(_is_hidden(ref.scope, first, old, scope) for ref in refs):
        return None
    if any(_may_give(context, star, first) for star in context.items if star.alias.name == "*"):
        return None
    return NameMoves(
        imports={item.alias: [] for item in group},
        edits=edits_of_names(context.source, refs, new) if new != old else [],
        renamed=[(old, new)] if scope is context.scopes.module else [],
    )


def _is_hidden(scope: Scope, new: str, old: str, own: Scope) -> bool:
    """Return whether the file binds a builtin's name to something else where the builtin would be used."""
    if new != old:
        return resolve_name(scope, new) is not None
    return any(new in above.binds for above in own.enclosing())


def _may_give(context: FileContext, star: ImportedAlias, name: str) -> bool:
    given = context.index.star_names(star.imported_name.key)
    return given is None or name in given
