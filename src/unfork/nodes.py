"""What several packages ask of a syntax tree, by its shape alone."""

from __future__ import annotations

import ast

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
"""The definition of a function, be it a coroutine or not."""


def last_name(node: ast.AST | None) -> str:
    """Return the last name of a dotted expression, ``c`` of ``a.b.c``; empty for anything else."""
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    return name
