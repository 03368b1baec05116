"""The syntax tree of a file without the bodies of its functions, each of which is parsed when something looks into it.

What a file does while it is imported hardly depends on them, and they are most of its tree::

    class Queue:                    class Queue:
        limit = 10                      limit = 10
        def put(self, job):             def put(self, job): (lines 3 to 90 of the text)
            ...
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from unfork.reading.parsing import parse_quietly


class FunctionDef(ast.FunctionDef):
    """A function whose body may not be parsed yet; its class has the name that visitors and ``ast.dump`` go by."""

    __slots__ = ()

    @property
    def body(self) -> list[ast.stmt]:  # type: ignore[override] # nothing may replace it
        """Its statements."""
        return _body_of(self)


class AsyncFunctionDef(ast.AsyncFunctionDef):
    """The same of an ``async`` function."""

    __slots__ = ()

    @property
    def body(self) -> list[ast.stmt]:  # type: ignore[override] # nothing may replace it
        """Its statements."""
        return _body_of(self)


def drop_function_bodies(tree: ast.Module, data: bytes) -> None:
    """Drop the bodies of a tree's functions and methods, to be parsed on demand from ``data``, the text in UTF-8.

    Functions within another statement, such as ``if``, keep theirs.
    """
    _drop_bodies(tree.body, data)


def _drop_bodies(statements: Iterable[ast.stmt], data: bytes) -> None:
    for node in statements:
        if isinstance(node, ast.ClassDef):
            _drop_bodies(node.body, data)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.__dict__.update(body=None, text=data)
            is_async = isinstance(node, ast.AsyncFunctionDef)
            node.__class__ = AsyncFunctionDef if is_async else FunctionDef


def _body_of(function: FunctionDef | AsyncFunctionDef) -> list[ast.stmt]:
    own = function.__dict__
    if own["body"] is None:
        lines = own.pop("text").splitlines(keepends=True)
        first, last = function.lineno, function.end_lineno
        text = b"".join(lines[first - 1 : last]).decode()
        own["body"] = _parse_function(text, first, is_indented=function.col_offset > 0).body
    body: list[ast.stmt] = own["body"]
    return body


def _parse_function(
    text: str, line: int, is_indented: bool
) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """Return the function that a text defines, at its line; a method is parsed in a block, which its indent needs."""
    block = "if 1:\n" if is_indented else ""
    [node] = parse_quietly("\n" * (line - 1 - len(block.splitlines())) + block + text).body
    [function] = node.body if isinstance(node, ast.If) else [node]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return function
