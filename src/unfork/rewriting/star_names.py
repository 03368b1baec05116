"""Names that files have of each other by star imports, and that a rewrite adds: these may hide what others mean."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

from unfork.reading.definitions import definitions_of
from unfork.reading.index import Index
from unfork.reading.source import Source
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import DecidedFile
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Identity, Key


def names_added(context: DecidedFile, new: Source) -> dict[str, Identity]:
    """Return the names that a star import of a file gives by its new text and did not before, each with what it is."""
    if all(
        _is_there(context, alias, new) for alias, news in context.decided.items() for new in news
    ):
        return {}
    index = context.index
    before, after = (definitions_of(text.tree, text.data) for text in (context.source, new))
    known = {*before.names}
    for star in before.stars:
        known |= index.star_names(index.locate(star.module, context.importer).key) or set()
    listed = after.exported if after.exported_known else None

    def is_new(name: str) -> bool:
        return name not in known and (name in listed if listed is not None else name[0] != "_")

    added = {
        name: index.imported(binding.imports[0], context.importer)
        for name, binding in after.names.items()
        if binding.imports and is_new(name)
    }
    for star in after.stars:
        key = index.locate(star.module, context.importer).key
        given = filter(is_new, index.star_names(key) or ())
        added |= {name: index.origin(key, name).identity for name in given}
    return added


def _is_there(context: FileContext, alias: ast.alias, new: NewImport) -> bool:
    """Return whether an import binds the name that the one in its place bound."""
    return new.name != "*" and new.local == context.statement_by_alias[alias].local(alias)


def names_hidden(
    index: Index, key: Key, names: Collection[str]
) -> Iterator[tuple[Key, str, Identity]]:
    """Yield the modules that would hide a name of the module ``key``, if they had it: by a star, with what it is now.

    x = 1
    from consumer import *    x stays 1 as long as neither consumer nor what it has stars of gives one
    """
    definitions = index.definitions(key)
    for above, star in enumerate(definitions.stars if definitions else ()):
        start = index.locate(star.module, index.file(key)).key
        for name in names:
            binding = definitions.names.get(name) if definitions else None
            is_below = definitions is not None and definitions.stars_above.get(name, 0) > above
            origin = index.origin(key, name)
            if binding is not None and binding.certain and is_below:
                continue
            if origin.found or hasattr(builtins, name):
                for giver in _modules_giving(index, start, name, frozenset()):
                    yield giver, name, origin.identity


def _modules_giving(index: Index, key: Key, name: str, seen: frozenset[Key]) -> Iterator[Key]:
    """Yield the modules that a star import has a name from, if they have it: the module itself, and its own stars."""
    definitions = index.definitions(key)
    if key in seen or definitions is None or not index.star_gives(key, name):
        return
    yield key
    for star in definitions.stars:
        below = index.locate(star.module, index.file(key)).key
        yield from _modules_giving(index, below, name, seen | {key})
