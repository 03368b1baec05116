"""The whole tree: which files matter, what is wrong with them, and whose rewrite is to blame."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING

from unfork.file_kinds import CODE
from unfork.reading.examples import MARK
from unfork.reading.heads import Heads
from unfork.reading.signs import has_sign
from unfork.reading.source import Source, Unparsable
from unfork.verification.facts import FileReport, Moves, Rewrites, Violation
from unfork.verification.naming import have_any, identifiers
from unfork.verification.project import Generated, Project, Read, none_generated
from unfork.verification.quick import REPLACES, Quick
from unfork.verification.report_cache import Kept, report_of
from unfork.verification.states import States, module_name
from unfork.verification.two_roots import (
    outer_names,
    rewrites_of_copies,
    violations_of_files,
    with_copies,
)
from unfork.verification.values import Module, Values, plain_value
from unfork_codemods.edits import Edit
from unfork_codemods.migration import Migration

if TYPE_CHECKING:
    from unfork.verification.cross_file import Beside

_KEY = re.compile(rb"[\"']([A-Za-z_][A-Za-z0-9_.]*)[\"']")
"""A string that may be the key of a module."""
_STORING = re.compile(rb"\bglobals\(|(?<!\bself)(?<!\bcls)\.[^\W\d]\w*[ \t]*=(?!=)")
"""What binds a name of the module itself by its spelling, or one of another by a plain assignment."""


class Verifier:
    """The project before a run, ready to check what the run would do. It can be sent to other processes."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Read,
        roots: tuple[str, ...],
        migration: Migration,
        external: Container[str] | None = None,
        nested: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        generated: Generated = none_generated,
        heads: Heads | None = None,
        mapped: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        python = frozenset(path for path in paths if path.endswith(CODE))
        heads = Heads() if heads is None else heads
        outside = external, dict(nested), generated, heads
        self.__setstate__(Project(python, read, roots, migration, *outside, mapped=dict(mapped)))

    def __getstate__(self) -> Project:
        return self.project

    def __setstate__(self, project: Project) -> None:
        self.project = project
        self._states: States | None = None
        self._quick: Quick | None = None
        self._copying: Verifier | None = None
        self._kept = Kept()

    def states(self, rewrites: Rewrites) -> States:
        """Return both states of the tree; those of the last rewrites are cached."""
        if self._states is None or self._states.rewrites is not rewrites:
            self._states = States(self.project, rewrites)
        return self._states

    def forget(self) -> None:
        """Drop what is known of the tree, to free its memory at once: its parts refer to each other."""
        if self._states is not None:
            self._states.forget_all()
            self._states = None
        if self._copying is not None:
            self._copying.forget()

    def quick(self, before: Source, edits: Sequence[Edit]) -> Moves | None:
        """Return what a file now takes from elsewhere, if its imports alone show that it is correct; else None.

        ``edits`` apply to the text in UTF-8.
        """
        if self._quick is None:
            self._quick = Quick(self.project)
        return self._quick.moves(before, edits)

    def file(
        self, path: str, rewrites: Rewrites, sources: tuple[Source, Source] | None = None
    ) -> FileReport:
        """Return the report on one file in the tree after, read in full.

        ``sources`` are its complete texts before and after, if they have already been read.
        """
        states = self.states(rewrites)
        if sources is not None:
            states.give(*sources)
        return report_of(states, path)

    def verify(
        self,
        rewrites: Rewrites,
        quick: Mapping[str, Moves] | None = None,
        reports: Mapping[str, FileReport] | None = None,
        complete: Collection[str] = (),
        candidates: Collection[str] | None = None,
        beside: Beside = nullcontext,
        replacers: Collection[str] | None = None,
    ) -> list[Violation]:
        """Return what the run would break, sorted.

        Only ``candidates`` may name a legacy module, and only ``replacers`` use ``sys.modules``; None: any file may.
        """
        if self._has_two_names(rewrites, candidates):
            return self._verify_with_copies(rewrites, complete, candidates, replacers)
        states = self.states(rewrites)
        self._kept.go_on(states)
        known = dict(reports or {})
        for path in sorted(rewrites.edits.keys() - rewrites.removed):
            moves = quick.get(path) if quick is not None else None
            if moves is not None and not _may_name_legacy(states, path, path in complete):
                known[path] = FileReport(path, accesses=moves.accesses, exports=moves.exports)
            elif path.endswith(CODE) and path not in known:
                known[path] = self._kept.report(states, path)
        self._read_others(states, known, set(quick or ()), complete, candidates, replacers)
        if self.project.twice:
            known = _of_loaded(states, known)
        from unfork.verification.cross_file import (
            cross_file_violations,
        )  # imported late: the quick way needs less

        violations = [v for report in known.values() for v in report.violations]
        violations += cross_file_violations(states, known, complete, beside)
        return sorted(dict.fromkeys(violations))

    def takers(self, paths: Iterable[str], rewrites: Rewrites) -> Iterator[str]:
        """Yield the files that may import a redirected module from one of the given files, by its name there."""
        tree_state, legacy = self.project.tree_state(False), self.project.redirects.keys()
        names: dict[str, frozenset[str]] = {}
        for path in paths:
            bound = (tree_state.exports(path) or {}).items()
            modules = {n for n, v in bound if _are_any(tree_state.resolved(v), legacy)}
            if modules:
                names[path] = frozenset(modules)
        if names:
            states = self.states(rewrites)
            states.words |= frozenset().union(*names.values())
            yield from _files_passing(states, self.project.paths, _Taking(names).may_be_in)

    # -- files that have two names

    def _has_two_names(self, rewrites: Rewrites, candidates: Collection[str] | None) -> bool:
        """Return whether relevant files are named both from a root and from one below it."""
        project = self.project
        names = None if project.twice or not rewrites.edits else outer_names(project.roots)
        if names is None:
            return False
        if self._copying is not None:
            return True
        states = self.states(rewrites)
        places = project.paths if candidates is None else project.paths.intersection(candidates)
        return any(
            names.search(text)
            for path in sorted(places | rewrites.edits.keys())
            for text in _texts_of_file(states, path)
        )

    def _verify_with_copies(
        self,
        rewrites: Rewrites,
        complete: Collection[str],
        candidates: Collection[str] | None,
        replacers: Collection[str] | None,
    ) -> list[Violation]:
        if self._copying is None:
            self._copying = Verifier.__new__(Verifier)
            self._copying.__setstate__(self.project.with_copies())
        copying = self._copying
        roots, every = self.project.roots, copying.project.paths
        violations = copying.verify(
            rewrites_of_copies(rewrites, every),
            complete=complete,
            candidates=None if candidates is None else with_copies(candidates, roots),
            replacers=None if replacers is None else with_copies(replacers, roots),
        )
        return sorted(set(violations_of_files(violations)))

    # -- files that do not change

    def _may_matter(
        self, states: States, reports: Mapping[str, FileReport], complete: Collection[str]
    ) -> Callable[[str, bytes], bool]:
        """Return a test of whether an unchanged file that names a legacy module must be read in full.

        A file that only imports names from the module matters if it is claimed to name no legacy module, if modules are
        removed or change, or if a changed file replaces names.
        """
        project, named = self.project, self.project.namings
        other = {*project.redirects, *project.deprecated} & states.rewrites.touched
        all_matter = (
            states.rewrites.removed or other or any(r.replacements for r in reports.values())
        )

        def may_matter(path: str, data: bytes) -> bool:
            if not named.may_be_in(data):
                return False
            if all_matter or path in complete or has_sign(data, REPLACES):
                return True
            try:
                head = project.heads.of(path, data)
                return _binds_any(head, project.legacy_words) or named.are_used_in(
                    data, head.in_import
                )
            except Unparsable:
                return True

        return may_matter

    def _may_replace_destination(self, path: str, data: bytes) -> bool:
        """Return whether a file may put something in the place of a destination of the migration in ``sys.modules``.

        The keys are whole dotted names. A changed file may import the destination by then, or get what is in its place.
        """
        if b"modules" not in data:
            return False
        project = self.project
        named = (project.finder.absolute(k.decode(), path) for k in set(_KEY.findall(data)))
        return any(isinstance(m, Module) and project.is_meant(m.path) for m in named)

    def _may_replace_on_surface(self, path: str, data: bytes) -> bool:
        """Return whether a file may replace a name of a package from which outsiders import names."""
        surfaces = self.project.surfaces
        is_near = path in surfaces or any(os.fsencode(module_name(s)) in data for s in surfaces)
        return is_near and (has_sign(data, REPLACES) or _STORING.search(data) is not None)

    def _read_others(
        self,
        states: States,
        reports: dict[str, FileReport],
        quick: set[str],
        complete: Collection[str],
        candidates: Collection[str] | None,
        replacers: Collection[str] | None,
    ) -> None:
        """Read the files that may take removed names, or name what moved; also those that ``quick`` accepted."""
        project = self.project
        places = project.paths if candidates is None else project.paths.intersection(candidates)
        matters = self._may_matter(states, reports, complete)
        fresh = list(_files_passing(states, places - reports.keys(), matters))
        if states.rewrites.edits:
            others = project.paths if replacers is None else project.paths.intersection(replacers)
            others = others - reports.keys() - set(fresh)
            fresh += _files_passing(states, others, self._may_replace_destination)
            if project.surfaces:
                others = project.paths - reports.keys() - set(fresh)
                fresh += _files_passing(states, others, self._may_replace_on_surface)
        asked: dict[str, frozenset[str]] = {}
        while True:
            for path in fresh:
                reports[path] = self._kept.report(states, path)
            quick.difference_update(fresh)
            lost = {path: _names_of_interest(report) for path, report in reports.items()}
            lost = {
                path: words for path, words in lost.items() if words and asked.get(path) != words
            }
            if not lost:
                break
            asked |= lost
            words = {word for words in lost.values() for word in words}
            around = places | reports.keys() if words <= project.legacy_words else project.paths
            if (
                words - {"*"} <= states.words
            ):  # files read in full have been read with these words in mind
                around -= reports.keys() - quick
            states.words |= words
            fresh = list(_files_passing(states, around & project.paths, _Taking(lost).may_be_in))


