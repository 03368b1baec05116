"""Classes that meet where only a part of what uses them moves: what a name that stays makes is asked by one that moves.

from legacy import make_shape     stays: it has no counterpart
from new import Shape             would move
isinstance(make_shape(), Shape)   is false then
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.planning.run import Run
from unfork.reading.layout import key_of
from unfork.reading.meetings import Meetings
from unfork.reading.source import Source, Unparsable
from unfork.reading.state import asked_by_definitions
from unfork.rewriting.edges import modules_imported
from unfork_codemods.project import Key, last_segment

_MOST_FILES = 200
"""After so many files that what stays may get to, it is taken to meet."""


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
    that all of the names use.
    """
    if not staying:
        return None
    asked = run.engine.index.told(key, asked_by_definitions) or {}
    is_asking = any(shared in asked.get(name, ()) for name in staying)
    near = {key_of(file) for file in run.naming(frozenset(moving))} - run.redirects.keys()
    waiting, carried = [path], {path: frozenset(staying)}
    for reached in waiting:
        try:
            source = _source(run, reached)
            meetings = Meetings(source, carried[reached], moving, is_asking)
        except (Unparsable, RecursionError):
            continue
        line = meetings.line
        if line is not None:
            return f"{reached}:{line}"
        if len(waiting) > _MOST_FILES or _is_handed_on(run, meetings, source, near):
            return reached
        for importer in _importers(run, reached):
            more = meetings.carriers - carried.get(importer, frozenset())
            if more:
                carried[importer] = carried.get(importer, frozenset()) | more
                waiting.append(importer)
    return None


def _source(run: Run, path: str) -> Source:
    return run.engine.heads.sources.read(path, run.read(path))


def _is_handed_on(run: Run, meetings: Meetings, source: Source, near: Collection[Key]) -> bool:
    """Return whether what stays is given to a function of a file that uses what moves."""
    handed, index = {*meetings.handed}, run.engine.index
    for statement in source.imports if handed else ():
        node = statement.node
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) in handed:
                if isinstance(node, ast.ImportFrom):
                    home = index.locate_from(node, source.path)
                else:
                    home = index.layout.absolute(alias.name, source.path)
                if home.key in near:
                    return True
    return False


def _importers(run: Run, path: str) -> Iterator[str]:
    """Yield the files that import a file, anywhere."""
    key = key_of(path)
    for file in run.naming(frozenset({last_segment(key)})):
        try:
            if file != path and key in modules_imported(_source(run, file), run.engine.index):
                yield file
        except (Unparsable, RecursionError):
            continue
