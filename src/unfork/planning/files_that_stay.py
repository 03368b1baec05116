"""Files that are not rewritten, or not wholly, keep what they share with others: state, errors, classes.

    legacy.py  PLUGINS = {}                         a.py  from legacy import register  (would move)
               def register(plugin): ...            b.py  import legacy as api         (others may take it: left)

If ``a.py`` moved alone, what it registers would not be in the registry that ``b.py`` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from unfork.planning.other_code import other_code
from unfork.planning.reached_names import names_reached
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.shared_state import (
    groups_sharing,
    moves,
    names_left,
    names_moved,
    names_tied,
    state_of,
)
from unfork.reading.ignores import may_have_ignores
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.rewriting.code_in_strings import imports_in_code, imports_in_examples
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.edges import modules_imported, names_from_outside
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_results import FileResult
from unfork_codemods.bindings import EVERY, Kept
from unfork_codemods.project import Key, last_segment

Taken = tuple[Key, str | None]
"""A name of a module, or None for the module itself."""

_IGNORING = re.compile(rb"#\s*unfork:\s*ignore|#\s*noqa\s*:[^\r\n]*\bUF0", re.IGNORECASE)
"""What may be a comment that leaves an import alone."""


def files_that_stay_keep_what_they_share(settling: Settling) -> dict[str, Constraints]:
    """Keep what a file takes that is not wholly rewritten and others may tell apart: it is excluded, or has leftovers.

    What it registers, raises or makes reaches files that are rewritten, and is of the legacy module. An excluded file,
    or one with an ignored import, counts where one of these imports it. Likewise for what runs and is no Python file
    that a run rewrites.
    """
    results, run = settling.results, settling.run
    if run.chosen is not None or not any(result.edits for result in results.values()):
        return {}
    excluded = run.once(_staying_and_imported)
    left = {path for path, result in results.items() if result.left}
    taken: dict[Name, str] = {}
    held: dict[Key, dict[str, str]] = {
        key: {} for key, redirect in run.redirects.items() if redirect.moves_names_only
    }
    for path in sorted(left.union(excluded)):
        is_whole = path in excluded or settling.is_unchanged(path)
        still = settling.still_taken([path], frozenset(run.redirects)).keys()
        bound = _modules_bound(run, results.get(path))
        for key, name in dict.fromkeys((*still, *bound, *_taken_by_text(run, path))):
            why = excluded.get(path) or _why_left(settling, key, path)
            if name is None or name == EVERY:
                names = _names_of(state_of(run, key))  # others may reach it through the file
                names |= _shared_words(run, key, path, is_whole)
                held.setdefault(key, {}).setdefault(path, why)
            else:
                names = {name}
                held.setdefault(key, {})  # it is loaded for whoever reaches it by a package
            for shared in sorted(names):
                taken.setdefault((key, shared), f"{path} takes it{why}")
    taken = dict(_reached_of_modules(settling, held)) | taken
    for code in other_code(run):
        for key, name in sorted(code.names):
            if key in run.redirects:
                taken.setdefault((key, name), f"{code.path} takes it, and is not rewritten")
    return names_stay_with(settling, taken)


def _reached_of_modules(
    settling: Settling, held: Mapping[Key, Mapping[str, str]]
) -> Iterator[tuple[Name, str]]:
    """Yield what files reach of modules by what others hold of them, each with the reason why it stays."""
    run = settling.run
    for key, holders in held.items():
        if run.redirects[key].moves_names_only:
            names = {*run.redirects[key].names}
        else:
            names = _names_of(groups_sharing(run, key))
        module = run.redirects[key].source
        holding = [f", and {path} holds {module}{why}" for path, why in holders.items()][:1]
        if names_moved(settling, {(key, name) for name in names}):
            for name, place in names_reached(settling, key, holders, names).items():
                yield (key, name), f"{place} reaches it through another module{''.join(holding)}"


def _modules_bound(run: Run, result: FileResult | None) -> Iterator[Taken]:
    """Yield the modules that a file goes on binding for others, as its findings tell."""
    keys = {run.engine.index.dotted(key): key for key in run.redirects}
    for finding in result.left if result is not None else ():
        key = keys.get(".".join(filter(None, (finding.module, finding.name))))
        if key is not None and key != key_of(finding.path):
            yield key, None


def _taken_by_text(run: Run, path: str) -> Iterator[Taken]:
    """Yield what a file's examples, and the code in its strings, import of legacy modules: it stays as it is."""
    try:
        source = run.engine.heads.sources.read(path, run.read(path))
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        for statement in chain(imports_in_examples(context), imports_in_code(context)):
            for item in context.items_of(statement):
                if item.imported_name.key in run.redirects:
                    yield item.imported_name.key, item.imported_name.name
    except (Unparsable, RecursionError):
        return


