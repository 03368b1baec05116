"""What a module imports while it is being imported itself: the edges along which import cycles close."""

from __future__ import annotations

import ast

from unfork.definitions import Imported
from unfork.index import Index
from unfork.layout import is_external, key_of
from unfork.source import Source
from unfork.statements import ImportStatement, import_statements
from unfork_codemods.project import Key, Kind


def import_edges(source: Source, index: Index) -> tuple[tuple[Key, int], ...]:
    """Return the project's modules that a module imports at import time, each with the line.

    Functions and ``if TYPE_CHECKING`` do not run then. A package counts where a name is taken of it, not where it is
    only on the way to a module in it: it is being imported by then, and need not be complete. Raises Unparsable.
    """
    own = key_of(source.path)
    edges: dict[Key, int] = {}
    for statement in import_statements(source.tree):
        if statement.at_import_time:
            for key in _imported(statement, source.path, index):
                if key in index.layout.modules:
                    edges.setdefault(key, statement.node.lineno)
    edges.pop(own, None)
    return tuple(edges.items())


def _imported(statement: ImportStatement, importer: str, index: Index) -> list[Key]:
    node = statement.node
    if isinstance(node, ast.Import):
        return [index.layout.absolute(alias.name, importer).key for alias in node.names]
    located = index.locate(Imported(node.module or "", node.level, None), importer)
    if is_external(located.key):
        return []
    found = []
    for alias in node.names:
        origin = index.origin(located.key, alias.name) if alias.name != "*" else None
        is_submodule = origin is not None and origin.kind is Kind.MODULE
        found.append(origin.key if origin is not None and is_submodule else located.key)
    return found
