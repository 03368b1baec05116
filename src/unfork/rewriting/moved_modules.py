"""Modules imported as a whole, and every use through them: what takes their place.

A group of uses moves as one: to a name of the canonical module that is bound already, one that is new, or the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unfork.reading.calls import REPLACING, called
from unfork.reading.places import attribute_span, link_spans
from unfork.reading.source import string_span
from unfork.rewriting.dotted_modules import dotted_anchor, draft_dotted, stays_dotted
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.left_modules import (
    answers_for_all,
    handed_around,
    is_declared,
    leave_group,
    leave_packages,
    needed_by_others,
    reason_not_to_move,
)
from unfork.rewriting.local_modules import draft_local
from unfork.rewriting.lost_effects import lost_effect
from unfork.rewriting.module_drafts import Draft
from unfork.rewriting.module_uses import Group, Use, direct_site, groups_of
from unfork.rewriting.spelling import module_import, statement_text
from unfork.rewriting.walks import follow_attribute_path
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Home, Key, Stays


def move_modules(work: FileWork, items: Iterable[Imports], mentioned: bool) -> None:
    """Decide about every import of a module that the codemod is about, and about all uses through it.

    ``mentioned``: the file speaks of such modules outside its import statements too, perhaps through a package.
    """
    candidates = [(item, direct_site(work, item)) for item in items]
    direct = [(item, site) for item, site in candidates if site is not None]
    if direct or (mentioned and work.codemod.follows_parents):
        groups = groups_of(work, direct)
        for group in groups:
            group.moving = _movable_uses(work, group)
        for group in groups:
            _move_group(work, group)
            work.held += _names_to_keep(work, group)
        for group in groups:
            if group.stays and group.parents and not group.direct:
                _keep_loaded(work, group)


def _move_group(work: FileWork, group: Group) -> None:
    """Move a group of uses and the imports that they go through, all or those that can."""
    whole = work.codemod.home(group.site)
    moving = group.moving
    if whole is None and group.direct and group.scope is work.scopes.module:
        work.rebound.append(group.local)  # others may take names that move through it
    group.stays = len(group.uses) > len(moving) or group.below or bool(group.packages)
    if any(_is_replaced(use) for use in set(group.uses).difference(moving)):
        return
    why = reason_not_to_move(work, group, whole)
    if why is not None:
        leave_group(work, group, Stays(work.codemod.code, f"{group.site.spelled} {why}"))
        return
    if isinstance(whole, Home) and not group.uses and not group.stays:
        line = lost_effect(work.index, group.site.key, whole.key)
        if line is not None:
            why = f"is imported for what its line {line} does, and {whole.spelling} does not"
            why = f"{group.site.spelled} {why}; rewrite it by hand"
            leave_group(work, group, Stays(work.codemod.code, why))
            return
    if isinstance(whole, Home):
        leave_packages(work, group)
    if not moving and (group.stays or isinstance(whole, Stays) or whole is None):
        if not group.stays and isinstance(whole, Stays):
            for item in group.direct:
                work.record_unresolved(item.alias, whole)
        return
    if not group.stays and _is_needed(work, group, whole):
        for item in group.direct:
            work.record_unresolved(item.alias, needed_by_others(work, group))
        group.stays = True  # for others: what this file takes of it moves
        if not moving:
            return
    draft = Draft()
    dotted = dotted_anchor(work, group)
    if dotted is not None and stays_dotted(work, dotted, whole, moving):
        if not draft_dotted(work, group, dotted, whole, draft):
            why = "brings a package along that is used here, and moves too; rewrite it by hand"
            leave_group(work, group, Stays(work.codemod.code, f"{group.site.spelled} {why}"))
            return
    else:
        draft_local(work, group, whole, draft)
    _carry_out(work, group, draft)


def _names_to_keep(work: FileWork, group: Group) -> Iterator[tuple[Key, str]]:
    """Yield the names by which other files have a legacy module that uses here go on taking of them."""
    stays = work.facts.unchanged is not None
    for use in group.uses if not group.direct else ():
        names = [node.attr for node in use.ref.attributes]
        for item in group.parents if stays or use not in group.moved else ():
            start = work.imported_module(item)
            if use.depth and start is not None:
                above = follow_attribute_path(work, start, names[: use.depth - 1]).key
                yield from work.index.origin(above, names[use.depth - 1]).hops
            elif item.site.name is not None:
                yield from work.index.origin(item.site.key, item.site.name).hops


def _is_replaced(use: Use) -> bool:
    """Return whether a call replaces some name of the module, which one cannot be told: all uses must stay with it."""
    call = use.ref.call
    return use.name is None and call is not None and called(call) in REPLACING


def _is_needed(work: FileWork, group: Group, whole: Home | Stays | None) -> bool:
    """Return whether others need the legacy module from this file, not another in its place."""
    if group.scope is work.scopes.module and group.local in work.facts.held:
        return True
    stays = {key for key, _ in work.facts.bindings.stays}
    if group.site.key in stays and group.scope is work.scopes.module and is_declared(work, group):
        return True  # what others take of a name that a function binds cannot be told
    is_offered = answers_for_all(work, group, whole)
    return is_offered and not work.codemod.interchangeable(group.site)


def _keep_loaded(work: FileWork, group: Group) -> None:
    """Import a module that is still used through its package, where the imports that loaded it here have moved away."""
    key, parent = group.site.key, group.parents[0]
    if all(use.through for use in group.uses):
        return
    loading = [item for item in work.items if _is_loading(work, item, key)]
    is_plain = not parent.statement.module and parent.alias.asname is None
    if not loading or any(_is_there(work, item) for item in loading) or not is_plain:
        return
    imports = work.decided.get(parent.alias, [parent.as_is])
    spelled = work.spelled(Home(key, None, work.index.dotted(key)), parent)
    work.decided[parent.alias] = [*imports, NewImport("", spelled)]


def _is_loading(work: FileWork, item: Imports, key: Key) -> bool:
    """Return whether an import runs a module, by itself or on the way to one in it."""
    module = item.site.key
    return module == key or module.startswith(f"{key}/") or work.imported_module(item) == key


def _is_there(work: FileWork, item: Imports) -> bool:
    return item.as_is in work.decided.get(item.alias, [item.as_is])


def _carry_out(work: FileWork, group: Group, draft: Draft) -> None:
    group.moved = group.moving
    for item in (*group.direct, *group.parents):
        if item.alias in draft.imports:
            work.decided[item.alias] = draft.imports[item.alias]
            is_gone = all(new.local != item.local for new in draft.imports[item.alias])
            if group.scope is work.scopes.module and is_gone:
                work.renamed[:0] = [(item.local, item.local)]  # gone, unless others ask for it
    if group.direct and not group.direct[0].is_dotted and group.scope is work.scopes.module:
        work.rebound.append(group.local)
        if _is_kept_plain(work, group) and not work.codemod.interchangeable(group.site):
            work.renamed.append(
                (group.local, group.local)
            )  # moved, unless others need it as it was
    for item in group.direct:
        work.record_fix(
            item.alias,
            f"{group.site.spelled} is imported; {_replacement_advice(work, group)}",
            item.site,
        )
    if not group.direct:
        for use in group.moving:
            assert use.home is not None
            origin = f"{use.name or 'it'} comes from {group.site.spelled}"
            work.record_fix(use.ref.node, f"{origin}; write: import {use.home.spelling}")
    work.edits += draft.edits


def _is_kept_plain(work: FileWork, group: Group) -> bool:
    """Return whether a module without an alias has its old name for an alias now."""
    item = group.direct[0]
    return item.alias.asname is None and any(
        new.asname == group.local for new in work.decided.get(item.alias, ())
    )


def _replacement_advice(work: FileWork, group: Group) -> str:
    whole = work.codemod.home(group.site)
    if not isinstance(whole, Home):
        return "import what its names moved to"
    spelled = work.spelled(whole, group.direct[0])
    relative = statement_text(module_import(spelled, None)) if spelled.startswith(".") else None
    return f"write: {relative or f'import {whole.spelling}'}"


def _movable_uses(work: FileWork, group: Group) -> list[Use]:
    """Return the uses of a group that can move."""
    whole = work.codemod.home(group.site)
    replaced = {use.name for use in group.uses if use.is_replacing}
    return [
        use
        for use in group.uses
        if _find_destination(work, group, use, whole, use.name in replaced)
    ]


def _find_destination(
    work: FileWork, group: Group, use: Use, whole: Home | Stays | None, replaced: bool
) -> bool:
    """Find the home of what a use takes. Returns False, with a finding, where it must stay.

    ``replaced``: the name is given another value here, which is to be seen where it is read.
    """
    if work.is_ignored(use.ref.node, work.codemod.code):
        return False
    if use.home is not None:
        return _is_editable(work, use)
    if use.name is None:
        if isinstance(whole, Home) and (use.bare or work.codemod.interchangeable(group.site)):
            use.home = whole
        elif whole is None and (use.bare or work.codemod.interchangeable(group.site)):
            return False
        else:
            stays = whole if isinstance(whole, Stays) else handed_around(work, group)
            work.record_unresolved(use.ref.node, stays)
            return False
    else:
        site = group.site.of(use.name)._replace(late=True)
        home = work.codemod.patched(site) if replaced else work.codemod.home(site)
        if isinstance(home, Stays):
            work.record_unresolved(use.ref.node, home)
        if isinstance(home, Stays) or home is None:
            return False
        use.home = home
        if replaced:
            rest = [node.attr for node in use.ref.attributes[use.depth + 1 :]]
            work.patched[use.ref] = home, rest
    if use.home.key == work.key or not _is_editable(work, use):
        why = f"this use of {group.site.spelled} cannot be rewritten where it stands; rewrite it by hand"
        work.record_unresolved(use.ref.node, Stays(work.codemod.code, why))
        use.home = None
        return False
    return True


def _is_editable(work: FileWork, use: Use) -> bool:
    if link_spans(work.source, use.ref, use.depth) is None:
        return False
    if use.text is not None:
        return (
            string_span(work.source, use.text) is not None
            and use.home is not None
            and use.home.name is not None
        )
    return use.name is None or attribute_span(work.source, use.ref, use.depth) is not None
