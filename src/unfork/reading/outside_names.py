"""What an expression is of a library or of Python itself, by its dotted name: ``abc.ABC``, ``builtins.property``."""

from __future__ import annotations

import ast
import builtins
from typing import Protocol

from unfork_codemods.project import Key, Kind, Origin, is_external


class KnowsOrigins(Protocol):
    """What is asked of the index here."""

    def origin(self, key: Key, name: str) -> Origin:
        """Return where a name of a module really comes from."""


def outside_name(origins: KnowsOrigins, key: Key, node: ast.expr) -> str:
    """Return the dotted name that an expression of a module has outside the project; an empty string if it has none.

    A call and a subscript count as what is called or subscripted: ``dataclass(frozen=True)``, ``Generic[T]``.
    """
    match node:
        case ast.Name(id=name):
            origin = origins.origin(key, name)
            if origin.kind is Kind.EXTERNAL and is_external(origin.key):
                module = origin.key[1:-1]
                return f"{module}.{origin.name}" if origin.name else module
            is_builtin = origin.kind is Kind.MISSING and hasattr(builtins, name)
            return f"builtins.{name}" if is_builtin else ""
        case ast.Attribute(value=value, attr=attr):
            owner = outside_name(origins, key, value)
            return f"{owner}.{attr}" if owner else ""
        case ast.Subscript(value=value) | ast.Call(func=value):
            return outside_name(origins, key, value)
        case _:
            return ""
