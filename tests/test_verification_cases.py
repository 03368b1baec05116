"""The verifier on every case below testdata/cases: what is expected is right, and it says so."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest
from cases import Case, all_cases, migration_of

from unfork.patterns import matcher
from unfork.reading.layout import roots_of
from unfork.verification import Rewrites, Verifier, Violation
from unfork_codemods.edits import Edit
from unfork_codemods.plan import Migration

CASES = [case for case in all_cases() if case.runs_here and case.after is not None]
OPEN = frozenset(
    {
        # a name that its own file does not use is there for others
        "redirect/file/bom_crlf",
        "redirect/file/no_final_newline",
        "redirect/file/stub",
        "redirect/layout/pragma",
        "redirect/module/unused",
        "redirect/others/import_nothing_of_it",
        "redirect/others/module_name_left",
        "redirect/others/star",
        "redirect/star/module_from_the_same_package",
        # the patch is left behind where the reader moved
        "redirect/patch/constant_elsewhere",
        "redirect/patch/not_looked_up",
        "redirect/patch/pieces",
        # a private name that a star did not give before
        "shim/taken_redirected",
    }
)
"""Cases whose expectation breaks the contract, and which the planner is to change."""


def violations(case: Case) -> list[Violation]:
    files, migration = case.before, migration_of(case)

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    after = case.after or {}
    edits = {p: (Edit(0, len(files[p]), d),) for p, d in after.items() if d is not None}
    removed = frozenset(path for path, data in after.items() if data is None)
    excluded = matcher(migration.exclude)
    complete = () if case.left else [path for path in files if not excluded(path)]
    roots = roots_of(migration.roots, files)
    verifier = Verifier(files, read, roots, migration, outside(files, migration))
    return verifier.verify(Rewrites(edits, removed), complete=complete)


def outside(files: Mapping[str, bytes], migration: Migration) -> frozenset[str]:
    """Return the packages that a case imports and has not; not those that modules import which are to be repaired."""
    repaired = {repair.module.rpartition(".")[2] for repair in migration.repairs}
    here = {segment for path in files for segment in path.rpartition(".")[0].split("/")}
    tops = {module.partition(".")[0] for module, _ in migration.modules()}
    for path, data in files.items():
        stem = path.rpartition("/")[2].partition(".")[0]
        is_repaired = stem in repaired or (bool(repaired) and stem == "__init__")
        if path.endswith((".py", ".pyi")) and not is_repaired:
            tops |= _imported(data)
    return frozenset(tops - here)


def _imported(data: bytes) -> set[str]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_no_right_rewrite_is_refused(case: Case) -> None:
    found = [violation for violation in violations(case) if violation.blame]
    assert bool(found) is (case.name in OPEN), found
