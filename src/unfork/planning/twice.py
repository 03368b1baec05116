"""What exists twice after a partial move: classes and state that files take from either module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.planning.settling import Settling
from unfork.reading.source import Source
from unfork.reading.state import shared_state

_SHOWN = 3


def names_there_twice(settling: Settling) -> Iterator[str]:
    """Yield, for each legacy module that some files leave and others still use, the names that now exist twice.

    An error raised by one module is not the error that users of the other expect; what is registered in one is unknown
    to the other. A shim is not a second module.
    """
    results, run = settling.results, settling.run
    left = sorted(path for path, result in results.items() if result.left)
    dropped = {key for result in results.values() if result.edits for key in result.removed_edges}
    if not left or not dropped:
        return
    shims = settling.shims.keys()
    layout, index = run.engine.index.layout, run.engine.index
    keys = frozenset(
        key
        for key in run.redirects.keys() & dropped
        if shims.isdisjoint(layout.modules.get(key, ()))
    )
    taken = settling.still_taken(left, keys) if keys else {}
    for key in sorted(keys):
        kept = index.told(key, _kept_apart) or frozenset()
        module_destination = {taken[key, None]} if (key, None) in taken else set()
        mine = {name: taken[key, name] for name in sorted(kept) if (key, name) in taken}
        names = sorted(kept) if module_destination else list(mine)
        if names:
            source = run.redirects[key].source
            yield _duplicate_line(source, names, {*module_destination, *mine.values()})


def _kept_apart(source: Source) -> frozenset[str]:
    """Return the names of a module's classes and of its shared state. Raises Unparsable."""
    classes = {node.name for node in source.tree.body if isinstance(node, ast.ClassDef)}
    return frozenset(classes | shared_state(source).keys())


def _duplicate_line(module: str, names: list[str], paths: set[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    are = "is" if len(names) == 1 else "are"
    places = ", ".join(sorted(paths)[:_SHOWN]) + (", ..." if len(paths) > _SHOWN else "")
    return f"{module}: {', '.join(names[:_SHOWN])}{more} {are} there twice until what is left is moved, too: {places}"
