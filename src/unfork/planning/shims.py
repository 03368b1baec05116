"""Rules for shims: the names that other files still take, and the cycles that forwards would close."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from unfork.planning.cycles import Graph, closed_cycles
from unfork.planning.loaded_names import modules_filtered
from unfork.planning.module_names import modules_and_names_told
from unfork.planning.named_files import modules_named_by_file
from unfork.planning.replacing import still_taken_anywhere
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.shared_state import names_left
from unfork.reading.examples import MARK
from unfork.reading.layout import key_of
from unfork.reading.prefilter import Taking, Words
from unfork.rewriting.constraints import Constraints, ExternalReferences, Name
from unfork.rewriting.file_results import FileResult
from unfork.rewriting.handed_modules import names_called_differently
from unfork_codemods.bindings import EVERY
from unfork_codemods.project import ImportedName, Key, Located, Unresolved, last_segment


def shims_keep_what_is_taken(settling: Settling) -> dict[str, Constraints]:
    """Keep in a shim, and its stub, every name that another file takes from it after the rewrite.

    A module whose dictionary is read cannot be a shim, because forwarded names are not in the dictionary.
    """
    results = settling.results
    shims = {key_of(path): path for path in settling.shims}
    names = frozenset(name for path in shims.values() for name in results[path].forgets)
    taken: dict[str, dict[str, str]] = {}
    replaced: dict[str, set[str]] = {}
    near = list(_possible_takers(settling, frozenset(shims), names)) if shims else []
    every = settling.workers.demands(
        near, names, settling.edits_of(near), wrappers=settling.wrappers
    )
    for path, demands in every.items():
        for key, name in demands.used | demands.quoted:
            if key in shims and key != key_of(path) and name in results[shims[key]].forgets:
                taken.setdefault(shims[key], {}).setdefault(name, path)
                if (key, name) in demands.replaced:
                    replaced.setdefault(shims[key], set()).add(name)
    asked: dict[str, Constraints] = {}
    for path, by in taken.items():
        for beside in _with_stub(settling, path):
            known = settling.constraints_of(beside)
            names_taken = tuple(sorted({**by, **dict(known.taken)}.items()))
            more = known.replaced.union(replaced.get(path, ()))
            asked[beside] = replace(known, taken=names_taken, replaced=more)
    for path, stays in _unfit_shims(shims, every):
        for beside in _with_stub(settling, path):
            known = asked.get(beside, settling.constraints_of(beside))
            asked[beside] = replace(known, no_shim=known.no_shim or stays)
    return asked


def _unfit_shims(
    shims: Mapping[Key, str], every: Mapping[str, ExternalReferences]
) -> Iterator[tuple[str, Unresolved]]:
    """Yield the shims whose dictionary another file reads, and why they cannot be shims."""
    for path, demands in sorted(every.items()):
        for key, line in sorted(demands.namespaces):
            if key in shims and key != key_of(path):
                why = f"{path}:{line} looks names up in its dictionary, which would be empty, or replaces one there"
                yield shims[key], Unresolved("UF006", why)


def shims_take_what_is_left(settling: Settling) -> dict[str, Constraints]:
    """Make no shim of a module if a use that is left on it would fail with the counterpart that the shim forwards to.

    use.py   Engine(2)        legacy.py   class Engine: def __init__(self, pool=1)        canonical.py   pool is gone
    """
    shims = {key_of(path): path for path in settling.shims}
    if not shims:
        return {}
    return {
        beside: replace(settling.constraints_of(beside), no_shim=_stays_for(why))
        for (key, name), why in chain(
            _names_still_taken(settling, shims),
            _names_in_code_run(settling, shims),
            names_left(settling),
        )
        if key in shims and name in settling.results[shims[key]].forwards
        for beside in _with_stub(settling, shims[key])
    }


def shims_are_not_read(settling: Settling) -> dict[str, Constraints]:
    """Make no shim of a module whose file is named by its path: what reads it would find another text.

    SOURCES = ["lexer.py", "parser.py"]    # put together to one file
    """
    shims = settling.shims
    named = settling.run.once(_shims_named_by_file) if shims else {}
    return {
        beside: replace(settling.constraints_of(beside), no_shim=Unresolved("UF006", named[path]))
        for path in shims
        if path in named
        for beside in _with_stub(settling, path)
    }


def shims_have_no_other_name(settling: Settling) -> dict[str, Constraints]:
    """Make no shim of a module that something identifies by its name: what it forwards to is called otherwise.

    So do filters of the warnings that its code gives.

    LIMITS = {"app.legacy.send": 5}    LIMITS[f"{task.__module__}.{task.__name__}"]
    """
    shims = settling.shims
    if not shims:
        return {}
    modules, names = settling.run.once(modules_and_names_told)
    told = {key: kept.why for (key, _), kept in names.items()} | modules
    told |= settling.run.once(modules_filtered)
    return {
        beside: replace(settling.constraints_of(beside), no_shim=_stays_for(told[key_of(path)]))
        for path in shims
        if key_of(path) in told
        for beside in _with_stub(settling, path)
    }


def _shims_named_by_file(run: Run) -> dict[str, str]:
    """Return the files of modules that are to be shims and that other code names, each with the reason."""
    layout = run.engine.index.layout
    keys = (layout.named(step.module).key for step in run.migration.deprecates if step.shim)
    files = {path: (path,) for key in keys for path in layout.modules.get(key, ())}
    return modules_named_by_file(run, files, in_commands=False)  # a shim runs as well


def _stays_for(why: str) -> Unresolved:
    return Unresolved("UF006", f"{why}; change that first, or drop the line `shim = true`")


def _names_in_code_run(settling: Settling, shims: Mapping[Key, str]) -> Iterator[tuple[Name, str]]:
    """Yield the names of shims that a star gives to code which is run: it may have them as they say they are called."""
    run = settling.run
    renamed = {
        (key, name)
        for key, redirect in run.redirects.items()
        for name, target in redirect.names.items()
        if key in shims and target.name != name
    }
    for path, result in settling.results.items() if renamed else ():
        stars = [finding for finding in result.left if finding.name == "*"]
        if stars and re.search(rb"\b(?:eval|exec)\(", run.read(path)):
            for key, name in sorted(renamed):
                if run.redirects[key].source == stars[0].module:
                    why = f"{path} runs code among its names, and {name} calls itself otherwise now"
                    yield (key, name), why


def _names_still_taken(settling: Settling, shims: Mapping[Key, str]) -> Iterator[tuple[Name, str]]:
    """Yield the names of shims that are called differently where they are now, and that a file goes on taking."""
    run, codemod = settling.run, settling.run.redirect_codemod
    index = run.engine.index
    differing = {
        (key, name)
        for key in shims
        for name in names_called_differently(
            index, codemod, ImportedName("", Located(key), index.dotted(key))
        )
    }
    if not differing:
        return
    still = still_taken_anywhere(settling, frozenset(key for key, _ in differing))
    for key, name in sorted(differing):
        user = still.get((key, name)) or still.get((key, None)) or still.get((key, EVERY))
        if user is not None:
            why = f"{name} takes other arguments where it is now, or has other members"
            yield (key, name), f"{user} goes on using {index.dotted(key)}, and {why}"


def shims_close_no_cycle(settling: Settling) -> dict[str, Constraints]:
    """Make no shim of a module whose forwards would close an import cycle through its remaining importers."""
    shims = settling.shims
    if not shims:
        return {}
    index = settling.run.engine.index
    loads = {key_of(path): result.loads for path, result in shims.items()}
    asking = {
        path: FileResult(path, added_edges=tuple((key, 1) for key in result.loads))
        for path, result in shims.items()
    }
    before = Graph(index, settling.run.tree.read)
    after = _Forwarding(index, settling.after, loads=loads)
    return {
        beside: replace(
            settling.constraints_of(beside), no_shim=Unresolved(finding.code, finding.message)
        )
        for path, finding in closed_cycles(asking, before, after, {}).items()
        for beside in _with_stub(settling, path)
    }


def _with_stub(settling: Settling, path: str) -> Iterator[str]:
    """Yield a module's file and its stub, if the run includes them."""
    modules = settling.run.engine.index.layout.modules
    yield from (beside for beside in modules[key_of(path)] if beside in settling.results)


_READING = (b"run_module", b"vars", b"__dict__", MARK)
"""What a text contains if it looks names up in a module's dictionary, or if an example may replace one there."""


def _possible_takers(
    settling: Settling, shims: frozenset[Key], names: frozenset[str]
) -> Iterator[str]:
    """Yield the files that may take one of a shim's names."""
    words = Words(frozenset(last_segment(key).encode() for key in shims))
    taking = Taking(names, ())
    for path in sorted({*settling.results, *chain(*settling.run.all_candidates)}):
        text = settling.after(path)
        named = words.present_in(text) or any(path.startswith(f"{key}/") for key in shims)
        reads = any(word in text for word in _READING)
        if named and (reads or (names and (b"import *" in text or taking.may_be_in(text)))):
            yield path


@dataclass
class _Forwarding(Graph):
    """The project after the rewrite, with each shim importing what it forwards to."""

    loads: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)

    def edges(self, key: Key) -> tuple[Key, ...]:
        """Return the modules that a module imports at import time."""
        return (*super().edges(key), *self.loads.get(key, ()))
