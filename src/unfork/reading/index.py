"""The definitions index: which names a module has, and where each is really defined.

Files are read only on demand. A file that does not parse defines nothing and does not stop the run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import filterfalse
from typing import TypeVar

from unfork.file_kinds import is_notebook
from unfork.reading.conditions import is_bound_alike, literal_of
from unfork.reading.conflicts import conflict_sides
from unfork.reading.definitions import Binding, Definitions, Star, definitions_of
from unfork.reading.effects import only_binds
from unfork.reading.heads import Sources
from unfork.reading.interfaces import Interfaces
from unfork.reading.layout import Layout, enclosing_folders, join_key, key_of, parent_folder
from unfork.reading.made_modules import may_have_unseen_modules
from unfork.reading.path_rules import aside_folder, is_started, is_test_file
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import Imported, import_statements
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Identity,
    Key,
    Kind,
    Located,
    Origin,
    is_external,
)
from unfork_codemods.redirect import Redirect

Read = Callable[[str], bytes]
_LONG = 50
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+")
_Told = TypeVar("_Told")
_Seen = dict[tuple[Key, str], Origin | None]
"""The names being traced on the way to another, each with its origin; None: not found yet."""


@dataclass
class Index:
    """Answers questions about the modules of a layout, reading files on first request."""

    layout: Layout
    read: Read
    _definitions: dict[Key, Definitions | None] = field(default_factory=dict)
    _origins: dict[tuple[Key, str], Origin] = field(default_factory=dict)
    _lists: dict[Key, frozenset[str] | None] = field(default_factory=dict)
    _definers: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    hints: frozenset[bytes] | None = None
    """Words, one of which occurs in any module that imports a module relevant to the run; None: not known."""
    _hinted: dict[Key, bool] = field(default_factory=dict)
    _idle: dict[Key, bool] = field(default_factory=dict)
    moved: Mapping[Key, Redirect] = field(default_factory=dict)
    """Modules that are gone, each with a redirect to where its names are: this run rewrites files that import them."""

    listed: Callable[[], Collection[str]] | None = None
    """Lists the files of the project, those of other kinds than code, too."""
    parsed: Sources = field(default_factory=Sources)
    """The files that are decoded and parsed already."""

    def take_over(self, earlier: Index, changed: Collection[str]) -> None:
        """Take over what an earlier index knows by the texts of modules whose files are the same, none ``changed``."""
        modules, earlier_modules = self.layout.modules, earlier.layout.modules
        for key, definitions in earlier._definitions.items():
            paths = modules.get(key)
            if paths and paths == earlier_modules.get(key) and not any(p in changed for p in paths):
                self._definitions[key] = definitions

    @cached_property
    def every_path(self) -> frozenset[str]:
        """The files of the project, of all kinds."""
        return frozenset(self.listed() if self.listed is not None else self.layout.paths)

    @cached_property
    def interfaces(self) -> Interfaces:
        """What callers see of the project's functions and classes."""
        return Interfaces(self)

    # -- what codemods ask (unfork_codemods.project.Project)

    def named(self, dotted: str) -> Located:
        """Return the module that a dotted name in a migration refers to."""
        return self.layout.named(dotted)

    def dotted(self, key: Key, like: str | None = None) -> str:
        """Return a module's dotted name, from the root of the dotted name ``like`` if it has one from there."""
        base = self.named(like).base if like is not None else None
        spelled = self.layout.spelled(key, base) if base is not None else None
        return spelled or self.layout.dotted(key)

    def has_file(self, key: Key) -> bool:
        """Return whether a file of the project holds the module."""
        return key in self.layout.modules

    def is_readable(self, key: Key) -> bool:
        """Return whether the module is a file of the project whose text can be read and parsed."""
        return not self.has_file(key) or self.definitions(key) is not None

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package of the project."""
        return self.layout.is_package(key)

    def packages_above(self, key: Key) -> Iterator[Key]:
        """Yield the regular packages that a module is in."""
        yield from filter(self.is_package, enclosing_folders(parent_folder(key)))

    def public_names(self, key: Key) -> Collection[str] | None:
        """Return the names that a module offers; None if its text does not show them."""
        return self.star_names(key)

    def definers(self, name: str) -> tuple[Key, ...]:
        """Return the modules of the project that define ``name`` themselves, sorted."""
        if name not in self._definers:
            keys = map(key_of, self._paths_by_word.get(name.encode(), ()))
            importable = filter(self.layout.can_be_imported, keys)
            self._definers[name] = tuple(
                sorted(key for key in set(importable) if self._defines_name(key, name))
            )
        return self._definers[name]

    def only_definer(self, name: str, ignored: Collection[Key]) -> Key | None:
        """Return the module that defines ``name`` itself, if besides those that are ``ignored`` only one does."""
        others = [key for key in self.definers(name) if key not in ignored]
        return others[0] if len(others) == 1 else None

    @cached_property
    def _paths_by_word(self) -> dict[bytes, list[str]]:
        """The files of the project by each word in their texts that may be the name of something they define."""
        paths: dict[bytes, list[str]] = {}
        for path in filterfalse(is_notebook, self.layout.paths):  # no import can name one
            for word in set(_WORD.findall(self.text(path))):
                paths.setdefault(word, []).append(path)
        return paths

    def sources(self, name: str, importer: str) -> tuple[Key, ...]:
        """Return the modules defining ``name`` that the file ``importer`` may take it from."""
        return tuple(key for key in self.definers(name) if self.may_serve(key, importer))

    def may_serve(self, key: Key, importer: str) -> bool:
        """Return whether the file ``importer`` may import what a module of the project defines."""
        path, layout = self.file(key), self.layout
        in_package = layout.is_package(parent_folder(path))
        beside = aside_folder(path, in_package)
        is_aside = bool(beside) and not importer.startswith(f"{beside}/")
        if is_aside or is_test_file(path) or is_started(path, in_package):
            return False
        project = layout.project_of(parent_folder(path))
        return (
            not project
            or project == layout.project_of(parent_folder(importer))
            or layout.is_listed(key)
        )

    def may_be_outside(self, dotted: str) -> bool:
        """Return whether an absolute import may refer to a module outside the project: known, declared or installed."""
        return self.layout.outside.knows(dotted)

    def may_come_from_elsewhere(self, dotted: str, name: str | None, importer: str) -> bool:
        """Return whether an absolute import works from another root, or if Python starts in a folder around a file.

        Of several roots with a package of one name, each may be the one that has ``name`` (None: the module itself).
        """
        around = self.layout.around(dotted, importer)
        keys = [join_key(base, dotted) for base in self.layout.every_root]
        keys += [around.key] if around is not None else []
        return any(
            self.layout.exists(key) and (name is None or self.provides(key, name)) for key in keys
        )

    def may_be_made(self, key: Key) -> bool:
        """Return whether a module that no file provides may be made as the program runs, by a module above it."""
        above = (
            folder for folder in enclosing_folders(parent_folder(key)) if self.has_file(folder)
        )
        return any(may_have_unseen_modules(self.text(self.file(folder))) for folder in above)

    def _defines_name(self, key: Key, name: str) -> bool:
        definitions = self.definitions(key)
        binding = definitions.names.get(name) if definitions else None
        return binding is not None and binding.own

    def sibling(self, dotted: str, importer: str) -> Key | None:
        """Return the module ``dotted`` next to the file ``importer`` within its package; None if there is none."""
        folder = importer.rpartition("/")[0]
        key = join_key(folder, dotted)
        return (
            key if folder and self.layout.is_package(folder) and self.layout.exists(key) else None
        )

    # -- names

    def may_lead(self, key: Key, name: str) -> bool:
        """Return whether a module's name may refer to a relevant module: as a submodule, or through an import.

        Most modules can be ruled out by their bytes, without parsing.
        """
        if (
            is_external(key)
            or self.hints is None
            or self.layout.exists(self.layout.submodule_key(key, name))
        ):
            return True
        if key not in self._hinted:
            texts = [self.text(path) for path in self.layout.modules.get(key, ())]
            self._hinted[key] = any(hint in text for text in texts for hint in self.hints)
        return self._hinted[key]

    def text(self, path: str) -> bytes:
        """Return the bytes of a file; empty if it cannot be read."""
        try:
            return self.read(path)
        except OSError:
            return b""

    def source(self, path: str) -> Source:
        """Return a file, decoded and parsed once if it is asked for again. Raises Unparsable, OSError."""
        return self.parsed.read(path, self.read(path))

    def locate(self, imported: Imported, importer: str) -> Located:
        """Return the module that an import names in the file ``importer``."""
        if imported.level:
            return self.layout.relative(imported.level, imported.module, importer)
        return self.layout.absolute(imported.module, importer)

    def locate_from(self, node: ast.ImportFrom, importer: str) -> Located:
        """Return the module that a ``from`` import in the file ``importer`` names."""
        return self.locate(Imported(node.module or "", node.level, None), importer)

    def locate_spelled(self, module: str, importer: str) -> Located:
        """Return the module that the file ``importer`` means by a name with leading dots."""
        path = module.lstrip(".")
        return self.locate(Imported(path, len(module) - len(path), None), importer)

    def imported(self, imported: Imported, importer: str) -> Identity:
        """Return what an import in the file ``importer`` binds a name to."""
        key = self.locate(imported, importer).key
        return (key, None) if imported.name is None else self.origin(key, imported.name).identity

    def definitions(self, key: Key) -> Definitions | None:
        """Return what a module of the project defines; None if it has no file, or none that parses."""
        if key not in self._definitions:
            self._definitions[key] = self._parse_definitions(key)
        return self._definitions[key]

    def _parse_definitions(self, key: Key) -> Definitions | None:
        definitions: Definitions | None = None
        for path in self.layout.modules.get(key, ()):
            if self.layout.is_hidden(path):
                continue
            try:
                source = Source.read(path, self.read(path))
                read = definitions_of(source.tree, source.data, path.endswith(".pyi"))
            except (Unparsable, OSError, RecursionError):
                continue
            definitions = _merge_stub(definitions, read) if definitions else read
        return definitions

    def is_idle(self, key: Key) -> bool:
        """Return whether importing a module of the project only binds names, as far as the texts of its files show."""
        if key not in self._idle:
            self._idle[key] = True  # assumed during a cycle: true if everything else in it is idle
            self._idle[key] = all(map(self._is_idle, self.layout.modules.get(key, ())))
        return self._idle[key]

    def _is_idle(self, path: str) -> bool:
        try:
            tree = Source.read(path, self.read(path)).tree
        except (Unparsable, OSError):
            return False
        return only_binds(tree.body) and all(
            map(self.is_idle, self._import_time_imports(tree, path))
        )

    def failing_import(self, key: Key) -> int | None:
        """Return the line of an import that makes importing a module of the project fail; None if none surely does."""
        path = self.file(key)
        try:
            statements = self.source(path).imports
        except (Unparsable, OSError):
            return None
        certain = (
            statement.node
            for statement in statements
            if statement.at_import_time and not (statement.guarded or statement.attempts)
        )
        return next(
            (n.lineno for n in certain if any(self._is_nowhere(i, path) for i in _taken_by(n))),
            None,
        )

    def _is_nowhere(self, imported: Imported, path: str) -> bool:
        """Return whether what a file imports is not there, wherever Python starts."""
        located, name = self.locate(imported, path), imported.name
        if is_external(located.key) or located.maybe or name in MODULE_ATTRIBUTES:
            return False
        if located.exists and (
            name is None or self.origin(located.key, name).kind is not Kind.MISSING
        ):
            return False
        spelled = imported.module
        if not located.exists and self.may_be_made(located.key):
            return False
        return bool(imported.level) or not self.may_come_from_elsewhere(spelled, name, path)

    def _import_time_imports(self, tree: ast.Module, path: str) -> Iterator[Key]:
        """Yield the modules of the project that a file imports at import time."""
        for statement in import_statements(tree):
            if not statement.at_import_time:
                continue
            node = statement.node
            if isinstance(node, ast.Import):
                yield from (self.layout.absolute(alias.name, path).key for alias in node.names)
                continue
            key = self.locate_from(node, path).key
            yield key
            yield from (join_key(key, alias.name) for alias in node.names if not is_external(key))

    def file(self, key: Key) -> str:
        """Return the path of a module's file: its source if it has one."""
        return self.layout.modules[key][0]

    def origin(self, key: Key, name: str) -> Origin:
        """Return where the name ``name`` of the module ``key`` comes from, through every re-export.

        A name with dots, ``Outer.Inner``, is an attribute of what the first one is.
        """
        if "." in name:
            return self._origin_of_attribute(key, name)
        if (key, name) not in self._origins:
            for hop in reversed(
                self._import_chain(key, name)
            ):  # long chains are not followed by recursion
                self._origins[hop] = self._origins.get(hop) or self._trace_origin(*hop, {})
        return self._origins[key, name]

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
            return Origin(Kind.UNKNOWN, key, name, hops)
        target = self._moved_to(key, name)
        if target is not None:
            return self._with_hops(hops, self._trace_origin(*target, seen))
        if not self.is_readable(key):
            return self._between_sides(key, name)
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
        """Yield a name's origin through each star that provides it, last star first; unknown if from outside."""
        hops = ((key, name),)
        for star in reversed(stars):
            located = self.locate(star.module, self.file(key))
            if is_external(located.key):
                yield Origin(Kind.UNKNOWN, key, name, hops)
            elif self.star_gives(located.key, name):
                onward = self._trace_origin(located.key, name, seen)
                own = self._is_perhaps(onward) and self._submodule_origin(key, name).found
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

    def literal(self, key: Key, name: str) -> object:
        """Return the literal value that a module's text gives a name once; None if there is no such value."""
        tree = self.tree(key)
        return literal_of(tree, name) if tree is not None else None

    def is_always_there(self, key: Key, name: str, like: Key) -> bool:
        """Return whether a module has a name under all conditions, or under all those where the module ``like`` has."""
        origin = self.origin(key, name)
        if origin.certain or not origin.found:
            return origin.found
        return all(self._is_bound(*hop, like) for hop in origin.hops if self.has_file(hop[0]))

    def _is_bound(self, key: Key, name: str, like: Key) -> bool:
        definitions = self.definitions(key) or Definitions()
        binding = definitions.names.get(name)
        if binding is None:  # from a star, or a submodule
            return all(star.certain for star in definitions.stars)
        tree, other = self.tree(key), self.tree(like)
        return binding.certain or tree is None or is_bound_alike(tree, other, name)

    def tree(self, key: Key) -> ast.Module | None:
        """Return the tree of a module's source; None if it has no source, or none that parses."""
        return self.told(key, lambda source: source.tree)

    def told(self, key: Key, tell: Callable[[Source], _Told]) -> _Told | None:
        """Return the result of ``tell`` for a module's source; None if it has no source, or none that parses."""
        if not self.has_file(key):
            return None
        path = self.file(key)
        try:
            return tell(self.source(path))
        except (Unparsable, OSError, RecursionError):
            return None

    def names(self, key: Key) -> frozenset[str]:
        """Return all known names of a module, including those from its star imports."""
        definitions = self.definitions(key)
        if definitions is None:
            return frozenset()
        return frozenset(definitions.names) | (self.star_names(key) or frozenset())

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

    def base_of(self, key: Key, name: str) -> str | None:
        """Return the base folder of the imports through which a module gets a name; None if all are relative."""
        folder: str | None = None
        for module, hop_name in self.origin(key, name).hops:
            definitions = None if is_external(module) else self.definitions(module)
            binding = definitions.names.get(hop_name) if definitions is not None else None
            for imported in binding.imports[:1] if binding is not None else ():
                base = self.locate(imported, self.file(module)).base
                folder = folder if base is None else base
        return folder


def _merge_stub(source: Definitions, stub: Definitions) -> Definitions:
    """Return the definitions of a source plus those found only in its stub: type checkers see these."""
    for name, binding in stub.names.items():
        if name not in source.names:
            source.names[name] = Binding(binding.own, binding.imports, runtime=False, certain=False)
    return source


def _taken_by(node: ast.Import | ast.ImportFrom) -> Iterator[Imported]:
    """Yield what an import statement names."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield Imported(alias.name, 0, None)
        else:
            name = alias.name if alias.name != "*" else None
            yield Imported(node.module or "", node.level, name)
