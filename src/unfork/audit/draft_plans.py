"""What a draft does with each fork: redirect it, remove it, or ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

from unfork.audit.config_references import is_config
from unfork.audit.counterparts import Counterpart
from unfork.audit.draft_text import has_name
from unfork.audit.duplicate_groups import Fork, Group
from unfork.audit.equivalence import Sameness
from unfork.audit.result import Audit
from unfork.files.tree import WorkTree
from unfork.reading.path_rules import is_live
from unfork_codemods.project import Key, Kind

_WORD = re.compile(rb"\w+")
_LOOKUPS = frozenset({b"__dict__", b"attrgetter", b"dir", b"getattr", b"getmembers", b"vars"})
"""Words in a file that may take any name of a module that it imports."""


class Action(Enum):
    """What a draft does with a fork. ``ASK``: some or all of it waits for an answer; ``KEEP``: nothing is to do."""

    REDIRECT = auto()
    REMOVE = auto()
    ASK = auto()
    KEEP = auto()


@dataclass(frozen=True, slots=True)
class ForkPlan:
    """What is to happen with a fork: the names in use that ``moved`` without a question, and those ``asked`` about."""

    fork: Fork
    action: Action
    moved: tuple[Counterpart, ...] = ()
    asked: tuple[Counterpart, ...] = ()
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A group with the plans of its forks."""

    group: Group
    plans: tuple[ForkPlan, ...]


def plan_groups(audit: Audit) -> list[GroupPlan]:
    """Return what is to happen with each fork of each group whose modules a migration can name."""
    planner = _Planner(audit, Sameness(audit.model))
    return [
        GroupPlan(group, tuple(map(planner.plan, group.open)))
        for group in audit.groups
        if group.open and all(has_name(audit, standing.key) for standing in group.members)
    ]


@dataclass(frozen=True)
class _Planner:
    audit: Audit
    sameness: Sameness
    _words: dict[str, frozenset[bytes]] = field(default_factory=dict)

    def plan(self, fork: Fork) -> ForkPlan:
        importers = self.audit.model.importers.get(fork.key, ())
        if not importers and not self._mentioning_files(fork.key):
            return ForkPlan(fork, self._action_if_unused(fork))
        used = frozenset(self._names_in_use(fork))
        stuck = self._stuck_names(fork, used)
        known = [name for name in fork.names if name.name in used]
        asked = tuple(name for name in known if name.name in stuck)
        moved = tuple(name for name in known if name.name not in stuck and self._is_defined(name))
        is_whole = not (asked or fork.differing or fork.parallel)
        return ForkPlan(fork, Action.REDIRECT if is_whole else Action.ASK, moved, asked, used)

    def _action_if_unused(self, fork: Fork) -> Action:
        if not is_live(fork.standing.path):
            return Action.KEEP
        dead = next((dead for dead in self.audit.reach.proved if dead.key == fork.key), None)
        if dead is not None and not self.audit.model.layout.is_package(fork.key):
            return Action.REMOVE
        return Action.REDIRECT if fork.moves else Action.ASK

    def _names_in_use(self, fork: Fork) -> Iterator[str]:
        """Yield the names of a fork that somebody takes: by an import, or by a word where the whole module is taken."""
        public = [name.name for name in fork.names]
        files = dict.fromkeys(self._mentioning_files(fork.key))
        for importer in self.audit.model.importers.get(fork.key, ()):
            yield from importer.names
            if "*" in importer.names or importer.quoted:
                yield from public
            if not importer.names:
                files[importer.path] = None
        for path in files:
            words = self._words_of_file(path)
            is_open = not words.isdisjoint(_LOOKUPS)
            yield from (name for name in public if is_open or name.encode() in words)

    def _mentioning_files(self, key: Key) -> list[str]:
        """Return the files that name a module in a string, or may do so in a configuration."""
        last = key.rpartition("/")[2].encode()
        configs = [path for path in self._configs if last in self._words_of_file(path)]
        return [*self._mentions.get(key, ()), *configs]

    @cached_property
    def _mentions(self) -> Mapping[Key, list[str]]:
        files: dict[Key, list[str]] = {}
        for facts in self.audit.model.files.values():
            for mention in facts.mentions:
                if mention.key != facts.key:
                    files.setdefault(mention.key, []).append(mention.path)
        return files

    @cached_property
    def _configs(self) -> tuple[str, ...]:
        return tuple(filter(is_config, WorkTree(self.audit.root).paths()))

    def _words_of_file(self, path: str) -> frozenset[bytes]:
        if path not in self._words:
            try:
                data = (self.audit.root / path).read_bytes()
            except OSError:
                data = b""
            self._words[path] = frozenset(_WORD.findall(data))
        return self._words[path]

    def _stuck_names(self, fork: Fork, used: frozenset[str]) -> frozenset[str]:
        """Return the names in use that are not certain, and all names that work with them."""
        bonds: dict[str, set[str]] = {}
        for name, others in self.sameness.uses(fork.key).items():
            for other in others:
                bonds.setdefault(name, set()).add(other)
                bonds.setdefault(other, set()).add(name)
        queue = [name.name for name in fork.names if name.name in used and not name.same]
        public = {name.name for name in fork.names}
        stuck = dict.fromkeys(queue)
        for name in queue:
            fresh = [
                other
                for other in sorted(bonds.get(name, ()))
                if other in public and other not in stuck
            ]
            stuck.update(dict.fromkeys(fresh))
            queue += fresh
        return frozenset(stuck)

    def _is_defined(self, name: Counterpart) -> bool:
        origin = self.audit.model.index.origin(name.module, name.target)
        return origin.kind is not Kind.MISSING and has_name(self.audit, name.module)


