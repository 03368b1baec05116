"""What methods of ``str`` and slices make of a known text: ``__name__.rpartition(".")[0]``, ``"A.B".lower()``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

_WHOLE = frozenset(
    {"capitalize", "casefold", "lower", "lstrip", "removeprefix", "removesuffix", "replace"}
    | {"rstrip", "strip", "swapcase", "title", "upper"}
)
"""Methods that return a text."""
_IN_PARTS = frozenset({"partition", "rpartition", "rsplit", "split"})
"""Methods that return parts of a text."""


class Derived(NamedTuple):
    """A text that is made of another: the expression of that, and what is made of its value; None if that fails."""

    base: ast.expr
    of: Callable[[str], str | None]


def derived_text(node: ast.expr) -> Derived | None:
    """Return how an expression makes a text of another by a method or a slice; None if it does not."""
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr=name), keywords=[]) if name in _WHOLE:
            given = _constants(node)
            return None if given is None else Derived(base, partial(_applied, name, given))
        case ast.Subscript(
            value=ast.Call(func=ast.Attribute(value=base, attr=name), keywords=[]) as call
        ) if name in _IN_PARTS:
            given, at = _constants(call), _number(node.slice)
            if given is None or at is None:
                return None
            return Derived(base, partial(_part, name, given, at))
        case ast.Subscript(value=base, slice=ast.Slice() as bounds):
            given_ends = [bounds.lower, bounds.upper, bounds.step]
            ends = slice(*map(_number, given_ends))
            is_told = all(end is None or _number(end) is not None for end in given_ends)
            is_told = is_told and ends.step != 0  # which fails
            return Derived(base, lambda text: text[ends]) if is_told else None
        case _:
            return None


def part_of_text(node: ast.expr, position: int) -> ast.expr | None:
    """Return the expression of one of the parts that an expression is unpacked into: ``a, _, b = t.partition(".")``."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) if name in _IN_PARTS:
            return ast.Subscript(node, ast.Constant(position), ast.Load())
        case _:
            return None


def _constants(call: ast.Call) -> list[object] | None:
    values: list[object] = [
        argument.value for argument in call.args if isinstance(argument, ast.Constant)
    ]
    return values if len(values) == len(call.args) else None


def _number(node: ast.expr | None) -> int | None:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
        case _:
            return None


def _applied(method: str, given: list[object], text: str) -> str | None:
    try:
        return str(getattr(text, method)(*given))
    except (OverflowError, TypeError, ValueError):
        return None


def _part(method: str, given: list[object], at: int, text: str) -> str | None:
    try:
        return str(getattr(text, method)(*given)[at])
    except (IndexError, OverflowError, TypeError, ValueError):
        return None
