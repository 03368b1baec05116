"""Names imported with ``from``: where each comes from now, and whether its uses can take its new name."""

from __future__ import annotations

from collections.abc import Iterable

from unfork.reading.places import name_span
from unfork.reading.scopes import Bind, Scope
from unfork.rewriting.builtin_names import BUILTINS, move_to_builtin
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.module_drafts import unused_name
from unfork.rewriting.reexports import assign_below, is_reexport
from unfork.rewriting.renames import can_rename, has_other_binding, is_free
from unfork.rewriting.spelling import module_import, statement_text
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Home, Kind, Stays


def move_names(work: FileWork, items: Iterable[Imports]) -> None:
    """Decide about every name that a ``from`` import takes of a module that the codemod is about."""
    renames: dict[tuple[Scope, str], list[Imports]] = {}
    builtin: dict[tuple[Scope, str], list[Imports]] = {}
    for item in items:
        home = _imported_destination(work, item)
        if home is None:
            continue
        work.homes[item.alias] = home
        if home.key == BUILTINS and home.name is not None:
            builtin.setdefault((work.scope(item), item.local), []).append(item)
        elif is_reexport(work, item, home):
            _keep_reexport(work, item, home)
        elif item.alias.asname is None and home.name not in (None, item.alias.name):
            renames.setdefault((work.scope(item), item.local), []).append(item)
        else:
            work.decided[item.alias] = [_in_place(work, item, home)]
    for (scope, old), group in builtin.items():
        if not move_to_builtin(work, scope, old, group):
            work.decided |= {i.alias: [_in_place(work, i, work.homes[i.alias])] for i in group}
    claimed: dict[tuple[Scope, str], Home] = {}
    for (scope, old), group in renames.items():
        _rename_uses(work, scope, old, group, claimed)


def _imported_destination(work: FileWork, item: Imports) -> Home | None:
    """Return a name's home, None where it has none or must stay; what stays is noted."""
    if item.site.name in (None, "*") or not work.codemod.touches(item.site):
        return None
    home = work.codemod.home(item.site)
    if home is None or work.skips(item):
        return None
    if isinstance(home, Stays):
        work.record_unresolved(item.alias, home)
        origin = work.index.origin(item.site.key, item.alias.name)
        if origin.kind is Kind.MODULE:
            work.held += origin.hops  # what is taken of that module cannot be told
        return None
    if home.key == work.key:
        message = f"{item.site.name} of {item.site.spelled} would come from this very module; move its definition here"
        work.record_unresolved(
            item.alias,
            Stays("UF006" if work.codemod.step == "redirect" else work.codemod.code, message),
        )
        return None
    work.record_fix(item.alias, _move_message(work, item, home), item.site)
    return home


def _move_message(work: FileWork, item: Imports, home: Home) -> str:
    where = work.spelled(home, item)
    new = NewImport(where, home.name) if home.name is not None else module_import(where, None)
    origin = f"{item.site.name} comes from {item.site.spelled}"
    return f"{origin}; write: {statement_text(new)}"


def _keep_reexport(work: FileWork, item: Imports, home: Home) -> None:
    """Keep ``Old as Old`` an export for type checkers, where it is called ``New`` now; leave it where it cannot be."""
    assert home.name is not None
    spelled = work.spelled(home, item)
    scope, old, new = work.scopes.module, item.local, home.name
    is_package = work.importer.endswith(("__init__.py", "__init__.pyi"))
    if is_package or new in scope.binds or not is_free(scope, new, (), lambda _: False):
        new = unused_name(work, new, ())
    if not assign_below(work, item.statement, old, new):
        work.sites.pop()
        why = f"type checkers take {old} from here (PEP 484), and not if it is called otherwise"
        advice = f"write: from {spelled} import {home.name}, and below: {old} = {home.name}"
        work.record_unresolved(item.alias, Stays(work.codemod.code, f"{why}; {advice}"))
        del work.homes[item.alias]
        return
    asname = None if new == home.name else new
    work.decided[item.alias] = [NewImport(spelled, home.name, asname)]


def _in_place(work: FileWork, item: Imports, home: Home) -> NewImport:
    """Return the import that binds the same local name as before."""
    spelled = work.spelled(home, item)
    if home.name is None:
        return module_import(spelled, item.local)
    asname = item.alias.asname
    if asname == home.name and asname != item.alias.name:
        asname = None
    elif asname is None and home.name != item.alias.name:
        asname = item.local
    return NewImport(spelled, home.name, asname)


def _rename_uses(
    work: FileWork,
    scope: Scope,
    old: str,
    group: list[Imports],
    claimed: dict[tuple[Scope, str], Home],
) -> None:
    """Rename the uses of ``old`` where that is safe; else bind the new name as the old one.

    ``claimed`` are the names that other renames have given to other things already.
    """
    home = work.homes[group[0].alias]
    new = home.name or old

    def same(bind: Bind) -> bool:
        return work.is_same(bind, home)

    keeps = scope is work.scopes.module and old in work.facts.keep
    other = claimed.setdefault((scope, new), home)
    keeps |= (other.key, other.name) != (home.key, home.name)
    keeps |= has_other_binding(scope, old, {item.alias for item in group})
    refs = None if keeps else can_rename(work.source, work.scopes, scope, old, new, same)
    for item in group:
        own = work.homes[item.alias]
        name = NewImport(work.spelled(own, item), own.name or old, old if refs is None else None)
        work.decided[item.alias] = [name]
    for ref in refs or ():
        span = name_span(work.source, ref)
        assert span is not None
        work.edits.append(Edit(*span, new.encode()))
    if refs is not None and scope is work.scopes.module:
        work.renamed.append((old, new))
