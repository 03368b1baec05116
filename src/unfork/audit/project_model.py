"""A model of the project, built from the facts: which file imports what, and where each name is defined."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from unfork.audit.scanning.facts import FileFacts, ImportFact, Load
from unfork.files.tree import Tree
from unfork.reading.index import Index
from unfork.reading.layout import Layout, join_key, parent_folder
from unfork_codemods.project import MODULE_ATTRIBUTES, Key, Kind, is_external


class Importer(NamedTuple):
    """An import of a module: the file, the line and the spelling; ``via`` is the package that re-exports the names."""

    path: str
    line: int
    spelled: str
    names: tuple[str, ...] = ()
    via: str = ""
    base: str | None = None
    quoted: bool = False


class Lead(NamedTuple):
    """What an import leads to, the same for every file with that import.

    ``module`` is the module it names, or the submodule if the name is one; ``runs`` are all modules it runs.
    ``reached`` are the modules it counts as an import of, each with the package that re-exports the name, if any.
    """

    module: Key
    runs: tuple[Key, ...]
    reached: tuple[tuple[Key, str], ...]


@dataclass(frozen=True)
class ProjectModel:
    """All files of a project, by path, with an index filled from their facts."""

    layout: Layout
    files: Mapping[str, FileFacts]
    index: Index = field(repr=False)
    _leads: dict[tuple[Key, str | None, bool], Lead] = field(default_factory=dict, repr=False)
    _chains: dict[Key, tuple[Key, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, tree: Tree, layout: Layout, files: Mapping[str, FileFacts]) -> ProjectModel:
        """Return the model for gathered facts. Of the known modules, the index reads only those with a stub as well."""
        known = {
            facts.key: facts.definitions if facts.error is None else None
            for facts in files.values()
            if len(layout.modules[facts.key]) == 1
        }
        return cls(layout, files, Index(layout, tree.read, _definitions=dict(known)))

    @cached_property
    def modules(self) -> dict[Key, FileFacts]:
        """The facts of each module's source, or of its stub if it has no source."""
        return {key: self.files[paths[0]] for key, paths in self.layout.modules.items()}

    def dotted(self, key: Key) -> str:
        """Return a module's dotted name for messages."""
        names = (self.layout.spelled(key, base) for base in self._inner_roots)
        own = next((name for name in names if name and self.layout.named(name).key == key), None)
        return own or self.layout.dotted(key)

    @cached_property
    def _inner_roots(self) -> tuple[str, ...]:
        """The roots below the topmost one, like ``src``, that are not packages and are not part of any import."""
        inner = [root for root in self.layout.roots if root and not self.layout.is_package(root)]
        facts = (fact for file_facts in self.files.values() for fact in file_facts.imports)
        topmost = {f"{fact.key}/" for fact in facts if fact.base == ""}
        return tuple(root for root in inner if not any(k.startswith(f"{root}/") for k in topmost))

    @cached_property
    def definers(self) -> dict[str, list[Key]]:
        """The modules that define each name, rather than import it."""
        keys_by_name: dict[str, list[Key]] = {}
        for key in sorted(self.modules):
            definitions = self.modules[key].definitions
            for name, binding in definitions.names.items() if definitions else ():
                if binding.own:
                    keys_by_name.setdefault(name, []).append(key)
        return keys_by_name

    def may_serve(self, key: Key, importer: str) -> bool:
        """Return whether a repair may take a name from a module: an import can name it, and it is live code."""
        return self.layout.can_be_imported(key) and self.index.may_serve(key, importer)

    @cached_property
    def by_folder(self) -> dict[Key, list[FileFacts]]:
        """The facts of the modules in each folder."""
        facts_by_folder: dict[Key, list[FileFacts]] = {}
        for key, facts in self.modules.items():
            facts_by_folder.setdefault(parent_folder(key), []).append(facts)
        return facts_by_folder

    @cached_property
    def by_place(self) -> dict[str, Key]:
        """The modules by their place below the root, with slashes and with dots."""
        dotted = {key.replace("/", "."): key for key in self.modules}
        return dotted | {key: key for key in self.modules}

    @cached_property
    def by_last_name(self) -> dict[str, list[Key]]:
        """The modules by the last part of their name."""
        keys_by_name: dict[str, list[Key]] = {}
        for key in sorted(self.modules):
            keys_by_name.setdefault(key.rpartition("/")[2], []).append(key)
        return keys_by_name

    def own_names(self, key: Key) -> tuple[str, ...]:
        """Return the public names that a module itself defines, in source order."""
        definitions = self.modules[key].definitions
        names = definitions.names.items() if definitions else ()
        return tuple(
            name
            for name, binding in names
            if binding.own and not name.startswith("_") and name not in _EVERYWHERE
        )

    def resolve_import(self, fact: ImportFact) -> Lead:
        """Return what an import leads to."""
        asked = fact.key, fact.name, fact.exists
        known = self._leads.get(asked)
        if known is None:
            known = self._leads[asked] = self._lead_of_name(*asked)
        return known

    def _lead_of_name(self, key: Key, name: str | None, exists: bool) -> Lead:
        if not exists:
            return Lead(key, (), ())
        if name is None or name == "*":
            return Lead(key, self.with_packages(key), ((key, ""),))
        target, taken = self._defining_module(key, name)
        module = target if taken is None else key
        runs = dict.fromkeys((*self.with_packages(key), *self.with_packages(module)))
        if target == key:
            return Lead(module, tuple(runs), ((key, ""),))
        if target == join_key(key, name):  # from package import module
            return Lead(module, tuple(runs), ((target, ""), (key, "")))
        return Lead(module, tuple(runs), ((key, ""), (target, self.dotted(key))))

    def _defining_module(self, key: Key, name: str) -> tuple[Key, str | None]:
        """Return the module that defines a name, and the name there: None if the name is that module itself."""
        if self._is_submodule(key, name):
            return join_key(key, name), None
        origin = self.index.origin(key, name)
        if is_external(origin.key) or origin.kind in (Kind.MISSING, Kind.UNKNOWN):
            return key, name
        return origin.key, origin.name

    def is_broken(self, fact: ImportFact) -> bool:
        """Return whether a name is certainly missing from the module it is imported from."""
        if not fact.exists or fact.name in (None, "*") or fact.name in MODULE_ATTRIBUTES:
            return False
        definitions = self.index.definitions(fact.key)
        name = fact.name or ""
        if definitions is None or name in definitions.names or self._is_submodule(fact.key, name):
            return False  # if an import binds the name, only that import can be broken
        if self.index.origin(fact.key, name).kind is not Kind.MISSING:
            return False
        return not (self.is_made(fact.key) or self.is_open(fact.key) or self._is_filled(fact.key))

    def _is_filled(self, key: Key) -> bool:
        """Return whether a function that a module imports may give it names, as a decorator of C versions does."""
        facts = self.modules.get(key)
        imported = (self.modules.get(item.key) for item in facts.imports) if facts else ()
        return any(other is not None and other.fills_callers for other in imported)

    def is_made(self, key: Key) -> bool:
        """Return whether a module may be assembled at run time, by itself or by a package that contains it."""
        package = key
        while package:
            facts = self.modules.get(package)
            if facts is not None and facts.makes_modules:
                return True
            package = parent_folder(package)
        return False

    def is_elsewhere(self, key: Key) -> bool:
        """Return whether a module that the project lacks may be in another distribution."""
        package = parent_folder(key)
        while package and not self.layout.exists(package):
            package = parent_folder(package)
        return self.is_open(package)

    def is_open(self, package: Key) -> bool:
        """Return whether other distributions may add modules to a package: it says so, or is a shared namespace."""
        facts = self.modules.get(package)
        return package in self._shared_namespaces if facts is None else facts.is_open

    @cached_property
    def _shared_namespaces(self) -> frozenset[Key]:
        """The folders that are shared namespaces, those in packages that say so among them."""
        return self.layout.shared_namespaces(
            lambda key: key in self.modules and self.modules[key].is_open
        )

    def _is_submodule(self, package: Key, name: str) -> bool:
        """Return whether a name is a submodule of the package it is imported from, and the package does not bind it."""
        key = join_key(package, name)
        if key not in self.layout.modules and key not in self.layout.folders:
            return False
        return self.index.origin(package, name).kind in (Kind.MISSING, Kind.MODULE)

    @cached_property
    def importers(self) -> dict[Key, list[Importer]]:
        """The imports of each module, direct or through a package that re-exports what it defines."""
        entries_by_key: dict[Key, dict[tuple[str, str, str], tuple[ImportFact, list[str]]]] = {}
        for path, facts in self.files.items():
            for fact in facts.imports:
                for key, via in self.resolve_import(fact).reached:
                    if key == facts.key:
                        continue
                    entries = entries_by_key.setdefault(key, {})
                    entry = (path, fact.spelled, via)
                    known = entries.get(entry)
                    if known is None:
                        known = entries[entry] = (fact, [])
                    if fact.name and fact.name not in known[1]:
                        known[1].append(fact.name)
        importers = {key: [*_importers_of_entries(es)] for key, es in entries_by_key.items()}
        for key, meant in self.loaded.items():
            path = self.modules[key].path
            for target, load in meant.items():
                spelled = f"{load.prefix.replace('/', '.')}*"
                importers.setdefault(target, []).append(
                    Importer(path, load.line, spelled, quoted=True)
                )
        return {key: sorted(items) for key, items in importers.items()}

    @cached_property
    def edges(self) -> dict[Key, dict[Key, int]]:
        """For each module, the modules that its imports run, each with the line of the import."""
        return {
            key: self._modules_run_by(key, facts.imports) for key, facts in self.modules.items()
        }

    @cached_property
    def loaded(self) -> dict[Key, dict[Key, Load]]:
        """For each module that loads others by a computed name, the modules that may be meant, each with the load."""
        return {
            facts.key: meant
            for facts in self.files.values()
            if facts.loads and (meant := self._modules_meant(facts))
        }

    def _modules_meant(self, facts: FileFacts) -> dict[Key, Load]:
        meant: dict[Key, Load] = {}
        for load in facts.loads:
            at = bisect_left(self._sorted_keys, load.prefix)
            while load.prefix and self._sorted_keys[at : at + 1]:
                key = self._sorted_keys[at]
                if not key.startswith(load.prefix):
                    break
                if key != facts.key and (load.deep or "/" not in key[len(load.prefix) :]):
                    meant.setdefault(key, load)
                at += 1
        return meant

    @cached_property
    def _sorted_keys(self) -> list[Key]:
        return sorted(self.modules)

    def runs(self, key: Key) -> Iterator[Key]:
        """Yield the modules that a module imports, or may load by a computed name, with their packages."""
        yield from self.edges.get(key, ())
        for target in self.loaded.get(key, ()):
            yield from self.with_packages(target)

    @cached_property
    def import_time(self) -> dict[Key, dict[Key, int]]:
        """Like ``edges``, but only for imports that run while the module is being imported."""
        early_edges: dict[Key, dict[Key, int]] = {}
        for key, facts in self.modules.items():
            early = [fact for fact in facts.imports if fact.at_import_time]
            is_all = len(early) == len(facts.imports)
            early_edges[key] = self.edges[key] if is_all else self._modules_run_by(key, early)
        return early_edges

    def _modules_run_by(self, key: Key, imports: Iterable[ImportFact]) -> dict[Key, int]:
        """Return the modules that imports run, except the module itself and its packages, which are running already."""
        lines: dict[Key, int] = {}
        for fact in imports:
            for module in self.resolve_import(fact).runs:
                lines.setdefault(module, fact.line)
        for running in (key, *_parent_folders(key)):
            lines.pop(running, None)
        return lines

    def with_packages(self, key: Key) -> tuple[Key, ...]:
        """Return a module and the packages that contain it, which run before it."""
        known = self._chains.get(key)
        if known is None:
            chain = (key, *_parent_folders(key), *([""] if key else []))
            known = self._chains[key] = tuple(
                package for package in chain if package in self.modules
            )
        return known


_EVERYWHERE = frozenset({"logger", "log", "LOG", "LOGGER", "T", "main"})
"""Names too common to say anything about the module that defines them."""


def _parent_folders(key: Key) -> Iterator[Key]:
    """Yield the folders that contain a module, except the root."""
    while key := parent_folder(key):
        yield key


def _importers_of_entries(
    entries: Mapping[tuple[str, str, str], tuple[ImportFact, list[str]]],
) -> Iterable[Importer]:
    for (path, spelled, via), (fact, names) in entries.items():
        yield Importer(path, fact.line, spelled, tuple(names), via, fact.base, fact.quoted)
