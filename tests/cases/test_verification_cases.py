"""The verifier on every case below testdata/cases: what is expected is right, and it says so."""

from __future__ import annotations

import pytest
from cases import Case, all_cases, migration_of
from memory import MemoryTree

from unfork.patterns import path_matcher
from unfork.planning.overlay import Overlay
from unfork.planning.run import Run
from unfork.verification import Rewrites, Violation
from unfork_codemods.edits import Edit

CASES = [case for case in all_cases() if case.runs_here and case.after is not None]


def violations(case: Case) -> list[Violation]:
    files, migration = case.before, migration_of(case)
    after = case.after or {}
    edits = {p: (Edit(0, len(files[p]), d),) for p, d in after.items() if d is not None}
    removed = frozenset(path for path, data in after.items() if data is None)
    excluded = path_matcher(migration.exclude)
    complete = () if case.left else [path for path in files if not excluded(path)]
    tree = Overlay(MemoryTree(files), {}, frozenset())
    verifier = Run(tree, migration, tuple(sorted(files)), None, ()).by_module().engine.verifier
    return verifier.verify(Rewrites(edits, removed), complete=complete)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_no_right_rewrite_is_refused(case: Case) -> None:
    assert not [violation for violation in violations(case) if violation.blame]
