"""Which names of a file give their values to which others, by name alone, whatever the scope and the order.

    shape = make_shape()      what comes of make_shape gets to shape
    kept.append(shape)        and to kept

A name stands for itself, an attribute has a dot before it, ``.shape``, and a text a quote, ``'shape``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

from unfork.nodes import FunctionDef, defaults, last_name, parameter_names
from unfork.reading.source import Source
from unfork.reading.statement_names import assigned_values

KEEPING = frozenset(
    ("add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update")
)
"""Methods by which an object is put into another, and asked nothing."""
_FLOWING = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.NamedExpr,
    ast.For,
    ast.AsyncFor,
    ast.comprehension,
    ast.withitem,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Call,
)
"""The nodes by which a value gets another name."""
_Flow = tuple[Iterable[str], Iterable[str]]
"""What is mentioned, and what gets the value."""


def flows_of(source: Source, foreign: Collection[ast.AST] = frozenset()) -> Flows:
    """Return what flows in a file; what is below the nodes ``foreign`` is not looked at. Raises Unparsable."""
    return Flows(source, foreign) if foreign else source.once(Flows)


class Flows:
    """What flows in a file, worked out once: who asks only follows the names."""

    def __init__(self, source: Source, foreign: Collection[ast.AST] = frozenset()) -> None:
        self._foreign = foreign
        self._mentioned: dict[ast.AST, tuple[str, ...]] = {}
        self._given = source.once(_kept_or_returned_by_definition)
        self._functions = {n.name: n for n in source.nodes if isinstance(n, FunctionDef)}
        self._takers = _takers_of_functions(self._functions.values())
        self._called: list[tuple[str, frozenset[str]]] = []  # by a name, with what is mentioned
        flowing: dict[str, set[str]] = {}
        for node in source.nodes_of(*_FLOWING):
            for mentioned, targets in self._flows(node):
                for name in mentioned:
                    flowing.setdefault(name, set()).update(targets)
        self._flowing: Mapping[str, AbstractSet[str]] = flowing

    def reached_from(self, starts: Iterable[str]) -> set[str]:
        """Return what values get to that come of some names: these, too."""
        reached = {*starts}
        waiting = [*reached]
        while waiting:
            fresh = self._flowing.get(waiting.pop(), frozenset()) - reached
            reached |= fresh
            waiting += fresh
        return reached

    def functions_calling(self, reached: Collection[str]) -> Iterator[str]:
        """Yield the functions with a parameter that is called, perhaps by them, with what some names have."""
        for called, mentioned in self._called:
            if called in self._takers and not mentioned.isdisjoint(reached):
                yield from self._takers[called]

    def mentioned(self, node: ast.AST) -> tuple[str, ...]:
        """Return the names, attributes and texts in an expression, a pattern or a statement."""
        known = self._mentioned.get(node)
        if known is None:
            known = self._mentioned[node] = tuple({*self._mentioned_in(node)})
        return known

    def _mentioned_in(self, node: ast.AST) -> Iterator[str]:
        if node in self._foreign:
            return
        match node:
            case ast.Name(id=name):
                yield name
                return
            case ast.Attribute(attr=name):
                yield f".{name}"
            case ast.Constant(value=str(text)):
                yield f"'{text}"
            case _:
                pass
        for child in ast.iter_child_nodes(node):
            yield from self._mentioned_in(child)

    def _flows(self, node: ast.AST) -> Iterator[_Flow]:
        match node:
            case ast.Assign(targets=targets, value=value):
                mentioned = self.mentioned(value)
                yield from ((mentioned, _bound(target)) for target in targets)
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.AugAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
                | ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
                | ast.withitem(optional_vars=ast.expr() as target, context_expr=value)
            ):
                yield self.mentioned(value), _bound(target)
            case ast.ClassDef(name=name, bases=bases, decorator_list=decorators):
                for part in (*bases, *decorators, *self._given[node]):
                    yield self.mentioned(part), (name,)
                for attribute, held in chain.from_iterable(map(assigned_values, node.body)):
                    if held is not None:
                        yield self.mentioned(held), (f".{attribute}",)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from self._flows_of_function(node)
            case ast.Call(
                func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), value]
            ):
                yield self.mentioned(value), (f".{name}",)
            case ast.Call():
                yield from self._flows_of_call(node)
            case _:
                pass

    def _flows_of_function(self, function: FunctionDef) -> Iterator[_Flow]:
        for name, value in defaults(function.args):
            yield self.mentioned(value), (name,)
        for part in (*function.decorator_list, *self._given[function]):
            yield self.mentioned(part), (function.name, f".{function.name}")
        for decorator in function.decorator_list:  # a form of a function, by what it takes
            if isinstance(decorator, ast.Attribute) and decorator.attr == "register":
                for hint in (arg.annotation for arg in function.args.args if arg.annotation):
                    yield self.mentioned(hint), _bound(decorator.value)

    def _flows_of_call(self, call: ast.Call) -> Iterator[_Flow]:
        """Yield that parameters of a function of the file have the arguments, or the object that they are put into."""
        mentioned = frozenset(chain.from_iterable(map(self.mentioned, arguments_of(call))))
        if isinstance(call.func, ast.Name) and mentioned:
            self._called.append((call.func.id, mentioned))
        called = self._functions.get(last_name(call.func))
        if called is not None:
            yield mentioned, _own_parameters(called.args)
        elif isinstance(call.func, ast.Attribute) and call.func.attr in (*KEEPING, "register"):
            yield mentioned, _bound(call.func.value)
        for argument in call.args:  # filter(is_open, items)
            given = self._functions.get(argument.id) if isinstance(argument, ast.Name) else argument
            if isinstance(given, ast.Lambda | FunctionDef):
                yield mentioned, _own_parameters(given.args)


def arguments_of(call: ast.Call) -> list[ast.expr]:
    """Return what a call is given, by position and by name."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _bound(target: ast.expr) -> Sequence[str]:
    """Return what an assignment to a target gives a value."""
    match target:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(attr=name):
            return (f".{name}",)
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return _bound(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [*chain.from_iterable(map(_bound, parts))]
        case _:
            return ()


def _own_parameters(args: ast.arguments) -> Sequence[str]:
    return [name for name in parameter_names(args) if name not in ("self", "cls")]


def _takers_of_functions(functions: Iterable[FunctionDef]) -> Mapping[str, frozenset[str]]:
    """Return the parameters that functions may call, each with the names of such functions."""
    takers: dict[str, frozenset[str]] = {}
    for function in functions:
        for name in parameter_names(function.args):
            takers[name] = takers.get(name, frozenset()) | {function.name}
    return takers


def _kept_or_returned_by_definition(source: Source) -> Mapping[ast.AST, tuple[ast.expr, ...]]:
    """Return what each function of a file returns or yields, and what the objects of each class keep."""
    return {
        node: tuple(_kept_or_returned(node))
        for node in source.nodes
        if isinstance(node, FunctionDef | ast.ClassDef)
    }


def _kept_or_returned(definition: FunctionDef | ast.ClassDef) -> Iterator[ast.expr]:
    """Yield what a function returns or yields, or an object keeps in its attributes."""
    for node in ast.walk(definition):
        match node:
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                yield value
            case ast.YieldFrom(value=value):
                yield value
            case ast.Attribute(value=ast.Name(id="self")) if isinstance(definition, ast.ClassDef):
                yield node
            case _:
                pass
