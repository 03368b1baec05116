"""Modules imported as a whole, and every use through them: what takes their place.

A group of uses moves as one: to a name of the canonical module that is bound already, one that is new, or the old one.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from unfork.reading.calls import REPLACING, called
from unfork.reading.places import attribute_span, chain_span, link_spans
from unfork.reading.scopes import Bind, Ref, Scope, resolve
from unfork.reading.source import Span, string_span
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.module_uses import Group, Use, direct_site, groups_of
from unfork.rewriting.renames import Same, can_rename, has_other_binding, is_free, is_offered
from unfork.rewriting.spelling import module_import, spell, written
from unfork.rewriting.walks import walk
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Home, Key, Site, Stays


def move_modules(work: FileWork, items: Iterable[Imports], mentioned: bool) -> None:
    """Decide about every import of a module that the codemod is about, and about all uses through it.

    ``mentioned``: the file speaks of such modules outside its import statements too, perhaps through a package.
    """
    found = [(item, direct_site(work, item)) for item in items]
    direct = [(item, site) for item, site in found if site is not None]
    if direct or (mentioned and work.codemod.follows_parents):
        groups = groups_of(work, direct)
        for group in groups:
            group.moving = _moving(work, group)
        for group in groups:
            _move(work, group)
            work.held += _held(work, group)
        for group in groups:
            if group.stays and group.parents and not group.direct:
                _keep_loaded(work, group)


@dataclass(slots=True)
class _Draft:
    """What a group comes to: the new imports for each of its statements, and the edits at its uses."""

    imports: dict[ast.alias, list[NewImport]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)


def _move(work: FileWork, group: Group) -> None:
    """Move a group of uses and the imports that they go through, all or those that can."""
    whole = work.codemod.home(group.site)
    moving = group.moving
    staying = len(group.uses) - len(moving) + group.below + len(group.packages)
    group.stays = staying > 0
    if any(_is_replaced(use) for use in group.uses if use not in moving):
        return
    differs = any(not _stays_itself(use, whole) for use in moving)
    keeps = bool(group.direct) and not group.direct[0].is_dotted
    hidden = group.hidden and not (keeps and work.codemod.interchangeable(group.site))
    if hidden or (group.uncertain and moving and not (keeps and not differs and not staying)):
        why = "is bound in more than one way here, and not all that is used is in its place"
        _leave_all(work, group, moving, why)
        return
    if isinstance(whole, Home):
        _leave_packages(work, group)
    if not moving and (staying or isinstance(whole, Stays) or whole is None):
        if not staying and isinstance(whole, Stays):
            for item in group.direct:
                work.leave(item.alias, whole)
        return
    if not staying and _is_offered(work, group) and not work.codemod.interchangeable(group.site):
        for item in group.direct:
            work.leave(item.alias, _handed_around(work, group))
        return
    draft = _Draft()
    dotted = _dotted_anchor(work, group, moving, staying > 0)
    if dotted is not None and _stays_dotted(work, dotted, whole, moving):
        if not _dotted(work, group, dotted, moving, whole, staying > 0, draft):
            why = "brings a package along that is used here, and moves too"
            _leave_all(work, group, moving, why)
            return
    else:
        _local(work, group, moving, whole, staying > 0, draft)
    _carry_out(work, group, moving, draft)


def _held(work: FileWork, group: Group) -> Iterator[tuple[Key, str]]:
    """Yield the names by which other files have a legacy module that uses here go on taking of them."""
    for use in group.uses if not group.direct else ():
        names = [node.attr for node in use.ref.attributes]
        for item in group.parents if use not in group.moved else ():
            start = work.imported_module(item)
            if use.depth and start is not None:
                above = walk(work, start, names[: use.depth - 1]).key
                yield from work.index.origin(above, names[use.depth - 1]).hops
            elif item.site.name is not None:
                yield from work.index.origin(item.site.key, item.site.name).hops


def _stays_itself(use: Use, whole: Home | Stays | None) -> bool:
    """Return whether a use is right as it stands once the canonical module takes the legacy one's place."""
    return _in_module(use, whole) and use.home is not None and use.home.name == use.name


def _is_replaced(use: Use) -> bool:
    """Return whether a call replaces some name of the module, which one cannot be told: all uses must stay with it."""
    call = use.ref.call
    return use.name is None and call is not None and called(call) in REPLACING


def _is_offered(work: FileWork, group: Group) -> bool:
    """Return whether others may take the module itself from this file: all its names, whatever is used here."""
    if not group.direct or group.direct[0].is_dotted:
        return False
    return isinstance(work.codemod.home(group.site), Home) and _is_kept(work, group)


