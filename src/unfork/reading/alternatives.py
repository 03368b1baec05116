"""Code that does one thing for one class, and another thing for another.

except OldError: retry()                    if isinstance(x, Old): ...           case Old(): ...
except Error: fail()                        elif isinstance(x, New): ...         case New(): ...

{Old: "a", New: "b"}      [Old, New]        @show.register(Old) ... @show.register(New) ...
class Both(Old, New): ...
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from unfork.nodes import last_name

_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Choice(NamedTuple):
    """What is chosen between by the classes ``kinds``: choices about the same ``subject`` exclude each other.

    ``deed`` is what is done, as text.
    """

    subject: str
    kinds: Sequence[ast.expr]
    deed: str


class Alternatives(NamedTuple):
    """Of which classes code treats instances differently: of each two ``apart``, and of those ``asked`` for and others.

    The latter are all those that one condition asks for, or a sequence of them that is about the same subject.
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
    return Alternatives(apart, [kinds for kinds in finder.asked.values() if kinds])


class _Finder:
    def __init__(self, tree: ast.Module) -> None:
        self._tuples: Mapping[str, ast.expr] = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self.asked: dict[int, list[ast.expr]] = {}
        """The classes that conditions ask for, by the first of those that belong together."""
        self._first: dict[int, int] = {}
        self._taken_in_turn: set[ast.expr] = set()

    def choices(self, node: ast.AST) -> Iterator[list[_Choice]]:
        """Yield what a node, or the statements directly in it, choose between."""
        self._taken_in_turn.update(_taken_in_turn(node))
        match node:
            case ast.List() if node in self._taken_in_turn:
                pass
            case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
                yield [_Choice("", [*self._parts(h.type)], _text(h.body)) for h in handlers]
            case ast.Match(cases=cases):
                classes = [[*_pattern_classes(case.pattern)] for case in cases]
                self.asked[id(node)] = [kind for kinds in classes for kind in kinds]
                yield [_Choice("", k, _text(c.body)) for c, k in zip(cases, classes, strict=True)]
            case ast.Dict(keys=keys, values=values):
                given = zip(keys, values, strict=True)
                yield [_Choice("", [k], ast.dump(value)) for k, value in given if k is not None]
            case ast.List(elts=elements) | ast.Set(elts=elements):
                yield [_Choice("", [part], str(place)) for place, part in enumerate(elements)]
            case ast.ClassDef(bases=bases):
                yield [_Choice("", [base], str(place)) for place, base in enumerate(bases)]
            case ast.BoolOp(op=ast.Or(), values=values):
                self._join([(_test(value), value) for value in values])
            case ast.Call() | ast.Compare():
                _, kind = _test(node)
                first = self._first.setdefault(id(node), id(node))
                self.asked.setdefault(first, []).extend(self._parts(kind))
            case _:
                pass
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list):
                yield [*self._tests(block)]
                yield [*self._registered(block)]
                yield [*_handed_in(block)]

    def _tests(self, block: Iterable[ast.stmt]) -> Iterator[_Choice]:
        """Yield the tests of the ``if`` statements in a block, and those of their ``elif`` parts."""
        tests = []
        for node in block:
            while isinstance(node, ast.If):
                subject, kind = _test(node.test)
                if kind is not None:
                    tests.append(((subject, kind), node.test))
                    yield _Choice(subject, [*self._parts(kind)], _text(node.body))
                if len(node.orelse) != 1:
                    break
                node = node.orelse[0]
        self._join(tests)

    def _join(self, tests: Iterable[tuple[tuple[str, ast.expr | None], ast.expr]]) -> None:
        """Note that conditions about the same subject belong together: these are walked before what is in them."""
        by_subject: dict[str, int] = {}
        for (subject, kind), node in tests:
            if kind is not None:
                test = node.values[0] if isinstance(node, ast.BoolOp) else node
                first = by_subject.setdefault(subject, self._first.get(id(test), id(test)))
                self._first[id(test)] = first

    def _registered(self, block: Iterable[ast.stmt]) -> Iterator[_Choice]:
        """Yield the classes for which definitions are registered: ``@show.register(Old)``, or by annotation."""
        definitions = [node for node in block if isinstance(node, _DEFINITIONS)]
        for node, decorator in ((made, d) for made in definitions for d in made.decorator_list):
            match decorator:
                case ast.Call(func=func) if _TAKES.search(last_name(func)):
                    yield _Choice(ast.dump(func), _names_in(decorator), _text(node.body))
                case ast.Attribute(attr="register") if isinstance(node, ast.FunctionDef):
                    hints = [argument.annotation for argument in node.args.args[:1]]
                    kinds = [part for hint in hints for part in self._parts(hint)]
                    yield _Choice(ast.dump(decorator), kinds, _text(node.body))
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


