"""The definitions index: which names a module has, and where each is really defined.

Only what is asked for is read. A file that does not parse defines nothing and stops nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unfork.reading.definitions import Binding, Definitions, Imported, Star, definitions_of
from unfork.reading.layout import Layout, join, key_of
from unfork.reading.source import Source, Unparsable
from unfork_codemods.plan import Redirect
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Identity,
    Key,
    Kind,
    Located,
    Origin,
    is_external,
)

Read = Callable[[str], bytes]
_LONG = 50
_Seen = dict[tuple[Key, str], Origin | None]
"""The names that are looked for on the way to another, each with where it was found; None: not yet."""


@dataclass
class Index:
    """Answers questions about the modules of a layout, reading files when they are first asked for."""

    layout: Layout
    read: Read
    _definitions: dict[Key, Definitions | None] = field(default_factory=dict)
    _origins: dict[tuple[Key, str], Origin] = field(default_factory=dict)
    _definers: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    hints: frozenset[bytes] | None = None
    """Words of which a module's text has one, if it imports a module that matters to the run; None: not known."""
    _hinted: dict[Key, bool] = field(default_factory=dict)
    moved: Mapping[Key, Redirect] = field(default_factory=dict)
    """Modules that are gone, each with what says where its names are: who imports these is rewritten in this run."""

    # -- what codemods ask (unfork_codemods.project.Project)

    def named(self, dotted: str) -> Located:
        """Return the module that a migration means by a dotted name."""
        return self.layout.named(dotted)

    def dotted(self, key: Key, like: str | None = None) -> str:
        """Return a module's dotted name, from the root of the dotted name ``like`` where it has one from there."""
        base = self.named(like).base if like is not None else None
        spelled = self.layout.spelled(key, base) if base is not None else None
        return spelled or self.layout.dotted(key)

    def has_file(self, key: Key) -> bool:
        """Return whether a file of the project holds the module."""
        return key in self.layout.modules

    def is_readable(self, key: Key) -> bool:
        """Return whether the module's text can be read and parsed, if it is a file of the project."""
        return not self.has_file(key) or self.definitions(key) is not None

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package of the project."""
        return self.layout.is_package(key)

    def public_names(self, key: Key) -> Collection[str] | None:
        """Return the names that a module offers; None where its text does not tell."""
        return self.star_names(key)

    def definers(self, name: str) -> tuple[Key, ...]:
        """Return the modules of the project that define ``name`` themselves, sorted."""
        if name not in self._definers:
            word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
            keys = {key_of(path) for path in self.layout.paths if self._mentions(path, word)}
            self._definers[name] = tuple(sorted(key for key in keys if self._defines(key, name)))
        return self._definers[name]

    def _mentions(self, path: str, word: re.Pattern[bytes]) -> bool:
        try:
            return word.search(self.read(path)) is not None
        except OSError:
            return False

    def _defines(self, key: Key, name: str) -> bool:
        definitions = self.definitions(key)
        binding = definitions.names.get(name) if definitions else None
        return binding is not None and binding.own

    def sibling(self, dotted: str, importer: str) -> Key | None:
        """Return the module ``dotted`` beside the file ``importer`` within its package; None where there is none."""
        folder = importer.rpartition("/")[0]
        key = join(folder, dotted)
        return (
            key if folder and self.layout.is_package(folder) and self.layout.exists(key) else None
        )

    # -- names

    def may_lead(self, key: Key, name: str) -> bool:
        """Return whether the name of a module may be a module that matters: a submodule, or an import of such a one.

        Most modules can be ruled out by a look at their bytes, unparsed.
        """
        if is_external(key) or self.hints is None or self.layout.exists(join(key, name)):
            return True
        if key not in self._hinted:
            texts = [self._text(path) for path in self.layout.modules.get(key, ())]
            self._hinted[key] = any(hint in text for text in texts for hint in self.hints)
        return self._hinted[key]

    def _text(self, path: str) -> bytes:
        try:
            return self.read(path)
        except OSError:
            return b""

    def locate(self, imported: Imported, importer: str) -> Located:
        """Return the module that an import names in the file ``importer``."""
        if imported.level:
            return self.layout.relative(imported.level, imported.module, importer)
        return self.layout.absolute(imported.module, importer)

    def imported(self, imported: Imported, importer: str) -> Identity:
        """Return what an import in the file ``importer`` binds a name to."""
        key = self.locate(imported, importer).key
        return (key, None) if imported.name is None else self.origin(key, imported.name).identity

    def definitions(self, key: Key) -> Definitions | None:
        """Return what a module of the project defines; None where it has no file, or none that parses."""
        if key not in self._definitions:
            self._definitions[key] = self._parsed(key)
        return self._definitions[key]

    def _parsed(self, key: Key) -> Definitions | None:
        found: Definitions | None = None
        for path in self.layout.modules.get(key, ()):
            try:
                source = Source.read(path, self.read(path))
                read = definitions_of(source.tree, source.data, path.endswith(".pyi"))
            except (Unparsable, OSError, RecursionError):
                continue
            found = _merged(found, read) if found else read
        return found

    def file(self, key: Key) -> str:
        """Return the path of a module's file, its source where it has one."""
        return self.layout.modules[key][0]

    def origin(self, key: Key, name: str) -> Origin:
        """Return where the name ``name`` of the module ``key`` comes from, through every re-export."""
        if (key, name) not in self._origins:
            for each in reversed(self._way(key, name)):  # a long way is not gone by recursion
                self._origins[each] = self._origins.get(each) or self._trace(*each, {})
        return self._origins[key, name]

    def _way(self, key: Key, name: str) -> list[tuple[Key, str]]:
        """Return the names, from this one on, each of which is only another's that is imported."""
        way: dict[tuple[Key, str], None] = {}
        at: tuple[Key, str] | None = (key, name)
        while at is not None and at not in way and at not in self._origins:
            way[at] = None
            at = self._next(*at)
        if at is None or at not in way:
            return list(way)
        if len(way) > _LONG:  # in a circle nothing is found, wherever it is begun
            self._origins |= {each: self._below(*each) for each in way}
        return [(key, name)]

    def _next(self, key: Key, name: str) -> tuple[Key, str] | None:
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

    def _trace(self, key: Key, name: str, seen: _Seen) -> Origin:
        if is_external(key):
            return Origin(Kind.EXTERNAL, key, name, ((key, name),))
        if (key, name) in self._origins:
            return self._origins[key, name]
        if (key, name) in seen:
            return seen[key, name] or self._below(key, name)
        seen[key, name] = None
        found = seen[key, name] = self._traced(key, name, seen)
        return found

    def _traced(self, key: Key, name: str, seen: _Seen) -> Origin:
        here = ((key, name),)
        definitions = self.definitions(key)
        binding = definitions.names.get(name) if definitions else None
        if binding is not None:
            bound = self._through(binding, key, name, seen)
            return self._replaced(definitions, bound, seen) if definitions else bound
        if definitions is not None:
            through_star = self._star(definitions, key, name, seen)
            if through_star is not None:
                return through_star
        below = self._below(key, name)
        if below.found:
            return below
        if definitions is not None and definitions.dynamic:
            return Origin(Kind.UNKNOWN, key, name, here)
        target = self._moved_to(key, name)
        if target is not None:
            return self._onward(here, self._trace(*target, seen))
        if not self.is_readable(key):
            return Origin(Kind.UNKNOWN, key, name, here)
        return Origin(Kind.MISSING, key, name, here)

    def _moved_to(self, key: Key, name: str) -> tuple[Key, str] | None:
        redirect = self.moved.get(key)
        target = redirect.names.get(name) if redirect is not None else None
        if target is not None:
            return self.named(target.module).key, target.name
        return (self.named(redirect.to).key, name) if redirect is not None and redirect.to else None

    def _onward(self, here: tuple[tuple[Key, str], ...], origin: Origin) -> Origin:
        """Return the origin of a name that is handed on, with the way to it."""
        return replace(origin, hops=here + origin.hops)

    def _below(self, key: Key, name: str) -> Origin:
        """Return the submodule ``name`` of a package, which ``from key import name`` falls back on."""
        here = ((key, name),)
        is_package = key not in self.layout.modules or self.layout.is_package(key)
        if is_package and self.layout.exists(join(key, name)):
            return Origin(Kind.MODULE, join(key, name), None, here)
        return Origin(Kind.MISSING, key, name, here)

    def _through(self, binding: Binding, key: Key, name: str, seen: _Seen) -> Origin:
        here = ((key, name),)
        own = Origin(Kind.OWN, key, name, here, binding.certain, binding.runtime)
        if binding.own or len(binding.imports) != 1:
            return self._agreed(binding, own, seen) if not binding.own else own
        return self._follow(binding.imports[0], own, seen)

    def _agreed(self, binding: Binding, own: Origin, seen: _Seen) -> Origin:
        """Return where several imports of one name lead, if they lead to one place; else the name is the module's."""
        origins = [self._follow(imported, own, seen) for imported in binding.imports]
        same = {origin.identity for origin in origins if origin.found}
        return (
            next(o for o in origins if o.found)
            if len(same) == 1 and all(o.found for o in origins)
            else own
        )

    def _follow(self, imported: Imported, own: Origin, seen: _Seen) -> Origin:
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
        onward = self._trace(located.key, imported.name, seen)
        return Origin(
            onward.kind,
            onward.key,
            onward.name,
            own.hops + onward.hops,
            own.certain and onward.certain,
            own.runtime and onward.runtime,
        )

    def _star(self, definitions: Definitions, key: Key, name: str, seen: _Seen) -> Origin | None:
        unknown: Origin | None = None
        for origin in self._given(definitions.stars, key, name, seen):
            if origin.hops[1:]:
                return origin
            unknown = unknown or origin
        return unknown

    def _given(self, stars: Sequence[Star], key: Key, name: str, seen: _Seen) -> Iterator[Origin]:
        """Yield where a name comes from by the stars that give it, the last first; from outside, nobody can tell."""
        here = ((key, name),)
        for star in reversed(stars):
            located = self.locate(star.module, self.file(key))
            if is_external(located.key):
                yield Origin(Kind.UNKNOWN, key, name, here)
            elif self.star_gives(located.key, name):
                onward = self._trace(located.key, name, seen)
                own = self._is_perhaps(onward) and self._below(key, name).found
                if onward.kind is not Kind.MISSING and not own:
                    certain = star.certain and onward.certain
                    yield replace(self._onward(here, onward), certain=certain)

    def _replaced(self, definitions: Definitions, bound: Origin, seen: _Seen) -> Origin:
        """Return where a name that a module binds comes from, if stars below may give it too."""
        key, name = bound.hops[0]
        stars = definitions.stars[definitions.stars_above.get(name, 0) :]
        for origin in self._given(stars, key, name, seen):
            if origin.found and origin.identity != bound.identity:
                own = Origin(Kind.OWN, key, name, bound.hops[:1], bound.certain, bound.runtime)
                return origin if origin.certain else own
        return bound

    def _is_perhaps(self, origin: Origin) -> bool:
        """Return whether a name is a submodule that its package neither imports nor names in ``__all__``.

        A star import takes it only if somebody imported it before.
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
        if definitions.exported is not None and definitions.exported_known:
            return name in definitions.exported
        return not name.startswith("_") or name in (definitions.exported or ())

    def star_names(self, key: Key) -> frozenset[str] | None:
        """Return the names that ``from key import *`` takes; None where the text does not tell."""
        definitions = self.definitions(key)
        if definitions is None or definitions.exported is not None:
            return self._offered(key)
        names: set[str] = set(definitions.public())
        seen, waiting = {key}, [key]
        while waiting:
            here = waiting.pop()
            stars = held.stars if (held := self.definitions(here)) else ()
            for each in {self.locate(star.module, self.file(here)).key for star in stars} - seen:
                more = None if is_external(each) else self._offered(each)
                if more is None:
                    return None
                seen.add(each)
                names |= {name for name in more if not name.startswith("_")}
                inner = self.definitions(each)
                if inner is not None and inner.exported is None:
                    waiting.append(each)
        return frozenset(names)

    def _offered(self, key: Key) -> frozenset[str] | None:
        """Return the names that a star takes of a module's own, its star imports aside; None where nobody can tell."""
        definitions = self.definitions(key)
        if definitions is None:
            return None
        if definitions.exported is not None:
            return frozenset(definitions.exported) if definitions.exported_known else None
        return frozenset(definitions.public())

    def names(self, key: Key) -> frozenset[str]:
        """Return all names that are known to be in a module, through its star imports too."""
        definitions = self.definitions(key)
        if definitions is None:
            return frozenset()
        return frozenset(definitions.names) | (self.star_names(key) or frozenset())

    def provides(self, key: Key, name: str) -> bool:
        """Return whether ``from key import name`` works, as far as the text tells."""
        return name in MODULE_ATTRIBUTES or self.origin(key, name).kind is not Kind.MISSING

    def module_of(self, key: Key, attribute: str) -> Key | None:
        """Return the module that the attribute of a module or package is; None where it is none."""
        origin = self.origin(key, attribute)
        if origin.kind is Kind.MODULE:
            return origin.key
        if origin.kind is Kind.EXTERNAL and origin.name is None:
            return origin.key
        return None


def _merged(source: Definitions, stub: Definitions) -> Definitions:
    """Return the definitions of a source with those that only the stub beside it has: type checkers see these."""
    for name, binding in stub.names.items():
        if name not in source.names:
            source.names[name] = Binding(binding.own, binding.imports, runtime=False, certain=False)
    return source
