"""The uses of a module that is imported as a whole, sorted by the binding that they go through.

import a.legacy            from a import legacy         import a.legacy as m        import a
a.legacy.Old()             legacy.Old()                 m.Old()                     a.legacy.Old()
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.calls import REPLACING, callee_name, named_attribute
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.rewriting.attribute_paths import ResolvedPath, follow_attribute_path, is_target
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import NO_CALLS, DecidedFile, FollowedCalls
from unfork.rewriting.handed_modules import stands_for
from unfork.rewriting.renames import is_read_in_class
from unfork.rewriting.star_uses import names_used
from unfork_codemods.project import (
    Destination,
    ImportedName,
    Key,
    Kind,
    Located,
    Unresolved,
    is_external,
)


@dataclass(slots=True, eq=False)
class Use:
    """A use of a module: the reference, how many of its attributes lead to the module, and which name it takes of it.

    ``text`` is the string that holds the name in ``getattr(module, "name")``. ``bare``: nothing is taken from it; the
    code only asks whether it exists, or deletes its name. ``through``: it is reached through another file's import.
    """

    ref: Ref
    depth: int
    name: str | None
    text: ast.Constant | None = None
    destination: Destination | None = None
    bare: bool = False
    through: bool = False
    stays: Unresolved | None = None
    """The finding, if it has to stay."""
    calls: FollowedCalls = NO_CALLS
    replaced_there: tuple[Destination, list[str]] | None = None
    """If it is given another value here: where the name is looked up now, and the attributes used from it."""

    def is_in(self, module_destination: Destination | Unresolved | None) -> bool:
        """Return whether its destination is in the module ``module_destination``."""
        return (
            self.destination is not None
            and isinstance(module_destination, Destination)
            and self.destination.key == module_destination.key
        )

    @property
    def is_replacing(self) -> bool:
        """Whether the use replaces the name in the module rather than reading it."""
        if self.text is not None and self.ref.call is not None:
            return callee_name(self.ref.call) in REPLACING
        return len(self.ref.attributes) == self.depth + 1 and not isinstance(
            self.ref.context, ast.Load
        )


@dataclass(slots=True, eq=False)
class Group:
    """The uses of the module ``key`` through the binding of ``local`` in ``scope``.

    ``direct`` are the imports of the module itself, ``parents`` those of a package that it is reached through.
    """

    scope: Scope
    local: str
    imported_name: ImportedName
    direct: list[ImportedAlias] = field(default_factory=list)
    parents: list[ImportedAlias] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    moved: list[Use] = field(default_factory=list)
    """Those of the uses that are rewritten."""
    uncertain: bool = False
    """Whether the name is bound to something else too: then only what is called the same can move."""
    optional: bool = False
    """Whether it is bound to None too, where the import failed."""
    hidden: bool = False
    """Whether a class body both binds and reads the name: what it reads is unknown."""
    below: bool = False
    """Whether submodules of the module are used through it: then its import stays next to the new one."""
    packages: list[Ref] = field(default_factory=list)
    """Where the package that the import brings along is passed on: other code may take the module from it."""
    moving: list[Use] = field(default_factory=list)
    """The uses that move."""
    stays: bool = False
    """Whether a use stays as it is."""
    beside: list[Group] = field(default_factory=list)
    """The groups of other modules whose uses go through the same binding, and which are reached only so."""
    package: bool = False
    """Whether the package that ``import package.module`` binds is used for something else too."""


def direct_site(context: DecidedFile, item: ImportedAlias) -> ImportedName | None:
    """Return the imported name for the module that an item imports, if the codemod handles that module.

    A module imported from another one that only imports it does not count: it follows when that one is rewritten.
    """
    if item.alias.name == "*" or item.alias in context.destinations:
        return None
    imported_name: ImportedName | None = item.imported_name
    if item.imported_name.name is not None:
        is_outside = is_external(item.imported_name.key) and context.codemod.repairs(context.key)
        if is_outside and context.codemod.applies_to(item.imported_name):
            return None  # it was asked about as a name
        key = context.imported_module(item)
        below = context.index.layout.submodule_key(item.imported_name.key, item.imported_name.name)
        imported_name = context.module_site(item, key) if key is not None and key == below else None
    touched = (
        imported_name is not None
        and context.codemod.applies_to(imported_name)
        and not context.skips(item)
    )
    return imported_name if touched else None


class GroupedUses(NamedTuple):
    """The uses of modules in ``groups``; the uses that are ``left``, and the names of other files that these take."""

    groups: Sequence[Group]
    left: Sequence[tuple[ast.expr, Unresolved]]
    legacy_names_in_use: Sequence[tuple[Key, str]]


def grouped_uses(
    context: DecidedFile, direct: Sequence[tuple[ImportedAlias, ImportedName]]
) -> GroupedUses:
    """Return the uses of each module that the codemod handles, grouped by the binding that they start from.

    ``direct`` are the file's own imports of such modules, each with the imported name of its module.
    """
    finder = _Finder(context, direct)
    return GroupedUses(finder.groups(), finder.left, finder.legacy_names_in_use)


class _Finder:
    """Gives each reference of a file to the group of the module that it reaches, if it reaches one."""

    def __init__(
        self, context: DecidedFile, direct: Sequence[tuple[ImportedAlias, ImportedName]]
    ) -> None:
        self.left: list[tuple[ast.expr, Unresolved]] = []
        self.legacy_names_in_use: list[tuple[Key, str]] = []
        self._context = context
        self._known = frozenset(imported_name.key for _, imported_name in direct)
        self._groups: dict[tuple[Scope, str, Key], Group] = {}
        for item, imported_name in direct:
            scope = context.scope(item)
            group = self._groups.setdefault(
                (scope, item.local, imported_name.key), Group(scope, item.local, imported_name)
            )
            group.direct.append(item)
        self._bindings: dict[tuple[Scope, str], _Binding] = {}
        for item in context.items:
            if item.alias.name != "*" and not _is_decided_by_name(context, item):
                key = context.scope(item), item.local
                self._bindings.setdefault(key, _Binding(*key)).items.append(item)
        for item in _names_from_stars(context):
            key = context.scopes.module, str(item.imported_name.name)
            self._bindings.setdefault(key, _Binding(*key)).items.append(item)

    def groups(self) -> list[Group]:
        """Return the groups, with their uses in the order of the text."""
        names = {name for _, name in self._bindings}
        for ref in self._context.scopes.refs:
            if ref.name not in names:
                continue
            scope = resolve_name(ref.scope, ref.name) or self._context.scopes.module
            binding = self._bindings.get((scope, ref.name))
            if binding is not None and not binding.is_left(self._context):
                self._record_use(binding, ref)
        groups = list(self._groups.values())
        for group in groups:
            group.hidden = is_read_in_class(group.scope, group.local)
            same = [g for g in groups if g.scope is group.scope and g.local == group.local]
            group.beside = [other for other in same if not other.direct]
        return groups

    def _record_use(self, binding: _Binding, ref: Ref) -> None:
        context, starts = self._context, binding.starts(self._context)
        names = [node.attr for node in ref.attributes]
        reached = {
            follow_attribute_path(context, start, names, self._known) for start in starts if start
        }
        first = next(
            (module for module in reached if is_target(context, module.key, self._known)), None
        )
        if first is None or binding.leads_below([ref.name, *names], first.depth + 1):
            self._note_below(binding, ref, reached)
            return
        if not ref.attributes and isinstance(ref.context, ast.Store):
            return  # it is rebound
        use = use_of(ref, first.depth)
        use.through = first.through
        use.bare = use.name is None and _is_bare(context, ref)
        is_shared = binding.is_shared(context)
        if starts == {first.key} and is_shared and _is_of_another(context, first.key, use):
            return
        if first.through and follows_by_itself(context, binding.items[0], first.key, use):
            return
        group = self._groups.get((binding.scope, binding.local, first.key))
        if group is None:
            if not context.codemod.follows_parents or context.is_ignored(
                ref.node, context.codemod.code
            ):
                return
            imported_name = context.module_site(binding.items[0], first.key)
            imported_name = imported_name._replace(spelled=context.index.dotted(first.key))
            group = Group(binding.scope, binding.local, imported_name)
            self._groups[binding.scope, binding.local, first.key] = group
        known = {item.alias for item in group.direct}
        more = [item for item in binding.items if item.alias not in known]
        group.parents += [item for item in more if item not in group.parents]
        group.uses.append(use)
        group.uncertain |= len(starts) > 1 or is_shared
        group.optional |= binding.is_optional(context)

    def _note_below(self, binding: _Binding, ref: Ref, reached: Iterable[ResolvedPath]) -> None:
        """Note a use of a submodule of a legacy package, or of the package around the module, through its import.

        from a import legacy    legacy.sub.x: the package must stay, unless ``legacy.sub`` is the canonical module
        import a.legacy         a.legacy.sub.x, or box = a: whoever has the package may take the module of it
        """
        is_direct = False
        for group in self._groups.values():
            if group.scope is not binding.scope or group.local != binding.local or not group.direct:
                continue
            module_destination = self._context.codemod.destination(group.imported_name)
            to = next(
                (
                    r
                    for r in reached
                    if isinstance(module_destination, Destination)
                    and r.key == module_destination.key
                ),
                None,
            )
            is_direct, was_below = True, group.below
            if group.direct[0].is_dotted:
                group.package = True
                self._note_around(group, binding, ref, to)
            elif to is not None and isinstance(module_destination, Destination):
                use = use_of(ref, to.depth)
                use.destination = Destination(
                    module_destination.key, use.name, module_destination.spelling
                )
                group.uses.append(use)
            else:
                group.below = True
            if group.below and not was_below:
                self._leave_inside(ref, reached)
        if (
            not is_direct
            and any(_stays_inside(self._context, module) for module in reached)
            and self._has_holding_import(binding, ref)
        ):
            self._leave_inside(ref, reached)

    def _leave_inside(self, ref: Ref, reached: Iterable[ResolvedPath]) -> None:
        """Leave a use of a module inside a legacy package that is only there because the package is imported."""
        stays = next(
            filter(None, (_stays_inside(self._context, module) for module in reached)), None
        )
        if stays is not None and not self._context.is_ignored(ref.node, stays.code):
            self.left.append((ref.node, stays))

    def _has_holding_import(self, binding: _Binding, ref: Ref) -> bool:
        """Return whether another file's import of a legacy package leads to a module in it: that import has to stay."""
        context, names = self._context, [node.attr for node in ref.attributes]
        needed: list[tuple[Key, str]] = []
        for item in binding.items:
            start = context.imported_module(item)
            for depth in range(len(names) if start is not None else 0):
                package = follow_attribute_path(context, start or "", names[:depth], self._known)
                if package.depth < depth or not is_target(context, package.key, self._known):
                    continue
                if binding.leads_below([ref.name, *names], depth + 1):
                    return False  # the file imports the module itself
                if depth:
                    above = follow_attribute_path(
                        context, start or "", names[: depth - 1], self._known
                    ).key
                    needed += context.index.origin(above, names[depth - 1]).hops
                elif item.imported_name.name is not None:
                    needed += context.index.origin(
                        item.imported_name.key, item.imported_name.name
                    ).hops
        self.legacy_names_in_use += needed
        return bool(needed)

    def _note_around(
        self, group: Group, binding: _Binding, ref: Ref, to: ResolvedPath | None
    ) -> None:
        names = [ref.name, *(node.attr for node in ref.attributes)]
        path = group.direct[0].alias.name.split(".")
        if names[: len(path)] == path:
            others = (i.alias.name.split(".") for i in binding.items if i not in group.direct)
            group.below |= to is None and not any(
                other[: len(path) + 1] == names[: len(path) + 1] for other in others
            )
        elif names == path[: len(names)] and _is_handed_around(
            self._context, ref, path[len(names)]
        ):
            group.packages.append(ref)


