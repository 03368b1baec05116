"""One file under one codemod: from its text to its edits."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from unfork.reading.index import Index
from unfork.reading.prefilter import Prefilter, may_compute_paths
from unfork.reading.source import Source
from unfork.rewriting.calls import follow_typed
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.emit import emit_import_edits
from unfork.rewriting.entry_points import move_entry_points
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite
from unfork.rewriting.from_imports import move_names
from unfork.rewriting.module_imports import move_modules
from unfork.rewriting.quoted_paths import quoted_paths
from unfork.rewriting.replacements import note_replaced_names, note_replacements
from unfork.rewriting.star_imports import move_stars
from unfork.rewriting.string_references import find_lost_modules, move_strings
from unfork.rewriting.unresolved_code import legacy_imports_in_strings
from unfork_codemods.edits import Edit, drop_idle_edits, sort_edits
from unfork_codemods.project import ImportCodemod, Unresolved


def rewrite_file(
    source: Source, index: Index, codemod: ImportCodemod, facts: Constraints, prefilter: Prefilter
) -> FileRewrite:
    """Return what a codemod does to a file: the edits of its text, what they fix, and what is unresolved.

    If ``prefilter`` finds uses of the migration's modules only in import statements, only these are read. Raises
    Unparsable.
    """
    context = FileRewrite(source, index, codemod, facts)
    items = context.near_items
    mentioned = facts.look or _is_mentioned_outside(context, prefilter)
    for alias, stays in (*_imports_inside(context, items), *legacy_imports_in_strings(context)):
        context.record_unresolved(alias, stays)
    move_names(context, items)
    move_stars(context, items)
    move_modules(context, items, mentioned)
    if facts.typed:
        follow_typed(context)
    is_followed = facts.follow or facts.loaded or mentioned
    repairs = codemod.repairs(context.key)
    paths = list(quoted_paths(context)) if is_followed or repairs else []
    if is_followed:
        note_replacements(context, paths)
        move_strings(context, paths)
    else:
        note_replaced_names(context, items)
    if repairs:
        find_lost_modules(context, paths)
    if source.path.rpartition("/")[2] == "setup.py" and mentioned:
        move_entry_points(context)
    emit_import_edits(context)
    context.edits = list(_final_edits(context))
    return context


def _imports_inside(
    context: FileContext, items: Iterable[ImportedAlias]
) -> Iterator[tuple[ast.alias, Unresolved]]:
    """Yield the imports of modules inside a legacy package that no longer exists."""
    for item in items:
        stays = context.codemod.inside(item.imported_name)
        if stays is not None and not context.skips(item):
            yield item.alias, stays


def _final_edits(context: DecidedFile) -> tuple[Edit, ...]:
    return drop_idle_edits(context.source.data, sort_edits(context.edits))


def _is_mentioned_outside(context: FileContext, prefilter: Prefilter) -> bool:
    """Return whether a use may be anywhere other than in the import statements."""
    source = context.source
    if prefilter.has_alias(source.data):
        return True  # a package goes by another name here
    if may_compute_paths(source.data):
        return True  # of constants that another file has, perhaps
    if not source.has_outside_imports(prefilter.words.present_in(source.data)):
        return False
    return any(not source.in_import(at) for at in prefilter.uses(source.data))
