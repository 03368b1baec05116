"""``import a.b``, used as ``a.b.name``: keep the dotted form, and write out its uses in full."""

from __future__ import annotations

import ast
from collections.abc import Collection

from unfork.reading.scopes import Bind
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile
from unfork.rewriting.module_drafts import (
    Draft,
    edit_use,
    has_other_use,
    is_kept,
    is_name_needed,
    unused_name,
)
from unfork.rewriting.module_uses import Group, Use, direct_site
from unfork.rewriting.renames import has_other_binding, is_free
from unfork.rewriting.spelling import spell_module
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, ImportedName, Unresolved


def dotted_anchor(context: DecidedFile, group: Group) -> ImportedAlias | None:
    """Return the ``import`` whose form the new ones take: that of the module itself, or of a package leading to it.

    The latter only if it must stay for what else it loads, and nothing else would use its name:

        import a.other; a.legacy.x
    """
    if group.direct:
        is_dotted = group.direct[0].is_dotted or _is_beside_dotted(context, group)
        return group.direct[0] if is_dotted else None
    if group.stays or is_name_needed(context, group):
        return None
    use = group.uses[0]
    way = [use.ref.name, *(node.attr for node in use.ref.attributes[: use.depth])]
    paths = [(item, item.alias.name.split(".")) for item in group.parents if item.is_dotted]
    return next((item for item, path in paths if path != way[: len(path)]), None)


def _is_beside_dotted(context: DecidedFile, group: Group) -> bool:
    """Return whether all else that binds a group's name are imports of modules in it, which move too.

    import legacy; import legacy.sub    ->    import canonical; import canonical.sub
    """
    direct = {item.alias for item in group.direct}
    beside = [
        item
        for item in context.items
        if item.is_dotted and item.local == group.local and context.scope(item) is group.scope
    ]
    known = direct | {item.alias for item in beside}
    is_plain = all(
        isinstance(i.statement.node, ast.Import) and not i.alias.asname for i in group.direct
    )
    if (
        not beside
        or not is_plain
        or group.stays
        or has_other_binding(group.scope, group.local, known)
    ):
        return False
    return not is_kept(context, group) and all(
        direct_site(context, item) is not None for item in beside
    )


def stays_dotted(
    context: FileContext,
    item: ImportedAlias,
    module_destination: Destination | Unresolved | None,
    moving: list[Use],
) -> bool:
    """Return whether an ``import`` keeps its dotted form; it cannot if a destination has only a relative name."""
    destinations = [use.destination for use in moving if use.destination] or (
        [module_destination] if isinstance(module_destination, Destination) else []
    )
    style = context.style(item)
    return not any(
        spell_module(context.index.layout, destination, style).startswith(".")
        for destination in destinations
    )


def draft_dotted(
    context: DecidedFile,
    group: Group,
    item: ImportedAlias,
    module_destination: Destination | Unresolved | None,
    draft: Draft,
) -> bool:
    """Draft an ``import`` and its uses. Return False if other uses need the import of a package that also moves."""
    needed: dict[str, NewImport] = {}
    for use in group.moving:
        destination = use.destination
        assert destination is not None
        spelled = context.spelled(destination, item)
        if spelled not in needed:
            taken = {new.local for new in needed.values()}
            needed[spelled] = _dotted_import(context, group, spelled, taken)
        new = needed[spelled]
        edit_use(context, use, new.asname or new.name, draft)
    if not needed and isinstance(module_destination, Destination):
        needed[context.spelled(module_destination, item)] = NewImport(
            "", context.spelled(module_destination, item)
        )
    imports = list(needed.values())
    if not group.direct:
        before = context.decided.get(item.alias, [item.as_is])
        draft.imports[item.alias] = [*before, *(new for new in imports if new not in before)]
        return True
    if not group.stays and _is_orphaned(context, group, imports):
        package = item.alias.name.rpartition(".")[0]
        located = context.index.layout.absolute(package, context.importer)
        if context.codemod.applies_to(ImportedName(context.importer, located, package)):
            return False
        imports = [NewImport("", package), *imports] if package else imports
    for direct in group.direct:
        draft.imports[direct.alias] = [direct.as_is, *imports] if group.stays else imports
    return True


def _dotted_import(
    context: DecidedFile, group: Group, spelled: str, taken: Collection[str]
) -> NewImport:
    """Return ``import a.b``, with an alias if its first name refers to something else here."""
    root = spelled.partition(".")[0]
    refs = [use.ref for use in group.moving]

    def same(bind: Bind) -> bool:
        return _binds_package(context, bind, root)

    if root == group.local or is_free(group.scope, root, refs, same):
        return NewImport("", spelled)
    return NewImport("", spelled, unused_name(context, spelled.rpartition(".")[2], taken))


def _binds_package(context: DecidedFile, bind: Bind, root: str) -> bool:
    """Return whether a binding is an import of a package, or becomes one: ``from legacy import json``."""
    if context.statement_of.get(bind.node) is None or bind.alias is None:
        return False
    if isinstance(bind.node, ast.Import) and bind.alias.asname is None:
        return bind.alias.name.partition(".")[0] == root
    item = next((item for item in context.items if item.alias is bind.alias), None)
    site = direct_site(context, item) if item is not None else None
    destination = context.codemod.destination(site) if site is not None else None
    return (
        isinstance(destination, Destination)
        and item is not None
        and (item.local, context.spelled(destination, item)) == (root, root)
    )


def _is_orphaned(context: FileContext, group: Group, imports: list[NewImport]) -> bool:
    """Return whether other uses of the first package would lose their import.

    Uses of its other modules bring their own import if all uses of that module move.
    """
    if any(new.local == group.local for new in imports):
        return False
    if group.scope.times_given(group.local) > len(group.direct):
        return False
    if group.scope is context.scopes.module and group.local in context.facts.keep:
        return True
    others = [sibling for sibling in group.beside if len(sibling.moving) == len(sibling.uses)]
    return has_other_use(
        context, group, [use for sibling in (group, *others) for use in sibling.moving]
    )