def _keep_loaded(work: FileWork, group: Group) -> None:
    """Import a module that is still used through its package, where the imports that loaded it here have moved away."""
    key, parent = group.site.key, group.parents[0]
    if all(use.through for use in group.uses):
        return
    loading = [item for item in work.items if _loads(work, item, key)]
    if not loading or any(_is_there(work, item) for item in loading) or not parent.is_dotted:
        return
    here = work.decided.get(parent.alias, [parent.as_is])
    spelled = work.spelled(Home(key, None, work.index.dotted(key)), parent)
    work.decided[parent.alias] = [*here, NewImport("", spelled)]


def _loads(work: FileWork, item: Imports, key: Key) -> bool:
    """Return whether an import runs a module, by itself or on the way to one in it."""
    found = item.site.key
    return found == key or found.startswith(f"{key}/") or work.imported_module(item) == key


def _is_there(work: FileWork, item: Imports) -> bool:
    return item.as_is in work.decided.get(item.alias, [item.as_is])


def _carry_out(work: FileWork, group: Group, moving: list[Use], draft: _Draft) -> None:
    group.moved = moving
    for item in (*group.direct, *group.parents):
        if item.alias in draft.imports:
            work.decided[item.alias] = draft.imports[item.alias]
    if group.direct and not group.direct[0].is_dotted and group.scope is work.scopes.module:
        work.rebound.append(group.local)
    for item in group.direct:
        work.mend(
            item.alias, f"{group.site.spelled} is imported; {_instead(work, group)}", item.site
        )
    if not group.direct:
        for use in moving:
            assert use.home is not None
            origin = f"{use.name or 'it'} comes from {group.site.spelled}"
            work.mend(use.ref.node, f"{origin}; write: import {use.home.spelling}")
    work.edits += draft.edits


def _instead(work: FileWork, group: Group) -> str:
    whole = work.codemod.home(group.site)
    if not isinstance(whole, Home):
        return "import what its names moved to"
    spelled = work.spelled(whole, group.direct[0])
    relative = written(module_import(spelled, None)) if spelled.startswith(".") else None
    return f"write: {relative or f'import {whole.spelling}'}"


def _leave_all(work: FileWork, group: Group, moving: list[Use], why: str) -> None:
    """Leave a group's imports; where the module is only reached through its package, the uses that were to move."""
    stays = Stays(work.codemod.code, f"{group.site.spelled} {why}; rewrite it by hand")
    for item in group.direct:
        work.leave(item.alias, stays)
    for use in moving if not group.direct else ():
        work.leave(use.ref.node, stays)
    group.stays = True


def _leave_packages(work: FileWork, group: Group) -> None:
    """Tell where a package is handed around: its module stays imported, and whoever takes it cannot be told."""
    for ref in group.packages:
        if not work.is_ignored(ref.node, work.codemod.code):
            why = f"the package is handed around here, and {group.site.spelled} may be taken of it"
            work.leave(ref.node, Stays(work.codemod.code, f"{why}; rewrite it by hand"))


def _moving(work: FileWork, group: Group) -> list[Use]:
    """Return the uses of a group that can move."""
    whole = work.codemod.home(group.site)
    replaced = {use.name for use in group.uses if use.is_replacing}
    return [use for use in group.uses if _settle(work, group, use, whole, use.name in replaced)]


