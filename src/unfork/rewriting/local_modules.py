"""``from a import b``, ``import a.b as c``: a local name for each module that the uses move to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from unfork.reading.scopes import Bind, Ref, Scope
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile
from unfork.rewriting.module_drafts import (
    Draft,
    edit_use,
    has_effect,
    is_kept,
    is_name_needed,
    unused_name,
)
from unfork.rewriting.module_uses import Group, Use, direct_site
from unfork.rewriting.renames import Same, can_rename, has_other_binding, is_free, references_to
from unfork.rewriting.spelling import module_import
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, ImportedName, Unresolved


def draft_local(
    context: DecidedFile,
    group: Group,
    module_destination: Destination | Unresolved | None,
    draft: Draft,
) -> None:
    """Draft the imports of the modules that a group's uses move to, each under a local name, and edit the uses."""
    anchor = (group.direct or group.parents)[0]
    moving = [use for use in group.moving if not _deletes_name_that_stays(group, use)]
    shared = _shares_package(context, group)
    modules: dict[str, Destination] = {}
    is_used = (
        group.hidden or not group.moving or any(use.is_in(module_destination) for use in moving)
    )
    if isinstance(module_destination, Destination) and is_used:
        modules[context.spelled(module_destination, anchor)] = module_destination
    for use in moving:
        modules.setdefault(_spelled_destination(context, use, anchor), _home_module(use))
    imports: list[NewImport] = []
    locals_: dict[str, str] = {}
    for spelled, destination in modules.items():
        first = not imports and not group.stays and bool(group.direct) and not shared
        users = [use for use in moving if _spelled_destination(context, use, anchor) == spelled]
        taken = {*locals_.values(), *_decided_locals(context, spelled)}
        local, new = _bind_module(
            context, group, draft, anchor, spelled, destination, users, first, taken
        )
        locals_[spelled] = local
        if new is not None:
            imports.append(new)
    if shared and group.direct[0].is_dotted and (group.package or is_kept(context, group)):
        imports.insert(0, _package_import(context, group))
    for use in moving:
        edit_use(context, use, locals_[_spelled_destination(context, use, anchor)], draft)
    _place_imports(context, group, imports, draft, len(moving) < len(group.moving))


def _deletes_name_that_stays(group: Group, use: Use) -> bool:
    """Return whether a name is deleted whose import stays: it binds another file's name, or has a use that stays.

    from a.other import old; del old
    """
    is_deleted = isinstance(use.ref.context, ast.Del) and not use.ref.attributes
    return is_deleted and (group.stays or not group.direct)


def _shares_package(context: DecidedFile, group: Group) -> bool:
    """Return whether the package that ``import a.b`` binds is of use besides ``a.b``: then ``a`` stays the package.

    Or that of ``import a``, next to an ``import a.b`` that does not move.
    """
    if not group.direct:
        return False
    if not group.direct[0].is_dotted:
        return any(item.is_dotted and direct_site(context, item) is None for item in group.parents)
    mine = {item.alias for item in group.direct}
    other = has_other_binding(group.scope, group.local, mine)
    return group.package or other or is_kept(context, group)


def _package_import(context: FileContext, group: Group) -> NewImport:
    """Return what binds the package of ``import a.b`` alone."""
    item = group.direct[0]
    located = context.index.layout.absolute(group.local, context.importer)
    destination = context.codemod.destination(ImportedName(context.importer, located, group.local))
    if isinstance(destination, Destination):
        return module_import(context.spelled(destination, item), group.local)
    return NewImport("", group.local)


def _decided_locals(context: DecidedFile, spelled: str) -> Iterator[str]:
    """Yield the names that other decisions bind to something else than the module ``spelled``."""
    for alias, news in context.decided.items():
        as_is = context.statement_by_alias[alias].as_is(alias)
        for new in news:
            dotted = not new.module and not new.asname
            bound = new.local if dotted else f"{new.module}.{new.name}".lstrip(".")
            if new != as_is and bound != spelled.lstrip("."):
                yield new.local


def _home_module(use: Use) -> Destination:
    """Return the module of a use's destination, as a whole."""
    assert use.destination is not None
    return use.destination._replace(name=None)


def _spelled_destination(context: FileContext, use: Use, anchor: ImportedAlias) -> str:
    return context.spelled(_home_module(use), anchor)


