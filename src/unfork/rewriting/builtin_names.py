"""Names that are builtins from now on: they need no import, where nothing hides them.

from a.legacy import Listing        ->
def f(x: Listing): ...              def f(x: list): ...
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unfork.reading.places import name_span
from unfork.reading.scopes import Bind, Scope, resolve
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.renames import has_other_binding, renamable_references
from unfork_codemods.edits import Edit
from unfork_codemods.project import external_key

BUILTINS = external_key("builtins")
"""The module that names come from which need no import (the language reference, 4.2.2)."""


def move_to_builtin(work: FileWork, scope: Scope, old: str, group: Sequence[Imports]) -> bool:
    """Take the imports ``group`` of ``old`` away, and call its uses by the builtin; False: it stays.

    One that others may take, or that its own file does not use, is there for them.
    """
    new = work.homes[group[0].alias].name or old

    def same(bind: Bind) -> bool:
        return bind.alias in mine

    mine = {item.alias for item in group}
    one = len({work.homes[item.alias].name for item in group}) == 1
    kept = scope is work.scopes.module and old in work.facts.keep
    if not one or kept or has_other_binding(scope, old, mine):
        return False
    refs = renamable_references(work.source, work.scopes, scope, old, new, same)
    if refs is None or any(_is_hidden(ref.scope, new, old, scope) for ref in refs):
        return False
    if any(_may_give(work, star, new) for star in work.items if star.alias.name == "*"):
        return False
    for ref in refs:
        span = name_span(work.source, ref)
        assert span is not None
        work.edits += [Edit(*span, new.encode())] if new != old else []
    work.decided |= {item.alias: [] for item in group}
    if scope is work.scopes.module:
        work.renamed.append((old, new))
    return True


def _is_hidden(scope: Scope, new: str, old: str, own: Scope) -> bool:
    """Return whether something in the file gives a builtin's name another meaning where it is to be used."""
    if new != old:
        return resolve(scope, new) is not None
    return any(new in above.binds for above in _enclosing_scopes(own))


def _enclosing_scopes(scope: Scope) -> Iterable[Scope]:
    ancestor = scope.parent
    while ancestor is not None:
        yield ancestor
        ancestor = ancestor.parent


def _may_give(work: FileWork, star: Imports, name: str) -> bool:
    given = work.index.star_names(star.site.key)
    return given is None or name in given
