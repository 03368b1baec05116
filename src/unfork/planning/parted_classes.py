"""Classes that meet where only a part of what uses them moves: what a name that stays makes is asked by one that moves.

from legacy import make_shape     stays: it has no counterpart
from new import Shape             would move
isinstance(make_shape(), Shape)   is false then
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from unfork.planning.carried import files_handed, files_reached
from unfork.planning.run import Run
from unfork.reading.asked_names import asked_by_definitions, names_to_ask_by
from unfork.reading.layout import key_of
from unfork.reading.meetings import Meetings
from unfork.reading.source import Source
from unfork_codemods.project import Key


def place_of_meeting(
    run: Run,
    path: str,
    key: Key,
    shared: str,
    staying: Collection[str],
    moving: Collection[str],
) -> str | None:
    """Return where what a file goes on taking of a module meets what comes of names that move, if anywhere.

    Others may import the file, and with it what comes of the names that stay. ``shared`` is the class, or the object,
    that all of the names use. Where that may get to too many files, it is taken to meet.
    """
    if not staying:
        return None
    asked = run.engine.index.told(key, asked_by_definitions) or {}
    kinds = (run.engine.index.told(key, names_to_ask_by) or {}).get(shared, frozenset({shared}))
    is_asking = any(not kinds.isdisjoint(asked.get(name, ())) for name in staying)
    moving = frozenset(moving).union(_other_names(run, frozenset(moving)))
    near = {key_of(file) for file in run.naming(frozenset(moving))} - run.redirects.keys()

    def look(file: str, names: frozenset[str]) -> Meetings:
        return Meetings(_source(run, file), names, moving, is_asking)

    for reached, meetings in files_reached(run, {path: frozenset(staying)}, look, run.read):
        line = meetings.line if meetings is not None else None
        if line is not None:
            return f"{reached}:{line}"
        if meetings is None or not near.isdisjoint(files_handed(run, meetings)):
            return reached
    return None


def _other_names(run: Run, names: frozenset[str]) -> Iterator[str]:
    """Yield what files import some names as: others may import it under that name from there."""
    words = b"|".join(re.escape(name.encode()) for name in sorted(names))
    renamed = re.compile(rb"\b(?:%b)\s+as\s+(\w+)" % words)
    for path in run.naming(names):
        yield from (match[1].decode() for match in renamed.finditer(run.read(path)))


def _source(run: Run, path: str) -> Source:
    return run.engine.heads.sources.read(path, run.read(path))
