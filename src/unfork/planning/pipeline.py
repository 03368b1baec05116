"""From a tree and its migrations to a plan: discover, prefilter, scan, rewrite, prove, settle.

paths ── words ──▶ candidates ──▶ FileResult ── rules, verification ──▶ Plan
         bytes                    migrate_file
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from unfork.file_kinds import CODE, is_notebook
from unfork.files.tree import Tree
from unfork.nesting import room_for_nesting
from unfork.planning.assembly import assemble_plan
from unfork.planning.beyond_files import (
    excluded_candidates,
)
from unfork.planning.one_round import plan_round
from unfork.planning.overlay import Overlay
from unfork.planning.planned_round import PlannedRound, told_once
from unfork.planning.pool import Painter
from unfork.planning.run import Earlier, Run
from unfork.reading.code_tree import ROOM_OF_RUNS, CodeTree
from unfork.reading.manifests import ENDINGS as MANIFESTS
from unfork.values import Plan
from unfork_codemods.migration import Migration

_MOST_ROUNDS = 10
"""More rounds than any project needs; the limit ends a migration that changes something every time."""


@room_for_nesting()
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
    code = CodeTree(tree, ROOM_OF_RUNS)
    overlay = Overlay(code, {}, frozenset())
    every = tree.paths((*CODE, *MANIFESTS))
    options = (tuple(exclude), strict, True, tuple(types))
    parts: list[PlannedRound] = []
    for migration in migrations:
        run = Run(_tree_after(parts, overlay), migration, every, paths, *options)
        members = run.for_members()
        for meant in members.migrations:
            part_run = run.over(_tree_after(parts, overlay), meant)
            parts += _plan_rounds(part_run, jobs, progress)
        left = tuple(finding for finding in members.left if run.covers(finding.path))
        parts[-1] = replace(parts[-1], kept=(*parts[-1].kept, *left))
    plan = assemble_plan(code, parts)
    return _stored_plan(tree, plan) if any(map(is_notebook, every)) else plan


def _plan_rounds(run: Run, jobs: int | None, progress: Painter | None) -> Iterator[PlannedRound]:
    """Yield the results of one migration, which is planned again as long as something is left that may be done now."""
    rounds: list[PlannedRound] = []
    while not rounds or (_may_go_on(run, rounds[-1]) and len(rounds) < _MOST_ROUNDS):
        if rounds:
            run = _run_after(run, rounds[-1])
        run = run.by_module()
        rounds.append(plan_round(run, jobs, progress, is_first=not rounds))
    yield from told_once(rounds)


def _run_after(run: Run, last: PlannedRound) -> Run:
    """Return the next round of a run, on the tree as the last one leaves it."""
    earlier = Earlier(run.engine.index, last.changed.union(last.deleted))
    tree = _tree_after([last], run.tree)
    return replace(run, tree=tree, migration=last.migration, earlier=earlier)


def _may_go_on(run: Run, part: PlannedRound) -> bool:
    """Return whether another round may do more, or find more: what excluded files offer of a legacy module.

    The files that take it there need no change, and only a round without changes asks who does.
    """
    return part.is_changed and (part.is_left or bool(excluded_candidates(run)))


def _tree_after(parts: Sequence[PlannedRound], before: Overlay) -> Overlay:
    """Return the tree as the last of the parts leaves it; without parts, as it is ``before``."""
    return parts[-1].tree.changed(parts[-1].texts, parts[-1].deleted) if parts else before


def _stored_plan(tree: Tree, plan: Plan) -> Plan:
    from unfork.planning.stored import Notebooks  # late: most projects have no notebooks

    return Notebooks(tree).plan(plan)
