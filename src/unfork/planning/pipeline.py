"""From a tree and its migrations to a plan: discover, prefilter, scan, rewrite, prove, settle.

paths ── words ──▶ candidates ──▶ FileResult ── rules, verification ──▶ Plan
         bytes                    migrate_file
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from typing import NamedTuple

from unfork.file_kinds import CODE, is_notebook
from unfork.files.tree import Tree
from unfork.planning.overlay import Overlay
from unfork.planning.places import place_before
from unfork.planning.pool import Painter, Workers
from unfork.planning.removal import removable_files
from unfork.planning.run import Earlier, Run
from unfork.planning.settling import Settling
from unfork.planning.validate import (
    missing_module_lines,
    unknown_name_lines,
    unverified_lines,
    validate_migration,
)
from unfork.reading.code_tree import CodeTree
from unfork.reading.layout import key_of
from unfork.reading.manifests import ENDINGS as MANIFESTS
from unfork.rewriting.file_results import FileResult, StepResult
from unfork.rewriting.mentions import LARGEST, document_mentions, remaining_mentions
from unfork.values import MENTION, Change, Finding, Plan, Step, digest, order_of_note
from unfork_codemods import STEP_KINDS
from unfork_codemods.edits import Edit, apply_edits, compose_edits
from unfork_codemods.migration import Migration

_ROOM = 16_000_000
"""How many bytes of code a run keeps, since planner and verifier read those that matter several times."""
_MOST_ROUNDS = 10
"""More rounds than any project needs; the limit ends a migration that changes something every time."""


def make_plan(
    tree: Tree,
    migrations: Sequence[Migration],
    paths: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    progress: Painter | None = None,
    strict: bool = False,
    types: Sequence[str] = (),
) -> Plan:
    """Plan what the migrations do to the files of a tree, one migration after the other; write nothing.

    ``paths`` are the files and folders to rewrite, relative to the root (None: all); ``exclude`` patterns leave files
    out; ``types`` are the type checkers to ask about receivers. Raises MigrationError for a target that does not exist,
    UnforkError for a type checker that does not answer, and with ``strict`` ProofError if a proof fails.
    """
    code = CodeTree(tree, _ROOM)
    overlay = Overlay(code, {}, frozenset())
    every = tree.paths((*CODE, *MANIFESTS))
    options = (tuple(exclude), strict, True, tuple(types))
    parts: list[_Part] = []
    for migration in migrations:
        run = Run(_tree_after(parts, overlay), migration, every, paths, *options)
        members = run.for_members()
        for meant in members.migrations:
            part_run = run.over(_tree_after(parts, overlay), meant)
            parts += _plan_rounds(part_run, jobs, progress)
        left = tuple(finding for finding in members.left if run.covers(finding.path))
        parts[-1] = replace(parts[-1], kept=(*parts[-1].kept, *left))
    plan = _assemble_plan(code, parts)
    return _stored_plan(tree, plan) if any(map(is_notebook, every)) else plan


def _plan_rounds(run: Run, jobs: int | None, progress: Painter | None) -> Iterator[_Part]:
    """Yield the results of one migration, which is planned again as long as something is left that may be done now."""
    rounds: list[_Part] = []
    while not rounds or (_may_go_on(run, rounds[-1]) and len(rounds) < _MOST_ROUNDS):
        if rounds:
            run = _run_after(run, rounds[-1])
        run = run.by_module()
        rounds.append(_plan_round_of_packages(run, jobs, progress, is_first=not rounds))
    yield from _told_once(rounds)


def _run_after(run: Run, last: _Part) -> Run:
    """Return the next round of a run, on the tree as the last one leaves it."""
    earlier = Earlier(run.engine.index, last.changed.union(last.deleted))
    tree = _tree_after([last], run.tree)
    return replace(run, tree=tree, migration=last.migration, earlier=earlier)


def _may_go_on(run: Run, part: _Part) -> bool:
    """Return whether another round may do more, or find more: what excluded files offer of a legacy module.

    The files that take it there need no change, and only a round without changes asks who does.
    """
    return part.is_changed and (part.is_left or bool(_excluded_candidates(run)))


def _tree_after(parts: Sequence[_Part], before: Overlay) -> Overlay:
    """Return the tree as the last of the parts leaves it; without parts, as it is ``before``."""
    return parts[-1].tree.changed(parts[-1].texts, parts[-1].deleted) if parts else before


def check_files(
    tree: Tree,
    migrations: Sequence[Migration],
    paths: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    strict: bool = False,
    types: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Return, sorted, what the migrations fix, leave and note in the selected files.

    Raises MigrationError and ProofError like ``make_plan``.
    """
    return check_tree(tree, migrations, paths, exclude, jobs, strict, types).findings