def names_stay_with(settling: Settling, taken: Mapping[Name, str]) -> dict[str, Constraints]:
    """Keep what is ``taken``, each name with the reason, and what shares state, errors or classes with it.

    A shim only forwards: there, nothing is twice. What a name shares that has no counterpart at all is for
    ``shared_state_has_one_home``.
    """
    if not taken:
        return {}
    run, shims = settling.run, settling.shim_keys
    index, codemod = run.engine.index, run.redirect_codemod
    left = {
        (key, name): why
        for (key, name), why in taken.items()
        if key not in shims
        and moves(index, codemod, key, name)
        and name in _names_of(groups_sharing(run, key))
    }
    if not left:
        return {}
    known = dict(names_left(settling))
    kept = {name: Kept(f"{name[1]} stays: {why}") for name, why in left.items()}
    stays = {
        (key, name): reason
        for (key, name), reason in (names_tied(run, left) | kept).items()
        if (key, name) not in known and moves(index, codemod, key, name)
    }
    return settling.keep(stays) if names_moved(settling, stays) else {}


def _why_left(settling: Settling, key: Key, path: str) -> str:
    """Return why a file goes on taking something of a module: the first finding about it, else the first of all."""
    module, left = settling.run.engine.index.dotted(key), settling.results[path].left
    of_it = (f for f in left if module in (f.module, f"{f.module}.{f.name}"))
    finding = next(of_it, left[0])
    return f" (line {finding.line}): {finding.message}"


def _shared_words(run: Run, key: Key, path: str, is_whole: bool) -> set[str]:
    """Return the words of a file that are names of a module which share something: it may use these of the module.

    Where only a part of it stays, words that are attributes, or in quotes: ``eval("a.legacy.Box()")``.
    """
    words = re.findall(
        r"\w+" if is_whole else r"[.\"']\s*(\w+)", run.read(path).decode(errors="replace")
    )
    return _names_of(groups_sharing(run, key)).intersection(words)


def _names_of(groups: Mapping[str, frozenset[str]]) -> set[str]:
    """Return what is shared, and the names that use it."""
    return {*groups, *chain(*groups.values())}


def files_staying(run: Run) -> dict[str, str]:
    """Return the files with imports that stay, and why: they are excluded, or have comments that say so."""
    staying = dict.fromkeys(run.uncovered_candidates, ", and is excluded")
    covered = filter(run.covers, run.all_candidates[0])
    for path, data in run.tree.scan(covered, may_have_ignores):
        if data and _IGNORING.search(data) and key_of(path) not in run.redirects:
            staying[path] = " on a line with an ignore comment"
    return staying


def _staying_and_imported(run: Run) -> dict[str, str]:
    """Return the files that stay, and why, which a file that is rewritten imports, or will.

    A module that no root has may be one of them, in a folder that the program puts on ``sys.path``.
    """
    staying = run.once(files_staying)
    by_key = {key_of(path): path for path in staying}
    redirects, index = run.redirect_codemod.redirects.values(), run.engine.index
    imported = {index.named(home).key for step in redirects for home in step.homes} & by_key.keys()
    for path in run.naming(frozenset(map(last_segment, by_key))) if by_key else ():
        if run.covers(path):
            try:
                source = run.engine.heads.sources.read(path, run.read(path))
                found = {*modules_imported(source, index)}
                outside = {*names_from_outside(source, index)}
                imported |= {k for k in by_key if k in found or last_segment(k) in outside}
            except (Unparsable, RecursionError):
                continue
    return {by_key[key]: staying[by_key[key]] for key in sorted(imported)}
