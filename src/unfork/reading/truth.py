"""What is only tested, or only stands for nothing: of these, one module is like another."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_WITH_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def asked_for_truth(nodes: Iterable[ast.AST]) -> frozenset[ast.expr]:
    """Return what is only tested: ``if module:``, ``module is not None``, ``module and module.name``."""
    return frozenset(
        part
        for node in nodes
        for top in _tested_expressions(node)
        for part in _boolean_operands(top)
    )


def bound_to_nothing(tree: ast.AST) -> frozenset[ast.expr]:
    """Return the names that are bound to None or False, as a sign that an import failed: nothing is taken of those.

    except ImportError:
        legacy = None
    """
    names: set[ast.expr] = set()
    waiting = [tree]  # only statements bind: what is in expressions is not looked at
    for node in waiting:
        for value in node.__dict__.values():
            if value.__class__ is list:
                waiting += [child for child in value if isinstance(child, _WITH_STATEMENTS)]
        match node:
            case ast.Assign(targets=targets, value=ast.Constant(value=None | False)):
                names.update(targets)
            case ast.AnnAssign(target=target, value=ast.Constant(value=None | False)):
                names.add(target)
            case _:
                pass
    return frozenset(names)


def _tested_expressions(node: ast.AST) -> Iterator[ast.expr]:
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


def _boolean_operands(test: ast.expr) -> Iterator[ast.expr]:
    """Yield a tested expression, and those that its truth is made of."""
    yield test
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _boolean_operands(value)