class Check(NamedTuple):
    """What a check found, sorted, and the ``paths`` of the selected files that may name a legacy module."""

    findings: tuple[Finding, ...]
    paths: tuple[str, ...]


def check_tree(
    tree: Tree,
    migrations: Sequence[Migration],
    paths: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    strict: bool = False,
    types: Sequence[str] = (),
) -> Check:
    """Return what ``check_files`` does, and where it looked."""
    code = CodeTree(tree, _ROOM)
    named = {path for path in paths or () if not path.endswith(CODE)}
    every = tree.paths((*CODE, *MANIFESTS, *named))
    documents = [path for path in every if path in named]
    findings: set[Finding] = set()
    looked_at: set[str] = set()
    options = (tuple(exclude), strict, False, tuple(types))
    for given in migrations:
        overlay = Overlay(code, {}, frozenset())
        asked = Run(overlay, given, every, paths, *options)
        members = asked.for_members()
        findings.update(finding for finding in members.left if asked.covers(finding.path))
        for migration in members.migrations:
            whole = asked.over(overlay, migration).by_module()
            run = replace(whole, migration=whole.migration.imports_only())
            # in full, as before a diff
            validate_migration(whole.migration, run.engine.index, tree.root)
            results, more = _check_candidates(run, jobs)
            findings.update(_mentions_in_documents(run, documents))
            findings |= {*more, *(f for r in results for f in (*r.fixed, *r.left, *r.notes))}
            looked_at |= {result.path for result in results}
            if migration.twins:
                from unfork.planning.twins import drifted_twins  # late: few migrations have twins

                findings.update(drifted_twins(run, migration))
    told = tuple(sorted(findings))
    if any(map(is_notebook, every)):
        told = _stored_findings(tree, told)
    return Check(told, tuple(sorted(looked_at)))


