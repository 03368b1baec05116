"""What a run says besides what it does to files: mentions, differences, what other files still take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from unfork.file_kinds import CODE
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.validate import (
    missing_module_lines,
    unchanged_module_lines,
    unknown_name_lines,
    unverified_lines,
)
from unfork.reading.layout import key_of
from unfork.rewriting.file_results import FileResult
from unfork.rewriting.mentions import LARGEST, document_mentions, remaining_mentions
from unfork.values import Finding
from unfork_codemods.project import Key


def excluded_candidates(run: Run) -> list[str]:
    """Return the files that may name a legacy module and are excluded, where the whole project is selected."""
    return run.uncovered_candidates if run.chosen is None else []


def findings_beyond(
    run: Run, results: Iterable[FileResult], excluded: Collection[str]
) -> tuple[Finding, ...]:
    """Return where files with no finding of their own still take something of a legacy module, through other files."""
    python = [result for result in results if result.path.endswith(CODE)]
    clean = [result.path for result in python if not result.fixed and not result.left]
    if not clean and not excluded:
        return ()
    from unfork.planning.verdicts import still_taken  # late: most runs have nothing to ask of

    told = {result.path for result in python}.difference(clean)
    taken = still_taken(run, clean, excluded)
    return tuple(finding for finding in taken if finding.path not in told)


def imports_of_other_code(run: Run) -> Iterator[Finding]:
    """Yield what files that run and are not rewritten import of legacy modules."""
    if run.redirects and run.running_documents:
        from unfork.planning.other_code import imports_left  # late: most runs have no such files

        yield from imports_left(run)


def modules_loaded_with_others(
    run: Run, gone: Collection[str] = (), shims: Collection[Key] = ()
) -> Iterator[Finding]:
    """Yield where code may load legacy modules with all that is in their folders."""
    if run.redirects:
        # late: a hook is given no folders
        from unfork.planning.listed_folders import modules_listed

        yield from modules_listed(run, gone, shims)


def mentions_in_others(run: Run, paths: Iterable[str]) -> Iterator[Finding]:
    """Yield the mentions in files that contain a moved name but import none."""
    for path in sorted(filter(run.covers, {*paths, *run.only_mentioning})):
        yield from remaining_mentions(path, run.read(path), run.engine.moved)


def mentions_in_documents(run: Run, documents: Iterable[str]) -> Iterator[Finding]:
    """Yield the mentions in text files that are no code."""
    covered = filter(run.covers, documents)
    for path, data in run.tree.scan(covered, run.engine.moved.words.plainly_within, LARGEST):
        if data:
            yield from document_mentions(path, data, run.engine.moved)


def redirect_differences(
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


def duplicate_lines(settling: Settling) -> Iterator[str]:
    """Yield the summary lines about names that moved in only some of the files."""
    if not any(r.edits for r in settling.results.values()):
        return
    from unfork.planning.twice import names_there_twice  # late: a run that finds nothing needs none

    name = settling.run.migration.name
    yield from (f"{name}: {line}" for line in names_there_twice(settling))


def caveat_lines(run: Run, results: Mapping[str, FileResult], is_first: bool) -> Iterator[str]:
    """Yield the summary lines about the migration itself; in later rounds a module may just have gone."""
    name, index = run.migration.name, run.engine.index
    if is_first:
        yield from (f"{name}: {line}" for line in missing_module_lines(run.migration, index))
        unchanged = unchanged_module_lines(run.migration, index, run.excludes)
        yield from (f"{name}: {line}" for line in unchanged)
        yield from (f"{name}: {line}" for line in unknown_name_lines(run.migration, index))
    if any(result.edits for result in results.values()):
        yield from (f"{name}: {line}" for line in unverified_lines(run.migration, index))
