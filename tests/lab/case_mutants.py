"""Forget one edit of what unfork makes of a case of testdata, and see whether the verifier notices.

    python tests/lab/case_mutants.py                         some 3,000 mutants
    python tests/lab/case_mutants.py --only patch --most 20  cases with a word in their name, and more of each

A mutant is *lethal* where a module that worked before fails now: its import, or its ``check()``. Those that the
verifier accepts all the same are printed. It knows of no types: a call that ``[redirect.calls]`` changes is beyond it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from cases import Case, migration_of, plan_of, write
from oracle import newly_broken
from variants import runnable_cases

from unfork.errors import UnforkError
from unfork.file_kinds import CODE
from unfork.files.tree import WorkTree
from unfork.planning import verdicts
from unfork.planning.overlay import Overlay
from unfork.planning.run import Run
from unfork.planning.verdicts import Verdicts
from unfork.reading.code_tree import CodeTree
from unfork.reading.manifests import ENDINGS
from unfork.values import Plan
from unfork.verification import Rewrites
from unfork_codemods.edits import Edit, apply_edits

_BATCH = 60
Edits = Mapping[str, tuple[Edit, ...]]


class Mutant(NamedTuple):
    """A case with what comes of it but for one edit, ``forgotten``, and whether the verifier notices."""

    case: Case
    forgotten: str
    is_noticed: bool


def mutants_of(case: Case, most: int) -> Iterator[Mutant]:
    """Yield up to ``most`` mutants of a case."""
    with tempfile.TemporaryDirectory() as folder:
        root = write(case.before, Path(folder))
        try:
            with mock.patch.object(verdicts, "verify_results", lambda *_: Verdicts()):
                plan = plan_of(case, root)
        except UnforkError:  # its migration is not valid, which it is there to show
            return
        edits = {c.path: tuple(c.edits) for c in plan.changes if not c.deleted}
        removed = frozenset(c.path for c in plan.changes if c.deleted)
        known = _violations(case, root, plan, Rewrites(edits, removed))
        for spoiled, forgotten in _spoiled(edits, most):
            found = _violations(case, root, plan, Rewrites(spoiled, removed))
            after = {p: apply_edits(case.before[p], spoiled.get(p, ())) for p in edits}
            mutant = replace(case, after={**after, **dict.fromkeys(removed)})
            yield Mutant(mutant, forgotten, not found <= known)


def _violations(case: Case, root: Path, plan: Plan, rewrites: Rewrites) -> set[str]:
    """Return what the verifier has against rewrites of a case that is below ``root``."""
    tree = WorkTree(root)
    overlay = Overlay(CodeTree(tree), {}, frozenset())
    run = Run(overlay, migration_of(case), tree.paths((*CODE, *ENDINGS)), None, ()).by_module()
    left = {finding.path for finding in plan.left}
    done = [path for path in run.paths if path not in left and run.covers(path)]
    return {str(violation) for violation in run.engine.verifier.verify(rewrites, complete=done)}


def _spoiled(edits: Edits, most: int) -> Iterator[tuple[Edits, str]]:
    """Yield the edits without one of them, with that one as text."""
    single = [(path, edit) for path in sorted(edits) for edit in edits[path]]
    for path, edit in [entry for entry in single if entry[0].endswith(".py")][:most]:
        rest = tuple(other for other in edits[path] if other is not edit)
        others = {p: e for p, e in edits.items() if p != path}
        written = edit.text.decode(errors="replace")[:60]
        yield ({**others, path: rest} if rest else others), f"{path}:{edit.start} {written!r}"


def judge(mutants: Sequence[Mutant], counts: Counter[str]) -> None:
    """Count mutants, and print those that are lethal and accepted."""
    accepted = [mutant for mutant in mutants if not mutant.is_noticed]
    counts["mutants"] += len(mutants)
    counts["noticed"] += len(mutants) - len(accepted)
    with tempfile.TemporaryDirectory() as folder:
        broken = newly_broken([mutant.case for mutant in accepted], Path(folder))
    for mutant, errors in zip(accepted, broken, strict=True):
        for module, error in [*errors.items()][:1]:
            counts[f"lethal and accepted, {mutant.case.name.rpartition('/')[0]}"] += 1
            why = error.strip().splitlines()[-1]
            print(f"{mutant.case.name} without {mutant.forgotten}: {module}: {why}", flush=True)


def _in_batches(mutants: Iterable[Mutant]) -> Iterator[list[Mutant]]:
    batch: list[Mutant] = []
    for mutant in mutants:
        batch.append(mutant)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--most", type=int, default=8, help="mutants of a case")
    asked = parser.parse_args()
    cases = (case for case in runnable_cases() if asked.only in case.name)
    counts: Counter[str] = Counter()
    for batch in _in_batches(mutant for case in cases for mutant in mutants_of(case, asked.most)):
        judge(batch, counts)
    print("\n".join(f"{name}: {number}" for name, number in counts.most_common()))


if __name__ == "__main__":
    main()
