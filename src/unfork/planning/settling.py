"""Files of a project depend on each other, so they are processed until none requires anything more of another.

results ── rules ──▶ constraints ──▶ results of the files whose constraints grew ── rules ──▶ ...

A rule is a function. It reads the results, and returns the files whose constraints must grow, with the constraints.
Constraints only grow (except for renames to follow, which are those of the current results), so the loop ends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from unfork.planning.pool import Painter, Workers
from unfork.planning.run import Run
from unfork.reading.layout import key_of
from unfork.rewriting.constraints import Constraints, ExternalReferences, Name, Taken, Wrapper
from unfork.rewriting.file_results import FileResult
from unfork_codemods.bindings import Bindings, Kept
from unfork_codemods.edits import Edit, apply_edits
from unfork_codemods.project import Key

if TYPE_CHECKING:
    from unfork.files.language_server import TypeProblem  # an option brings it

_NONE = Constraints()


@dataclass
class Settling:
    """The ``results`` of a run so far, and the ``constraints`` that produced them, both by path."""

    run: Run
    workers: Workers
    results: dict[str, FileResult] = field(default_factory=dict)
    constraints: dict[str, Constraints] = field(default_factory=dict)
    bindings: Bindings = field(default_factory=Bindings)
    wrappers: tuple[Wrapper, ...] = ()
    asked_of_types: set[tuple[Name, str]] = field(default_factory=set)
    """The members of legacy classes that type checkers have been asked for."""
    type_errors: dict[str, dict[str, tuple[TypeProblem, ...] | str]] = field(default_factory=dict)
    """The errors of files before the rewrite, by type checker; a text says why it has not answered."""
    _demands: dict[tuple[str, bool], ExternalReferences] = field(default_factory=dict)
    _still: dict[str, tuple[object, frozenset[Taken]]] = field(default_factory=dict)
    _interest: frozenset[str] = frozenset()
    _changed: frozenset[Key] = frozenset()
    _taking: tuple[str, ...] = ()
    _given: frozenset[Key] = frozenset()
    _starring: tuple[str, ...] = ()
    _calling: tuple[str, ...] = ()

    def begin(self, paths: Iterable[str], read: Collection[str], progress: Painter | None) -> None:
        """Process the files; those in ``read`` only to see what they import."""
        worked = self.workers.files([*paths, *read], only_read=read, progress=progress)
        self.results = {result.path: result for result in worked}

    def settle(self, rules: Iterable[Rule]) -> None:
        """Process files again until no rule asks for more. When a rule does, the rules before it run again."""
        every = tuple(rules)
        while any(self._does_more(rule) for rule in every):
            continue

    def _does_more(self, rule: Rule) -> bool:
        """Process the files that a rule asks for; return whether there are any, or other rules may now ask for more."""
        before = self.bindings
        return self.work_again(rule(self)) or self.bindings != before

    def work_again(self, asked: Mapping[str, Constraints]) -> bool:
        """Process the files that have new constraints again; return whether there are any."""
        more = {p: facts for p, facts in asked.items() if facts != self.constraints_of(p)}
        self.constraints |= more
        read = [path for path in more if not self.run.covers(path)]
        worked = self.workers.files(sorted(more), more, only_read=read)
        self.results |= {result.path: result for result in worked}
        return bool(more)

    def bind(self, bindings: Bindings) -> dict[str, Constraints]:
        """Store the bindings of names in the project; return the constraints of the files that they matter to.

        The result of a file is the same under both bindings if it asked about no module of which they differ.
        """
        differing = bindings.differing(self.bindings)
        self.bindings = bindings
        self._demands.clear()
        bound = {
            path: replace(self.constraints_of(path), bindings=bindings)
            for path in self.results
            if self.run.covers(path)
        }
        concerned = {path for path in bound if self._asked_about(path, differing)}
        self.constraints |= {path: bound[path] for path in bound.keys() - concerned}
        return {path: bound[path] for path in bound if path in concerned}

    def keep(
        self,
        stays: Mapping[Name, Kept] = MappingProxyType({}),
        acting: Mapping[Key, str] = MappingProxyType({}),
    ) -> dict[str, Constraints]:
        """Add names that stay, and modules that nothing takes the place of; return the constraints as ``bind`` does.

        What is known already keeps its reason.
        """
        known = self.bindings
        if stays.keys() <= known.stays.keys() and acting.keys() <= known.acting.keys():
            return {}
        stays, acting = {**stays, **known.stays}, {**acting, **known.acting}
        return self.bind(known._replace(stays=stays, acting=acting))

    def _asked_about(self, path: str, modules: frozenset[Key]) -> bool:
        """Return whether the bindings of one of the modules mattered to the result of a file."""
        asked = self.results[path].asked
        return asked is None or not asked.isdisjoint(modules)

    def wrap(self, wrappers: tuple[Wrapper, ...]) -> dict[str, Constraints]:
        """Store the wrappers of patches; return the constraints for the files that may call one."""
        if wrappers != self.wrappers:
            self.wrappers = wrappers
            self._calling = self.run.naming(frozenset(wrapper.called for wrapper in wrappers))
            self._demands.clear()
        return {
            path: replace(self.constraints_of(path), look=True, wrappers=wrappers)
            for path in self._calling
        }

    def constraints_of(self, path: str) -> Constraints:
        """Return the constraints of a file so far."""
        return self.constraints.get(path, _NONE)

    def edits_of(self, paths: Iterable[str]) -> dict[str, tuple[Edit, ...]]:
        """Return the edits of files, empty for files that do not change."""
        return {path: self.results[path].edits if path in self.results else () for path in paths}

    def still_taken(
        self, paths: Iterable[str], keys: frozenset[Key]
    ) -> dict[tuple[Key, str | None], str]:
        """Return what files still take from modules, with one such file each: a name, or None for the module itself."""
        edits = self.edits_of(paths)
        asked = {path: (edits[path], keys, self.wrappers) for path in edits}
        fresh = {
            p: edits[p] for p, request in asked.items() if self._still.get(p, (None,))[0] != request
        }
        for path, names in self.workers.still_taken(fresh, keys, self.wrappers).items():
            self._still[path] = asked[path], names
        return {
            (taken.key, taken.name): path
            for path in sorted(edits)
            for taken in self._still[path][1]
            if taken.via is None or not self._leads_elsewhere(*taken.via)
        }

    def _leads_elsewhere(self, key: Key, name: str) -> bool:
        """Return whether a module's import of a legacy module, which others reach through it, now leads elsewhere."""
        results = [
            self.results.get(path) for path in self.run.engine.index.layout.modules.get(key, ())
        ]
        return bool(results) and all(
            result is not None
            and name in result.repointed_aliases
            and result.edits
            and not result.left
            for result in results
        )

    def after(self, path: str) -> bytes:
        """Return the bytes of a file after the rewrite."""
        raw = self.run.read(path)
        return apply_edits(raw, self.results[path].edits) if path in self.results else raw

    def files_taking(self, names: frozenset[str], changed: frozenset[Key]) -> tuple[str, ...]:
        """Return the files that may take one of the names from a ``changed`` module; the result never shrinks."""
        if not (names <= self._interest and changed <= self._changed):
            self._interest, self._changed = self._interest | names, self._changed | changed
            near = self.run.files_taking(self._interest, self._changed)
            self._taking = tuple(sorted({*near, *self.run.computing_paths}))
            self._demands.clear()
        return self._taking

    def star_importers(self, keys: frozenset[Key]) -> tuple[str, ...]:
        """Return the files that may star-import one of the modules; the result never shrinks."""
        if not keys <= self._given:
            self._given |= keys
            self._starring = tuple(self.run.star_importers(self._given))
        return self._starring

    def demands(self, paths: Iterable[str]) -> dict[str, ExternalReferences]:
        """Return what each file takes from others, among the names passed to ``files_taking``."""
        stay = {path: self.is_unchanged(path) for path in paths}
        missing = [path for path in stay if (path, stay[path]) not in self._demands]
        unchanged = frozenset(path for path in missing if stay[path])
        fresh = self.workers.demands(
            missing,
            self._interest,
            unchanged=unchanged,
            bindings=self.bindings,
            wrappers=self.wrappers,
        )
        self._demands |= {(path, stay[path]): file_demands for path, file_demands in fresh.items()}
        return {path: self._demands[path, stay[path]] for path in stay}

    def is_unchanged(self, path: str) -> bool:
        """Return whether a file has to stay unchanged, whatever it imports."""
        return self.constraints_of(path).unchanged is not None or not self.run.covers(path)

    @property
    def shims(self) -> dict[str, FileResult]:
        """The results of the modules that become shims, by path, without their stubs."""
        shims = {path: r for path, r in self.results.items() if r.forgets or r.loads}
        return {path: result for path, result in shims.items() if not path.endswith(".pyi")}

    @property
    def shim_keys(self) -> frozenset[Key]:
        """The modules that become shims."""
        return frozenset(map(key_of, self.shims))

    @property
    def keys_changed(self) -> frozenset[Key]:
        """The modules whose names other files may have to check again."""
        return frozenset(
            key_of(r.path) for r in self.results.values() if r.renamed or r.repointed_aliases
        )


Rule = Callable[[Settling], Mapping[str, Constraints]]
