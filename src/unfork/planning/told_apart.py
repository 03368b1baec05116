"""Classes that code tells from their counterparts: it does one thing for the legacy one, and another for the other.

if isinstance(engine, OldEngine): convert(engine)
elif isinstance(engine, Engine): start(engine)

Were both the same, the first branch would be taken for all, so the class stays everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.alternatives import MAY_TELL, told_apart
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.effects import dotted_name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Destination, Identity, ImportedName, Key, Located, last_segment


def classes_told_apart_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep a class if some file treats its instances otherwise than those of the class that takes its place."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    return settling.keep(settling.run.once(_classes_told_apart))


def _classes_told_apart(run: Run) -> dict[Name, Kept]:
    homes = {key: redirect.homes for key, redirect in run.redirects.items()}
    words = {last_segment(key).encode() for key in homes}
    others = {home.rpartition(".")[2].encode() for every in homes.values() for home in every}
    kept: dict[Name, Kept] = {}
    for path in run.all_candidates[0] if homes else ():
        data = run.read(path)
        if not MAY_TELL.search(data) or not any(word in data for word in others):
            continue
        if any(word in data for word in words):
            kept = dict(_told_apart_in(run, path, data)) | kept
    return kept


def _told_apart_in(run: Run, path: str, data: bytes) -> Iterator[tuple[Name, Kept]]:
    index = run.engine.index
    try:
        tree = run.engine.heads.sources.read(path, data).tree
    except (Unparsable, RecursionError):
        return
    for pair in told_apart(tree):
        legacy, canonical = (_identity(index, key_of(path), expression) for expression in pair)
        for one, other, node in ((legacy, canonical, pair[0]), (canonical, legacy, pair[1])):
            if one and other and one[0] in run.redirects and _counterpart(run, one) == other:
                there = f"{index.dotted(other[0])}:{other[1]}"
                why = f"{path}:{node.lineno} tells it from {there}"
                yield (
                    (one[0], one[1] or ""),
                    Kept(f"{why}; decide what is to be done for both, and move it by hand"),
                )


def _identity(index: Index, key: Key, node: ast.expr) -> Identity | None:
    """Return what an expression names at the top level of a module, by where that is defined."""
    path = dotted_name(node)
    *modules, name = path.split(".") if path else [""]
    for part in modules:
        inner = index.module_of(key, part)
        if inner is None:
            return None
        key = inner
    return index.origin(key, name).identity if name else None


def _counterpart(run: Run, name: Identity) -> Identity | None:
    codemod, index = run.redirect_codemod, run.engine.index
    source = codemod.redirects[name[0]].source
    destination = codemod.destination(ImportedName("", Located(name[0]), source, name[1]))
    if not isinstance(destination, Destination) or destination.name is None:
        return None
    return index.origin(destination.key, destination.name).identity
