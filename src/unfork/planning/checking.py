"""What migrations find in the selected files, without a plan: each file is looked at, and nothing is verified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from unfork.file_kinds import CODE, is_notebook
from unfork.files.tree import Tree
from unfork.planning.beyond_files import (
    excluded_candidates,
    findings_beyond,
    imports_of_other_code,
    mentions_in_documents,
    modules_loaded_with_others,
)
from unfork.planning.overlay import Overlay
from unfork.planning.pool import Workers
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.validate import (
    validate_migration,
)
from unfork.reading.code_tree import ROOM_OF_RUNS, CodeTree
from unfork.reading.manifests import ENDINGS as MANIFESTS
from unfork.rewriting.file_results import FileResult
from unfork.values import Finding
from unfork_codemods.migration import Migration


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
    code = CodeTree(tree, ROOM_OF_RUNS)
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
            findings.update(mentions_in_documents(run, documents))
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


def _check_candidates(run: Run, jobs: int | None) -> tuple[list[FileResult], tuple[Finding, ...]]:
    """Return the results of the selected files, checked one by one, and the findings beyond them."""
    mine = [path for path in run.paths if run.covers(path)]
    near = set(run.candidates(mine)[0]) | (run.engine.paths_always_read & set(mine))
    near.update(run.candidate_manifests)
    excluded = excluded_candidates(run)
    asks_others = run.chosen is None or not all(path.endswith(CODE) for path in run.chosen)
    others: tuple[Finding, ...] = ()
    if asks_others:
        others = (*imports_of_other_code(run), *modules_loaded_with_others(run))
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
        return results, (*findings_beyond(run, results, excluded), *others)
