"""What a module imports while it is being imported itself: the edges along which import cycles close."""

from __future__ import annotations

import ast

from unfork.definitions import Imported
from unfork.index import Index
from unfork.layout import is_external, key_of, parent
from unfork.source import Source
from unfork.statements import ImportStatement, import_statements
from unfork_codemods.project import Key, Kind


def import_edges(source: Source, index: Index) -> tuple[tuple[Key, int], ...]:
    """Return the project's modules that a module imports at import time, each with the line.

    Functions and ``if TYPE_CHECKING`` do not run then. The packages that a module is in are run before it, so they
    count too, but for those that the importer is in itself. Raises Unparsable.
    """
    own = key_of(source.path)
    edges: dict[Key, int] = {}
    for statement in import_statements(source.tree):
        if statement.at_import_time:
            for key in _imported(statement, source.path, index):
                for module in _with_packages(key, own, index):
                    edges.setdefault(module, statement.node.lineno)
    edges.pop(own, None)
    return tuple(edges.items())


def _imported(statement: ImportStatement, importer: str, index: Index) -> list[Key]:
    node = statement.node
    if isinstance(node, ast.Import):
        return [index.layout.absolute(alias.name, importer).key for alias in node.names]
    located = index.locate(Imported(node.module or "", node.level, None), importer)
    if is_external(located.key):
        return []
    found = [located.key]
    for alias in node.names:
        origin = index.origin(located.key, alias.name) if alias.name != "*" else None
        if origin is not None and origin.kind is Kind.MODULE:
            found.append(origin.key)
    return found


def _with_packages(key: Key, own: Key, index: Index) -> list[Key]:
    found = []
    here = key
    while here and not is_external(here):
        if here in index.layout.modules and not own.startswith(f"{here}/"):
            found.append(here)
        here = parent(here)
    return found