def _stays_inside(context: FileContext, reached: ResolvedPath) -> Unresolved | None:
    """Return the finding for a module that is reached inside a legacy package."""
    imported_name = ImportedName(
        context.importer, Located(reached.key), context.index.dotted(reached.key)
    )
    return context.codemod.inside(imported_name)


@dataclass(slots=True, eq=False)
class _Binding:
    """The imports that bind one name in one scope."""

    scope: Scope
    local: str
    items: list[ImportedAlias] = field(default_factory=list)
    _starts: frozenset[Key | None] | None = None
    _left: bool | None = None

    def starts(self, context: FileContext) -> frozenset[Key | None]:
        """Return the modules that are bound; None stands for what is no module."""
        if self._starts is None:
            self._starts = frozenset(context.imported_module(item) for item in self.items)
        return self._starts

    def is_shared(self, context: FileContext) -> bool:
        """Return whether the name is given a value by something else too: more than None in a module's place."""
        stars = sum(item.alias.name == "*" for item in self.items)
        given = [
            b for b in self.scope.given(self.local) if b.node not in context.names_bound_to_none
        ]
        return len(self.items) != stars + len(given)

    def is_optional(self, context: FileContext) -> bool:
        """Return whether the name is bound to None too."""
        return any(
            bind.node in context.names_bound_to_none for bind in self.scope.given(self.local)
        )

    def leads_below(self, names: Sequence[str], depth: int) -> bool:
        """Return whether an import says that what ``names`` take of their first ``depth``, a module, is a module too.

        Of a package that is gone nothing else tells: import a.legacy.sub; a.legacy.sub.x
        """
        way = list(names[: depth + 1])
        dotted = (item.alias.name.split(".") for item in self.items if item.is_dotted)
        return len(way) > depth and any(path[: depth + 1] == way for path in dotted)

    def is_left(self, context: FileContext) -> bool:
        """Return whether a comment says to leave one of the imports alone."""
        if self._left is None:
            self._left = any(context.skips(item) for item in self.items)
        return self._left


