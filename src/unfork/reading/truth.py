"""Expressions of which it is only asked whether they are true, or None: one module answers like another."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def asked_for_truth(tree: ast.AST) -> frozenset[ast.expr]:
    """Return what is only tested: ``if module:``, ``module is not None``, ``module and module.name``."""
    return frozenset(
        each for node in ast.walk(tree) for top in _tests(node) for each in _parts(top)
    )


def _tests(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case (
            ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test)
        ):
            yield test
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BoolOp(op=ast.And(), values=[*asked, _]):
            yield from asked  # where one is returned, it is none that is true
        case ast.comprehension(ifs=tests):
            yield from tests
        case ast.Compare(
            left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            yield left
        case _:
            return


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    """Yield a tested expression, and those that its truth is made of."""
    yield test
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _parts(value)
