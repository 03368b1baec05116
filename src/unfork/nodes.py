"""What several packages ask of a syntax tree, by its shape alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
"""The definition of a function, be it a coroutine or not."""


def parameter_names(args: ast.arguments) -> Iterator[str]:
    """Yield the names of all parameters, ``*args`` and ``**kwargs`` too."""
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    yield from (parameter.arg for parameter in every if parameter is not None)


def defaults(args: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that have a default, with that."""
    positional = [*args.posonlyargs, *args.args]
    pairs = [
        *zip(reversed(positional), reversed(args.defaults)),
        *zip(args.kwonlyargs, args.kw_defaults),
    ]
    yield from ((parameter.arg, value) for parameter, value in pairs if value is not None)


def root_name(node: ast.expr) -> str:
    """Return the name that an expression begins with; empty if it begins with something else, such as a text."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
            return root_name(inner)
        case _:
            return ""


def is_special(name: str) -> bool:
    """Return whether a name is one of those that Python gives a meaning (language reference, 2.3.2): ``__name__``."""
    return name.startswith("__") and name.endswith("__")


def last_name(node: ast.AST | None) -> str:
    """Return the last name of a dotted expression, ``c`` of ``a.b.c``; empty for anything else."""
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    return name