def _bind_module(
    context: DecidedFile,
    group: Group,
    draft: Draft,
    anchor: ImportedAlias,
    spelled: str,
    destination: Destination,
    users: list[Use],
    first: bool,
    taken: set[str],
) -> tuple[str, NewImport | None]:
    """Return the local name of a module and the import that binds it; None where it is bound already."""
    module = Destination(destination.key, None, destination.spelling)
    last = spelled.rpartition(".")[2]

    def same(bind: Bind) -> bool:
        return (first and bind.alias in {item.alias for item in group.direct}) or context.is_same(
            bind, module
        )

    refs = [use.ref for use in users]
    if first:
        existing = _bound_already(
            context, group.scope, refs, lambda bind: _is_unmoved_import(context, bind, module)
        )
        if existing is not None and _can_call(context, group, draft, existing, same):
            return existing, None
        return _take_over(context, group, draft, anchor, spelled, same, taken)
    bound = _bound_already(context, group.scope, refs, same)
    if bound is not None:
        return bound, None
    if last not in taken and is_free(group.scope, last, refs, same):
        return last, module_import(spelled, last)
    local = unused_name(context, last, taken)
    return local, module_import(spelled, local)


def _is_unmoved_import(context: DecidedFile, bind: Bind, module: Destination) -> bool:
    """Return whether a binding is an import of a module, one that the codemod leaves as it is."""
    if not context.is_same(bind, module):
        return False
    return all(
        direct_site(context, item) is None for item in context.items if item.alias is bind.alias
    )


def _bound_already(context: FileContext, scope: Scope, refs: list[Ref], same: Same) -> str | None:
    """Return the name under which a scope has the module already, surely and before the first use."""
    first = min(
        (ref.literal.node.lineno if ref.literal else ref.node.lineno for ref in refs), default=0
    )
    for local, binds in scope.binds.items():
        statement = context.statement_of.get(binds[0].node)
        if statement is None or len(binds) > 1 or statement.guarded or statement.typing_only:
            continue
        early = statement.node.lineno < first
        if early and same(binds[0]) and is_free(scope, local, refs, same):
            return local
    return None


def _take_over(
    context: DecidedFile,
    group: Group,
    draft: Draft,
    anchor: ImportedAlias,
    spelled: str,
    same: Same,
    taken: set[str],
) -> tuple[str, NewImport]:
    """Return the import that takes the place of the group's own: under its alias, else under the new module's name."""
    local, last = group.local, spelled.rpartition(".")[2]
    is_plain = isinstance(anchor.statement.node, ast.Import) and not spelled.startswith(".")
    if anchor.alias.asname is not None:
        new = _plain_import(spelled, local) if is_plain else module_import(spelled, local)
        return local, new
    if last == local:
        return local, module_import(spelled, None)
    if last not in taken and _can_call(context, group, draft, last, same):
        return last, module_import(spelled, None)
    return local, module_import(spelled, local)


def _can_call(context: DecidedFile, group: Group, draft: Draft, new: str, same: Same) -> bool:
    """Return whether a group's module can be called ``new`` from now on, and note it if so.

    What the file does not use it imports for others, who know it by its old name.
    """
    is_global = group.scope is context.scopes.module
    keeps = is_global and (group.local in context.facts.keep or not group.uses)
    keeps |= bool(group.parents) or has_other_binding(
        group.scope, group.local, {item.alias for item in group.direct}
    )
    if (
        keeps
        or can_rename(context.source, context.scopes, group.scope, group.local, new, same) is None
    ):
        if is_global and not references_to(group.scope, group.local):
            # it is another module, if others ask for it
            draft.renamed.append((group.local, group.local))
        return False
    if is_global:
        draft.renamed.append((group.local, new))
    return True


def _for_its_effect(context: DecidedFile, group: Group) -> Sequence[NewImport]:
    """Return what a parent's import becomes that is only there for what importing its module does.

    from a.pub import old    from a import pub: nobody takes ``old`` of ``a.pub`` any more
    """
    parent = group.parents[0]
    as_is = context.decided.get(parent.alias, [parent.as_is])
    module = parent.statement.module
    is_legacy = context.imported_module(parent) == group.imported_name.key
    if not is_legacy or not module.strip(".") or as_is != [parent.as_is]:
        return as_is
    plain = module_import(module, None)
    is_new = plain.local not in group.scope.binds and is_free(
        group.scope, plain.local, [], lambda bind: False
    )
    return [plain] if is_new else as_is


def _plain_import(spelled: str, local: str) -> NewImport:
    return NewImport("", spelled, None if spelled == local else local)


def _place_imports(
    context: DecidedFile,
    group: Group,
    imports: list[NewImport],
    draft: Draft,
    deleted: bool,
) -> None:
    """Put the new imports in place of the old ones, or after a parent's import that is still needed.

    ``deleted``: the name that the parent's import binds is deleted.
    """
    for item in group.direct:
        draft.imports[item.alias] = [item.as_is, *imports] if group.stays else imports
    if group.direct or not group.parents:
        return
    parent = group.parents[0]
    before: Sequence[NewImport] = ()
    if deleted or group.stays or is_name_needed(context, group):
        before = context.decided.get(parent.alias, [parent.as_is])
    elif has_effect(context, group):
        before = _for_its_effect(context, group)
    brought = [NewImport("", new.local) for new in before if not new.module and not new.asname]
    draft.imports[parent.alias] = [*before, *(new for new in imports if new not in brought)]
