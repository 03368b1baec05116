"""What a module imports while it is being imported itself: the edges along which import cycles close."""

from __future__ import annotations

import ast

from unfork.definitions import Imported
from unfork.index import Index
from unfork.layout import is_external, key_of
from unfork.source import Source
from unfork.statements import ImportStatement
from unfork_codemods.project import Key, Kind


def import_edges(source: Source, index: Index) -> tuple[tuple[Key, int], ...]:
    """Return the project's modules that a module imports at import time, each with the line.

    Functions and ``if TYPE_CHECKING`` do not run then. A package counts where a name is taken of it, not where it is
    only on the way to a module in it: it is being imported by then, and need not be complete. Raises Unparsable.
    """
    edges = _keys([s for s in source.imports if s.at_import_time], source.path, index)
    edges.pop(key_of(source.path), None)
    return tuple(edges.items())


def edge_changes(
    before: Source, after: Source, index: Index
) -> tuple[tuple[tuple[Key, int], ...], tuple[Key, ...]]:
    """Return the modules that only the new text imports at import time, with lines, and those that only the old does.

    Statements that both texts have are passed over.
    """
    old, new = _spelled(before), _spelled(after)
    closes = _keys([s for word, s in new.items() if word not in old], after.path, index)
    drops = _keys([s for word, s in old.items() if word not in new], before.path, index)
    own = key_of(after.path)
    added = tuple((key, line) for key, line in closes.items() if key not in drops and key != own)
    return added, tuple(sorted(drops.keys() - closes.keys()))


def _spelled(source: Source) -> dict[bytes, ImportStatement]:
    return {source.text(s.node): s for s in source.imports if s.at_import_time}


def _keys(statements: list[ImportStatement], path: str, index: Index) -> dict[Key, int]:
    edges: dict[Key, int] = {}
    for statement in statements:
        for key in _imported(statement, path, index):
            if key in index.layout.modules:
                edges.setdefault(key, statement.node.lineno)
    return edges


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
