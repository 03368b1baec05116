"""What importing both modules would do to others twice, where so far only the legacy one is loaded.

A name that has no counterpart stays on the legacy module; if the other names moved, both modules would run:

    @register("csv")        is run by either, and the registry has two, or refuses the second
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from unfork.planning.cycles import Graph
from unfork.planning.files_that_stay import files_staying
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.rewriting.constraints import Constraints, Name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import (
    Destination,
    ImportedName,
    Key,
    Located,
    is_external,
    last_segment,
)

if TYPE_CHECKING:
    from unfork.rewriting.outward_acts import Act


def acts_are_done_once(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module if some stay, and the canonical one would hand itself in, too.

    A shim does nothing any more. Where the canonical module was loaded before, both have done it all along.
    """
    run, results = settling.run, settling.results
    if run.chosen is not None or not any(result.edits for result in results.values()):
        return {}
    if not any(result.left for result in results.values()) and not run.once(files_staying):
        return {}  # all of it moves
    shims = settling.shims.keys()
    modules = run.engine.index.layout.modules
    acting = {
        key: repeated
        for key, repeated in run.once(_repeated_acts).items()
        if shims.isdisjoint(modules.get(key, ()))
    }
    if not acting:
        return {}
    keys = frozenset(acting).union(*(repeated.homes for repeated in acting.values()))
    taken = settling.still_taken({*results, *run.all_candidates[0]}, keys)
    loaded = {key for key, _ in taken}
    staying: dict[Key, str] = {}
    for (key, name), path in taken.items():
        repeated = acting.get(key)
        if repeated and key_of(path) not in run.redirects and loaded & repeated.homes:
            what = "it" if name is None else f"{name} of it"
            why = f"{path} goes on taking {what}, and both modules would do {repeated.act}"
            staying.setdefault(key, f"{why}; move all of it together")
    return settling.keep(dict(_names_kept(run, staying))) if staying else {}


def _names_kept(run: Run, staying: Mapping[Key, str]) -> Iterator[tuple[Name, Kept]]:
    """Yield what stays of modules: themselves, and the names that could move; the others have reasons of their own."""
    index, codemod = run.engine.index, run.redirect_codemod
    for key, why in staying.items():
        source = codemod.redirects[key].source
        for name in ("", *sorted(index.names(key))):
            asked = ImportedName("", Located(key), source, name or None)
            if isinstance(codemod.destination(asked), Destination):
                yield (key, name), Kept(why)


class _Repeated(NamedTuple):
    """An act that importing a legacy module and one of its ``homes`` does, and its place in the former."""

    act: str
    homes: frozenset[Key]


def _repeated_acts(run: Run) -> dict[Key, _Repeated]:
    """Return the legacy modules that do to others what a canonical one does that nothing loads yet."""
    index = run.engine.index
    graph = Graph(index, run.tree.read, heads=run.engine.heads)
    found = {}
    for key, redirect in run.redirects.items():
        homes = frozenset(index.named(home).key for home in redirect.homes)
        act = next(_acts_of_both(run, key, homes), None)
        if act is not None and not any(_is_loaded(run, graph, home) for home in homes):
            found[key] = _Repeated(f"{act.text} ({index.file(key)}:{act.line})", homes)
    return found


def _acts_of_both(run: Run, legacy: Key, homes: Collection[Key]) -> Iterator[Act]:
    """Yield the acts of a legacy module, toward other modules of the project, that a canonical one performs, too."""
    from unfork.rewriting.outward_acts import outward_acts  # late: only where something moves

    index = run.engine.index
    acts = [act for act in outward_acts(index, legacy) if _is_toward_project(run, legacy, act)]
    if acts:
        done = {act.text for home in homes for act in outward_acts(index, home)}
        yield from (act for act in acts if act.text in done)


def _is_toward_project(run: Run, key: Key, act: Act) -> bool:
    """Return whether what an act calls or derives from is defined in the project, where it can be looked at."""
    words = re.findall(r"\w+", act.text.removeprefix("class (").removeprefix("metaclass="))
    origin = run.engine.index.origin(key, words[0]) if words else None
    return origin is not None and not is_external(origin.key) and origin.key != key


def _is_loaded(run: Run, graph: Graph, home: Key) -> bool:
    """Return whether a file imports a canonical module already."""
    near = run.naming(frozenset({last_segment(home)}))
    return any(home in graph.edges(key_of(path)) for path in near)
