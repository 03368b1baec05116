"""One round of planning: rewrite the candidates, settle, verify, and tell what is left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from unfork.file_kinds import CODE
from unfork.garbage import collect_garbage
from unfork.planning.beyond_files import (
    caveat_lines,
    duplicate_lines,
    excluded_candidates,
    findings_beyond,
    imports_of_other_code,
    mentions_in_documents,
    mentions_in_others,
    modules_loaded_with_others,
    redirect_differences,
)
from unfork.planning.planned_round import PlannedRound
from unfork.planning.pool import Painter, Workers
from unfork.planning.removal import removable_files
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.rewriting.file_results import FileResult
from unfork.values import MENTION, Finding


def plan_round(
    run: Run, jobs: int | None, progress: Painter | None, is_first: bool
) -> PlannedRound:
    """Return the result of one round. If a legacy package stays in use, its own imports are rewritten, too."""
    part = _plan_once(run, jobs, progress, is_first)
    if not (part.is_left and run.migration.keeps_inside and run.kept_inside):
        return part
    in_use = replace(run, migration=run.migration.with_packages_in_use())
    return _plan_once(in_use, jobs, progress, is_first)


def _plan_once(
    run: Run, jobs: int | None, progress: Painter | None, is_first: bool
) -> PlannedRound:
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
        kept += tuple(imports_of_other_code(run))
        kept += tuple(modules_loaded_with_others(run, gone, settling.shim_keys))
        twice = tuple(duplicate_lines(settling))
    engine.forget_verification()
    collect_garbage()
    results = settling.results
    notes = [note for result in results.values() for note in result.notes]
    notes += [*redirect_differences(run, results, gone), *mentions_in_others(run, worded)]
    notes += mentions_in_documents(run, run.documents if is_first else ())
    notes = list(_notes_of_their_own(notes, results, gone, kept))
    caveats = tuple(caveat_lines(run, results, is_first))
    return PlannedRound(run.migration, run.tree, results, gone, kept, tuple(notes), caveats, twice)


def _that_replace(run: Run, rest: Collection[str]) -> list[str]:
    """Return the files to read although they are not rewritten, if there are any."""
    if not rest:
        return []
    from unfork.planning.replacers import files_that_replace  # late: most runs rewrite all files

    every = sorted({*run.all_candidates[0], *rest})
    named = ((path, run.read(path)) for path in every)
    return files_that_replace(run, named, set(every).difference(rest))


def _settle_until_verified(settling: Settling) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Settle until the verifier accepts the result; return the files to delete and the findings about the whole.

    Each round reverts a file, keeps one that was to be deleted, or keeps more names, so the loop ends.
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
            run, excluded = settling.run, excluded_candidates(settling.run)
            covered = [result for result in results if run.covers(result.path)]
            return gone, findings_beyond(run, covered, excluded)
        # late: a run that finds nothing needs none
        from unfork.planning.files_that_stay import names_stay_with
        from unfork.planning.verdicts import verify_results

        outcome = verify_results(settling, gone)
        more = outcome.unchanged or names_stay_with(settling, outcome.taken)
        if outcome.is_final and not more:
            return gone, (*kept, *outcome.unproved)
        withheld |= outcome.withheld
        settling.work_again(more)


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
