"""Follow attributes from a binding or a dotted string to the module that they reach and the name used from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unfork.reading.layout import join_key
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork_codemods.project import (
    Destination,
    ImportedName,
    Key,
    Kind,
    Located,
    external_key,
    is_external,
)


class ResolvedPath(NamedTuple):
    """``depth`` names lead to the module ``key``; the next name, if any, is one of its names.

    ``via`` is the module and name of another file's import, of this module or of a legacy package around it, that the
    path relies on. ``base`` is the folder that such an import starts from.
    """

    key: Key
    depth: int
    via: tuple[Key, str] | None = None
    base: str | None = None

    @property
    def through(self) -> bool:
        """Whether the path relies on another module's import."""
        return self.via is not None


def follow_attribute_path(
    context: FileContext, start: Key, names: Sequence[str], known: frozenset[Key] = frozenset()
) -> ResolvedPath:
    """Follow ``names`` from the module ``start`` as long as they are modules.

    ``known`` are the modules that the codemod handles in this file; if it follows parents, all modules that it handles
    count. Any name of such a module ends the walk, unless it is a submodule.
    """
    reached = ResolvedPath(start, 0)
    for name in names:
        key = reached.key
        below = _next_module(context, key, name, known)
        if below is None:
            break
        by_import = not is_external(key) and below != join_key(key, name)
        handed_on = reached.via if is_target(context, key, known) else None
        via = (key, name) if by_import else handed_on
        base = context.index.base_of(key, name) if by_import else None
        reached = ResolvedPath(
            below, reached.depth + 1, via, reached.base if base is None else base
        )
    return reached


def is_handed_on(context: FileContext, item: ImportedAlias) -> bool:
    """Return whether a file imports a module from another module, which only imports it itself.

    from consumer import legacy    from consumer import *
    """
    if item.imported_name.name is None or is_external(item.imported_name.key):
        return False
    key = context.imported_module(item)
    return key is not None and key != context.index.layout.submodule_key(
        item.imported_name.key, item.imported_name.name
    )


def is_target(context: FileContext, key: Key, known: frozenset[Key] = frozenset()) -> bool:
    """Return whether the codemod handles a module."""
    if key in known:
        return True
    imported_name = ImportedName(context.importer, Located(key), context.index.dotted(key))
    return context.codemod.follows_parents and context.codemod.applies_to(imported_name)


def _next_module(context: FileContext, key: Key, name: str, known: frozenset[Key]) -> Key | None:
    if is_external(key):
        below = external_key(f"{key[1:-1]}.{name}")
        leads_on = _leads_on(context, below, known) and not _is_name(context, key, name, below)
        return below if leads_on else None
    if is_target(context, key, known):
        origin = context.index.origin(key, name)
        return (
            origin.key if origin.kind is Kind.MODULE and origin.key == join_key(key, name) else None
        )
    module = context.index.module_of(key, name)
    if module is not None or not known:
        return module
    below = join_key(key, name)
    is_nowhere = below in known and context.index.origin(key, name).kind is Kind.MISSING
    return below if is_nowhere else None  # a module that is imported here


def _is_name(context: FileContext, key: Key, name: str, below: Key) -> bool:
    """Return whether a name of a package that is gone is one that its counterpart binds, not the module below."""
    if not (is_target(context, key) and is_target(context, below)):
        return False
    taken = ImportedName(context.importer, Located(key), context.index.dotted(key), name)
    destination = context.codemod.destination(taken)
    return isinstance(destination, Destination) and destination.name is not None


def _leads_on(context: FileContext, key: Key, known: frozenset[Key]) -> bool:
    prefix = f"{key[:-1]}."
    return is_target(context, key, known) or any(
        k.startswith(prefix) for k in known | context.codemod.outside()
    )
