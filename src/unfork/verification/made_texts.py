"""Texts that methods of ``str`` and slices make of known ones (the library reference, Text Sequence Type)."""

from __future__ import annotations

import ast
from typing import Any

_METHODS = (
    *("capitalize", "casefold", "lower", "lstrip", "partition", "removeprefix", "removesuffix"),
    *("replace", "rpartition", "rsplit", "rstrip", "split", "strip", "swapcase", "title", "upper"),
)


def base_of_text(node: ast.expr) -> ast.expr | None:
    """Return the expression of the text that a method or an index is asked of in the end; None if none is."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method), keywords=[]):
            return value if method in _METHODS else None
        case ast.Subscript(value=ast.Call() as call, slice=ast.Constant() | ast.UnaryOp()):
            return base_of_text(call)
        case ast.Subscript(value=value, slice=ast.Slice()):
            return value
        case _:
            return None


def text_made(node: ast.expr, base: str) -> str | None:
    """Return the text that an expression makes of that of its base; None if that cannot be told."""
    try:
        made = _made(node, base)
    except (IndexError, OverflowError, TypeError, ValueError):
        return None
    return made if isinstance(made, str) else None


def _made(node: ast.expr, base: str) -> Any:
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=args):
            return getattr(base, method)(*map(ast.literal_eval, args))
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper, step=step)):
            ends = [None if end is None else ast.literal_eval(end) for end in (lower, upper, step)]
            return base[slice(*ends)]
        case ast.Subscript(value=call, slice=index):
            return _made(call, base)[ast.literal_eval(index)]
        case _:
            return None
