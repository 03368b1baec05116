"""One migration over one tree, and the files that it may affect, judged by their bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from unfork.file_kinds import CODE, has_sign_of_code, is_named_code, may_run
from unfork.files.tree import Search
from unfork.patterns import path_matcher
from unfork.planning.members import MemberMigrations, migrations_of_members
from unfork.planning.overlay import Overlay
from unfork.planning.validate import validate_migration
from unfork.reading.disguise import normalized_text
from unfork.reading.entry_points import is_entry_point_file
from unfork.reading.heads import Heads
from unfork.reading.index import Index
from unfork.reading.layout import key_of, parent_folder
from unfork.reading.manifests import is_manifest, is_project_file
from unfork.reading.prefilter import Taking, Words, last_word, may_compute_paths, may_wrap_a_patch
from unfork.rewriting.engine import Engine
from unfork.rewriting.mentions import LARGEST
from unfork.worked_out import WorksOutOnce
from unfork_codemods.migration import Migration
from unfork_codemods.project import Key, last_segment
from unfork_codemods.redirect import Redirect, RedirectImports

_CALLS = Words(frozenset({b"patch", b"attr(", b"multiple(", b"import", b"find_spec", b"_module("}))
"""Parts of the names of functions that take paths."""


_PATCHES = Words(frozenset({b"patch(", b"Patch(", b"attr("}))
"""Parts of the names of functions that replace names."""


def _has_path_call(buffer: bytearray, size: int) -> bool:
    """Return whether a text contains one of them; nearly all do, because of an import."""
    return buffer.find(b"import", 0, size) >= 0 or _CALLS.within(buffer, size)


_OFTEN_ASKED = Words(
    frozenset(
        {b"__import__", b"find_spec", b"import_module", b"modules"}
        | {b"__dict__", b"attrgetter", b"getattr", b"hasattr", b"vars"}
        | {b"\\x80", b"filterwarnings", b"pickle"}
    )
)
"""What rules look for whatever the migration moves: one pass over the files finds all of it."""


def _uses_sys_modules(data: bytes) -> bool:
    """Return whether a text names the table of modules, or imports it: ``from sys import modules``."""
    return b"sys.modules" in data or b"from sys import" in data


class Earlier(NamedTuple):
    """What the last round of a migration knew of the project, and the files that it ``changed`` or removed."""

    known: Index
    changed: frozenset[str]


@dataclass(frozen=True)
class Run(WorksOutOnce):
    """One migration over one tree.

    ``every`` are the paths of all code and all manifests, ``chosen`` those of what the user asked for.
    """

    tree: Overlay
    migration: Migration
    every: tuple[str, ...]
    chosen: Sequence[str] | None
    exclude: tuple[str, ...]
    strict: bool = False
    verifies: bool = True
    types: tuple[str, ...] = ()
    """The type checkers that are asked about receivers."""
    heads: Heads = field(default_factory=Heads, compare=False)
    """The files that are parsed already: later rounds and migrations read most of them again."""
    earlier: Earlier | None = field(default=None, compare=False, repr=False)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The Python files of the project."""
        gone = self.tree.deleted
        return tuple(path for path in self.every if path.endswith(CODE) and path not in gone)

    @cached_property
    def manifests(self) -> tuple[str, ...]:
        """The files, other than Python files, that may declare entry points."""
        return tuple(filter(is_entry_point_file, self.every))

    @cached_property
    def engine(self) -> Engine:
        """The engine for the migration, validated against the project."""
        engine = self._unchecked_engine
        if self.earlier is not None:
            engine.index.take_over(self.earlier.known, self.earlier.changed)
        validate_migration(self.migration, engine.index, self.tree.root)
        return engine

    @cached_property
    def _unchecked_engine(self) -> Engine:
        manifests = tuple(filter(is_manifest, self.every))
        options = (self.strict, manifests, self.verifies)
        return Engine(self.tree, self.migration, self.paths, *options, self.heads)

    def begin_search_of_documents(self) -> Search:
        """Begin to search the files that are no code for words of what moves. Raises GitError; the result, too."""
        return self.once(_search_of_documents)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The files that are no code and may have a word of what moves."""
        return tuple(self.begin_search_of_documents()())

    @cached_property
    def running_documents(self) -> tuple[str, ...]:
        """Those of them that hold code."""
        named = [path for path in self.documents if is_named_code(path)]
        others = (path for path in self.documents if not is_named_code(path))
        scanned = self.tree.scan(others, has_sign_of_code, LARGEST)
        return (*named, *(path for path, data in scanned if data and may_run(path, data)))

    @cached_property
    def documents_of_removed(self) -> tuple[str, ...]:
        """The files that are no code and have a word of a module to be removed, sorted."""
        words = frozenset(last_word(step.module) for step in self.migration.removes)
        return tuple(sorted(self.tree.begin_search(words, CODE, LARGEST)())) if words else ()

    def reserve_for(self, files: int) -> None:
        """Cache less of what is read and parsed, because many files may change."""
        self.engine.heads.reserve_for(files)
        self.tree.reserve_for(files)

    def over(self, tree: Overlay, migration: Migration) -> Run:
        """Return the same run over another tree, or of another migration; itself, with what it knows, if it is both."""
        if tree is self.tree and migration is self.migration:
            return self
        return replace(self, tree=tree, migration=migration)

    def for_members(self) -> MemberMigrations:
        """Return the migration once for each member of a workspace, if several have a module of the same name."""
        has_members = self.migration.roots is None and any(
            is_project_file(path) and "/" in path for path in self.every
        )
        if not has_members:
            return MemberMigrations((self.migration,))
        run = self.by_module()
        return migrations_of_members(run.migration, run._unchecked_engine.plain_layout)

    def by_module(self) -> Run:
        """Return the run with one step for each module in place of each package entry (``old.*``)."""
        if not self.migration.has_packages:
            return self
        # late: few have one
        from unfork.planning.packages import ProjectModules, migration_by_module

        def scan(word: bytes) -> Iterator[bytes]:
            files = self.tree.scan(self.paths, Words(frozenset({word})).within)
            return (data for _, data in files if data)

        modules = ProjectModules(self._unchecked_engine.plain_layout, scan)
        return replace(self, migration=migration_by_module(self.migration, modules))

    def covers(self, path: str) -> bool:
        """Return whether a file is to be rewritten: chosen and not excluded."""
        return self._is_chosen(path) and not self.excludes(path)

    def excludes(self, path: str) -> bool:
        """Return whether a file is excluded: neither rewritten nor checked."""
        return bool(self._exclude_matcher(path))

    @cached_property
    def _exclude_matcher(self) -> Callable[[str], bool]:
        return path_matcher((*self.exclude, *self.migration.exclude))

    @cached_property
    def _chosen_prefixes(self) -> tuple[str, ...] | None:
        if self.chosen is None or "." in self.chosen or "" in self.chosen:
            return None
        return tuple(f"{path.rstrip('/')}/" for path in self.chosen)

    def _is_chosen(self, path: str) -> bool:
        return self._chosen_prefixes is None or f"{path}/".startswith(self._chosen_prefixes)

    @cached_property
    def redirects(self) -> Mapping[Key, Redirect]:
        """The redirects of modules that are there, by the modules."""
        has_file = self.engine.index.has_file
        every = self.redirect_codemod.redirects.items()
        return {key: redirect for key, redirect in every if has_file(key)}

    @cached_property
    def redirect_codemod(self) -> RedirectImports:
        """The codemod of the redirects; it moves nothing if the migration has none."""
        every = (c for c in self.engine.codemods if isinstance(c, RedirectImports))
        return next(every, None) or RedirectImports((), self.engine.index)

    @cached_property
    def all_candidates(self) -> tuple[list[str], list[str]]:
        """The candidates of the whole project."""
        return self.candidates(self.paths)

    def candidates_with_data(self) -> Iterator[tuple[str, bytes]]:
        """Yield the candidates of both kinds with their bytes, without telling them apart."""
        for path, data in self.tree.scan(self.paths, self.engine.prefilter.words.within):
            yield path, data or b""

    def candidates(self, paths: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the files that may name a module of the migration, and those that contain only its last segment."""
        near = self.engine.prefilter
        named: list[str] = []
        others: list[str] = []
        for path, data in self.tree.scan(paths, near.words.within):
            if data is None or near.matches(data):  # unreadable: the engine reports why
                named.append(path)
            else:
                others.append(path)
        return named, others

    @cached_property
    def uncovered_candidates(self) -> list[str]:
        """The files that may name a module of the migration and are not to be rewritten."""
        return self.candidates(path for path in self.paths if not self.covers(path))[0]

    @cached_property
    def only_mentioning(self) -> list[str]:
        """The files that have a word of what moved, but none of those that an import of it would have."""
        known = self.engine.prefilter.words
        words = Words(self.engine.moved.words.words - known.words)
        if not words.words:
            return []
        scanned = self.tree.scan(self.paths, words.within)
        return [path for path, data in scanned if data and not known.present_in(data)]

    @cached_property
    def candidate_manifests(self) -> list[str]:
        """The files among ``manifests`` that contain the last segment of a legacy module, and are to be rewritten."""
        words = Words(frozenset(last_word(r.source) for r in self.migration.redirects))
        manifests = filter(self.covers, self.manifests) if words.words else ()
        return [path for path, data in self.tree.scan(manifests, words.within) if data]

    @cached_property
    def computing_paths(self) -> tuple[str, ...]:
        """The files that may build the path of what they import or replace."""
        scanned = self.tree.scan(self.paths, _has_path_call)
        return tuple(path for path, data in scanned if data and may_compute_paths(data))

    @cached_property
    def users_of_sys_modules(self) -> tuple[str, ...]:
        """The files that may put something in the place of a module, by its key in ``sys.modules``."""
        with_word = self.files_with(frozenset({b"modules"}))
        return tuple(path for path in with_word if _uses_sys_modules(self.read(path)))

    @cached_property
    def wrapping_paths(self) -> tuple[str, ...]:
        """The files that may define a function that patches a path it receives."""
        scanned = self.tree.scan(self.paths, _PATCHES.within)
        return tuple(path for path, data in scanned if data and may_wrap_a_patch(data))

    def naming(self, names: frozenset[str]) -> tuple[str, ...]:
        """Return the files that contain one of the names."""
        known = self.once(_known_naming)
        if names not in known:
            known[names] = tuple(self._scanned_for(names)) if names else ()
        return known[names]

    def _scanned_for(self, names: Iterable[str]) -> Iterator[str]:
        words = frozenset(map(os.fsencode, names))
        any_word = re.compile(rb"\b(?:%b)\b" % b"|".join(map(re.escape, sorted(words))))
        if words <= _OFTEN_ASKED.words:
            found = ((path, self.read(path)) for path in self.files_with(words))
        else:
            scanned = self.tree.scan(self._code_with(words), Words(words).within)
            found = ((path, data) for path, data in scanned if data)
        return (path for path, data in found if any_word.search(normalized_text(data)))

    def files_with(self, parts: frozenset[bytes]) -> tuple[str, ...]:
        """Return the files that contain one of some words that rules often ask for, or a longer word with it."""
        return tuple(path for path, present in self._often_asked if not parts.isdisjoint(present))

    @cached_property
    def _often_asked(self) -> tuple[tuple[str, frozenset[bytes]], ...]:
        scanned = self.tree.scan(self.paths, _OFTEN_ASKED.within)
        found = ((path, normalized_text(data)) for path, data in scanned if data)
        return tuple((path, _OFTEN_ASKED.present_in(text)) for path, text in found)

    @cached_property
    def kept_inside(self) -> frozenset[str]:
        """The files of legacy packages whose modules go on importing each other, since nothing else uses them."""
        index = self.engine.index
        inside = (step.source for step in self.migration.redirects if step.keeps_inside)
        files = (index.layout.modules.get(index.named(module).key, ()) for module in inside)
        return frozenset(path for paths in files for path in paths)

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or empty bytes if it cannot be read."""
        try:
            return self.tree.read(path)
        except OSError:
            return b""

    def star_importers(self, keys: Collection[Key]) -> list[str]:
        """Return the files that may star-import one of the modules, directly or through other files."""
        stars = Words(frozenset({b"import *"}))
        texts_by_path = {
            path: data for path, data in self.tree.scan(self.paths, stars.within) if data
        }
        importers: list[str] = []
        while keys:
            words = Words(frozenset(os.fsencode(last_segment(key)) for key in keys))
            more = [
                p for p, d in texts_by_path.items() if words.present_in(d) or b". import *" in d
            ]
            for path in more:
                del texts_by_path[path]
            importers += more
            keys = {key_of(path) for path in more}
        return importers

    def files_taking(self, names: Collection[str], changed: Collection[Key]) -> list[str]:
        """Return the files that may take one of the names from a ``changed`` module, by star import or by name."""
        last = {last_segment(key) for key in changed}
        sources = [redirect.source for redirect in self.migration.redirects]
        packages = {
            source: parent_folder(self.engine.index.named(source).key) for source in sources
        }
        legacy = [s for s in sources if last_segment(packages[s]) not in last]
        taking = Taking(names, legacy)
        words = Words(frozenset(name.encode() for name in names))
        paths = (*self._code_with(words.words), *self.manifests)
        scanned = self.tree.scan(paths, words.within)
        return [
            p for p, data in scanned if data and (b"import *" in data or taking.may_be_in(data))
        ]

    def _code_with(self, words: frozenset[bytes]) -> Sequence[str]:
        """Return the Python files that may contain one of the words: the candidates, if all are the migration's."""
        if words <= self.engine.prefilter.words.words:
            named, others = self.all_candidates
            return (*named, *others)
        return self.paths


def _search_of_documents(run: Run) -> Search:
    words = run.engine.moved.words.words
    return run.tree.begin_search(words, CODE, LARGEST) if words else tuple


def _known_naming(_: Run) -> dict[frozenset[str], tuple[str, ...]]:
    return {}
