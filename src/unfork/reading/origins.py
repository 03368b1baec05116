"""Where a name of a module really comes from: through re-exports, star imports, ``__all__`` and packages that moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from unfork.reading.conflicts import conflict_sides
from unfork.reading.definitions import Binding, Definitions, Star, definitions_of
from unfork.reading.layout import enclosing_folders, parent_folder
from unfork.reading.module_texts import ModuleTexts
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import Imported
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Identity,
    Key,
    Kind,
    Origin,
    external_key,
    is_external,
)
from unfork_codemods.redirect import Redirect

_LONG = 50
"""From this length on, a cycle of imports is resolved as a whole: tracing it would recurse too deeply."""
_Seen = dict[tuple[Key, str], Origin | None]
"""The names being traced on the way to another, each with its origin; None: not found yet."""


@dataclass
class Origins(ModuleTexts):
    """The modules of a project, and where the names that they offer come from."""

    moved: Mapping[Key, Redirect] = field(default_factory=dict)
    """Modules that are gone, each with a redirect to where its names are: this run rewrites files that import them."""
    _origins: dict[tuple[Key, str], Origin] = field(default_factory=dict)
    _lists: dict[Key, frozenset[str] | None] = field(default_factory=dict)
    """The contents of each ``__all__`` that has been asked for; None where the text does not show them."""

    def origin(self, key: Key, name: str) -> Origin:
        """Return where the name ``name`` of the module ``key`` comes from, through every re-export.

        A name with dots, ``Outer.Inner``, is an attribute of what the first one is.
        """
        if "." in name:
            return self._origin_of_attribute(key, name)
        if (key, name) not in self._origins:
            # the end of a chain first: a long one would recurse too deeply
            for hop in reversed(self._import_chain(key, name)):
                self._origins[hop] = self._origins.get(hop) or self._trace_origin(*hop, {})
        return self._origins[key, name]

    def imported(self, imported: Imported, importer: str) -> Identity:
        """Return what an import in the file ``importer`` binds a name to."""
        key = self.locate(imported, importer).key
        return (key, None) if imported.name is None else self.origin(key, imported.name).identity

    def provides(self, key: Key, name: str) -> bool:
        """Return whether ``from key import name`` works, as far as the text shows."""
        return name in MODULE_ATTRIBUTES or self.origin(key, name).kind is not Kind.MISSING

    def module_of(self, key: Key, attribute: str) -> Key | None:
        """Return the module that an attribute of a module or package refers to; None if it is not a module."""
        origin = self.origin(key, attribute)
        if origin.kind is Kind.MODULE:
            return origin.key
        if origin.kind is Kind.EXTERNAL and origin.name is None:
            return origin.key
        return None

    def names(self, key: Key) -> frozenset[str]:
        """Return all known names of a module, including those from its star imports."""
        definitions = self.definitions(key)
        if definitions is None:
            return frozenset()
        return frozenset(definitions.names) | (self.star_names(key) or frozenset())

    def _origin_of_attribute(self, key: Key, name: str) -> Origin:
        first, _, rest = name.partition(".")
        outer = self.origin(key, first)
        if outer.kind is Kind.MODULE:
            return self.origin(outer.key, rest)
        return outer._replace(name=f"{outer.name}.{rest}" if outer.name is not None else rest)

    def _import_chain(self, key: Key, name: str) -> list[tuple[Key, str]]:
        """Return the chain of names, from this one on, in which each is only an import of the next."""
        way: dict[tuple[Key, str], None] = {}
        at: tuple[Key, str] | None = (key, name)
        while at is not None and at not in way and at not in self._origins:
            way[at] = None
            at = self._next_in_chain(*at)
        if at is None or at not in way:
            return list(way)
        if len(way) > _LONG:  # a cycle has no definition, wherever it starts
            self._origins |= {hop: self._submodule_origin(*hop) for hop in way}
        return [(key, name)]

    def _next_in_chain(self, key: Key, name: str) -> tuple[Key, str] | None:
        definitions = None if is_external(key) else self.definitions(key)
        if definitions is None:
            return None
        binding = definitions.names.get(name)
        if binding is None and len(definitions.stars) == 1:
            return self.locate(definitions.stars[0].module, self.file(key)).key, name
        if binding is None or binding.own or len(binding.imports) != 1:
            return None
        imported = binding.imports[0]
        located = self.locate(imported, self.file(key))
        return (located.key, imported.name) if imported.name is not None else None

    def _trace_origin(self, key: Key, name: str, seen: _Seen) -> Origin:
        if is_external(key):
            return Origin(Kind.EXTERNAL, key, name, ((key, name),))
        if (key, name) in self._origins:
            return self._origins[key, name]
        if (key, name) in seen:
            return seen[key, name] or self._submodule_origin(key, name)
        seen[key, name] = None
        origin = seen[key, name] = self._find_origin(key, name, seen)
        return origin

    def _find_origin(self, key: Key, name: str, seen: _Seen) -> Origin:
        hops = ((key, name),)
        definitions = self.definitions(key)
        binding = definitions.names.get(name) if definitions else None
        if binding is not None:
            bound = self._origin_of_binding(binding, key, name, seen)
            return self._origin_with_later_stars(definitions, bound, seen) if definitions else bound
        if definitions is not None:
            through_star = self._origin_by_star(definitions, key, name, seen)
            if through_star is not None:
                return through_star
        below = self._submodule_origin(key, name)
        if below.found and not self._is_shadowed_where_it_moved(key, name, seen):
            return below
        if definitions is not None and definitions.may_give(name):
            is_listed = name in (definitions.on_request or ())
            return Origin(Kind.OWN if is_listed else Kind.UNKNOWN, key, name, hops)
        target = self._moved_to(key, name)
        if target is not None:
            return self._with_hops(hops, self._trace_origin(*target, seen))
        if not self.is_readable(key):
            return self._between_sides(key, name)
        if self.is_of_others(key):
            return Origin(Kind.EXTERNAL, external_key(self.layout.dotted(key)), name, hops)
        return Origin(Kind.MISSING, key, name, hops)

    def _between_sides(self, key: Key, name: str) -> Origin:
        """Return the possible origin of a name of a module that does not parse.

        If a merge left conflicts, both sides are read: a name that both define exists, one that neither defines does
        not.
        """
        read = self._definitions_of_sides(key)
        has = [name in side.names or bool(side.stars) or side.dynamic for side in read]
        if read and all(name in side.names for side in read):
            return Origin(Kind.OWN, key, name, ((key, name),), certain=False)
        kind = Kind.MISSING if read and not any(has) else Kind.UNKNOWN
        return Origin(kind, key, name, ((key, name),))

    def _definitions_of_sides(self, key: Key) -> list[Definitions]:
        """Return the definitions of the two sides of a file's conflicts; empty if one of them does not parse either."""
        path = self.file(key)
        side_texts = conflict_sides(self.text(path))
        try:
            sources = [Source.read(path, text) for text in side_texts or ()]
            return [
                definitions_of(source.tree, source.data, path.endswith(".pyi"))
                for source in sources
            ]
        except (Unparsable, RecursionError):
            return []

    def _is_shadowed_where_it_moved(self, key: Key, name: str, seen: _Seen) -> bool:
        """Return whether the module that a package moved to binds a name to something else than its submodule."""
        target = self._moved_to(key, name)
        if target is None or not self.has_file(target[0]):
            return False
        origin = self._trace_origin(*target, dict(seen))
        return origin.found and origin.kind is not Kind.MODULE

    def _moved_to(self, key: Key, name: str) -> tuple[Key, str] | None:
        redirect = self.moved.get(key)
        target = redirect.names.get(name) if redirect is not None else None
        if target is not None:
            return self.named(target.module).key, target.name
        return (self.named(redirect.to).key, name) if redirect is not None and redirect.to else None

    def _with_hops(self, hops: tuple[tuple[Key, str], ...], origin: Origin) -> Origin:
        """Return the origin of a re-exported name, with the path to it."""
        return origin._replace(hops=hops + origin.hops)

    def _submodule_origin(self, key: Key, name: str) -> Origin:
        """Return the submodule ``name`` of a package, as the fallback of ``from key import name``."""
        hops = ((key, name),)
        below = self.layout.submodule(key, name)
        if below is not None:
            return Origin(Kind.MODULE, below, None, hops)
        return Origin(Kind.MISSING, key, name, hops)

    def _origin_of_binding(self, binding: Binding, key: Key, name: str, seen: _Seen) -> Origin:
        hops = ((key, name),)
        own = Origin(Kind.OWN, key, name, hops, binding.certain, binding.runtime)
        if binding.own or len(binding.imports) != 1:
            return self._common_origin(binding, own, seen) if not binding.own else own
        return self._origin_of_import(binding.imports[0], own, seen)

    def _common_origin(self, binding: Binding, own: Origin, seen: _Seen) -> Origin:
        """Return the common origin of several imports of one name; if they differ, the name is the module's own."""
        origins = [self._origin_of_import(imported, own, seen) for imported in binding.imports]
        same = {origin.identity for origin in origins if origin.found}
        return (
            next(o for o in origins if o.found)
            if len(same) == 1 and all(o.found for o in origins)
            else own
        )

    def _origin_of_import(self, imported: Imported, own: Origin, seen: _Seen) -> Origin:
        located = self.locate(imported, self.file(own.key))
        if imported.name is None:
            kind = (
                Kind.EXTERNAL
                if is_external(located.key)
                else Kind.MODULE
                if located.exists
                else Kind.MISSING
            )
            return Origin(kind, located.key, None, own.hops, own.certain, own.runtime)
        onward = self._trace_origin(located.key, imported.name, seen)
        return Origin(
            onward.kind,
            onward.key,
            onward.name,
            own.hops + onward.hops,
            own.certain and onward.certain,
            own.runtime and onward.runtime,
        )

    def is_of_others(self, key: Key) -> bool:
        """Return whether a module that is not here may be another distribution's, in a namespace that they share."""
        if self.layout.exists(key) or key in self.moved:
            return False
        above = filter(self.layout.exists, enclosing_folders(parent_folder(key)))
        return next(above, "") in self._shared_namespaces

    @cached_property
    def _shared_namespaces(self) -> frozenset[Key]:
        return self.layout.shared_namespaces()

    def _origin_by_star(
        self, definitions: Definitions, key: Key, name: str, seen: _Seen
    ) -> Origin | None:
        unknown: Origin | None = None
        for origin in self._origins_by_stars(definitions.stars, key, name, seen):
            if origin.hops[1:]:
                return origin
            unknown = unknown or origin
        return unknown

    def _origins_by_stars(
        self, stars: Sequence[Star], key: Key, name: str, seen: _Seen
    ) -> Iterator[Origin]:
        """Yield a name's origin through each star that provides it, last star first; unknown if from outside.

        A star whose names are not known does not give what a submodule is called.
        """
        hops = ((key, name),)
        for star in reversed(stars):
            located = self.locate(star.module, self.file(key))
            if is_external(located.key):
                if not self._submodule_origin(key, name).found:
                    yield Origin(Kind.UNKNOWN, key, name, hops)
            elif self.star_gives(located.key, name):
                onward = self._trace_origin(located.key, name, seen)
                is_doubtful = self._is_perhaps(onward) or onward.kind is Kind.UNKNOWN
                own = is_doubtful and self._submodule_origin(key, name).found
                if onward.kind is not Kind.MISSING and not own:
                    certain = star.certain and onward.certain
                    yield self._with_hops(hops, onward)._replace(certain=certain)

    def _origin_with_later_stars(
        self, definitions: Definitions, bound: Origin, seen: _Seen
    ) -> Origin:
        """Return the origin of a name that a module binds, if stars below it may provide the name too."""
        key, name = bound.hops[0]
        stars = definitions.stars[definitions.stars_above.get(name, 0) :]
        for origin in self._origins_by_stars(stars, key, name, seen):
            if origin.found and origin.identity != bound.identity:
                own = Origin(Kind.OWN, key, name, bound.hops[:1], bound.certain, bound.runtime)
                return origin if origin.certain else own
        return bound

    def _is_perhaps(self, origin: Origin) -> bool:
        """Return whether a name is a submodule that its package neither imports nor names in ``__all__``.

        A star import takes it only if other code imported it before.
        """
        package, name = origin.hops[-1]
        definitions = self.definitions(package)
        told = definitions is not None and (
            name in definitions.names or name in (definitions.exported or ())
        )
        return origin.kind is Kind.MODULE and not told

    def star_gives(self, key: Key, name: str) -> bool:
        """Return whether ``from key import *`` may take ``name``, by ``__all__`` or the underscore rule."""
        definitions = self.definitions(key)
        if definitions is None:
            return False
        listed = self.exported(key)
        if listed is not None:
            return name in listed
        return not name.startswith("_") or name in (definitions.exported or ())

    def star_names(self, key: Key) -> frozenset[str] | None:
        """Return the names that ``from key import *`` takes; None if the text does not show them."""
        definitions = self.definitions(key)
        if definitions is None or definitions.exported is not None:
            return self._own_star_names(key)
        names: set[str] = set(definitions.public())
        seen, waiting = {key}, [key]
        while waiting:
            module = waiting.pop()
            stars = defined.stars if (defined := self.definitions(module)) else ()
            for star_module in {
                self.locate(star.module, self.file(module)).key for star in stars
            } - seen:
                more = None if is_external(star_module) else self._own_star_names(star_module)
                if more is None:
                    return None
                seen.add(star_module)
                names |= {name for name in more if not name.startswith("_")}
                inner = self.definitions(star_module)
                if inner is not None and inner.exported is None:
                    waiting.append(star_module)
        return frozenset(names)

    def _own_star_names(self, key: Key) -> frozenset[str] | None:
        """Return the names that a star takes of a module's own, without its star imports; None if unknown."""
        definitions = self.definitions(key)
        if definitions is None:
            return None
        if definitions.exported is not None:
            return self.exported(key)
        return frozenset(definitions.public())

    def exported(self, key: Key) -> frozenset[str] | None:
        """Return the names in ``__all__``, including the lists of other modules that it includes.

        None if there is no ``__all__``, or if the text does not show its contents.
        """
        waiting = [key] if key not in self._lists else []
        while waiting:  # long chains are not followed by recursion
            at = waiting[-1]
            if at not in self._lists:
                self._lists[at] = None  # unknown for lists that include each other in a cycle
                waiting += self._taken_over(at) or ()
            else:
                self._lists[at] = self._resolve_dunder_all(waiting.pop())
        return self._lists[key]

    def _resolve_dunder_all(self, key: Key) -> frozenset[str] | None:
        definitions = self.definitions(key)
        if definitions is None or definitions.exported is None:
            return None
        if definitions.exported_known:
            return frozenset(definitions.exported)
        over = self._taken_over(key)
        lists = [self._lists.get(part) for part in over or ()]
        known = [part for part in lists if part is not None]
        if over is None or len(known) < len(lists):
            return None
        return frozenset(definitions.exported).union(*known)

    def _taken_over(self, key: Key) -> tuple[Key, ...] | None:
        """Return the modules whose ``__all__`` is part of a module's; None if its text does not show which."""
        definitions = self.definitions(key)
        if definitions is None or definitions.exported_known or definitions.exported_parts is None:
            return None
        sources = [self._list_of(key, part.split(".")) for part in definitions.exported_parts]
        keys = tuple(source for source in sources if source is not None)
        return keys if len(keys) == len(sources) else None

    def _list_of(self, key: Key, path: list[str]) -> Key | None:
        """Return the module whose ``__all__`` an expression in the module ``key`` refers to: ``base.__all__``."""
        module = key
        for name in path[:-1]:
            below = self.module_of(module, name)
            if below is None:
                return None
            module = below
        definitions = self.definitions(module) or Definitions()
        binding = definitions.names.get(path[-1])
        if binding is not None and len(binding.imports) == 1:
            imported = binding.imports[0]
            path, module = [imported.name or ""], self.locate(imported, self.file(module)).key
        origin = self.origin(module, path[-1])
        is_other = origin.key != key and origin.name == "__all__" and not is_external(origin.key)
        return origin.key if is_other else None
