"""One file under one codemod: from its text to its edits."""

from __future__ import annotations

from collections.abc import Iterable

from unfork.reading.index import Index
from unfork.reading.prefilter import Prefilter, may_compute_paths
from unfork.reading.source import Source
from unfork.rewriting.emit import emit_import_edits
from unfork.rewriting.facts import Facts
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.left_examples import leave_examples
from unfork.rewriting.moved_modules import move_modules
from unfork.rewriting.moved_names import move_names
from unfork.rewriting.moved_stars import move_stars
from unfork.rewriting.moved_strings import move_strings
from unfork.rewriting.quoted_paths import quoted_paths
from unfork.rewriting.replacements import note_replaced_names, note_replacements
from unfork_codemods.edits import Edit, drop_idle_edits, sort_edits
from unfork_codemods.project import ImportCodemod


def rewrite_file(
    source: Source, index: Index, codemod: ImportCodemod, facts: Facts, prefilter: Prefilter
) -> FileWork:
    """Work out what a codemod does to a file: the edits of its text, what they mend, and what is left.

    Where ``prefilter`` finds no use of what the migration is about but in import statements, these are all there is to
    look at. Raises Unparsable.
    """
    work = FileWork(source, index, codemod, facts)
    items = work.near_items
    mentioned = facts.look or _is_mentioned_outside(work, prefilter)
    _leave_inside(work, items)
    leave_examples(work)
    move_names(work, items)
    move_stars(work, items)
    move_modules(work, items, mentioned)
    if facts.follow or mentioned:
        paths = list(quoted_paths(work))
        note_replacements(work, paths)
        move_strings(work, paths)
    else:
        note_replaced_names(work, items)
    emit_import_edits(work)
    work.edits = list(_final_edits(work))
    return work


def _leave_inside(work: FileWork, items: Iterable[Imports]) -> None:
    """Leave the imports of modules inside a legacy one that is gone."""
    for item in items:
        stays = work.codemod.inside(item.site)
        if stays is not None and not work.skips(item):
            work.record_unresolved(item.alias, stays)


def _final_edits(work: FileWork) -> tuple[Edit, ...]:
    return drop_idle_edits(work.source.data, sort_edits(work.edits))


def _is_mentioned_outside(work: FileWork, prefilter: Prefilter) -> bool:
    """Return whether a use may stand anywhere but in the import statements."""
    source = work.source
    narrowed = prefilter.within(source.data)
    if narrowed.aliased.search(source.data):
        return True  # a package goes by another name here
    if may_compute_paths(source.data):
        return True  # of constants that another file has, perhaps
    if not source.has_outside_imports(narrowed.words.words):
        return False
    return any(not source.in_import(m.start()) for m in narrowed.used.finditer(source.data))
