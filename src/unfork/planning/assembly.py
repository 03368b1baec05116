"""From the rounds of all migrations to one plan: the edits of a file become one change, findings go where it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from unfork.files.tree import Tree
from unfork.planning.places import place_before
from unfork.planning.planned_round import PlannedRound
from unfork.rewriting.file_results import FileResult, StepResult
from unfork.values import Change, Finding, Plan, Step, digest, order_of_note
from unfork_codemods import STEP_KINDS
from unfork_codemods.edits import Edit, compose_edits


def assemble_plan(tree: Tree, parts: Sequence[PlannedRound]) -> Plan:
    """Return the plan that the rounds of all migrations, in order, make of the files of ``tree``."""
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


def _at_home(
    tree: Tree, part: PlannedRound, changes: Mapping[str, Change], finding: Finding
) -> Finding:
    """Return a finding of a part at its position in the user's file, which ``changes`` may already have changed."""
    path = finding.path
    if path not in changes:
        return finding
    return place_before(finding, tree.read(path), part.tree.read(path), changes[path].edits)


def _joined_change(
    tree: Tree, part: PlannedRound, earlier: Change | None, result: FileResult
) -> Change:
    if earlier is None:
        return Change(result.path, result.before, result.edits, result.fixed)
    middle = part.tree.read(result.path)
    edits = compose_edits(earlier.edits, result.edits, middle)
    before = tree.read(result.path)
    fixed = (place_before(finding, before, middle, earlier.edits) for finding in result.fixed)
    return Change(result.path, earlier.before, edits, tuple(sorted({*earlier.sites, *fixed})))


def _plan_steps(part: PlannedRound, at_home: Callable[[Finding], Finding]) -> Iterable[Step]:
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


def _path_of_step(pair: tuple[str, StepResult]) -> str:
    return pair[0]
