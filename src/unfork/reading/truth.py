"""Expressions that are only tested, or only mark a failed import: for these, any module will do."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_WITH_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def asked_for_truth(nodes: Iterable[ast.AST]) -> frozenset[ast.expr]:
    """Return the expressions that are only tested: ``if module:``, ``module is not None``, ``module and module.x``."""
    return frozenset(
        part
        for node in nodes
        for top in _tested_expressions(node)
        for part in _boolean_operands(top)
    )


def bound_to_nothing(tree: ast.AST) -> frozenset[ast.expr]:
    """Return the names bound to None or False to mark a failed import: nothing is taken from those.

    except ImportError:
        legacy = None
    """
    names: set[ast.expr] = set()
    waiting = [tree]  # only statements bind: expressions are skipped
    for node in waiting:
        for value in node.__dict__.values():
            if value.__class__ is list:
                waiting += [child for child in value if isinstance(child, _WITH_STATEMENTS)]
        match node:
            case ast.Assign(targets=targets, value=value):
                names.update(name for target in targets for name in _given_nothing(target, value))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                names.update(_given_nothing(target, value))
            case _:
                pass
    return frozenset(names)


def _given_nothing(target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    """Yield the names of a target that a value makes None or False: ``legacy, error = None, exc``."""
    match target, value:
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, other in zip(targets, values):
                yield from _given_nothing(one, other)
        case _, ast.Constant(value=None | False):
            yield target
        case _:
            return


def _tested_expressions(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case (
            ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test)
        ):
            yield test
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BoolOp(op=ast.And(), values=[*asked, _]):
            yield from asked  # one that is returned is not a true value
        case ast.comprehension(ifs=tests):
            yield from tests
        case ast.match_case(guard=ast.expr() as test):
            yield test
        case ast.Call(func=ast.Name(id="bool"), args=[operand], keywords=[]):
            yield operand
        case ast.Compare(
            left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            yield left
        case _:
            return


def _boolean_operands(test: ast.expr) -> Iterator[ast.expr]:
    """Yield a tested expression, and the operands that determine its truth."""
    yield test
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _boolean_operands(value)