def _is_bare(context: FileContext, ref: Ref) -> bool:
    if not ref.attributes:
        return isinstance(ref.context, ast.Del) or ref.node in context.tested
    return ref.attributes[-1] in context.tested


def _is_handed_around(context: FileContext, ref: Ref, name: str) -> bool:
    """Return whether a package is used as a value, and not for another of its names than ``name``."""
    named = named_attribute(ref.call)
    other = named is not None and named.value != name
    return isinstance(ref.context, ast.Load) and not other and not _is_bare(context, ref)


def _is_of_another(context: FileContext, key: Key, use: Use) -> bool:
    """Return whether a name is taken that the module does not have, through a binding of something else too.

    app = app.make(); app.run()    ``run`` is what the application has
    """
    if use.name is None or is_external(key) or context.index.layout.modules.get(key) is None:
        return False
    return context.index.origin(key, use.name).kind is Kind.MISSING


def _names_from_stars(context: FileContext) -> Iterator[ImportedAlias]:
    """Yield what the file may have from star imports of modules that the codemod is not about, name by name."""
    for item in context.items:
        if item.alias.name == "*" and not context.codemod.applies_to(item.imported_name):
            given = context.index.star_names(item.imported_name.key) or frozenset()
            yield from (
                context.given(item, n) for n in sorted(given & names_used(context, item.alias))
            )