def _stored_findings(tree: Tree, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    from unfork.planning.stored import Notebooks  # late: most projects have no notebooks

    return Notebooks(tree).findings(findings)


def _stored_plan(tree: Tree, plan: Plan) -> Plan:
    from unfork.planning.stored import Notebooks  # late: most projects have no notebooks

    return Notebooks(tree).plan(plan)


@dataclass(frozen=True)
class _Part:
    """The result of one migration in one round. What is left counts after the last round only.

    Something left because of a file that the same round rewrote may be resolved in the next.
    """

    migration: Migration
    tree: Overlay
    results: Mapping[str, FileResult]
    removed: tuple[str, ...]
    kept: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    caveats: tuple[str, ...]
    twice: tuple[str, ...] = ()
    """Lines about what now exists twice."""
    mute: frozenset[str] = frozenset()
    """The files whose leftovers another round reports."""

    @cached_property
    def is_left(self) -> bool:
        """Whether something is left for a person."""
        return bool(self.kept) or any(result.left for result in self.results.values())

    @property
    def is_changed(self) -> bool:
        """Whether files change or go."""
        return bool(self.changed or self.deleted)

    @property
    def changed(self) -> frozenset[str]:
        """The files that get a new text."""
        return frozenset(path for path, result in self.results.items() if result.edits)

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """The new texts of the files that change."""
        return {
            p: apply_edits(self.tree.read(p), r.edits) for p, r in self.results.items() if r.edits
        }

    @property
    def deleted(self) -> tuple[str, ...]:
        """The files that are deleted."""
        return self.removed


def _told_once(rounds: Sequence[_Part]) -> Iterator[_Part]:
    """Yield the rounds of a migration with each file's findings in exactly one of them.

    That is the last round that changed the file, where they refer to statements that the user knows. What concerns the
    whole is reported by the last round that changed anything, because a round without changes is not verified. If that
    one has no findings about the whole, those of the last round are reported.
    """
    last = rounds[-1]
    final = next((part for part in reversed(rounds) if part.is_changed), last)
    keeping = final if final.kept else last
    still = {path for path, result in last.results.items() if result.left}
    telling = dict.fromkeys(still, last) | {path: p for p in rounds for path in p.changed}
    for part in rounds:
        told = {path for path in still if telling[path] is part}
        mute = frozenset(part.results).difference(told)
        yield replace(
            part,
            mute=mute,
            kept=part.kept if part is keeping else (),
            twice=part.twice if part is final else (),
        )


def _check_candidates(run: Run, jobs: int | None) -> tuple[list[FileResult], tuple[Finding, ...]]:
    """Return the results of the selected files, checked one by one, and the findings beyond them."""
    mine = [path for path in run.paths if run.covers(path)]
    near = set(run.candidates(mine)[0]) | (run.engine.paths_always_read & set(mine))
    near.update(run.candidate_manifests)
    excluded = _excluded_candidates(run)
    asks_others = run.chosen is None or not all(path.endswith(CODE) for path in run.chosen)
    others = tuple(_imports_of_other_code(run)) if asks_others else ()
    if not near and not excluded:
        return [], others
    with Workers(run.engine, jobs) as workers:
        settling = Settling(run, workers)
        from unfork.planning.constraints import CHECKED, RULES  # late: most files name nothing
        from unfork.planning.replacers import files_that_replace

        read = files_that_replace(run, run.candidates_with_data(), set(mine))
        settling.begin(sorted(near), read, None)
        settling.settle(RULES if run.chosen is None else CHECKED)
        covered = sorted(filter(run.covers, settling.results))
        results = [settling.results[path] for path in covered]
        return results, (*_findings_beyond(run, results, excluded), *others)


def _findings_beyond(
    run: Run, results: Iterable[FileResult], excluded: Collection[str]
) -> tuple[Finding, ...]:
    """Return where files with no finding of their own still take something of a legacy module, through other files."""
    python = [result for result in results if result.path.endswith(CODE)]
    clean = [result.path for result in python if not result.fixed and not result.left]
    if not clean and not excluded:
        return ()
    from unfork.planning.verdicts import still_taken  # late: most runs have nothing to ask of

    return still_taken(run, clean, excluded)


def _excluded_candidates(run: Run) -> list[str]:
    """Return the files that may name a legacy module and are excluded, where the whole project is selected."""
    return run.uncovered_candidates if run.chosen is None else []


def _plan_round_of_packages(
    run: Run, jobs: int | None, progress: Painter | None, is_first: bool
) -> _Part:
    """Return the result of one round. If a legacy package stays in use, its own imports are rewritten, too."""
    part = _plan_round(run, jobs, progress, is_first)
    if not (part.is_left and run.migration.keeps_inside and run.kept_inside):
        return part
    in_use = replace(run, migration=run.migration.with_packages_in_use())
    return _plan_round(in_use, jobs, progress, is_first)


def _plan_round(run: Run, jobs: int | None, progress: Painter | None, is_first: bool) -> _Part:
    """Return the result of one round; the first also reports mentions in documents, which stay as they are."""
    engine = run.engine
    if is_first:
        run.begin_search_of_documents()
    candidates, worded = run.all_candidates
    near = {*candidates, *engine.paths_always_read, *run.candidate_manifests}
    run.reserve_for(len(near))
    mine = sorted(filter(run.covers, near))
    rest = near.difference(mine)
    others = sorted(rest) if engine.watched else _that_replace(run, rest)
    with Workers(engine, jobs) as workers:
        settling = Settling(run, workers)
        settling.begin(mine, others, progress)
        gone, kept = _settle_until_verified(settling)
        kept += tuple(_imports_of_other_code(run))
        twice = tuple(_duplicate_lines(settling))
    engine.forget_verification()
    results = settling.results
    notes = [note for result in results.values() for note in result.notes]
    notes += [*_redirect_differences(run, results, gone), *_mentions_in_others(run, worded)]
    notes += _mentions_in_documents(run, run.documents if is_first else ())
    notes = list(_notes_of_their_own(notes, results, gone, kept))
    caveats = tuple(_caveat_lines(run, results, is_first))
    return _Part(run.migration, run.tree, results, gone, kept, tuple(notes), caveats, twice)


def _imports_of_other_code(run: Run) -> Iterator[Finding]:
    """Yield what files that run and are not rewritten import of legacy modules."""
    if run.redirects and run.running_documents:
        from unfork.planning.other_code import imports_left  # late: most runs have no such files

        yield from imports_left(run)


def _that_replace(run: Run, rest: Collection[str]) -> list[str]:
    """Return the files to read although they are not rewritten, if there are any."""
    if not rest:
        return []
    from unfork.planning.replacers import files_that_replace  # late: most runs rewrite all files

    every = sorted({*run.all_candidates[0], *rest})
    named = ((path, run.read(path)) for path in every)
    return files_that_replace(run, named, set(every).difference(rest))


def _duplicate_lines(settling: Settling) -> Iterator[str]:
    """Yield the summary lines about names that moved in only some of the files."""
    if not any(r.edits for r in settling.results.values()):
        return
    from unfork.planning.twice import names_there_twice  # late: a run that finds nothing needs none

    name = settling.run.migration.name
    yield from (f"{name}: {line}" for line in names_there_twice(settling))


def _caveat_lines(run: Run, results: Mapping[str, FileResult], is_first: bool) -> Iterator[str]:
    """Yield the summary lines about the migration itself; in later rounds a module may just have gone."""
    name, index = run.migration.name, run.engine.index
    if is_first:
        yield from (f"{name}: {line}" for line in missing_module_lines(run.migration, index))
        yield from (f"{name}: {line}" for line in unknown_name_lines(run.migration, index))
    if any(result.edits for result in results.values()):
        yield from (f"{name}: {line}" for line in unverified_lines(run.migration, index))


def _settle_until_verified(settling: Settling) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Settle until the verifier accepts the result; return the files to delete and the findings about the whole.

    Each round reverts a file, or keeps one that was to be deleted, so the loop ends.
    """
    withheld: dict[str, str] = {}
    while True:
        if settling.results:
            from unfork.planning.constraints import (
                RULES,  # late: a run that finds nothing needs none
            )

            settling.settle(RULES)
        gone, kept = removable_files(settling.run, settling.results, withheld)
        if not gone and not any(result.edits for result in settling.results.values()):
            results = settling.results.values()
            if kept or settling.run.chosen is not None or any(result.left for result in results):
                return gone, kept
            # exit 0 would say that all is done
            run, excluded = settling.run, _excluded_candidates(settling.run)
            covered = [result for result in results if run.covers(result.path)]
            return gone, _findings_beyond(run, covered, excluded)
        from unfork.planning.verdicts import (
            verify_results,
        )  # late: a run that finds nothing needs none

        outcome = verify_results(settling, gone)
        if outcome.is_final:
            return gone, (*kept, *outcome.unproved)
        withheld |= outcome.withheld
        settling.work_again(outcome.unchanged)


def _mentions_in_others(run: Run, paths: Iterable[str]) -> Iterator[Finding]:
    """Yield the mentions in files that contain a moved name but import none."""
    for path in sorted(filter(run.covers, {*paths, *run.only_mentioning})):
        yield from remaining_mentions(path, run.read(path), run.engine.moved)


def _redirect_differences(
    run: Run, results: Mapping[str, FileResult], removed: Iterable[str]
) -> Iterator[Finding]:
    """Yield where a name and its counterpart differ, for legacy modules that are imported."""
    if not any(f.code == "UF001" for result in results.values() for f in result.fixed):
        return
    from unfork.rewriting.differences import counterpart_differences

    going = {key_of(path) for path in removed}
    going |= {key_of(path) for path, result in results.items() if result.loads}
    codemod = run.redirect_codemod
    for key in codemod.redirects:
        yield from counterpart_differences(run.engine.index, codemod, key, key in going)


def _notes_of_their_own(
    notes: Iterable[Finding],
    results: Mapping[str, FileResult],
    gone: Collection[str],
    kept: Iterable[Finding],
) -> Iterator[Finding]:
    """Yield the notes that say what nothing else says: no mention where a reference is rewritten or left."""
    told = {(f.path, f.line) for f in chain(kept, *(r.left for r in results.values()))}
    documents = (r for r in results.values() if not r.path.endswith(CODE))
    told |= {(f.path, f.line) for r in documents for f in r.fixed}
    for note in notes:
        is_told = note.code == MENTION and (note.path, note.line) in told
        if note.path not in gone and not is_told:
            yield note


def _mentions_in_documents(run: Run, documents: Iterable[str]) -> Iterator[Finding]:
    """Yield the mentions in text files that are no code."""
    covered = filter(run.covers, documents)
    for path, data in run.tree.scan(covered, run.engine.moved.words.plainly_within, LARGEST):
        if data:
            yield from document_mentions(path, data, run.engine.moved)


# -- the plan


def _assemble_plan(tree: Tree, parts: Sequence[_Part]) -> Plan:
    changes: dict[str, Change] = {}
    notes: set[Finding] = set()
    steps: list[Step] = []
    for part in parts:
        at_home = partial(_at_home, tree, part, dict(changes))
        notes.update(map(at_home, part.notes))
        steps += _plan_steps(part, at_home)
        for path, result in part.results.items():
            if result.edits:
                changes[path] = _joined_change(tree, part, changes.get(path), result)
        for path in part.removed:
            before = changes[path].before if path in changes else digest(part.tree.read(path))
            fixed = changes[path].sites if path in changes else ()
            changes[path] = Change(path, before, (), fixed, deleted=True)
    return Plan(
        tree.root,
        tuple(changes[path] for path in sorted(changes)),
        tuple(sorted({finding for step in steps for finding in step.left})),
        tuple(sorted(notes, key=order_of_note)),
        tuple(steps),
        tuple(dict.fromkeys(line for part in parts for line in (*part.caveats, *part.twice))),
    )


def _at_home(tree: Tree, part: _Part, changes: Mapping[str, Change], finding: Finding) -> Finding:
    """Return a finding of a part at its position in the user's file, which ``changes`` may already have changed."""
    path = finding.path
    if path not in changes:
        return finding
    return place_before(finding, tree.read(path), part.tree.read(path), changes[path].edits)


def _path_of_step(pair: tuple[str, StepResult]) -> str:
    return pair[0]


def _joined_change(tree: Tree, part: _Part, earlier: Change | None, result: FileResult) -> Change:
    if earlier is None:
        return Change(result.path, result.before, result.edits, result.fixed)
    middle = part.tree.read(result.path)
    edits = compose_edits(earlier.edits, result.edits, middle)
    before = tree.read(result.path)
    fixed = (place_before(finding, before, middle, earlier.edits) for finding in result.fixed)
    return Change(result.path, earlier.before, edits, tuple(sorted({*earlier.sites, *fixed})))


def _plan_steps(part: _Part, at_home: Callable[[Finding], Finding]) -> Iterable[Step]:
    for name in STEP_KINDS:
        step_results = [
            (r.path, s) for r in part.results.values() for s in r.steps if s.step == name
        ]
        left = [f for path, step in step_results if path not in part.mute for f in step.left]
        edits: dict[str, tuple[Edit, ...] | None] = {
            path: step.edits for path, step in sorted(step_results, key=_path_of_step) if step.edits
        }
        if name == "remove":
            edits = dict.fromkeys(part.removed)
        if name == ("remove" if part.migration.removes else "redirect"):
            left += part.kept
        if edits or left:
            yield Step(
                part.migration.name,
                name,
                part.migration.summary,
                edits,
                sum(step.statements for _, step in step_results if step.edits),
                sum(len(step.fixed) for _, step in step_results if step.edits),
                tuple(sorted(map(at_home, left))),
            )
