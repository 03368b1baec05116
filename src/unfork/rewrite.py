"""One file under one codemod: from its text to its edits."""

from __future__ import annotations

import re

from unfork.emit import emit
from unfork.filework import Facts, FileWork
from unfork.index import Index
from unfork.moved_modules import move_modules
from unfork.moved_names import move_names
from unfork.moved_stars import move_stars
from unfork.moved_strings import move_strings
from unfork.source import Source
from unfork_codemods.edits import Edit, minimal, ordered
from unfork_codemods.project import ImportCodemod


def rewrite(
    source: Source, index: Index, codemod: ImportCodemod, facts: Facts, used: re.Pattern[bytes]
) -> FileWork:
    """Work out what a codemod does to a file: the edits of its text, what they mend, and what is left.

    ``used`` is the pattern of any use of what the migration is about: where it stands nowhere but in import statements,
    these are all there is to look at. Raises Unparsable.
    """
    work = FileWork(source, index, codemod, facts)
    items = work.near_items
    mentioned = facts.look or _is_mentioned_outside(work, used)
    move_names(work, items)
    move_stars(work, items)
    move_modules(work, items, mentioned)
    if facts.follow or mentioned:
        move_strings(work)
    emit(work)
    work.edits = list(_edits(work))
    return work


def _edits(work: FileWork) -> tuple[Edit, ...]:
    return minimal(work.source.data, ordered(work.edits))


def _is_mentioned_outside(work: FileWork, used: re.Pattern[bytes]) -> bool:
    """Return whether a use may stand anywhere but in the import statements."""
    matches = list(used.finditer(work.source.data))
    if any(match.group().split()[-1:] == [b"as"] for match in matches):
        return True  # a package that goes by another name here
    found = [match.start() for match in matches]
    if not found:
        return False
    spans = iter(
        [*(work.source.span(s.node) for s in work.statements), (len(work.source.data),) * 2]
    )
    start, end = next(spans)
    for offset in found:
        while offset >= end and start < len(work.source.data):
            start, end = next(spans)
        if not start <= offset < end:
            return True
    return False
