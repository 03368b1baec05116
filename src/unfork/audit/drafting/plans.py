"""What a draft does with each fork: redirect it, remove it, or ask."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

from unfork.audit.drafting.text import has_name
from unfork.audit.duplicates.counterparts import Counterpart, lone_values
from unfork.audit.duplicates.equivalence import Sameness
from unfork.audit.duplicates.forks import Fork, Standing
from unfork.audit.liveness.config_references import is_config
from unfork.audit.result import Audit
from unfork.files.tree import WorkTree
from unfork.planning.call_guesses import CallGuess, Definitions
from unfork.reading.layout import enclosing_folders, parent_folder
from unfork.reading.path_rules import is_live
from unfork_codemods.project import Key, Kind

_WORD = re.compile(rb"\w+")
_LOOKUPS = frozenset({b"__dict__", b"attrgetter", b"dir", b"getattr", b"getmembers", b"vars"})
"""Words in a file that may take any name of a module that it imports."""


class Action(Enum):
    """What a draft does with a fork.

    ``ASK``: some or all of it waits for an answer; ``FIX``: it waits for a file to be parsable; ``KEEP``: nothing is to
    do.
    """

    REDIRECT = auto()
    REMOVE = auto()
    ASK = auto()
    FIX = auto()
    KEEP = auto()


@dataclass(frozen=True, slots=True)
class ForkPlan:
    """What is to happen with a fork: the names in use that are ``moved`` without a question, and those ``asked`` about.

    ``lone`` are values that are equal today, but that nothing which moves needs: they stay. ``calls`` are guesses about
    members and arguments that are called differently, of names asked about.
    """

    fork: Fork
    canonical: Standing
    action: Action
    moved: tuple[Counterpart, ...] = ()
    asked: tuple[Counterpart, ...] = ()
    lone: tuple[Counterpart, ...] = ()
    used: frozenset[str] = frozenset()
    calls: tuple[CallGuess, ...] = ()


def plan_forks(audit: Audit) -> list[ForkPlan]:
    """Return what is to happen with each fork that a migration can name, as it can name the others of its group.

    Modules of copied folders are left out, where nothing tells which folder is to go: that is one question.
    """
    planner = _Planner(audit, Sameness(audit.model))
    undecided = frozenset[Key]().union(
        *(copy.keys for copy in audit.folders if not copy.folder.is_certain)
    )
    return [
        planner.plan(fork, group.canonical)
        for group in audit.groups
        if all(has_name(audit, standing.key) for standing in group.members)
        for fork in group.open
        if fork.key not in undecided
    ]


def unparsable_path(audit: Audit, fork: Fork) -> str:
    """Return the file of a fork or its canonical module that cannot be parsed, empty if both can."""
    both = (audit.model.modules[key] for key in (fork.key, fork.canonical))
    return next((facts.path for facts in both if facts.error is not None), "")


@dataclass(frozen=True)
class _Planner:
    audit: Audit
    sameness: Sameness
    _words: dict[str, frozenset[bytes]] = field(default_factory=dict)

    def plan(self, fork: Fork, canonical: Standing) -> ForkPlan:
        importers = self.audit.model.importers.get(fork.key, ())
        if not importers and not self._mentioning_files(fork.key):
            return ForkPlan(fork, canonical, self._action_if_unused(fork))
        if unparsable_path(self.audit, fork):
            return ForkPlan(fork, canonical, Action.FIX)
        used = frozenset(self._names_in_use(fork))
        stuck = self._stuck_names(fork, used)
        known = [name for name in fork.names if name.name in used]
        asked = tuple(name for name in known if name.name in stuck)
        moved = tuple(name for name in known if name.name not in stuck and self._is_defined(name))
        if not (asked or fork.differing or fork.parallel or fork.undecided):
            return ForkPlan(fork, canonical, Action.REDIRECT, moved, used=used)
        lone = self._lone_values(fork, moved)
        moved, kept = (
            tuple(name for name in moved if (name.name in lone) == is_lone)
            for is_lone in (False, True)
        )
        calls = tuple(self._call_guesses(fork, asked))
        return ForkPlan(fork, canonical, Action.ASK, moved, asked, kept, used, calls)

    def _call_guesses(self, fork: Fork, asked: Iterable[Counterpart]) -> Iterator[CallGuess]:
        """Yield what is called differently, of members only those that a file which imports the fork names."""
        importers = self.audit.model.importers.get(fork.key, ())
        files = dict.fromkeys(
            (*(importer.path for importer in importers), *self._mentioning_files(fork.key))
        )
        for name in asked:
            if name.module:
                places = (fork.key, name.name), (name.module, name.target)
                for guess in self._definitions.call_guesses(*places):
                    word = guess.member.encode()
                    if not word or any(word in self._words_of_file(path) for path in files):
                        yield guess

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self.audit.model.index)

    def _lone_values(self, fork: Fork, moved: Iterable[Counterpart]) -> frozenset[str]:
        uses, defs = self.sameness.uses(fork.key), self.audit.model.modules[fork.key].defs
        return lone_values([name.name for name in moved], uses, defs)

    def _action_if_unused(self, fork: Fork) -> Action:
        if not is_live(fork.standing.path):
            return Action.KEEP
        if unparsable_path(self.audit, fork):
            return Action.FIX
        if fork.undecided:
            return Action.ASK
        dead = next((dead for dead in self.audit.reach.proved if dead.key == fork.key), None)
        if dead is not None and not self.audit.model.layout.is_package(fork.key):
            return Action.REMOVE
        return Action.REDIRECT if fork.moves else Action.ASK

    def _names_in_use(self, fork: Fork) -> Iterator[str]:
        """Yield the names of a fork that somebody takes: by an import, or by a word where the whole module is taken."""
        public = [name.name for name in fork.names]
        files = [*self._mentioning_files(fork.key), *self._files_using_the_module(fork.key)]
        for importer in self.audit.model.importers.get(fork.key, ()):
            yield from importer.names
            if "*" in importer.names or importer.quoted:
                yield from public
        for path in dict.fromkeys(files):
            words = self._words_of_file(path)
            is_open = not words.isdisjoint(_LOOKUPS)
            yield from (name for name in public if is_open or name.encode() in words)

    def _files_using_the_module(self, key: Key) -> Iterator[str]:
        """Yield the files that import a module as a whole, and those that may reach it through a package."""
        name = key.rpartition("/")[2]
        for importer in self.audit.model.importers.get(key, ()):
            if not importer.names or name in importer.names:
                yield importer.path
        for package in enclosing_folders(parent_folder(key)):
            for importer in self.audit.model.importers.get(package, ()):
                if name.encode() in self._words_of_file(importer.path):
                    yield importer.path

    def _mentioning_files(self, key: Key) -> list[str]:
        """Return the files that name a module in a string, or may do so in a configuration."""
        last = os.fsencode(key.rpartition("/")[2])
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
