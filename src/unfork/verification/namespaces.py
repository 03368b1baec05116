"""Code that takes the names of its module as a whole: ``vars().values()``, ``dir()``, ``globals()[name]``.

Most only reads them; what is done with ``globals()`` otherwise may bind names that no text shows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_READING = frozenset({"copy", "get", "items", "keys", "values"})
_COPYING = frozenset({"any", "all", "dict", "frozenset", "len", "list", "set", "sorted", "tuple"})


def expressions_read(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the expressions that only something is read of: they are looked into, copied or gone through."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=attr) if attr in _READING:
                yield value
            case ast.Subscript(value=value, ctx=ast.Load()):
                yield value
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[value]):
                yield value
            case ast.Call(func=ast.Name(id=name), args=[value, *_]) if name in _COPYING:
                yield value
            case ast.For(iter=value) | ast.comprehension(iter=value):
                yield value


def expressions_looked_up_in(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the expressions of which one entry is asked for, by a name that is written there: ``globals()["x"]``."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=value, slice=ast.Constant()):
                yield value
            case ast.Compare(
                left=ast.Constant(), ops=[ast.In() | ast.NotIn()], comparators=[value]
            ):
                yield value
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(), *_]):
                yield value
