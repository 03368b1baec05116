"""What a module imports while it is being imported itself: the edges that can form import cycles."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from unfork.reading.index import Index
from unfork.reading.layout import key_of, parent_folder
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import ImportStatement
from unfork.rewriting.file_rewrite import DecidedFile
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Key, Kind, is_external


def import_edges(source: Source, index: Index) -> tuple[tuple[Key, int], ...]:
    """Return the project modules that a module imports at import time, each with the line.

    Functions and ``if TYPE_CHECKING`` do not run then. The packages on the way to a module count, as their ``__init__``
    runs first, except those that contain the importer: these are already being imported. Raises Unparsable.
    """
    edges = _edges_by_module([s for s in source.imports if s.at_import_time], source.path, index)
    edges.pop(key_of(source.path), None)
    return tuple(edges.items())


def modules_imported(source: Source, index: Index) -> tuple[Key, ...]:
    """Return the project modules that a module imports anywhere. Raises Unparsable."""
    return tuple(_edges_by_module(source.imports, source.path, index))


def files_imported(path: str, index: Index) -> set[str]:
    """Return the files of the modules that a file imports; empty if it cannot be read."""
    try:
        keys = {*modules_imported(index.source(path), index)}
    except (Unparsable, OSError, RecursionError):
        return set()
    return {index.file(key) for key in keys if index.has_file(key)}


def names_from_outside(source: Source, index: Index) -> Iterator[str]:
    """Yield the names of the top-level modules that a module imports and that no root has. Raises Unparsable."""
    for statement in source.imports:
        node = statement.node
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module and not node.level else []
        for name in names:
            if is_external(index.layout.absolute(name, source.path).key):
                yield name.partition(".")[0]


def edge_changes(context: DecidedFile) -> tuple[dict[Key, int], frozenset[Key]]:
    """Return the modules that the rewritten file imports at import time, with lines, and those it no longer imports.

    The latter are the modules that it named, and the packages on the way that it no longer runs.
    """
    added_edges: dict[Key, int] = {}
    removed_edges: set[Key] = set()
    ran: set[Key] = set()
    for alias, news in context.decided.items():
        statement = context.statement_by_alias[alias]
        if not statement.at_import_time:
            continue
        dropped = _module_imported(context.index, statement.as_is(alias), context.importer)
        removed_edges.add(dropped)
        ran.update(_modules_run(dropped, context.importer, context.index))
        for new in news:
            for key in _modules_run(
                _module_imported(context.index, new, context.importer),
                context.importer,
                context.index,
            ):
                added_edges.setdefault(key, statement.node.lineno)
    return added_edges, frozenset(removed_edges | (ran - added_edges.keys()))


def _modules_run(key: Key, importer: str, index: Index) -> Iterator[Key]:
    """Yield the modules that an import runs: the module, and packages on the way that do not contain the importer."""
    yield key
    above = parent_folder(key)
    while above and not importer.startswith(f"{above}/"):
        if index.layout.is_package(above):
            yield above
        above = parent_folder(above)


def _module_imported(index: Index, new: NewImport, importer: str) -> Key:
    """Return the module that Python imports for an import: the imported name itself if that is a module."""
    if not new.module:
        return index.layout.absolute(new.name, importer).key
    return _submodule_or_module(index, index.locate_spelled(new.module, importer).key, new.name)


def _submodule_or_module(index: Index, key: Key, name: str) -> Key:
    """Return the module that ``from key import name`` imports: the submodule of that name, if it refers to one."""
    below = index.layout.submodule_key(key, name)
    if _is_module(index, below) and index.origin(key, name).kind is Kind.MODULE:
        return below
    return key


def _is_module(index: Index, key: Key) -> bool:
    """Return whether the module is a file, or was one before it was moved."""
    return key in index.layout.modules or key in index.layout.gone


def _edges_by_module(
    statements: Iterable[ImportStatement], path: str, index: Index
) -> dict[Key, int]:
    edges: dict[Key, int] = {}
    for statement in statements:
        for target in _modules_of_statement(statement, path, index):
            for key in _modules_run(target, path, index):
                if _is_module(index, key):
                    edges.setdefault(key, statement.node.lineno)
    return edges


def _modules_of_statement(statement: ImportStatement, importer: str, index: Index) -> list[Key]:
    node = statement.node
    if isinstance(node, ast.Import):
        return [index.layout.absolute(alias.name, importer).key for alias in node.names]
    located = index.locate_from(node, importer)
    if is_external(located.key):
        return []
    return [_submodule_or_module(index, located.key, alias.name) for alias in node.names]
