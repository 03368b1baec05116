"""From a tree and its migrations to a plan: discover, prefilter, scan, rewrite, prove, each file by itself.

paths ── words ──▶ candidates ──▶ FileResult ── renames, cycles ──▶ Plan
         bytes                     Engine.file
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from unfork.files.tree import Test, Tree, WorkTree
from unfork.patterns import matcher
from unfork.planning.cycles import Graph, closed_cycles
from unfork.planning.entry_points import modules_declared
from unfork.planning.pool import Painter, Workers
from unfork.planning.validate import validate
from unfork.reading.ignores import has_marks
from unfork.reading.layout import key_of, parent
from unfork.reading.prefilter import Taking, Words, may_compute_paths
from unfork.rewriting.engine import Engine, FileResult, StepResult
from unfork.rewriting.facts import Demands, Facts
from unfork.rewriting.mentions import DOCUMENTS, document_mentions, remarks
from unfork.values import Change, Finding, Plan, Step, digest
from unfork_codemods.bindings import Bindings
from unfork_codemods.edits import Edit, compose, splice
from unfork_codemods.plan import STEPS, Migration
from unfork_codemods.project import Key, last_segment
from unfork_codemods.redirect_imports import RedirectImports

_PYTHON = (".py", ".pyi")
_CALLS = Words(frozenset({b"patch", b"attr(", b"multiple(", b"import", b"find_spec", b"_module("}))
"""Parts of the names of calls that take paths."""
_Worked = tuple[dict[str, FileResult], dict[str, Facts]]
"""What files come to, and what they know of each other."""


def make_plan(
    tree: Tree,
    migrations: Sequence[Migration],
    paths: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    progress: Painter | None = None,
) -> Plan:
    """Work out what the migrations do to the files of a tree, one migration after the other; write nothing.

    ``paths`` are the files and folders to rewrite, relative to the root (None: all); ``exclude`` patterns take files
    out. Raises MigrationError for a target that is not there, ProofError where a proof fails.
    """
    overlay = _Overlay(tree, {}, frozenset())
    every = tree.paths((*_PYTHON, *DOCUMENTS))
    parts: list[_Part] = []
    for migration in migrations:
        run = _Run(overlay, migration, every, paths, tuple(exclude), jobs, progress)
        part = run.part()
        parts.append(part)
        if migration is not migrations[-1]:
            overlay = overlay.changed(part.texts, part.deleted)
    return _plan(tree, parts)


def check_files(
    tree: Tree,
    migrations: Sequence[Migration],
    paths: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
) -> tuple[Finding, ...]:
    """Find what the migrations mend, what they leave, and what they note, in the files that are meant; sorted.

    Raises MigrationError and ProofError as ``make_plan`` does.
    """
    every = tree.paths(_PYTHON)
    found: set[Finding] = set()
    for migration in migrations:
        importing = migration._replace(deprecates=(), removes=())
        run = _Run(
            _Overlay(tree, {}, frozenset()), importing, every, paths, tuple(exclude), jobs, None
        )
        validate(migration, run.engine.index)  # all of it, as before a diff
        for result in run.check():
            found |= {*result.sites, *result.left, *result.notes}
    return tuple(sorted(found))


@dataclass(frozen=True)
class _Overlay:
    """A tree with some files changed by the migrations that ran before."""

    below: Tree
    texts: Mapping[str, bytes]
    deleted: frozenset[str]

    @property
    def root(self) -> Path:
        return self.below.root

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        return tuple(path for path in self.below.paths(endings) if path not in self.deleted)

    def read(self, path: str) -> bytes:
        text = self.texts.get(path)
        return self.below.read(path) if text is None else text

    def scan(self, paths: Iterable[str], wanted: Test) -> Iterator[tuple[str, bytes | None]]:
        """Yield the files that are ``wanted`` with their bytes, None for those that cannot be read."""
        if isinstance(self.below, WorkTree) and not self.texts:
            yield from self.below.scan(paths, wanted)
            return
        for path in paths:
            try:
                data = self.read(path)
            except OSError:
                yield path, None
                continue
            if wanted(bytearray(data), len(data)):
                yield path, data

    def changed(self, texts: Mapping[str, bytes], deleted: Collection[str]) -> _Overlay:
        return _Overlay(self.below, {**self.texts, **texts}, self.deleted | frozenset(deleted))


@dataclass(frozen=True)
class _Part:
    """What one migration comes to."""

    migration: Migration
    tree: _Overlay
    results: Mapping[str, FileResult]
    removed: tuple[str, ...]
    kept: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    @cached_property
    def left(self) -> tuple[Finding, ...]:
        """What is left for a person: in files, and modules that are kept though they were to go."""
        return *(f for result in self.results.values() for f in result.left), *self.kept

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """The new texts of the files that change."""
        return {p: splice(self.tree.read(p), r.edits) for p, r in self.results.items() if r.edits}

    @property
    def deleted(self) -> tuple[str, ...]:
        """The files that are deleted."""
        return self.removed


@dataclass(frozen=True)
class _Run:
    """One migration over one tree."""

    tree: _Overlay
    migration: Migration
    every: tuple[str, ...]
    chosen: Sequence[str] | None
    exclude: tuple[str, ...]
    jobs: int | None
    progress: Painter | None

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The Python files of the project."""
        gone = self.tree.deleted
        return tuple(path for path in self.every if path.endswith(_PYTHON) and path not in gone)

    @cached_property
    def engine(self) -> Engine:
        """The migration, ready to work; checked against the project."""
        engine = Engine(self.tree, self.migration, self.paths)
        validate(self.migration, engine.index)
        return engine

    def covers(self, path: str) -> bool:
        """Return whether a file is to be rewritten: chosen, and not excluded."""
        return self._is_chosen(path) and not self._excluded(path)

    @cached_property
    def _excluded(self) -> Callable[[str], bool]:
        return matcher((*self.exclude, *self.migration.exclude))

    @cached_property
    def _chosen(self) -> tuple[str, ...] | None:
        if self.chosen is None or "." in self.chosen or "" in self.chosen:
            return None
        return tuple(f"{path.rstrip('/')}/" for path in self.chosen)

    def _is_chosen(self, path: str) -> bool:
        return self._chosen is None or f"{path}/".startswith(self._chosen)

    @cached_property
    def found(self) -> tuple[list[str], list[str]]:
        """The candidates of the whole project."""
        return self.candidates(self.paths)

    def candidates(self, paths: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the files that may name a module of the migration, and those that only have its last word."""
        near = self.engine.prefilter
        named: list[str] = []
        others: list[str] = []
        for path, data in self.tree.scan(paths, near.words.within):
            if data is None or near.matches(data):  # what cannot be read: the engine says why
                named.append(path)
            else:
                others.append(path)
        return named, others

    # -- check

    def check(self) -> list[FileResult]:
        """Return what the files that are meant come to, looked at one by one."""
        engine = self.engine
        mine = [path for path in self.paths if self.covers(path)]
        near = set(self.candidates(mine)[0]) | (engine.always & set(mine))
        with Workers(engine, self.jobs) as workers:
            others = self._only_read({*chain(*self.found)}.difference(near) if near else ())

            def work() -> _Worked:
                found = workers.files(sorted({*near, *others}), only_read=others)
                return {result.path: result for result in found}, {}

            results, _ = self._settled(work, workers)
            return [results[path] for path in sorted(near)]

    # -- plan

    def part(self) -> _Part:
        """Return what the migration comes to."""
        engine = self.engine
        found, worded = self.found
        near = {*found, *engine.always}
        mine = sorted(filter(self.covers, near))
        others = self._only_read(near.difference(mine))
        with Workers(engine, self.jobs) as workers:
            results, facts = self._settled(lambda: self._rewritten(mine, others, workers), workers)
            taken = self._taken_of_shims(results, workers)
            facts = {p: replace(facts.get(p, Facts()), taken=names) for p, names in taken.items()}
            self._work_again(results, facts, workers)
        removed, kept = self._removed(results)
        notes = [note for result in results.values() for note in result.notes]
        notes += self._documents()
        notes += self._differences(results)
        notes += self._remarks(worded)
        return _Part(self.migration, self.tree, results, removed, tuple(kept), tuple(notes))

    def _only_read(self, paths: Collection[str]) -> frozenset[str]:
        """Return which of the files that are not rewritten to read: they may import what is to go, or replace names."""
        if self.engine.watched or not paths:
            return frozenset(paths)
        from unfork.rewriting.replacements import may_replace

        return frozenset(path for path in paths if may_replace(self._bytes(path)))

    def _settled(self, work: Callable[[], _Worked], workers: Workers) -> _Worked:
        """Return what work comes to once the replaced names of the project, and their readers, end at one binding."""
        while True:
            results, facts = work()
            bindings = self._bindings(results, workers)
            if bindings == workers.bindings:
                return results, facts
            workers.bindings = bindings

    def _rewritten(
        self, mine: Sequence[str], others: Collection[str], workers: Workers
    ) -> tuple[dict[str, FileResult], dict[str, Facts]]:
        """Return what the files come to by the bindings that the workers know, and what they know of each other."""
        every = [*mine, *sorted(others)]
        worked = workers.files(every, only_read=others, progress=self.progress)
        results = {result.path: result for result in worked}
        if any(result.dangling for result in worked):
            results |= self._computing(results, workers)
        facts = self._told_by_others(results, workers)
        self._work_again(results, facts, workers)
        held = self._held(results, facts)
        self._work_again(results, held, workers)
        self._take_back_cycles(results)
        return results, facts | held

    def _computing(
        self, results: Mapping[str, FileResult], workers: Workers
    ) -> dict[str, FileResult]:
        """Return what files come to that put paths together, perhaps of what other files name by strings."""
        every = [path for path in self.paths if path not in results]
        found = self._putting_paths_together(every)
        looking = dict.fromkeys(found, Facts(look=True))
        others = [path for path in found if not self.covers(path)]
        return {each.path: each for each in workers.files(found, looking, only_read=others)}

    def _putting_paths_together(self, paths: Sequence[str]) -> list[str]:
        """Return the files that may compute the path of what they import or replace."""
        return [p for p, d in self.tree.scan(paths, _CALLS.within) if d and may_compute_paths(d)]

    def _bindings(self, results: Mapping[str, FileResult], workers: Workers) -> Bindings:
        """Return where names are that something in the project replaces, now that it is known who stays."""
        replaced = {each for result in results.values() for each in result.replaced}
        if any(result.untold for result in results.values()):
            replaced |= {each for result in results.values() for each in result.dangling}
        if not replaced:
            return workers.bindings
        from unfork.planning.replaced_names import bound_names

        still: dict[tuple[Key, str | None], str] = {}
        files = [p for p in {*results, *self.found[0]} if self._may_still(p, results)]
        edits = {path: results[path].edits if path in results else () for path in files}
        for path, names in workers.still_taken(edits, frozenset(e.key for e in replaced)).items():
            still |= dict.fromkeys(names, path)
        bindings = workers.bindings
        for codemod in self.engine.codemods:
            bindings = bound_names(
                replaced, still, bindings, codemod, self.engine.index, self._is_named_with
            )
        return bindings

    def _may_still(self, path: str, results: Mapping[str, FileResult]) -> bool:
        """Return whether a file may go on taking something of a legacy module: not all of it was rewritten."""
        result = results.get(path)
        if result is None or result.left or not result.edits:
            return True
        return has_marks(self._bytes(path))

    def _is_named_with(self, key: Key, word: str) -> bool:
        """Return whether some file that may name a module, and is another, has a word."""
        own = self.engine.index.layout.modules.get(key, ())
        last = last_segment(key).encode()
        words = Words(frozenset({word.encode()}))
        found = self.tree.scan([p for p in chain(*self.found) if p not in own], words.within)
        return any(data is not None and last in data for _, data in found)

    def _work_again(
        self, results: dict[str, FileResult], facts: Mapping[str, Facts], workers: Workers
    ) -> None:
        """Put in the results of the files that are worked on anew, now that more is known of the others."""
        results |= {result.path: result for result in workers.files(sorted(facts), facts)}

    def _told_by_others(
        self, results: Mapping[str, FileResult], workers: Workers
    ) -> dict[str, Facts]:
        """Return what files must know because others use names that they would call differently."""
        renamed = {(key_of(r.path), old): new for r in results.values() for old, new in r.renamed}
        rebound = frozenset(local for r in results.values() for local in r.rebound)
        hidden = self._hidden(results)
        if not renamed and not rebound and not hidden:
            return {}
        renamed = {
            (key, old): new for (key, old), new in renamed.items() if new not in hidden.get(key, ())
        }
        engine = self.engine
        interest = frozenset(name for _, name in renamed)
        changed = {key_of(r.path) for r in results.values() if r.renamed or r.rebound}
        near = self._near(interest | rebound, changed)
        if interest:
            near = sorted({*near, *self._putting_paths_together(self.paths)})
        demands = workers.demands(near, interest) if interest else {}
        facts = _facts(renamed, demands, self.covers, engine)
        for path in filter(self.covers, near if rebound else ()):
            facts[path] = replace(facts.get(path, Facts()), look=True)
        for path in results:
            if key_of(path) in hidden:
                avoid = frozenset(hidden[key_of(path)])
                facts[path] = replace(facts.get(path, Facts()), avoid=avoid)
        return facts

    def _held(
        self, results: Mapping[str, FileResult], facts: Mapping[str, Facts]
    ) -> dict[str, Facts]:
        """Return what files must know because what is left in others uses a legacy module through them."""
        held = {name for result in results.values() for name in result.held}
        stays: dict[str, Facts] = {}
        for path, result in results.items():
            locals_ = frozenset(n for n in result.rebound if (key_of(path), n) in held)
            if locals_:
                known = facts.get(path, Facts())
                stays[path] = replace(known, keep=known.keep | locals_)
        return stays

    def _taken_of_shims(
        self, results: Mapping[str, FileResult], workers: Workers
    ) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return the names that shims have no more, and that other files still take of them, each with such a file."""
        shims = {key_of(r.path): r for r in results.values() if r.edits and r.forgets}
        if not shims:
            return {}
        interest = frozenset(name for result in shims.values() for name in result.forgets)
        words = Words(frozenset(last_segment(key).encode() for key in shims))
        taking = Taking(interest, ())
        near = []
        for path in sorted({*results, *chain(*self.found)}):
            text = self._after(path, results)
            named = words.found(text) or any(path.startswith(f"{key}/") for key in shims)
            if named and (b"import *" in text or taking.may_be_in(text)):
                near.append(path)
        edits = {path: results[path].edits if path in results else () for path in near}
        taken: dict[str, dict[str, str]] = {}
        for path, demands in workers.demands(near, interest, edits).items():
            for key, name in demands.used | demands.quoted:
                if key in shims and key != key_of(path) and name in shims[key].forgets:
                    taken.setdefault(shims[key].path, {}).setdefault(name, path)
        return {path: tuple(sorted(names.items())) for path, names in taken.items()}

    def _after(self, path: str, results: Mapping[str, FileResult]) -> bytes:
        """Return the bytes of a file as they will be."""
        raw = self._bytes(path)
        return splice(raw, results[path].edits) if path in results else raw

    def _hidden(self, results: Mapping[str, FileResult]) -> dict[Key, set[str]]:
        """Return by module the new names that would hide something else in files that have a star import of it."""
        added = {(key_of(r.path), name): what for r in results.values() for name, what in r.added}
        if not added:
            return {}
        from unfork.rewriting.star_names import names_hidden

        names = frozenset(name for _, name in added)
        found: dict[Key, set[str]] = {}
        for path in self._starring({key for key, _ in added}):
            for key, name, what in names_hidden(self.engine.index, key_of(path), names):
                if added.get((key, name), what) != what:
                    found.setdefault(key, set()).add(name)
        return found

    def _starring(self, keys: Collection[Key]) -> list[str]:
        """Return the files that may have a star import of one of the modules, be it through other files."""
        stars = Words(frozenset({b"import *"}))
        held = {path: data for path, data in self.tree.scan(self.paths, stars.within) if data}
        found: list[str] = []
        while keys:
            words = Words(frozenset(last_segment(key).encode() for key in keys))
            more = [p for p, d in held.items() if words.found(d) or b". import *" in d]
            for path in more:
                del held[path]
            found += more
            keys = {key_of(path) for path in more}
        return found

    def _near(self, interest: Collection[str], changed: Collection[Key]) -> list[str]:
        """Return the files that may take one of the names of a ``changed`` module, by a star import or by name."""
        last = {last_segment(key) for key in changed}
        sources = [redirect.source for redirect in self.migration.redirects]
        packages = {source: parent(self.engine.index.named(source).key) for source in sources}
        legacy = [s for s in sources if last_segment(packages[s]) not in last]
        taking = Taking(interest, legacy)
        words = Words(frozenset(name.encode() for name in interest))
        held = self.tree.scan(self._holding(words), words.within)
        return [p for p, data in held if data and (b"import *" in data or taking.may_be_in(data))]

    def _holding(self, words: Words) -> Sequence[str]:
        """Return the files that may have one of the words: those that are known to have one of the migration's, if
        there are no others.
        """
        if words.words <= self.engine.prefilter.words.words:
            named, others = self.found
            return [*named, *others]
        return self.paths

    def _bytes(self, path: str) -> bytes:
        try:
            return self.tree.read(path)
        except OSError:
            return b""

    def _take_back_cycles(self, results: dict[str, FileResult]) -> None:
        """Take back the rewrites that would close an import cycle: these files are left."""
        if not any(result.closes for result in results.values()):
            return
        index = self.engine.index

        def after(path: str) -> bytes:
            return self._after(path, results)

        legacy: dict[Key, list[Key]] = {}
        moved: dict[Key, Key] = {}
        for source, to in self.engine.replaced.items():
            legacy.setdefault(to, []).append(source)
            if source in index.layout.gone:
                moved[source] = to
        before = Graph(index, self.tree.read, moved)
        cycles = closed_cycles(results, before, Graph(index, after), legacy)
        for path, finding in cycles.items():
            results[path] = _taken_back(results[path], finding)

    def _removed(self, results: Mapping[str, FileResult]) -> tuple[tuple[str, ...], list[Finding]]:
        """Return the files of the modules that nothing imports any more, and findings for those that are imported.

        What goes itself keeps nothing: modules that only import each other all go.
        """
        modules = self.engine.index.layout.modules
        keys = {
            step.module: self.engine.index.named(step.module).key for step in self.migration.removes
        }
        files = {name: modules.get(key, ()) for name, key in keys.items()}
        going = {name for name, paths in files.items() if paths and all(map(self.covers, paths))}
        kept: dict[str, str] = {}
        users = [found for result in results.values() for found in result.imports]
        users += modules_declared(
            self.tree, self.every, self.engine.index.layout, set(keys.values())
        )
        while True:
            gone = {path for name in going for path in files[name]}
            why = {name: self._why_kept(name, keys[name], gone, users) for name in going}
            stays = {name: reason for name, reason in why.items() if reason}
            if not stays:
                break
            kept |= stays
            going -= stays.keys()
        left = [Finding(files[name][0], 1, 1, "UF001", why) for name, why in sorted(kept.items())]
        return tuple(sorted(path for name in going for path in files[name])), left

    def _why_kept(
        self, module: str, key: Key, gone: Collection[str], users: Collection[tuple[Key, Finding]]
    ) -> str:
        """Return why a module cannot be removed, empty where it can; ``users`` are all that import or name modules."""
        inside = [path for path in self.paths if path.startswith(f"{key}/") and path not in gone]
        if inside:
            return (
                f"{module} is not removed: it is a package with modules in it; remove these first"
            )
        who = sorted(f for k, f in users if k == key and f.path not in gone)
        if not who:
            return ""
        places = ", ".join(f"{finding.path}:{finding.line}" for finding in who[:5])
        more = f" and {len(who) - 5} more" if len(who) > 5 else ""
        verb = "name" if any(finding.message.endswith(" named") for finding in who) else "import"
        return f"{module} is not removed: {places}{more} still {verb}{'s' * (len(who) == 1)} it"

    def _remarks(self, paths: Collection[str]) -> list[Finding]:
        """Return the mentions in files that have a word of what moved, and import nothing of it."""
        mine = sorted(path for path in paths if self.covers(path))
        moved = self.engine.moved
        return [note for path in mine for note in remarks(path, self._bytes(path), moved)]

    def _differences(self, results: Mapping[str, FileResult]) -> list[Finding]:
        """Return where a name and its counterpart are not alike, of the legacy modules that somebody imports."""
        codemod = next((c for c in self.engine.codemods if isinstance(c, RedirectImports)), None)
        moved = any(site.code == "UF001" for result in results.values() for site in result.sites)
        if codemod is None or not moved:
            return []
        from unfork.rewriting.differences import differences

        index = self.engine.index
        return [note for key in codemod.redirects for note in differences(index, codemod, key)]

    def _documents(self) -> list[Finding]:
        paths = (path for path in self.every if path.endswith(DOCUMENTS) and self.covers(path))
        held = self.tree.scan(paths, self.engine.moved.words.within)
        found = (document_mentions(path, data, self.engine.moved) for path, data in held if data)
        return [note for notes in found for note in notes]


def _facts(
    renamed: Mapping[tuple[Key, str], str],
    demands: Mapping[str, Demands],
    covers: Callable[[str], bool],
    engine: Engine,
) -> dict[str, Facts]:
    """Return what the files must know of each other: which names to keep, which renames to follow in strings."""
    used = {name for taken in demands.values() for name in taken.used}
    used |= {name for path, taken in demands.items() if not covers(path) for name in taken.quoted}
    keep: dict[str, set[str]] = {}
    for key, name in renamed.keys() & used:
        for path in engine.index.layout.modules[key]:
            keep.setdefault(path, set()).add(name)
    follow: dict[str, dict[tuple[Key, str], str]] = {}
    for path, taken in demands.items():
        for quoted in (taken.quoted & renamed.keys()) - used:
            follow.setdefault(path, {})[quoted] = renamed[quoted]
    return {
        path: Facts(frozenset(keep.get(path, ())), tuple(sorted(follow.get(path, {}).items())))
        for path in {*keep, *follow}
        if covers(path)
    }


def _taken_back(result: FileResult, finding: Finding) -> FileResult:
    """Return a result whose edits are dropped, with the finding that says why; what was left stays left."""
    first = next(step for step in result.steps if step.edits)
    steps = tuple(
        replace(
            step,
            edits=(),
            sites=(),
            statements=0,
            left=(*step.left, finding) if step is first else step.left,
        )
        for step in result.steps
    )
    return FileResult(
        result.path, result.before, steps=steps, notes=result.notes, imports=result.imports
    )


# -- the plan


def _plan(tree: Tree, parts: Sequence[_Part]) -> Plan:
    changes: dict[str, Change] = {}
    for part in parts:
        for path, result in part.results.items():
            if result.edits:
                changes[path] = _joined(tree, part, changes.get(path), result)
        for path in part.removed:
            before = changes[path].before if path in changes else digest(part.tree.read(path))
            sites = changes[path].sites if path in changes else ()
            changes[path] = Change(path, before, (), sites, deleted=True)
    return Plan(
        tree.root,
        tuple(changes[path] for path in sorted(changes)),
        tuple(sorted({finding for part in parts for finding in part.left})),
        tuple(sorted({note for part in parts for note in part.notes})),
        tuple(step for part in parts for step in _steps(part)),
    )


def _path(found: tuple[str, StepResult]) -> str:
    return found[0]


def _joined(tree: Tree, part: _Part, earlier: Change | None, result: FileResult) -> Change:
    if earlier is None:
        return Change(result.path, result.before, result.edits, result.sites)
    middle = part.tree.read(result.path)
    edits = compose(earlier.edits, result.edits, middle)
    return Change(result.path, earlier.before, edits, (*earlier.sites, *result.sites))


def _steps(part: _Part) -> Iterable[Step]:
    for name in STEPS:
        found = [(r.path, s) for r in part.results.values() for s in r.steps if s.step == name]
        edits: dict[str, tuple[Edit, ...] | None] = {
            path: step.edits for path, step in sorted(found, key=_path) if step.edits
        }
        left = [finding for _, step in found for finding in step.left]
        if name == "remove":
            edits = dict.fromkeys(part.removed)
            left += part.kept
        if edits or left:
            yield Step(
                part.migration.name,
                name,
                part.migration.summary,
                edits,
                sum(step.statements for _, step in found if step.edits),
                sum(len(step.sites) for _, step in found if step.edits),
                tuple(sorted(left)),
            )