# -- packages that are replaced as a whole


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """A package of which each module is a copy of the module of the same name in another package."""

    package: Key
    canonical: Key
    modules: frozenset[Key]


def package_plans(audit: Audit, groups: Iterable[GroupPlan]) -> list[PackagePlan]:
    """Return the packages that are replaced as a whole: the outermost ones, each with two modules or more."""
    homes = {
        plan.fork.key: group.group.canonical.key
        for group in groups
        for plan in group.plans
        if plan.action is Action.REDIRECT and _keeps_all_names(plan, group.group.canonical.key)
    }
    folders = {folder for key in homes for folder in _folders_of(key)}
    plans: list[PackagePlan] = []
    for folder in sorted(folders, key=lambda folder: (folder.count("/"), folder)):
        if not any(folder.startswith(f"{plan.package}/") for plan in plans):
            plans += _package_plan(audit, folder, homes)
    return plans


def _keeps_all_names(plan: ForkPlan, canonical: Key) -> bool:
    return all(name.module == canonical and name.name == name.target for name in plan.moved)


def _folders_of(key: Key) -> Iterator[Key]:
    while key := key.rpartition("/")[0]:
        yield key


def _package_plan(audit: Audit, folder: Key, homes: Mapping[Key, Key]) -> Iterator[PackagePlan]:
    model = audit.model
    inside = [key for key in model.modules if key.startswith(f"{folder}/")]
    targets = {_corresponding_folder(key, folder, homes.get(key, "")) for key in inside}
    if len(inside) < 2 or len(targets) != 1 or "" in targets:
        return
    (canonical,) = targets
    whole = [key for key in (*inside, folder) if key in model.modules]
    facts = model.modules.get(folder)
    is_copy = facts is None or not facts.statements or homes.get(folder) == canonical
    if is_copy and has_name(audit, canonical) and has_name(audit, folder):
        yield PackagePlan(folder, canonical, frozenset(whole))


def _corresponding_folder(key: Key, folder: Key, canonical: Key) -> Key:
    """Return the folder that holds the canonical module at the place that ``key`` has in ``folder``; empty if none."""
    rest = key[len(folder) :]
    return canonical[: -len(rest)] if canonical.endswith(rest) else ""
