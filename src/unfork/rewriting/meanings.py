"""What the references of a file reach, by the scopes of its text and the definitions of the project."""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from unfork.reading.calls import named_attribute
from unfork.reading.definitions import first_line
from unfork.reading.scopes import Bind, Ref, Scope, resolve_name
from unfork.reading.statement_names import COMPOUND
from unfork.rewriting.attribute_paths import follow_attribute_path, is_handed_on
from unfork.rewriting.builtin_names import BUILTINS
from unfork.rewriting.file_context import ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile
from unfork.rewriting.star_uses import Position, reads_at_once, start_position
from unfork_codemods.project import Destination, ImportedName, Key, Kind, Located, is_external

Meaning = tuple[str, ...]
"""What a reference reaches: an object by its definer and name, a local binding by its scope, or a builtin."""

Shape = tuple[str, int, tuple[object, ...], tuple[str, ...]]
"""What the text alone says about a reference: the scope that binds the name, the number of bindings, the imports among
them, and the attributes that are taken."""


class Meanings:
    """Reads what the references of one text reach."""

    def __init__(
        self, context: DecidedFile, assigned: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """``assigned`` are variables of the top level that are another name of what is imported: ``Old = New``."""
        self._context, self._assigned = context, assigned
        self._items: dict[tuple[Scope, str], list[ImportedAlias]] = {}
        self._stars_by_name: dict[str, list[ImportedAlias]] = {}
        self._plain: dict[tuple[Scope, str], bool] = {}
        self._shapes: dict[tuple[Scope, str], tuple[str, int, tuple[object, ...]]] = {}
        self._reached_scopes: dict[tuple[Scope, str], tuple[Scope | None, list[ImportedAlias]]] = {}
        self._ordinals = {scope: str(n) for n, scope in enumerate(context.scopes.module.within())}
        self._stars = [item for item in context.items if item.alias.name == "*"]
        for item in context.items:
            if item.alias.name != "*":
                self._items.setdefault((context.scope(item), item.local), []).append(item)

    def is_plain(self, ref: Ref) -> bool:
        """Return whether the codemod has nothing to do with a reference: if its shape stays, so does what it means.

        No star import can give the name, and neither an import that binds it nor an attribute names a legacy module.
        """
        words = self._context.codemod.words
        if self._stars or words is None or any(node.attr in words for node in ref.attributes):
            return False
        key = ref.scope, ref.name
        if key not in self._plain:
            self._plain[key] = not any(map(self._is_concerned, self._scope_and_imports(ref)[1]))
        return self._plain[key]

    def _is_concerned(self, item: ImportedAlias) -> bool:
        context = self._context
        named = item.imported_name.name is not None and context.codemod.applies_to(
            context.module_site(
                item,
                context.index.layout.submodule_key(item.imported_name.key, item.imported_name.name),
            )
        )
        return (
            named or item.alias in context.decided or context.codemod.applies_to(item.imported_name)
        )

    def shape(self, ref: Ref) -> Shape:
        """Return the shape of a reference."""
        key = ref.scope, ref.name
        if key not in self._shapes:
            scope, items = self._scope_and_imports(ref)
            where = f"{self._ordinals[scope]} {ref.name}" if scope is not None else ref.name
            count = len(scope.binds[ref.name]) if scope is not None else 0
            self._shapes[key] = where, count, tuple(item.as_is for item in items)
        return (*self._shapes[key], tuple(node.attr for node in ref.attributes))

    def _scope_and_imports(self, ref: Ref) -> tuple[Scope | None, list[ImportedAlias]]:
        """Return the scope that binds a reference's name, and the imports that do so."""
        key = ref.scope, ref.name
        if key not in self._reached_scopes:
            scope = resolve_name(*key)
            name = self._name_of(scope, ref.name)
            items = self._items.get((scope, name), []) if scope is not None else []
            self._reached_scopes[key] = scope, items
        return self._reached_scopes[key]

    def _name_of(self, scope: Scope | None, name: str) -> str:
        """Return the imported name that a variable of the top level is another name of, or the name itself."""
        return self._path_of(scope, name)[0]

    def _path_of(self, scope: Scope | None, name: str) -> list[str]:
        is_assigned = scope is self._context.scopes.module and name in self._assigned
        return self._assigned[name].split(".") if is_assigned else [name]

    def meaning(self, ref: Ref) -> Meaning:
        """Return what a reference reaches as the text stands."""
        return self._meaning_reached(ref, moves=False)

    def possible_meanings(self, ref: Ref) -> tuple[Meaning, ...]:
        """Return what a reference may reach after the codemod: its destination, or what it reached, if unresolved."""
        moved = self._meaning_reached(ref, moves=True)
        as_before = self._meaning_reached(ref, moves=False)
        meanings = [moved]
        if self._context.left or self._context.has_marks or self._is_through_another(ref):
            meanings.append(as_before)
        new = self._context.retargeted.get(ref)
        if new is not None:
            meanings.append((*as_before[:3], new, *as_before[4:]))
        meanings += self._own_meanings(moved)
        meanings += self._patched_meanings(ref)
        meanings += [
            self._module_meaning(destination.key, [])
            for destination in self._named_homes(ref, as_before)
        ]
        return tuple(meanings)

    def _is_through_another(self, ref: Ref) -> bool:
        """Return whether a module is reached through another file's import of it, which follows by itself."""
        given = [self._context.given(star, ref.name) for star in self._stars_giving(ref.name)]
        names = [node.attr for node in ref.attributes]
        for item in [*self._scope_and_imports(ref)[1], *given]:
            start = self._context.imported_module(item)
            if start is not None and (
                is_handed_on(self._context, item)
                or follow_attribute_path(self._context, start, names).through
            ):
                return True
        return False

    def _own_meanings(self, moved: Meaning) -> Iterator[Meaning]:
        """Yield what the mere name is of something that the file itself defines."""
        if moved[:2] == ("object", self._context.key):
            yield ("local", self._ordinals[self._context.scopes.module], *moved[2:])

    def _patched_meanings(self, ref: Ref) -> Iterator[Meaning]:
        """Yield what a name is that the file replaces: what the module has for it that looks it up."""
        destination, rest = self._context.patch_destination.get(ref, (None, []))
        if destination is not None and destination.name is not None:
            yield self._object_meaning(destination.key, destination.name, rest)

    def _named_homes(self, ref: Ref, before: Meaning) -> Iterator[Destination]:
        """Yield where the name is now that a call takes of a module: ``getattr(module, "name")``."""
        named = named_attribute(ref.call)
        if before[0] != "module" or named is None:
            return
        context, key = self._context, before[1]
        imported_name = ImportedName(
            context.importer, Located(key), context.index.dotted(key), str(named.value)
        )
        for destination in (
            context.codemod.destination(imported_name),
            context.codemod.patch_destination(imported_name),
        ):
            if isinstance(destination, Destination):
                yield destination

    def _meaning_reached(self, ref: Ref, moves: bool) -> Meaning:
        scope, items = self._scope_and_imports(ref)
        names = self._path_of(scope, ref.name)[1:] + [node.attr for node in ref.attributes]
        if scope is None:
            return self._through_star(ref, names, moves)
        binds = scope.given(self._name_of(scope, ref.name))
        if items:
            binds = [bind for bind in binds if bind.node not in self._context.names_bound_to_none]
        if scope is self._context.scopes.module:
            stars = self._stars_giving(ref.name)
            if stars or (items and len(binds) > 1):
                binds = self._reachable_bindings(binds, stars, ref)
            if not binds:
                return self._through_star(ref, names, moves)
            items = [item for item in items if any(bind.alias is item.alias for bind in binds)]
        if not items or len(items) != len(binds):
            return ("local", self._ordinals[scope], ref.name, *names)
        if items[-1].is_dotted:  # each of ``import a.b, a.c`` binds the same package
            beside = self._scope_and_imports(ref)[1]
            items = [*(i for i in beside if i.is_dotted and i not in items), *items]
        return self._imported_meaning(items, names, moves)

    def _stars_giving(self, name: str) -> list[ImportedAlias]:
        """Return the star imports that give a name."""
        if name not in self._stars_by_name:
            given = (
                self._context.index.star_names(item.imported_name.key) or () for item in self._stars
            )
            givers = [item for item, names in zip(self._stars, given) if name in names]
            self._stars_by_name[name] = givers
        return self._stars_by_name[name]

    def _reachable_bindings(
        self, binds: list[Bind], stars: list[ImportedAlias], ref: Ref
    ) -> list[Bind]:
        """Return the bindings at the top level that a reference may reach; none: it reaches what a star import gives.

        Old = wrap(Old)    the ``Old`` on the right is that of the import, or the star import, above
        """
        at_once, is_global = reads_at_once(ref), ref.scope is self._context.scopes.module
        if at_once or is_global:
            stars = [star for star in stars if _is_above(star, ref)]
        if at_once:
            above = self._bindings_above(binds, ref)
            binds = above if above or stars else binds
        bottom = max(map(_line_of_binding, binds), default=0)
        if any(star.alias.lineno > bottom for star in stars):
            return []
        last = next((b for b in reversed(binds) if b.alias and _line_of_binding(b) == bottom), None)
        statement = self._context.statement_of.get(last.node) if last is not None else None
        below = not is_global or ref.node.lineno > bottom
        return [last] if last and statement and not statement.guarded and below else binds

    def _bindings_above(self, binds: list[Bind], ref: Ref) -> list[Bind]:
        """Return the bindings above the statement that a reference is in; all, if that may bind the name first."""
        rows, row = (
            [self._statement_index(bind.node) for bind in binds],
            self._statement_index(ref.place),
        )
        if row in rows and isinstance(self._context.source.tree.body[row], COMPOUND):
            return binds
        return [bind for bind, at in zip(binds, rows) if at < row]

    def _statement_index(self, node: ast.AST) -> int:
        """Return which statement of the top level a node is in."""
        start = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        return bisect_right(self._statement_starts, start) - 1

    @cached_property
    def _statement_starts(self) -> list[Position]:
        return [(first_line(node), node.col_offset) for node in self._context.source.tree.body]

    def _imported_meaning(
        self, items: list[ImportedAlias], names: list[str], moves: bool
    ) -> Meaning:
        context, item = self._context, items[-1]
        if moves and item.alias in context.destinations:
            return self._name_meaning(item.imported_name, names, moves)
        start = context.imported_module(item)
        if start is None or self._is_outside_name(item, start):
            return self._name_meaning(item.imported_name, names, moves)
        module_destination = [
            i.imported_name
            for i in items
            if i.imported_name.name is None and context.codemod.applies_to(i.imported_name)
        ]
        known = (
            frozenset(imported_name.key for imported_name in module_destination)
            if moves
            else frozenset()
        )
        reached = follow_attribute_path(context, start, names, known)
        rest = names[reached.depth :]
        base = Located(reached.key, item.imported_name.located.base)
        if not rest:
            imported_name = ImportedName(context.importer, base, context.index.dotted(reached.key))
            importing = (i for i in items if i is item or i.imported_name.key == reached.key)
            is_decided = moves and any(i.alias in context.decided for i in importing)
            destination = context.codemod.destination(imported_name) if is_decided else None
            return self._module_meaning(
                destination.key if isinstance(destination, Destination) else imported_name.key, []
            )
        same = next((s.spelled for s in module_destination if s.key == reached.key), None)
        spelled = same or context.index.dotted(reached.key)
        return self._name_meaning(
            ImportedName(context.importer, base, spelled, rest[0]), rest[1:], moves
        )

    def _is_outside_name(self, item: ImportedAlias, start: Key) -> bool:
        """Return whether an item is a name of a module outside the project, and no module that matters."""
        if item.imported_name.name is None or not is_external(start):
            return False
        origin = self._context.index.origin(item.imported_name.key, item.imported_name.name)
        outside = self._context.codemod.outside()
        leads = any(key == start or key.startswith(f"{start[:-1]}.") for key in outside)
        return origin.kind is Kind.EXTERNAL and origin.name is not None and not leads

    def _name_meaning(self, imported_name: ImportedName, rest: list[str], moves: bool) -> Meaning:
        destination = self._context.codemod.destination(imported_name) if moves else None
        key, name = (
            (destination.key, destination.name)
            if isinstance(destination, Destination)
            else (imported_name.key, imported_name.name)
        )
        return (
            self._module_meaning(key, rest)
            if name is None
            else self._object_meaning(key, name, rest)
        )

    def _object_meaning(self, key: Key, name: str, rest: list[str]) -> Meaning:
        name, *attributes = name.split(".")
        rest = [*attributes, *rest]
        if key == BUILTINS:
            return ("global", name, *rest)
        if is_external(key):
            return ("outside", ".".join([key[1:-1], name, *rest]))
        origin = self._context.index.origin(key, name)
        if origin.kind is Kind.EXTERNAL:
            return ("outside", ".".join([origin.key[1:-1], *filter(None, [origin.name]), *rest]))
        if origin.kind is Kind.MODULE or origin.name is None:
            return self._module_meaning(origin.key, rest)
        return ("object", *((origin.key, origin.name) if origin.found else (key, name)), *rest)

    def _module_meaning(self, key: Key, rest: list[str]) -> Meaning:
        if is_external(key):
            return ("outside", ".".join([key[1:-1], *rest]))
        return self._object_meaning(key, rest[0], rest[1:]) if rest else ("module", key)

    def _through_star(self, ref: Ref, rest: list[str], moves: bool) -> Meaning:
        """Return what a name reaches that only a star import can give; of a module that is gone, what it moves to."""
        name, at_once = ref.name, reads_at_once(ref)
        for item in reversed(self._stars):
            if at_once and not _is_above(item, ref):
                continue
            imported_name = item.imported_name.of(name)
            given = self._context.index.star_names(imported_name.key)
            if given is not None and name in given:
                return self._imported_meaning([self._context.given(item, name)], rest, moves)
            destination = (
                self._context.codemod.destination(imported_name)
                if given is None and moves
                else None
            )
            decided = self._context.decided.get(item.alias, [])
            told = isinstance(destination, Destination) and not is_external(destination.key)
            if decided and told and not hasattr(builtins, name):
                return self._name_meaning(imported_name, rest, moves)
        return ("global", name, *rest)


def _is_above(star: ImportedAlias, ref: Ref) -> bool:
    return start_position(star.alias) < start_position(ref.place)


def _line_of_binding(bind: Bind) -> int:
    return getattr(bind.node, "lineno", 0)
