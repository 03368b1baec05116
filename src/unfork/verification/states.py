"""The tree before and the tree after, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.reading.source import Source
from unfork.verification.counterparts import Counterparts
from unfork.verification.facts import Rewrites
from unfork.verification.project import Project
from unfork.verification.resolution import Finder
from unfork.verification.values import (
    Attribute,
    Instance,
    Module,
    Namespace,
    Outside,
    Taken,
    Value,
    Values,
    plain,
)
from unfork.verification.world import World
from unfork_codemods.edits import splice


class States:
    """Both states of the tree: their files, and their modules as they are once imported."""

    def __init__(self, project: Project, rewrites: Rewrites) -> None:
        self.project, self.rewrites = project, rewrites
        self.source_before = project.source
        self._after: dict[str, Source] = {}
        self._finder = project.finder
        if rewrites.removed:
            left = project.paths - rewrites.removed
            self._finder = Finder(left, project.roots, project.external, project.own)
        self._worlds: dict[bool, tuple[World, World]] = {}
        self._counterparts: dict[bool, Counterparts] = {}
        self.words = set(project.legacy_words)
        """What is of interest: names that are gone or mean another module somewhere, and legacy modules."""
        self._led: dict[str, frozenset[str]] = {}
        self._closures: dict[tuple[bool, str], frozenset[str]] = {}

    def source_after(self, path: str) -> Source:
        """Return a file as it will be. Raises Unparsable for a wrong encoding, OSError where it is gone."""
        if path in self.rewrites.removed:
            raise FileNotFoundError(path)
        if path not in self.rewrites.edits:
            return self.source_before(path)
        known = self._after.get(path)
        if known is None:
            raw = splice(self.project.read(path), self.rewrites.edits[path])
            known = self._after[path] = Source.read(path, raw)
        return known

    def worlds(self, typing: bool) -> tuple[World, World]:
        """Return the modules before and after, as they run or as a type checker sees them."""
        known = self._worlds.get(typing)
        if known is None:
            before = self.project.world(typing)
            after = World(self._finder, self.source_after, before.legacy, typing)
            if not self.rewrites.removed:
                after.borrow(before, self.rewrites.touched)
            known = self._worlds[typing] = before, after
        return known

    def counterparts(self, typing: bool) -> Counterparts:
        """Return what may be what."""
        if typing not in self._counterparts:
            redirects = self.project.forwards
            worlds = self.worlds(typing)
            self._counterparts[typing] = Counterparts(redirects, *worlds, self.offers)
        return self._counterparts[typing]

    def offers(self, path: str, name: str) -> bool:
        """Return whether a module shows a name to type checkers: what it makes by ``__getattr__`` it declares there."""
        env = self.worlds(True)[1].exports(path)
        return env is not None and name in env

    def concerns(self, values: Values) -> bool:
        """Return whether values may be affected: reached by a word of interest, or through a file that changes."""
        return any(self._concerns(value) for value in values)

    def _concerns(self, value: Value) -> bool:
        match value:
            case Module(path):
                return path in self.rewrites.touched or module_name(path) in self.words
            case Namespace(folders):
                return folders[0].rpartition("/")[2] in self.words
            case Outside(dotted):
                return not self.words.isdisjoint(dotted.split("."))
            case Taken(base, name) | Attribute(base, name):
                return name in self.words or self._concerns(base)
            case Instance(base):
                return self._concerns(base)
            case _:
                return False

    # -- what importing a file loads

    def loaded_for(self, path: str, module: str, after: bool) -> bool:
        """Return whether importing a file, and running it, certainly loads a module."""
        return module in self.closure(path, after)

    def leads_to(self, module: str, path: str) -> bool:
        """Return whether a module comes to import a file while its own body runs; its packages have begun before."""
        known = self._led.get(module)
        if known is None:
            world = self.worlds(False)[1]
            seen = {module, *packages_of(world.finder, module)}
            begun = frozenset(seen)
            waiting = [module]
            while waiting:
                for each in imported(world, waiting.pop(), late=False):
                    if each not in seen:
                        seen.add(each)
                        waiting.append(each)
            known = self._led[module] = frozenset(seen - begun)
        return path in known

    def closure(self, path: str, after: bool) -> frozenset[str]:
        """Return the files that importing a file loads, directly or not."""
        known = self._closures.get((after, path))
        if known is None:
            world = self.worlds(False)[after]
            seen = {path, *packages_of(world.finder, path)}
            waiting = [*seen]
            while waiting:
                for each in imported(world, waiting.pop(), late=False):
                    if each not in seen:
                        seen.add(each)
                        waiting.append(each)
            known = self._closures[after, path] = frozenset(seen)
        return known

    def loaders_lost(self, path: str, module: str) -> tuple[str, ...]:
        """Return the files that loaded a module for a file, and do not any more."""
        before, after = self.worlds(False)
        found = (self.closure(path, after=False) | {path}) & self.rewrites.touched
        return tuple(
            sorted(
                each
                for each in found
                if module in imported(before, each, late=True)
                and module not in imported(after, each, late=True)
            )
        )


def module_name(path: str) -> str:
    """Return the last segment of the name of the module that a file holds."""
    return path.rpartition(".")[0].removesuffix("/__init__").rpartition("/")[2]


def packages_of(finder: Finder, path: str) -> Iterator[str]:
    """Yield the ``__init__`` files of the packages that a file is in: importing it imports them (5.3)."""
    folder = path.rpartition("/")[0]
    if path.rpartition("/")[2].startswith("__init__."):
        folder = folder.rpartition("/")[0]
    while folder:
        for name in ("__init__.py", "__init__.pyi"):
            if f"{folder}/{name}" in finder.paths:
                yield f"{folder}/{name}"
                break
        folder = folder.rpartition("/")[0]


def imported(world: World, path: str, late: bool) -> frozenset[str]:
    """Return the files that a file imports; without ``late``, those that importing it imports."""
    machine = world.machine(path)
    if machine is None:
        return frozenset()
    found: set[str] = set()
    for event in machine.events:
        if event.typing_only or (event.late and not late) or event.kind not in _IMPORTS:
            continue
        for value in event.values:
            for module in _modules(world, value, event.kind, event.name):
                found.add(module)
                found |= set(packages_of(world.finder, module))
    return frozenset(found - {path})


_IMPORTS = ("import", "from", "star", "take")


def _modules(world: World, value: Value, kind: str, name: str) -> Iterator[str]:
    match plain(value):
        case Module(path):
            yield path
        case _ if kind == "take":
            for module in world.resolve(getattr(value, "module", value)):
                inner = plain(module)
                if isinstance(inner, Module | Namespace):
                    sub = world.finder.submodule(inner, name)
                    own = world.exports(inner.path) if isinstance(inner, Module) else {}
                    if isinstance(sub, Module) and (own is None or name not in own):
                        yield sub.path
        case _:
            return
