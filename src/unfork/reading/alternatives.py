"""Code that does one thing for one class, and another thing for another.

except OldError: retry()                    if isinstance(x, Old): ...           case Old(): ...
except Error: fail()                        elif isinstance(x, New): ...         case New(): ...

{Old: "a", New: "b"}      [Old, New]        @show.register(Old) ... @show.register(New) ...
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

MAY_TELL = re.compile(
    rb"\bexcept\b|\bisinstance\(|\bissubclass\(|\btype\(|\bcase\b|\.register\b|[{[]"
)
"""What a text has that may hold alternatives."""


class _Choice(NamedTuple):
    """What is chosen between by the classes ``kinds``: choices about the same ``subject`` exclude each other.

    ``deed`` is what is done, as text.
    """

    subject: str
    kinds: Sequence[ast.expr]
    deed: str


class Alternatives(NamedTuple):
    """Of which classes code treats instances differently: of each two ``apart``, and of those ``asked`` for and others.

    The latter are all those that it asks for about the same subject.
    """

    apart: Sequence[tuple[ast.expr, ast.expr]]
    asked: Sequence[Sequence[ast.expr]]


def alternatives(tree: ast.Module) -> Alternatives:
    """Return the expressions of a module that name the classes of which it treats instances differently."""
    finder = _Finder(tree)
    groups = [choices for node in ast.walk(tree) for choices in finder.choices(node)]
    apart = [
        pair
        for choices in groups
        for one, other in combinations(choices, 2)
        if one.subject == other.subject and one.deed != other.deed
        for pair in ((a, b) for a in one.kinds for b in other.kinds)
    ]
    asked: dict[str, list[ast.expr]] = {}
    for subject, kind in finder.asked:
        asked.setdefault(subject, []).append(kind)
    return Alternatives(apart, [*asked.values()])


class _Finder:
    def __init__(self, tree: ast.Module) -> None:
        self._tuples: Mapping[str, ast.expr] = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self.asked: list[tuple[str, ast.expr]] = []

    def choices(self, node: ast.AST) -> Iterator[list[_Choice]]:
        """Yield what a node, or the statements directly in it, choose between."""
        match node:
            case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
                yield [_Choice("", [*self._parts(h.type)], _text(h.body)) for h in handlers]
            case ast.Match(cases=cases):
                classes = [[*_pattern_classes(case.pattern)] for case in cases]
                self.asked += [(ast.dump(node.subject), k) for kinds in classes for k in kinds]
                yield [_Choice("", k, _text(c.body)) for c, k in zip(cases, classes, strict=True)]
            case ast.Dict(keys=keys, values=values):
                given = zip(keys, values, strict=True)
                yield [_Choice("", [k], ast.dump(value)) for k, value in given if k is not None]
            case ast.List(elts=elements) | ast.Set(elts=elements):
                yield [_Choice("", [part], str(place)) for place, part in enumerate(elements)]
            case _:
                pass
        subject, kind = _test(node)
        self.asked += [(subject, part) for part in self._parts(kind)]
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list):
                yield [*self._tests(block)]
                yield [*self._registered(block)]

    def _tests(self, block: Iterable[ast.stmt]) -> Iterator[_Choice]:
        """Yield the tests of the ``if`` statements in a block, and those of their ``elif`` parts."""
        for node in block:
            while isinstance(node, ast.If):
                subject, kind = _test(node.test)
                if kind is not None:
                    yield _Choice(subject, [*self._parts(kind)], _text(node.body))
                if len(node.orelse) != 1:
                    break
                node = node.orelse[0]

    def _registered(self, block: Iterable[ast.stmt]) -> Iterator[_Choice]:
        """Yield the classes for which functions are registered: ``@show.register(Old)``, or by annotation."""
        functions = (node for node in block if isinstance(node, ast.FunctionDef))
        for node, decorator in ((f, d) for f in functions for d in f.decorator_list):
            match decorator:
                case ast.Call(func=ast.Attribute(attr="register") as func, args=[kind]):
                    yield _Choice(ast.dump(func), [kind], _text(node.body))
                case ast.Attribute(attr="register") if node.args.args:
                    hint = node.args.args[0].annotation
                    yield _Choice(ast.dump(decorator), [*self._parts(hint)], _text(node.body))
                case _:
                    pass

    def _parts(self, node: ast.expr | None, depth: int = 3) -> Iterator[ast.expr]:
        """Yield the classes of a tuple, by its name or not, or of a union; or the one class."""
        match node:
            case None:
                return
            case ast.Name(id=name) if depth and name in self._tuples:
                yield from self._parts(self._tuples[name], depth - 1)
            case ast.Tuple(elts=elements):
                for element in elements:
                    yield from self._parts(element, depth)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                yield from (*self._parts(left, depth), *self._parts(right, depth))
            case _:
                yield node


def _test(node: ast.AST) -> tuple[str, ast.expr | None]:
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


def _text(body: Iterable[ast.stmt]) -> str:
    return "\n".join(map(ast.dump, body))
