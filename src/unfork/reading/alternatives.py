"""Code that does one thing for one class, and another thing for another.

except OldError: retry()                    if isinstance(x, Old): ...           case Old(): ...
except Error: fail()                        elif isinstance(x, New): ...         case New(): ...

{Old: "a", New: "b"}                        @show.register(Old) ... @show.register(New) ...
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

MAY_TELL = re.compile(
    rb"\bexcept\b|\bisinstance\(|\bissubclass\(|\btype\(|\bcase\b|\.register\b|\{"
)
"""What a text has that may hold alternatives."""


class _Choice(NamedTuple):
    """What is chosen between by the classes ``kinds``: choices about the same ``subject`` exclude each other.

    ``deed`` is what is done, as text.
    """

    subject: str
    kinds: Sequence[ast.expr]
    deed: str


def told_apart(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each two expressions that name the classes of which code treats instances differently."""
    for node in ast.walk(tree):
        for choices in _choices_of(node):
            for one, other in combinations(choices, 2):
                if one.subject == other.subject and one.deed != other.deed:
                    yield from ((a, b) for a in one.kinds for b in other.kinds)


def _choices_of(node: ast.AST) -> Iterator[list[_Choice]]:
    match node:
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            yield [_Choice("", [*_parts(h.type)], _text(h.body)) for h in handlers]
        case ast.Match(cases=cases):
            yield [
                _Choice("", [*_pattern_classes(case.pattern)], _text(case.body)) for case in cases
            ]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            yield [_Choice("", [key], ast.dump(value)) for key, value in pairs if key is not None]
        case _:
            for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
                if isinstance(block, list):
                    yield [*_tests(block)]
                    yield [*_registered(block)]


def _tests(block: Iterable[ast.stmt]) -> Iterator[_Choice]:
    """Yield the tests of the ``if`` statements in a block, and those of their ``elif`` parts."""
    for node in block:
        while isinstance(node, ast.If):
            subject, kind = _test(node.test)
            if kind is not None:
                yield _Choice(subject, [*_parts(kind)], _text(node.body))
            rest = node.orelse
            if len(rest) != 1:
                break
            node = rest[0]


def _test(node: ast.expr) -> tuple[str, ast.expr | None]:
    """Return of what a test asks the class, and which one: ``isinstance(x, Old)``, ``type(x) is Old``."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[subject, kind]):
            return ast.dump(subject), kind
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="type"), args=[subject]),
            ops=[ast.Is() | ast.Eq()],
            comparators=[kind],
        ):
            return ast.dump(subject), kind
        case ast.BoolOp(op=ast.And(), values=[first, *_]):
            return _test(first)
        case _:
            return "", None


def _registered(block: Iterable[ast.stmt]) -> Iterator[_Choice]:
    """Yield the classes for which functions are registered: ``@show.register(Old)``, or by annotation."""
    for node in block:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            match decorator:
                case ast.Call(func=ast.Attribute(attr="register") as func, args=[kind]):
                    yield _Choice(ast.dump(func), [kind], _text(node.body))
                case ast.Attribute(attr="register") if node.args.args:
                    hint = node.args.args[0].annotation
                    yield _Choice(ast.dump(decorator), [*_parts(hint)], _text(node.body))
                case _:
                    pass


def _pattern_classes(pattern: ast.pattern | None) -> Iterator[ast.expr]:
    match pattern:
        case ast.MatchClass(cls=cls, patterns=[], kwd_patterns=[]):
            yield cls
        case ast.MatchAs(pattern=inner):
            yield from _pattern_classes(inner)
        case ast.MatchOr(patterns=patterns):
            for inner in patterns:
                yield from _pattern_classes(inner)
        case _:
            pass


def _parts(node: ast.expr | None) -> Iterator[ast.expr]:
    """Yield the classes of a tuple or union, or the one class."""
    match node:
        case None:
            return
        case ast.Tuple(elts=elements):
            for element in elements:
                yield from _parts(element)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from (*_parts(left), *_parts(right))
        case _:
            yield node


def _text(body: Iterable[ast.stmt]) -> str:
    return "\n".join(map(ast.dump, body))