def _is_decided_by_name(context: FileContext, item: ImportedAlias) -> bool:
    """Return whether an import takes a name of a legacy module, be it another legacy module that this one imports."""
    is_name = item.imported_name.name is not None and context.codemod.applies_to(item.imported_name)
    return is_name and context.codemod.destination(item.imported_name) is not None


def follows_by_itself(context: FileContext, item: ImportedAlias, key: Key, use: Use) -> bool:
    """Return whether a use through another file's import of the module stays right when that file is rewritten.

    consumer.legacy.helper()    consumer imports the canonical module as ``legacy`` then, and that has ``helper``
    """
    imported_name = context.module_site(item, key)
    module_destination = context.codemod.destination(imported_name)
    if not isinstance(module_destination, Destination):
        return False
    if use.name is None:
        return use.bare or stands_for(context, imported_name)
    destination = (
        context.codemod.patch_destination(imported_name.of(use.name))
        if use.is_replacing
        else context.codemod.destination(imported_name.of(use.name))
    )
    return isinstance(destination, Destination) and (destination.key, destination.name) == (
        module_destination.key,
        use.name,
    )


def use_of(ref: Ref, depth: int) -> Use:
    """Return what a reference takes of the module that its first ``depth`` attributes lead to."""
    if depth < len(ref.attributes):
        return Use(ref, depth, ref.attributes[depth].attr)
    named = named_attribute(ref.call)
    return Use(ref, depth, str(named.value), named) if named is not None else Use(ref, depth, None)