def _settle(
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
            stays = whole if isinstance(whole, Stays) else _handed_around(work, group)
            work.leave(use.ref.node, stays)
            return False
    else:
        site = group.site.of(use.name)
        home = work.codemod.patched(site) if replaced else work.codemod.home(site)
        if isinstance(home, Stays):
            work.leave(use.ref.node, home)
        if isinstance(home, Stays) or home is None:
            return False
        use.home = home
    if use.home.key == work.key or not _is_editable(work, use):
        why = f"this use of {group.site.spelled} cannot be rewritten where it stands; rewrite it by hand"
        work.leave(use.ref.node, Stays(work.codemod.code, why))
        use.home = None
        return False
    return True


def _handed_around(work: FileWork, group: Group) -> Stays:
    why = (
        "the module itself is used here, and not each of its names is in the canonical one under the same name"
        if isinstance(work.codemod.home(group.site), Home)
        else "the module itself is used here, and the redirect names no module that takes its place"
    )
    return Stays(work.codemod.code, f"{group.site.spelled}: {why}; rewrite it by hand")


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


# -- import a.b, used as a.b.name


def _dotted_anchor(work: FileWork, group: Group, moving: list[Use], stays: bool) -> Imports | None:
    """Return the ``import`` whose form the new ones take: that of the module itself, or one that it is reached through.

    The latter only if it has to stay for what else it loads, and nothing else would use its name:

        import a.other; a.legacy.x
    """
    if group.direct:
        return group.direct[0] if group.direct[0].is_dotted else None
    if stays or _is_used_otherwise(work, group, moving):
        return None
    use = group.uses[0]
    way = [use.ref.name, *(node.attr for node in use.ref.attributes[: use.depth])]
    paths = [(item, item.alias.name.split(".")) for item in group.parents if item.is_dotted]
    return next((item for item, path in paths if path != way[: len(path)]), None)


def _stays_dotted(
    work: FileWork, item: Imports, whole: Home | Stays | None, moving: list[Use]
) -> bool:
    """Return whether an ``import`` stays one, with its uses spelled out: not where a home has a relative name only.

    A module of one segment binds just its own name, so ``from package import module`` does better then.
    """
    homes = [use.home for use in moving if use.home] or ([whole] if isinstance(whole, Home) else [])
    style = work.style(item)
    spelled = [spell(work.index.layout, home, style) for home in homes]
    if any(name.startswith(".") for name in spelled):
        return False
    return "." in item.alias.name or all("." not in name for name in spelled)


def _dotted(
    work: FileWork,
    group: Group,
    item: Imports,
    moving: list[Use],
    whole: Home | Stays | None,
    stays: bool,
    draft: _Draft,
) -> bool:
    """Draft an ``import`` and its uses. Returns False where other uses need the import of a package that moves too."""
    needed: dict[str, NewImport] = {}
    for use in moving:
        home = use.home
        assert home is not None
        spelled = work.spelled(home, item)
        if spelled not in needed:
            taken = {new.local for new in needed.values()}
            needed[spelled] = _dotted_import(work, group, spelled, moving, taken)
        new = needed[spelled]
        _edit_use(work, use, new.asname or new.name, draft)
    if not needed and isinstance(whole, Home):
        needed[work.spelled(whole, item)] = NewImport("", work.spelled(whole, item))
    imports = list(needed.values())
    if not group.direct:
        before = work.decided.get(item.alias, [item.as_is])
        draft.imports[item.alias] = [*before, *(new for new in imports if new not in before)]
        return True
    if not stays and _is_orphaned(work, group, imports):
        package = item.alias.name.rpartition(".")[0]
        located = work.index.layout.absolute(package, work.importer)
        if work.codemod.touches(Site(work.importer, located, package)):
            return False
        imports = [NewImport("", package), *imports] if package else imports
    for direct in group.direct:
        draft.imports[direct.alias] = [direct.as_is, *imports] if stays else imports
    return True


def _dotted_import(
    work: FileWork, group: Group, spelled: str, moving: list[Use], taken: Collection[str]
) -> NewImport:
    """Return ``import a.b``, or with an alias where its first name means something else here."""
    root = spelled.partition(".")[0]
    refs = [use.ref for use in moving]

    def same(bind: Bind) -> bool:
        return _binds_package(work, bind, root)

    if root == group.local or is_free(group.scope, root, refs, same):
        return NewImport("", spelled)
    return NewImport("", spelled, _fresh(work, spelled.rpartition(".")[2], taken))


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
    others = [each for each in group.beside if len(each.moving) == len(each.uses)]
    return _has_other_use(work, group, [use for each in (group, *others) for use in each.moving])


def _has_other_use(work: FileWork, group: Group, moving: list[Use]) -> bool:
    """Return whether the group's binding is used in other ways than those that move."""
    moved = {use.ref for use in moving}
    return any(
        ref.name == group.local and ref not in moved and resolve(ref.scope, ref.name) is group.scope
        for ref in work.scopes.refs
    )


# -- a local name for the module


def _local(
    work: FileWork,
    group: Group,
    moving: list[Use],
    whole: Home | Stays | None,
    stays: bool,
    draft: _Draft,
) -> None:
    anchor = (group.direct or group.parents)[0]
    shared = _shares_package(work, group)
    modules: dict[str, Home] = {}
    is_used = group.hidden or not moving or any(_in_module(use, whole) for use in moving)
    if isinstance(whole, Home) and is_used:
        modules[work.spelled(whole, anchor)] = whole
    for use in moving:
        modules.setdefault(_spelled(work, use, anchor), _home_module(use))
    imports: list[NewImport] = []
    locals_: dict[str, str] = {}
    for spelled, home in modules.items():
        first = not imports and not stays and bool(group.direct) and not shared
        users = [use for use in moving if _spelled(work, use, anchor) == spelled]
        taken = {*locals_.values(), *_decided_locals(work, spelled)}
        local, new = _bind_module(work, group, anchor, spelled, home, users, first, taken)
        locals_[spelled] = local
        if new is not None:
            imports.append(new)
    if shared and (group.package or _is_kept(work, group)):
        imports.insert(0, _package_import(work, group))
    for use in moving:
        _edit_use(work, use, locals_[_spelled(work, use, anchor)], draft)
    _place(work, group, moving, imports, stays, draft)


def _shares_package(work: FileWork, group: Group) -> bool:
    """Return whether the package that ``import a.b`` binds is of use besides ``a.b``: then ``a`` stays the package."""
    if not group.direct or not group.direct[0].is_dotted or "." not in group.direct[0].alias.name:
        return False
    mine = {item.alias for item in group.direct}
    other = has_other_binding(group.scope, group.local, mine)
    return group.package or other or _is_kept(work, group)


def _is_kept(work: FileWork, group: Group) -> bool:
    """Return whether others may take the group's local name from this file."""
    is_global = group.scope is work.scopes.module
    return is_global and (is_offered(work.source, group.local) or group.local in work.facts.keep)


def _package_import(work: FileWork, group: Group) -> NewImport:
    """Return what binds the package of ``import a.b`` alone."""
    item = group.direct[0]
    located = work.index.layout.absolute(group.local, work.importer)
    home = work.codemod.home(Site(work.importer, located, group.local))
    if isinstance(home, Home):
        return module_import(work.spelled(home, item), group.local)
    return NewImport("", group.local)


def _decided_locals(work: FileWork, spelled: str) -> Iterator[str]:
    """Yield the names that other decisions bind to something else than the module ``spelled``."""
    for alias, news in work.decided.items():
        as_is = work.statement_by_alias[alias].as_is(alias)
        for new in news:
            dotted = not new.module and not new.asname
            bound = new.local if dotted else f"{new.module}.{new.name}".lstrip(".")
            if new != as_is and bound != spelled.lstrip("."):
                yield new.local


def _home_module(use: Use) -> Home:
    """Return the module of a use's home, as a whole."""
    assert use.home is not None
    return replace(use.home, name=None)


def _spelled(work: FileWork, use: Use, anchor: Imports) -> str:
    return work.spelled(_home_module(use), anchor)


def _in_module(use: Use, whole: Home | Stays | None) -> bool:
    return use.home is not None and isinstance(whole, Home) and use.home.key == whole.key


def _bind_module(
    work: FileWork,
    group: Group,
    anchor: Imports,
    spelled: str,
    home: Home,
    users: list[Use],
    first: bool,
    taken: set[str],
) -> tuple[str, NewImport | None]:
    """Return the local name of a module and the import that binds it; None where it is bound already."""
    module = Home(home.key, None, home.spelling)
    last = spelled.rpartition(".")[2]

    def same(bind: Bind) -> bool:
        return (first and bind.alias in {item.alias for item in group.direct}) or work.is_same(
            bind, module
        )

    refs = [use.ref for use in users]
    if first:
        there = _bound_already(work, group.scope, refs, lambda bind: _stands(work, bind, module))
        if there is not None and _can_call(work, group, there, same):
            return there, None
        return _take_over(work, group, anchor, spelled, same, taken)
    bound = _bound_already(work, group.scope, refs, same)
    if bound is not None:
        return bound, None
    if last not in taken and is_free(group.scope, last, refs, same):
        return last, module_import(spelled, last)
    local = _fresh(work, last, taken)
    return local, module_import(spelled, local)


def _stands(work: FileWork, bind: Bind, module: Home) -> bool:
    """Return whether a binding is an import of a module, one that the codemod leaves as it is."""
    if not work.is_same(bind, module):
        return False
    return all(direct_site(work, item) is None for item in work.items if item.alias is bind.alias)


def _bound_already(work: FileWork, scope: Scope, refs: list[Ref], same: Same) -> str | None:
    """Return the name under which a scope has the module already, surely and before the first use."""
    first = min(
        (ref.literal.node.lineno if ref.literal else ref.node.lineno for ref in refs), default=0
    )
    for local, binds in scope.binds.items():
        statement = work.statement_of.get(binds[0].node)
        if statement is None or len(binds) > 1 or statement.guarded or statement.typing_only:
            continue
        early = statement.node.lineno < first
        if early and same(binds[0]) and is_free(scope, local, refs, same):
            return local
    return None


def _take_over(
    work: FileWork, group: Group, anchor: Imports, spelled: str, same: Same, taken: set[str]
) -> tuple[str, NewImport]:
    """Return the import that takes the place of the group's own: under its alias, else under the new module's name."""
    local, last = group.local, spelled.rpartition(".")[2]
    is_plain = isinstance(anchor.statement.node, ast.Import) and not spelled.startswith(".")
    if anchor.alias.asname is not None:
        new = _plain_import(spelled, local) if is_plain else module_import(spelled, local)
        return local, new
    if last == local:
        return local, module_import(spelled, None)
    if last not in taken and _can_call(work, group, last, same):
        return last, module_import(spelled, None)
    return local, module_import(spelled, local)


def _can_call(work: FileWork, group: Group, new: str, same: Same) -> bool:
    """Return whether a group's module can be called ``new`` from now on, and note it if so."""
    is_global = group.scope is work.scopes.module
    keeps = is_global and group.local in work.facts.keep
    keeps |= has_other_binding(group.scope, group.local, {item.alias for item in group.direct})
    if keeps or can_rename(work.source, work.scopes, group.scope, group.local, new, same) is None:
        return False
    if is_global:
        work.renamed.append((group.local, new))
    return True


def _plain_import(spelled: str, local: str) -> NewImport:
    return NewImport("", spelled, None if spelled == local else local)


def _place(
    work: FileWork,
    group: Group,
    moving: list[Use],
    imports: list[NewImport],
    stays: bool,
    draft: _Draft,
) -> None:
    """Put the new imports where the old ones stand; behind a parent's import, which stays if it is still of use."""
    for item in group.direct:
        draft.imports[item.alias] = [item.as_is, *imports] if stays else imports
    if group.direct or not group.parents:
        return
    parent = group.parents[0]
    used = stays or _is_used_otherwise(work, group, moving)
    before = work.decided.get(parent.alias, [parent.as_is]) if used else []
    brought = [NewImport("", new.local) for new in before if not new.module and not new.asname]
    draft.imports[parent.alias] = [*before, *(new for new in imports if new not in brought)]


def _is_used_otherwise(work: FileWork, group: Group, moving: list[Use]) -> bool:
    if group.scope is work.scopes.module and work.importer.endswith(
        ("__init__.py", "__init__.pyi")
    ):
        return True
    if group.parents[0].alias.name == "*":
        return True
    return _has_other_use(work, group, moving)


def _fresh(work: FileWork, name: str, others: Collection[str]) -> str:
    """Return a name like ``name`` that nothing in the file uses, nor is one of ``others``."""
    taken = {r.name for r in work.scopes.refs} | {
        n for s in work.scopes.module.within() for n in s.binds
    }
    taken.update(others)
    taken |= {new.local for news in work.decided.values() for new in news}
    # never two underscores: a class would read that as a private name of its own
    candidate, number = f"_{name}", 1
    while candidate in taken:
        number += 1
        candidate = f"_{name}{number}"
    return candidate


# -- the edits at a use


def _edit_use(work: FileWork, use: Use, expression: str, draft: _Draft) -> None:
    """Put ``expression`` in the place of the module, and the new name in the place of the old one."""
    home = use.home
    assert home is not None
    depth = use.depth
    if use.name is not None and home.name is None and use.text is None:
        depth += (
            1  # legacy.os, which the legacy module only imports: the module itself takes its place
        )
    parts = expression.split(".")
    whole = chain_span(work.source, use.ref, depth)
    if whole is not None and len(parts) != depth + 1:
        _edit(work, whole, expression, draft)
    else:
        _edit_links(work, use, depth, parts, draft)
    if use.name is None or home.name in (None, use.name):
        return
    name = (
        string_span(work.source, use.text)
        if use.text
        else attribute_span(work.source, use.ref, use.depth)
    )
    _edit(work, name, home.name or "", draft)


def _edit_links(work: FileWork, use: Use, depth: int, parts: list[str], draft: _Draft) -> None:
    """Put ``parts`` in the places of the names that lead to a module, and keep what stands between these."""
    links = link_spans(work.source, use.ref, depth)
    assert links is not None, "a use that is moved can be edited"
    if len(parts) > len(links):
        parts = [*parts[:depth], ".".join(parts[depth:])]
    for (_, start, end), part in zip(links, parts):
        _edit(work, (start, end), part, draft)
    for dot, start, end in links[len(parts) :]:
        _edit(work, (dot, dot + 1), "", draft)
        _edit(work, (start, end), "", draft)


def _edit(work: FileWork, span: Span | None, text: str, draft: _Draft) -> None:
    assert span is not None, "a use that is moved can be edited"
    if work.source.data[span[0] : span[1]] != text.encode():
        draft.edits.append(Edit(*span, text.encode()))
