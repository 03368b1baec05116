"""The project as its facts show it: who imports what, and where each name really is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from unfork.audit.facts import FileFacts, ImportFact
from unfork.files.tree import Tree
from unfork.reading.index import Index
from unfork.reading.layout import Layout, join_key, parent_folder
from unfork_codemods.project import MODULE_ATTRIBUTES, Key, Kind, is_external


class Importer(NamedTuple):
    """Who imports a module, where, and through which spelling; ``via`` is the package that handed a name on."""

    path: str
    line: int
    spelled: str
    names: tuple[str, ...] = ()
    via: str = ""
    base: str | None = None
    quoted: bool = False


class Lead(NamedTuple):
    """What an import leads to, the same for all who write it.

    ``module`` is the one that it names, a submodule where the name is one; ``runs`` are all that it makes run.
    ``reached`` are those that it is an import of, each with the package that hands its name on, if one does.
    """

    module: Key
    runs: tuple[Key, ...]
    reached: tuple[tuple[Key, str], ...]


@dataclass(frozen=True)
class ProjectModel:
    """All files of a project, by path, with an index that was filled from their facts."""

    layout: Layout
    files: Mapping[str, FileFacts]
    index: Index = field(repr=False)
    _leads: dict[tuple[Key, str | None, bool], Lead] = field(default_factory=dict, repr=False)
    _chains: dict[Key, tuple[Key, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, tree: Tree, layout: Layout, files: Mapping[str, FileFacts]) -> ProjectModel:
        """Return the model made of gathered facts. The index reads only modules that have a stub beside them."""
        known = {
            facts.key: facts.definitions
            for facts in files.values()
            if len(layout.modules[facts.key]) == 1
        }
        return cls(layout, files, Index(layout, tree.read, _definitions=dict(known)))

    @cached_property
    def modules(self) -> dict[Key, FileFacts]:
        """The facts of each module's source; of its stub, where that is all there is."""
        return {key: self.files[paths[0]] for key, paths in self.layout.modules.items()}

    def dotted(self, key: Key) -> str:
        """Return the name of a module for messages."""
        names = (self.layout.spelled(key, base) for base in self._inner_roots)
        own = next((name for name in names if name and self.layout.named(name).key == key), None)
        return own or self.layout.dotted(key)

    @cached_property
    def _inner_roots(self) -> tuple[str, ...]:
        """The roots below the topmost one, like ``src``, that are no packages and stand in no import themselves."""
        inner = [root for root in self.layout.roots if root and not self.layout.is_package(root)]
        facts = (fact for file_facts in self.files.values() for fact in file_facts.imports)
        topmost = {f"{fact.key}/" for fact in facts if fact.base == ""}
        return tuple(root for root in inner if not any(k.startswith(f"{root}/") for k in topmost))

    @cached_property
    def definers(self) -> dict[str, list[Key]]:
        """The modules that define each name themselves."""
        keys_by_name: dict[str, list[Key]] = {}
        for key in sorted(self.modules):
            definitions = self.modules[key].definitions
            for name, binding in definitions.names.items() if definitions else ():
                if binding.own:
                    keys_by_name.setdefault(name, []).append(key)
        return keys_by_name

    @cached_property
    def by_last_name(self) -> dict[str, list[Key]]:
        """The modules that have each last name."""
        keys_by_name: dict[str, list[Key]] = {}
        for key in sorted(self.modules):
            keys_by_name.setdefault(key.rpartition("/")[2], []).append(key)
        return keys_by_name

    def own_names(self, key: Key) -> tuple[str, ...]:
        """Return the public names that a module defines itself, in its order."""
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
        """Return the module that a name is defined in, and its name there: None where it is that module."""
        if self._is_submodule(key, name):
            return join_key(key, name), None
        origin = self.index.origin(key, name)
        if is_external(origin.key) or origin.kind in (Kind.MISSING, Kind.UNKNOWN):
            return key, name
        return origin.key, origin.name

    def is_broken(self, fact: ImportFact) -> bool:
        """Return whether a name is surely not in the module it is imported from."""
        if not fact.exists or fact.name in (None, "*") or fact.name in MODULE_ATTRIBUTES:
            return False
        definitions = self.index.definitions(fact.key)
        name = fact.name or ""
        if definitions is None or name in definitions.names or self._is_submodule(fact.key, name):
            return False  # where an import binds the name, that one is broken, if any is
        if self.index.origin(fact.key, name).kind is not Kind.MISSING:
            return False
        return not (self.is_made(fact.key) or self.is_open(fact.key))

    def is_made(self, key: Key) -> bool:
        """Return whether a module may be put together while the program runs, by one that it lies in."""
        package = key
        while package:
            facts = self.modules.get(package)
            if facts is not None and facts.makes_modules:
                return True
            package = parent_folder(package)
        return False

    def is_elsewhere(self, key: Key) -> bool:
        """Return whether a module that is not here may be in another distribution."""
        package = parent_folder(key)
        while package and not self.layout.exists(package):
            package = parent_folder(package)
        return self.is_open(package)

    def is_open(self, package: Key) -> bool:
        """Return whether other distributions may have modules in a package: it says so, or is a namespace of many."""
        facts = self.modules.get(package)
        return package in self._shared_namespaces if facts is None else facts.is_open

    @cached_property
    def _shared_namespaces(self) -> frozenset[Key]:
        """The folders that are namespaces (PEP 420) as distributions share them: above packages, with no module in.

        A folder with modules right in it is somebody's own, without an ``__init__.py``.
        """
        paths = self.layout.paths
        own = {"", "src", *(parent_folder(path) for path in paths if "/__init__." not in path)}
        namespaces: set[Key] = set()
        for path in paths:
            if "/__init__." in path:
                above: list[Key] = []
                folder = parent_folder(parent_folder(path))
                while folder not in own and not self.layout.is_package(folder):
                    above.append(folder)
                    folder = parent_folder(folder)
                if folder not in self.modules or self.modules[folder].is_open:
                    namespaces.update(above)
        return frozenset(namespaces)

    def _is_submodule(self, package: Key, name: str) -> bool:
        """Return whether a name is a module in the package it is imported from, unless the package binds it itself."""
        key = join_key(package, name)
        if key not in self.layout.modules and key not in self.layout.folders:
            return False
        return self.index.origin(package, name).kind in (Kind.MISSING, Kind.MODULE)

    @cached_property
    def importers(self) -> dict[Key, list[Importer]]:
        """Who imports each module, by a statement or through a package that hands on what it defines."""
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
        return {
            key: sorted(_importers_of_entries(entries)) for key, entries in entries_by_key.items()
        }

    @cached_property
    def edges(self) -> dict[Key, dict[Key, int]]:
        """The modules that each module makes run when it runs itself, with the line."""
        return {
            key: self._modules_run_by(key, facts.imports) for key, facts in self.modules.items()
        }

    @cached_property
    def import_time(self) -> dict[Key, dict[Key, int]]:
        """As ``edges``, but only those followed while the module is being imported."""
        early_edges: dict[Key, dict[Key, int]] = {}
        for key, facts in self.modules.items():
            early = [fact for fact in facts.imports if fact.at_import_time]
            is_all = len(early) == len(facts.imports)
            early_edges[key] = self.edges[key] if is_all else self._modules_run_by(key, early)
        return early_edges

    def _modules_run_by(self, key: Key, imports: Iterable[ImportFact]) -> dict[Key, int]:
        """Return what a module's imports make run, but itself and the packages it is in, which run already."""
        lines: dict[Key, int] = {}
        for fact in imports:
            for module in self.resolve_import(fact).runs:
                lines.setdefault(module, fact.line)
        for running in (key, *_parent_folders(key)):
            lines.pop(running, None)
        return lines

    def with_packages(self, key: Key) -> tuple[Key, ...]:
        """Return a module and the packages it is in, which run before it; the importer's own run already."""
        known = self._chains.get(key)
        if known is None:
            chain = (key, *_parent_folders(key), *([""] if key else []))
            known = self._chains[key] = tuple(
                package for package in chain if package in self.modules
            )
        return known


_EVERYWHERE = frozenset({"logger", "log", "LOG", "LOGGER", "T", "main"})
"""Names that say nothing about the module that has them."""


def _parent_folders(key: Key) -> Iterator[Key]:
    """Yield the folders that a module is in, but for the root."""
    while key := parent_folder(key):
        yield key


def _importers_of_entries(
    entries: Mapping[tuple[str, str, str], tuple[ImportFact, list[str]]],
) -> Iterable[Importer]:
    for (path, spelled, via), (fact, names) in entries.items():
        yield Importer(path, fact.line, spelled, tuple(names), via, fact.base, fact.quoted)
