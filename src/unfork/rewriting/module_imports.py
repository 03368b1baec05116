"""Modules imported as a whole, and every use through them: what takes their place.

A group of uses moves as one: to a name of the canonical module that is bound already, one that is new, or the old one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from unfork.reading.calls import callee_name
from unfork.rewriting.attribute_paths import follow_attribute_path
from unfork.rewriting.dotted_modules import dotted_anchor, draft_dotted, stays_dotted
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite, Place
from unfork.rewriting.handed_modules import stands_for
from unfork.rewriting.local_modules import draft_local
from unfork.rewriting.lost_effects import lost_effect
from unfork.rewriting.module_drafts import Draft, edit_to_own_name
from unfork.rewriting.module_uses import Group, Use, direct_site, grouped_uses
from unfork.rewriting.package_uses import through_packages
from unfork.rewriting.spelling import module_import
from unfork.rewriting.unresolved_modules import (
    answers_for_all,
    is_declared,
    left_of_group,
    needed_by_others,
    packages_passed_on,
    reason_not_to_move,
)
from unfork.rewriting.use_destinations import goes_by_its_own_name, is_replaced, movable_uses
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, ImportedName, Key, Unresolved


def move_modules(context: FileRewrite, items: Iterable[ImportedAlias], mentioned: bool) -> None:
    """Decide about every import of a module that the codemod is about, and about all uses through it.

    ``mentioned``: the file speaks of such modules outside its import statements too, perhaps through a package.
    """
    candidates = [(item, direct_site(context, item)) for item in items]
    direct = [
        (item, imported_name) for item, imported_name in candidates if imported_name is not None
    ]
    if direct or (mentioned and context.codemod.follows_parents):
        grouped = grouped_uses(context, direct)
        context.legacy_names_in_use += grouped.legacy_names_in_use
        for node, stays in grouped.left:
            context.record_unresolved(node, stays)
        groups = through_packages(context, grouped.groups)
        for group in groups:
            group.moving = [*movable_uses(context, group)]
            _record_uses(context, group)
        for group in groups:
            _carry_out(context, group, _draft_group(context, group))
            context.legacy_names_in_use += _names_to_keep(context, group)
        for group in groups:
            if group.stays and group.parents and not group.direct:
                context.decided |= _imports_to_keep_loaded(context, group)


def _record_uses(context: FileRewrite, group: Group) -> None:
    """Record what was found out about the uses of a group."""
    for use in group.uses:
        if use.stays is not None:
            context.record_unresolved(use.ref.place, use.stays)
        context.record_calls(use.calls)
        if use.replaced_there is not None:
            context.patch_destination[use.ref] = use.replaced_there


def _draft_group(context: DecidedFile, group: Group) -> Draft:
    """Return the move of a group of uses and the imports that they go through, all or those that can."""
    module_destination = context.codemod.destination(group.imported_name)
    moving, draft = group.moving, Draft()
    if not group.uses and _is_around_shim(context, group.imported_name.key):
        group.stays = True
        return draft
    group.stays = len(group.uses) > len(moving) or group.below or bool(group.packages)
    staying = set(group.uses).difference(moving)
    if any(is_replaced(use) or _lists_names(use) for use in staying):
        return draft
    why = reason_not_to_move(context, group, module_destination)
    if why is None:
        why = _reason_by_effect(context, group, module_destination)
    if why is not None:
        return _draft_to_stay(context, group, why)
    if isinstance(module_destination, Destination):
        draft.left += packages_passed_on(context, group)
    if not moving and (
        group.stays or isinstance(module_destination, Unresolved) or module_destination is None
    ):
        if not group.stays and isinstance(module_destination, Unresolved):
            draft.left += [(item.alias, module_destination) for item in group.direct]
        return draft
    if not group.stays and _is_needed(context, group, module_destination):
        draft.left += [(item.alias, needed_by_others(context, group)) for item in group.direct]
        group.stays = True  # for others: what this file takes of it moves
        if not moving:
            return draft
    own = [use for use in moving if goes_by_its_own_name(context, group, use)]
    for use in own:
        edit_to_own_name(context, use, draft)
    draft.moves = True
    if own:
        moving = [use for use in moving if use not in own]
        if not moving:
            return draft
        group = replace(group, moving=moving)
    dotted = dotted_anchor(context, group)
    if dotted is not None and stays_dotted(context, dotted, module_destination, moving):
        if not draft_dotted(context, group, dotted, module_destination, draft):
            why = "brings a package along that is used here, and moves too; rewrite it by hand"
            return _draft_to_stay(context, group, why, draft.left)
    else:
        draft_local(context, group, module_destination, draft)
    return draft


def _reason_by_effect(
    context: DecidedFile, group: Group, module_destination: Destination | Unresolved | None
) -> str | None:
    """Return why an import stays that is there only for what it does: its counterpart does not do that."""
    if not isinstance(module_destination, Destination) or group.uses or group.stays:
        return None
    called = _names_there(context, group.imported_name)
    line = lost_effect(context.index, group.imported_name.key, module_destination.key, called)
    if line is None:
        return None
    why = f"is imported for what its line {line} does, and {module_destination.spelling} does not"
    return f"{why}; rewrite it by hand"


def _names_there(context: FileContext, legacy: ImportedName) -> dict[str, str]:
    """Return what the names of a legacy module are called where they move to."""
    names = context.index.names(legacy.key)
    moves = {name: context.codemod.destination(legacy.of(name)) for name in names}
    return {
        name: destination.name
        for name, destination in moves.items()
        if isinstance(destination, Destination) and destination.name is not None
    }


def _is_around_shim(context: FileContext, package: Key) -> bool:
    """Return whether a file is a shim in a package: the package is loaded already, and others use its name there."""
    if not context.key.startswith(f"{package}/"):
        return False
    from unfork.rewriting.shim_read import forwards_of  # late: few files import their own package

    return context.index.told(context.key, forwards_of) is not None


def _draft_to_stay(
    context: FileContext, group: Group, why: str, left: Iterable[tuple[Place, Unresolved]] = ()
) -> Draft:
    """Return the draft of a group that stays, with the reason; ``left`` are further findings."""
    group.stays = True
    stays = Unresolved(context.codemod.code, f"{group.imported_name.spelled} {why}")
    return Draft(left=[*left, *left_of_group(group, stays)])


def _names_to_keep(context: FileContext, group: Group) -> Iterator[tuple[Key, str]]:
    """Yield the names in other files through which uses here still reach a legacy module."""
    stays = context.facts.unchanged is not None
    if group.direct and (stays or any(use not in group.moved for use in group.uses)):
        # from package import legacy: the package's own binding comes first
        for item in group.direct:
            if item.imported_name.name is not None:
                name = item.imported_name.key, item.imported_name.name
                yield from context.index.origin(*name).hops
    for use in group.uses if not group.direct else ():
        names = [node.attr for node in use.ref.attributes]
        for item in group.parents if stays or use not in group.moved else ():
            start = context.imported_module(item)
            if use.depth and start is not None:
                above = follow_attribute_path(context, start, names[: use.depth - 1]).key
                yield from context.index.origin(above, names[use.depth - 1]).hops
            elif item.imported_name.name is not None:
                yield from context.index.origin(
                    item.imported_name.key, item.imported_name.name
                ).hops


def _lists_names(use: Use) -> bool:
    """Return whether a use takes all names of the module, which may be compared with what other uses take of it.

    for cls in vars(module).values(): issubclass(cls, module.Base)
    """
    call = use.ref.call if use.name is None else None
    return use.name == "__dict__" or (call is not None and callee_name(call) in _LISTING)


_LISTING = frozenset({"dir", "getmembers", "vars"})


def _is_needed(
    context: FileContext, group: Group, module_destination: Destination | Unresolved | None
) -> bool:
    """Return whether others need the legacy module from this file, not another in its place."""
    if group.scope is context.scopes.module and group.local in context.facts.legacy_names_in_use:
        return True
    if (
        context.facts.bindings.holds(group.imported_name.key)
        and group.scope is context.scopes.module
        and is_declared(context, group)
    ):
        return True  # what others use of a name that a function binds is unknown
    is_offered = answers_for_all(context, group, module_destination)
    if is_offered and group.local in context.facts.keep:
        return not stands_for(context, group.imported_name)
    return is_offered and not context.codemod.is_drop_in_replacement(group.imported_name)


def _imports_to_keep_loaded(context: DecidedFile, group: Group) -> dict[ast.alias, list[NewImport]]:
    """Return the import of a module still used through its package, if the imports that loaded it here have moved."""
    key, parent = group.imported_name.key, group.parents[0]
    if all(use.through for use in group.uses):
        return {}
    loading = [item for item in context.items if _is_loading(context, item, key)]
    is_plain = not parent.statement.module and parent.alias.asname is None
    if not loading or any(_is_there(context, item) for item in loading) or not is_plain:
        return {}
    imports = context.decided.get(parent.alias, [parent.as_is])
    spelled = context.spelled(Destination(key, None, context.index.dotted(key)), parent)
    return {parent.alias: [*imports, NewImport("", spelled)]}


def _is_loading(context: FileContext, item: ImportedAlias, key: Key) -> bool:
    """Return whether an import runs a module, by itself or on the way to one in it."""
    module = item.imported_name.key
    return module == key or module.startswith(f"{key}/") or context.imported_module(item) == key


def _is_there(context: DecidedFile, item: ImportedAlias) -> bool:
    return item.as_is in context.decided.get(item.alias, [item.as_is])


def _carry_out(context: FileRewrite, group: Group, draft: Draft) -> None:
    for node, stays in draft.left:
        context.record_unresolved(node, stays)
    codemod = context.codemod
    is_moved = codemod.repairs(context.key) or codemod.destination(group.imported_name) is not None
    if not is_moved and group.direct and group.scope is context.scopes.module:
        context.repointed_aliases.append(group.local)  # others may take names that move through it
    if not draft.moves:
        return
    group.moved = group.moving
    context.renamed += draft.renamed
    for item in (*group.direct, *group.parents):
        if item.alias in draft.imports:
            context.decided[item.alias] = draft.imports[item.alias]
            is_gone = all(new.local != item.local for new in draft.imports[item.alias])
            if group.scope is context.scopes.module and is_gone:
                context.renamed[:0] = [(item.local, item.local)]  # gone, unless others ask for it
    if group.direct and not group.direct[0].is_dotted and group.scope is context.scopes.module:
        context.repointed_aliases.append(group.local)
        if _is_kept_plain(context, group) and not stands_for(context, group.imported_name):
            # moved, unless others need it as it was
            context.renamed.append((group.local, group.local))
    for item in group.direct:
        context.record_fix(
            item.alias,
            f"{group.imported_name.spelled} is imported; {_replacement_advice(context, group)}",
            item.imported_name,
        )
    if not group.direct:
        for use in group.moving:
            assert use.destination is not None
            origin = f"{use.name or 'it'} comes from {group.imported_name.spelled}"
            is_own = use.destination.key == context.key
            import_ = NewImport("", use.destination.spelling).statement
            context.record_fix(
                use.ref.place, f"{origin}; write: {use.destination.name if is_own else import_}"
            )
    context.edits += draft.edits
    context.call_edits |= {use.ref.node: [*use.calls.edits] for use in group.moving}


def _is_kept_plain(context: DecidedFile, group: Group) -> bool:
    """Return whether a module that had no alias is now imported with its old name as the alias."""
    item = group.direct[0]
    return item.alias.asname is None and any(
        new.asname == group.local for new in context.decided.get(item.alias, ())
    )


def _replacement_advice(context: FileContext, group: Group) -> str:
    module_destination = context.codemod.destination(group.imported_name)
    if not isinstance(module_destination, Destination):
        return "import what its names moved to"
    spelled = context.spelled(module_destination, group.direct[0])
    is_relative = spelled.startswith(".")
    new = (
        module_import(spelled, None) if is_relative else NewImport("", module_destination.spelling)
    )
    return f"write: {new.statement}"
