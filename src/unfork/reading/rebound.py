"""Names that are bound again while the program runs: who has imported such a name keeps the value that it had then.

core.py    CONFIG = None    def load(): global CONFIG; CONFIG = read()
api.py     from core import CONFIG, load        api.CONFIG stays None
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.reading.source import Source
from unfork.reading.statement_names import names_bound_directly


def names_rebound(source: Source) -> frozenset[str]:
    """Return the names of a module that its functions bind again, by ``global`` or in ``globals()``.

    Raises Unparsable.
    """
    if b"global" not in source.data:
        return frozenset()
    functions = source.nodes_of(ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(name for function in functions for name in _names_rebound_in(function))


def _names_rebound_in(function: ast.AST) -> Iterator[str]:
    parts = list(ast.walk(function))
    declared = {name for part in parts if isinstance(part, ast.Global) for name in part.names}
    for part in parts:
        match part:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in declared:
                yield name
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="globals")),
                slice=ast.Constant(value=str(name)),
                ctx=ast.Store() | ast.Del(),
            ):
                yield name
            case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
                yield from declared.intersection(names_bound_directly(part))
            case _:
                pass
