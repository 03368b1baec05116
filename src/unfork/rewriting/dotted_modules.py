"""``import a.b``, used as ``a.b.name``: it stays such an import, and its uses are spelled out."""

from __future__ import annotations

import ast
from collections.abc import Collection

from unfork.reading.scopes import Bind
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.module_drafts import (
    Draft,
    edit_use,
    has_other_use,
    is_name_needed,
    unused_name,
)
from unfork.rewriting.module_uses import Group, Use
from unfork.rewriting.renames import is_free
from unfork.rewriting.spelling import spell_module
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Home, Site, Stays


def dotted_anchor(work: FileWork, group: Group) -> Imports | None:
    """Return the ``import`` whose form the new ones take: that of the module itself, or one that it is reached through.

    The latter only if it has to stay for what else it loads, and nothing else would use its name:

        import a.other; a.legacy.x
    """
    if group.direct:
        return group.direct[0] if group.direct[0].is_dotted else None
    if group.stays or is_name_needed(work, group):
        return None
    use = group.uses[0]
    way = [use.ref.name, *(node.attr for node in use.ref.attributes[: use.depth])]
    paths = [(item, item.alias.name.split(".")) for item in group.parents if item.is_dotted]
    return next((item for item, path in paths if path != way[: len(path)]), None)


def stays_dotted(
    work: FileWork, item: Imports, whole: Home | Stays | None, moving: list[Use]
) -> bool:
    """Return whether an ``import`` stays one, with its uses spelled out: not where a home has a relative name only."""
    homes = [use.home for use in moving if use.home] or ([whole] if isinstance(whole, Home) else [])
    style = work.style(item)
    return not any(spell_module(work.index.layout, home, style).startswith(".") for home in homes)


def draft_dotted(
    work: FileWork,
    group: Group,
    item: Imports,
    whole: Home | Stays | None,
    draft: Draft,
) -> bool:
    """Draft an ``import`` and its uses. Returns False where other uses need the import of a package that moves too."""
    needed: dict[str, NewImport] = {}
    for use in group.moving:
        home = use.home
        assert home is not None
        spelled = work.spelled(home, item)
        if spelled not in needed:
            taken = {new.local for new in needed.values()}
            needed[spelled] = _dotted_import(work, group, spelled, taken)
        new = needed[spelled]
        edit_use(work, use, new.asname or new.name, draft)
    if not needed and isinstance(whole, Home):
        needed[work.spelled(whole, item)] = NewImport("", work.spelled(whole, item))
    imports = list(needed.values())
    if not group.direct:
        before = work.decided.get(item.alias, [item.as_is])
        draft.imports[item.alias] = [*before, *(new for new in imports if new not in before)]
        return True
    if not group.stays and _is_orphaned(work, group, imports):
        package = item.alias.name.rpartition(".")[0]
        located = work.index.layout.absolute(package, work.importer)
        if work.codemod.touches(Site(work.importer, located, package)):
            return False
        imports = [NewImport("", package), *imports] if package else imports
    for direct in group.direct:
        draft.imports[direct.alias] = [direct.as_is, *imports] if group.stays else imports
    return True


def _dotted_import(work: FileWork, group: Group, spelled: str, taken: Collection[str]) -> NewImport:
    """Return ``import a.b``, or with an alias where its first name means something else here."""
    root = spelled.partition(".")[0]
    refs = [use.ref for use in group.moving]

    def same(bind: Bind) -> bool:
        return _binds_package(work, bind, root)

    if root == group.local or is_free(group.scope, root, refs, same):
        return NewImport("", spelled)
    return NewImport("", spelled, unused_name(work, spelled.rpartition(".")[2], taken))


def _binds_package(work: FileWork, bind: Bind, root: str) -> bool:
    statement = work.statement_of.get(bind.node)
    if statement is None or bind.alias is None or not isinstance(bind.node, ast.Import):
        return False
    return bind.alias.asname is None and bind.alias.name.partition(".")[0] == root


def _is_orphaned(work: FileWork, group: Group, imports: list[NewImport]) -> bool:
    """Return whether other uses of the first package would lose their import.

    Those of its other modules take their own along where they move, all of each.
    """
    if any(new.local == group.local for new in imports):
        return False
    if group.scope.times_given(group.local) > len(group.direct):
        return False
    if group.scope is work.scopes.module and group.local in work.facts.keep:
        return True
    others = [sibling for sibling in group.beside if len(sibling.moving) == len(sibling.uses)]
    return has_other_use(
        work, group, [use for sibling in (group, *others) for use in sibling.moving]
    )
