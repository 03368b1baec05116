"""Rules that keep replacements and readers of a name at one binding, mostly for names that tests replace."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.ignores import has_marks
from unfork.reading.prefilter import Words
from unfork.rewriting.constraints import Constraints, Wrapper
from unfork.rewriting.file_results import FileResult
from unfork_codemods.bindings import Bindings
from unfork_codemods.project import Key, last_segment


def paths_put_together_are_known(settling: Settling) -> dict[str, Constraints]:
    """Also look at files that build paths, if strings name modules for others to import or replace."""
    if not any(result.dangling for result in settling.results.values()):
        return {}
    return {
        path: replace(settling.constraints_of(path), look=True)
        for path in settling.run.computing_paths
        if path not in settling.results
    }


def wrappers_of_patches_are_known(settling: Settling) -> dict[str, Constraints]:
    """Learn the functions that pass a parameter to a patch, if strings name what others may replace.

    A function may pass it to another such function, once that one is known.
    """
    results = settling.results
    if not any(result.dangling for result in results.values()):
        return {}
    looked_at = {
        path: replace(settling.constraints_of(path), look=True)
        for path in settling.run.wrapping_paths
    }
    defined = {wrapper for result in results.values() for wrapper in result.wrappers}
    wrappers = tuple(sorted(defined.union(settling.wrappers), key=Wrapper.sort_key))
    return looked_at | settling.wrap(wrappers)


def replaced_names_have_one_binding(settling: Settling) -> dict[str, Constraints]:
    """Give each file the bindings of replaced names: replacement and readers share one binding, or all stay."""
    bindings = _updated_bindings(settling)
    if bindings == settling.bindings:
        return {}
    return settling.bind(bindings)


def _updated_bindings(settling: Settling) -> Bindings:
    """Return the bindings of names that the project replaces, now that the remaining users are known."""
    run = settling.run
    results = {path: r for path, r in settling.results.items() if path not in run.kept_inside}
    replaced = {replacement for result in results.values() for replacement in result.replaced}
    if any(result.untold for result in results.values()):
        replaced |= {replacement for result in results.values() for replacement in result.dangling}
    bindings = settling.bindings
    if not replaced:
        return bindings
    from unfork.planning.replaced_names import bindings_of_replaced

    def is_named_with(key: Key, word: str) -> bool:
        return _is_named_with(run, key, word)

    still = still_taken_anywhere(settling, frozenset(r.key for r in replaced))
    for codemod in run.engine.codemods:
        bindings = bindings_of_replaced(
            replaced, still, bindings, codemod, run.engine.index, is_named_with
        )
    return bindings


def still_taken_anywhere(
    settling: Settling, keys: frozenset[Key]
) -> dict[tuple[Key, str | None], str]:
    """Return what the project's files still take from modules, with one such file each: a name, or None for all."""
    run = settling.run
    results = {path: r for path, r in settling.results.items() if path not in run.kept_inside}
    every = {*results, *run.all_candidates[0]} - run.kept_inside
    files = [path for path in every if may_still_take(run, path, results)]
    return settling.still_taken(files, keys)


def may_still_take(run: Run, path: str, results: Mapping[str, FileResult]) -> bool:
    """Return whether a file may still take something from a legacy module because not all of it was rewritten."""
    result = results.get(path)
    if result is None or result.left or not result.edits:
        return True
    return has_marks(run.read(path))


def _is_named_with(run: Run, key: Key, word: str) -> bool:
    """Return whether another file that may name a module contains a word."""
    own = run.engine.index.layout.modules.get(key, ())
    last = os.fsencode(last_segment(key))
    words = Words(frozenset({word.encode()}))
    scanned = run.tree.scan(
        [path for path in chain(*run.all_candidates) if path not in own], words.within
    )
    return any(data is not None and last in data for _, data in scanned)