def _binds_any(source: Source, words: Collection[str]) -> bool:
    """Return whether a file imports something named by one of the words: perhaps a module that others use, too."""
    names = (alias.name for statement in source.imports for alias in statement.node.names)
    return any(name.rpartition(".")[2] in words for name in names)


def _are_any(values: Values, modules: Collection[str]) -> bool:
    return any(
        isinstance(value, Module) and value.path in modules for value in map(plain_value, values)
    )


def _texts_of_file(states: States, path: str) -> Iterator[bytes]:
    """Yield the bytes of a file before, and after if it changes; nothing if it cannot be read."""
    try:
        before = states.project.read(path)
    except OSError:
        return
    yield before
    if path in states.rewrites.edits:
        yield states.rewrites.text(path, before)


def _of_loaded(states: States, reports: Mapping[str, FileReport]) -> dict[str, FileReport]:
    """Return the reports except those on copies, or on files with copies, that nothing loads."""
    named = {path for report in reports.values() for path, _ in report.reached}
    for report in reports.values():
        bindings = (replacement.after or replacement.before for replacement in report.replacements)
        named |= {path for path, _ in bindings}
    loaded = states.loaded(named & states.project.paths)
    return {path: report for path, report in reports.items() if path in loaded}


def _may_name_legacy(states: States, path: str, is_complete: bool) -> bool:
    """Return whether a file may still name a removed module, or any legacy module if it claims to name none.

    The quick way compares what changed. Such a name may be in what it does not examine.
    """
    removed = states.rewrites.removed
    if not (removed or is_complete):
        return False
    data = states.text_after(path)
    if any(os.fsencode(module_name(gone)) in data for gone in removed):
        return True
    return is_complete and states.project.namings.may_be_in(data)


