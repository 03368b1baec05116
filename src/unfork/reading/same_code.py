"""Whether two pieces of code are the same, apart from their layout: what an audit and a plan both ask."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType

_NAMING = frozenset({"id", "name"})
"""The fields of a syntax tree node that hold its name."""


def same_code(
    legacy: object, canonical: object, renamed: Mapping[str, str] = MappingProxyType({})
) -> bool:
    """Return whether two trees, or lists of trees, are the same, regardless of position.

    ``renamed`` says what names of the first may be called in the second. This is many times as fast as comparing by
    ``ast.dump``.
    """
    pending = [(legacy, canonical)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            for field_name in left._fields:
                values = getattr(left, field_name, None), getattr(right, field_name, None)
                if field_name not in _NAMING or values not in renamed.items():
                    pending.append(values)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pending += zip(left, right)
        elif left != right:
            return False
    return True


def default_values(spec: ast.arguments) -> dict[str, ast.expr]:
    """Return the parameters that have a default, with it: those that a call gives by place come first."""
    by_place = [*spec.posonlyargs, *spec.args]
    pairs = [*zip(by_place[len(by_place) - len(spec.defaults) :], spec.defaults)]
    by_name = zip(spec.kwonlyargs, spec.kw_defaults)
    pairs += [(arg, default) for arg, default in by_name if default is not None]
    return {arg.arg: default for arg, default in pairs}