def _taken_in_turn(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node takes one by one, and does the same with each: it calls it or asks it for something.

    [kind() for kind in [Old, New]]    for kind in [Old, New]: kind().run()    parametrize("kind", [Old, New])
    """
    match node:
        case ast.For(target=ast.Name(id=name), iter=iterated):
            parts = [part for statement in node.body for part in ast.walk(statement)]
        case ast.ListComp() | ast.GeneratorExp() if isinstance(node.generators[0].target, ast.Name):
            name, iterated = node.generators[0].target.id, node.generators[0].iter
            parts = [*ast.walk(node.elt)]
        case ast.Call(func=func, args=[_, iterated]) if last_name(func) == "parametrize":
            yield iterated
            return
        case _:
            return
    asked = {
        part.value for part in parts if isinstance(part, ast.Attribute) and part.attr[0] != "_"
    }
    asked |= {part.func for part in parts if isinstance(part, ast.Call)}
    if all(part in asked for part in parts if isinstance(part, ast.Name) and part.id == name):
        yield iterated


_TAKES = re.compile(
    "regist|subscri|connect|append|update|setdefault|listen|install|bind|provide|add"
)
_STORES = frozenset({"append", "add", "update", "setdefault", "insert", "extend"})


class HandedIn(NamedTuple):
    """What a statement hands in somewhere: the names ``kinds`` to the ``taker``, with texts that may be keys."""

    taker: ast.expr
    kinds: Sequence[ast.expr]
    texts: Sequence[str]


def handed_in(statement: ast.stmt) -> HandedIn | None:
    """Return what a statement hands in: ``register(Old)``, ``TABLE[Old] = 1``, ``TABLE.update({Old: 1})``."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name, value=owner)) as call):
            taker = owner if name in _STORES else call.func
        case ast.Expr(value=ast.Call(func=ast.Name(id=name) as taker) as call):
            pass
        case ast.Assign(targets=[ast.Subscript(value=taker, slice=key)]):
            return HandedIn(taker, [key], ())
        case _:
            return None
    if not _TAKES.search(name):
        return None
    constants = (part for given in call.args for part in ast.walk(given))
    texts = [part.value for part in constants if isinstance(part, ast.Constant)]
    return HandedIn(taker, _names_in(call), [text for text in texts if isinstance(text, str)])


def _handed_in(block: Iterable[ast.stmt]) -> Iterator[_Choice]:
    """Yield what the statements of a block hand in somewhere."""
    for place, node in enumerate(block):
        given = handed_in(node)
        if given is not None:
            yield _Choice(ast.dump(given.taker), given.kinds, str(place))


def _names_in(call: ast.Call) -> list[ast.expr]:
    """Return the dotted names in the arguments of a call, but not what is called there."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    called = {part.func for node in given for part in ast.walk(node) if isinstance(part, ast.Call)}
    return [
        part
        for node in given
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute) and part not in called
    ]


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
            return _test(first)  # the others only narrow it
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
