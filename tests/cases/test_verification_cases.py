"""The verifier on every case below testdata/cases: what is expected is right, and it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from cases import Case, all_cases, migration_of
from memory import MemoryTree

from unfork.file_kinds import is_notebook
from unfork.patterns import path_matcher
from unfork.planning.overlay import Overlay
from unfork.planning.run import Run
from unfork.reading.code_tree import CodeTree, notebook_text
from unfork.verification import Rewrites, Violation
from unfork_codemods.edits import Edit
from unfork_codemods.migration import Migration

CASES = [case for case in all_cases() if case.runs_here and case.after is not None]


def violations(case: Case) -> list[Violation]:
    files, migration = case.before, migration_of(case)
    after = case.after or {}
    tree = CodeTree(MemoryTree(files))
    edits = {p: (_edit(tree, p, data),) for p, data in after.items() if data is not None}
    removed = frozenset(path for path, data in after.items() if data is None)
    excluded = path_matcher(migration.exclude)
    complete = () if case.left else [path for path in files if not excluded(path)]
    run = Run(Overlay(tree, {}, frozenset()), migration, tuple(sorted(files)), None, ())
    members = run.for_members().migrations
    refusals: list[Violation] = []
    for meant in members:
        own = {path: edit for path, edit in edits.items() if _is_of(meant, members, path)}
        gone = frozenset(path for path in removed if _is_of(meant, members, path))
        verifier = replace(run, migration=meant).by_module().engine.verifier
        refusals += verifier.verify(
            Rewrites(own, gone), complete=complete if len(members) == 1 else ()
        )
    return refusals


def _is_of(meant: Migration, members: Sequence[Migration], path: str) -> bool:
    """Return whether a file changes by the migration for a member: its own does, if there are several."""
    return len(members) == 1 or path.startswith(tuple(f"{root}/" for root in meant.first))


def _edit(tree: CodeTree, path: str, after: bytes) -> Edit:
    """Return the edit of a whole file; the verifier sees the text of a notebook's cells."""
    text = notebook_text(after) if is_notebook(path) else after
    return Edit(0, len(tree.read(path)), text)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_no_right_rewrite_is_refused(case: Case) -> None:
    assert not [violation for violation in violations(case) if violation.blame]