def _files_passing(
    states: States, paths: Iterable[str], test: Callable[[str, bytes], bool]
) -> Iterator[str]:
    """Yield the files whose text before or after passes a test."""
    for path in sorted(paths):
        if path in states.rewrites.removed:
            continue
        try:
            data = states.text_after(path)
        except OSError:
            continue
        if test(path, data):
            yield path


def _names_of_interest(report: FileReport) -> frozenset[str]:
    """Return a file's names that are gone or refer to another module now, and ``*`` if its stars may bring changes."""
    exports = report.exports
    return exports.gone | exports.moved | ({"*"} if exports.new or exports.gone else set())


class _Taking:
    """Finds by its bytes whether a file may take one of the names of interest from other files."""

    def __init__(self, names: Mapping[str, frozenset[str]]) -> None:
        self._names: dict[bytes, set[bytes]] = {}
        for path, words in names.items():
            module = os.fsencode(module_name(path))
            self._names.setdefault(module, set()).update(word.encode() for word in words)
        self._folders = {
            f"{path.rpartition('/')[0]}/": os.fsencode(module_name(path))
            for path in names
            if path.rpartition("/")[2].startswith("__init__.")
        }
        every = {word for group in self._names.values() for word in group}
        self._words, self._stars = every - {b"*"}, b"*" in every

    def may_be_in(self, path: str, data: bytes) -> bool:
        """Return whether a file contains a name of interest, and the name of the module that it would come from.

        What its examples (doctest) take, they may take of a module that the file has by any name. Elsewhere in a file
        the planner follows that.
        """
        has_star = self._stars and b"*" in data and _STAR.search(data) is not None
        if not has_star and not have_any(data, self._words):
            return False
        said = set(identifiers(data))
        if has_star:
            said.add(b"*")
        modules = said & self._names.keys()
        modules |= {name for folder, name in self._folders.items() if path.startswith(folder)}
        if any(not said.isdisjoint(self._names[module]) for module in modules):
            return True
        return MARK in data and any(map(self._words.__contains__, _attributes_in_examples(data)))


def _attributes_in_examples(data: bytes) -> Iterator[bytes]:
    """Yield the words behind a dot in the lines of a text that are examples, and those behind a quote."""
    for line in data.splitlines():
        if line.lstrip().startswith((MARK, b"...")):
            yield from _ATTRIBUTE.findall(line)


_ATTRIBUTE = re.compile(rb"[.\"'](\w+)")
_STAR = re.compile(rb"import\s+\*")
