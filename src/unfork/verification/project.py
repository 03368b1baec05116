"""The project before a run: its files, and what is known about them. It is kept from one round to the next."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from unfork.reading.heads import Heads
from unfork.reading.source import Source
from unfork.verification.call_changes import CallChanges
from unfork.verification.counterparts import redirected_files
from unfork.verification.facts import NotYet
from unfork.verification.naming import Namings
from unfork.verification.resolution import Finder
from unfork.verification.tree_state import TreeState
from unfork.verification.two_roots import inner_roots, read_with_copies, with_copies
from unfork.verification.values import Definition, Module, Outside, Values, plain_value
from unfork.verification.wrappers import Wrappers
from unfork_codemods.migration import Migration
from unfork_codemods.project import Key
from unfork_codemods.redirect import Redirect

Read = Callable[[str], bytes]
Generated = Callable[[Collection[Key]], Collection[Key]]
"""Returns the modules, of some that have no Python file, that a build makes of other files."""


def none_generated(missing: Collection[Key]) -> Collection[Key]:
    """Return that no module is generated."""
    return ()


@dataclass(eq=False)
class Project:
    """The tree before a run, and the migration."""

    paths: frozenset[str]
    read: Read
    roots: tuple[str, ...]
    migration: Migration
    external: Container[str] | None = None
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generated: Generated = none_generated
    heads: Heads = field(default_factory=Heads, repr=False)
    twice: frozenset[str] = frozenset()
    """The roots whose files have copies: files that another root reaches through them (see two_roots)."""
    mapped: Mapping[str, str] = field(default_factory=dict)
    """Packages that are built from folders of other names."""
    edges: dict[tuple[bool, str], frozenset[str]] = field(default_factory=dict, repr=False)
    """What files import, by whether functions count and by path."""
    import_failures: dict[str, NotYet | None] = field(default_factory=dict, repr=False)
    """Why a module cannot be imported first, by its path; None where it can."""
    _sources: dict[str, Source] = field(default_factory=dict, repr=False)
    _worlds: dict[bool, TreeState] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> tuple[object, ...]:
        outside = self.external, self.nested, self.generated, self.mapped
        return self.paths, self.read, self.roots, self.migration, *outside

    def __setstate__(self, state: tuple[object, ...]) -> None:
        self.__init__(*state[:-1], mapped=state[-1])  # type: ignore[misc]

    @cached_property
    def call_changes(self) -> CallChanges:
        """What the migration lets become of members and arguments."""
        return CallChanges(self.migration.redirects)

    @cached_property
    def own(self) -> frozenset[str]:
        """The top-level modules that the migration names as the project's own."""
        steps = self.migration
        named = [*steps.imported_modules(), *steps.edited_modules()]
        named += [module for module, _ in steps.required_modules()]
        return frozenset(
            top
            for top, dot, _ in (name.partition(".") for name in named)
            for root in self.roots
            if (not dot and f"{root}/{top}.py".lstrip("/") in self.paths)
            or f"{root}/{top}/__init__.py".lstrip("/") in self.paths
        )

    @cached_property
    def finder(self) -> Finder:
        """Resolves imports to files."""
        return self.finder_of(self.paths, frozenset()).known_to_repair(
            repair.module for repair in self.migration.repairs
        )

    def finder_of(self, paths: frozenset[str], repaired: frozenset[str]) -> Finder:
        """Return a finder for the given set of files."""
        known = self.external, self.own, self.nested
        return Finder(paths, self.roots, *known, repaired, self.twice, self.mapped)

    @cached_property
    def deprecated(self) -> frozenset[str]:
        """The files of the modules that will warn of deprecation."""
        return self._files_of_modules(entry.module for entry in self.migration.deprecates)

    @cached_property
    def shims(self) -> frozenset[str]:
        """The files of the modules that become shims."""
        return self._files_of_modules(
            entry.module for entry in self.migration.deprecates if entry.shim
        )

    @cached_property
    def removed(self) -> frozenset[str]:
        """The files of the modules to be removed."""
        return self._files_of_modules(entry.module for entry in self.migration.removes)

    def _files_of_modules(self, modules: Iterable[str]) -> frozenset[str]:
        places = [self.finder.absolute(module) for module in modules]
        return frozenset(
            path
            for place in places
            if isinstance(place, Module)
            for path in self.finder.all_of(place.path)
        )

    def is_meant(self, path: str) -> bool:
        """Return whether the migration allows taking names from a file."""
        return path in self._meant_files

    def is_detour(self, module: str, values: Values) -> bool:
        """Return whether values are taken from a file that neither defines them nor is a migration destination."""
        if self.is_meant(module):
            return False
        folder = f"{module.rpartition('/')[0]}/" if module.endswith("/__init__.py") else None
        return any(
            isinstance(value, Outside)
            or (isinstance(value, Definition) and value.path != module)
            or (isinstance(value, Module) and not (folder and value.path.startswith(folder)))
            for value in map(plain_value, values)
        )

    @cached_property
    def surfaces(self) -> frozenset[str]:
        """The files of the packages whose names outsiders import."""
        return self._files_of_modules(a.surface for a in self.migration.aligns if a.surface)

    @cached_property
    def _meant_files(self) -> frozenset[str]:
        """The files of the modules that the migration requires."""
        return self._files_of_modules(module for module, _ in self.migration.required_modules())

    def preferred(self, path: str) -> frozenset[str]:
        """Return the files that a repair of a file may take names from, even if they are legacy."""
        repairs = [r for r in self.migration.repairs if path in self._files_of_modules([r.module])]
        modules = {target.module for repair in repairs for target in repair.names.values()}
        return self._files_of_modules(
            {*modules, *(module for repair in repairs for module in repair.prefer)}
        )

    @property
    def legacy_words(self) -> frozenset[str]:
        """The last segments of the modules that imports leave, or that will warn or be removed."""
        return frozenset(name.rpartition(".")[2] for name in self._named_modules)

    @cached_property
    def words(self) -> frozenset[str]:
        """The last segments of all modules that the migration names, and the names that it gives rules for."""
        steps = self.migration
        modules = {module for module, _ in steps.required_modules()} | set(self._named_modules)
        modules |= {repair.module for repair in steps.repairs}
        names = {name for redirect in steps.redirects for name in redirect.names}
        names |= {target.name.partition(".")[0] for target, _ in steps.required_names()}
        return frozenset(names) | {name.rpartition(".")[2] for name in modules}

    @cached_property
    def destination_words(self) -> frozenset[str]:
        """The last segments of the modules that the migration requires, each as it is named in an import of it."""
        modules = [module for module, _ in self.migration.required_modules()]
        return frozenset(modules) | {module.rpartition(".")[2] for module in modules}

    @cached_property
    def namings(self) -> Namings:
        """How the modules of the migration are named."""
        return Namings(self._named_modules)

    @cached_property
    def _named_modules(self) -> tuple[str, ...]:
        steps = self.migration
        named = [redirect.source for redirect in steps.redirects]
        named += [entry.module for entry in steps.deprecates]
        named += [entry.module for entry in steps.removes]
        for align in steps.aligns:  # to a copy, another spelling is another module
            if self.twice or align.surface is not None:
                named += align.modules
        return tuple(dict.fromkeys(named))

    @cached_property
    def redirects(self) -> dict[str, Redirect]:
        """The redirects, by the files of the modules; modules outside, by their names in angle brackets."""
        pairs = redirected_files(self.migration, self.finder)
        return {file: redirect for path, redirect in pairs for file in self.finder.all_of(path)}

    @cached_property
    def forwards(self) -> dict[str, Redirect]:
        """Where the names of a module may live after: by redirects, and by what a shim should use."""
        forwarded = {}
        for entry in self.migration.deprecates:
            for path in self._files_of_modules([entry.module]) if entry.shim else ():
                forwarded[path] = Redirect(entry.module, entry.use)
        return {**forwarded, **self.redirects}

    def with_copies(self) -> Project:
        """Return this project with files that have two names as two modules."""
        return Project(
            with_copies(self.paths, self.roots),
            read_with_copies(self.read),
            self.roots,
            self.migration,
            self.external,
            self.nested,
            self.generated,
            self.heads,
            inner_roots(self.roots),
            self.mapped,
        )

    @cached_property
    def wrappers(self) -> Wrappers:
        """The functions that patch a path passed to them."""
        return Wrappers(self.paths, self.read, self.words)

    def give(self, source: Source) -> None:
        """Store a file that has already been read."""
        self._sources[source.path] = source

    def forget(self, path: str) -> None:
        """Drop what a file has been parsed into."""
        self._sources.pop(path, None)

    @property
    def is_crowded(self) -> bool:
        """Whether the trees of all files that matter are too many to be kept."""
        return self.heads.sources.is_full

    def outline(self, source: Source) -> ast.Module:
        """Return the syntax tree of a file, in outline if memory is short. Raises Unparsable."""
        return source.outline if self.is_crowded else source.tree

    def forget_all(self) -> None:
        """Drop all that the files have been parsed into, and the modules that have run."""
        self._sources.clear()
        for tree_state in self._worlds.values():
            tree_state.forget_all()
        self._worlds.clear()

    def source(self, path: str) -> Source:
        """Return a file as it is. Raises Unparsable for a wrong encoding, OSError if it does not exist."""
        known = self._sources.get(path)
        if known is None:
            known = self._sources[path] = self.heads.sources.read(path, self.read(path))
        return known

    def tree_state(self, typing: bool) -> TreeState:
        """Return the modules as they are, once imported."""
        if typing not in self._worlds:
            legacy = frozenset(self.forwards)
            files = self.source, self.read, self.outline
            self._worlds[typing] = TreeState(self.finder, *files, legacy, self.wrappers, typing)
        return self._worlds[typing]
