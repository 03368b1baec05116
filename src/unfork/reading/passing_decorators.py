"""Decorators that pass on what a definition is called with, as far as their text tells, and may give it more.

def known(function):            def with_session(function):
    KNOWN.append(function)          def inner(*args, **kwargs):
    return function                     return function(Session(), *args, **kwargs)
                                    return inner
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.signatures import Signature
from unfork.reading.value_types import parts_of_function


class Given(NamedTuple):
    """What a wrapper gives besides the arguments of its own calls: some by position, and some by ``names``.

    The former come after the first arguments that it passes on, ``after`` in number.
    """

    after: int = 0
    places: int = 0
    names: frozenset[str] = frozenset()


class Passing(NamedTuple):
    """What a decorator does to calls. ``is_itself``: it returns what it is given.

    ``adds`` are the attributes that it sets on what it returns, ``gives`` what it adds to the arguments of a call.
    """

    is_itself: bool
    adds: frozenset[str] = frozenset()
    gives: Given = Given()


def passing(decorator: ast.stmt | None, calls: int, is_method: bool = False) -> Passing | None:
    """Return what a decorator does that is called some times before it is given a definition: ``@retry(3)`` once.

    None: the text does not tell what becomes of the arguments of a call.
    """
    if not isinstance(decorator, ast.FunctionDef) or decorator.decorator_list:
        return None
    returned = _names_returned(decorator)
    inner = {n.name: n for n in decorator.body if isinstance(n, FunctionDef)}
    if calls:
        made = [inner.get(name) for name in returned]
        return passing(made[0], calls - 1) if len(made) == 1 and made[0] is not None else None
    parameters = (decorator.args.posonlyargs + decorator.args.args)[is_method:]
    if not parameters or _is_bound(decorator, parameters[0].arg):
        return None
    name = parameters[0].arg
    wrappers = [inner.get(other) for other in returned - {name}]
    given = {_given_by(wrapper, name) if wrapper else None for wrapper in wrappers} or {Given()}
    gives = given.pop()
    is_either = name in returned and gives != Given()
    if not returned or given or gives is None or is_either:
        return None
    set_on = [_attributes_set(decorator, other) for other in returned]
    adds = [attributes for attributes in set_on if attributes is not None]
    if len(adds) != len(set_on):
        return None
    return Passing(not wrappers, frozenset[str]().union(*adds), gives)


def left_to_give(call: Signature, decorators: Sequence[Passing]) -> Signature:
    """Return what callers give to a definition with some parameters under some decorators, the outermost first."""
    for decorator in reversed(decorators):
        if decorator.gives != Given():
            call = call.without(*decorator.gives)
    return call


def names_of_decorators(node: FunctionDef) -> tuple[str, ...]:
    """Return what the decorators of a function are called, without what they are given: ``@retry(3)`` is "retry"."""
    called = []
    for decorator in node.decorator_list:
        while isinstance(decorator, ast.Call):
            decorator = decorator.func
        called.append(ast.unparse(decorator))
    return tuple(called)


def _names_returned(function: FunctionDef) -> set[str]:
    """Return the names that a function returns; something that is no name if it returns anything else."""
    values = [part.value for part in parts_of_function(function) if isinstance(part, ast.Return)]
    return {value.id if isinstance(value, ast.Name) else "" for value in values}


def _is_bound(function: FunctionDef, name: str) -> bool:
    """Return whether a name is bound anew in a function."""
    return any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(function)
    )


def _attributes_set(function: FunctionDef, name: str) -> frozenset[str] | None:
    """Return the attributes that a function sets on one of its parameters; None if it may set any."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=attr, ctx=ast.Store()):
                found |= {attr} if owner == name else set()
            case ast.Call(
                func=ast.Name(id="setattr"),
                args=[ast.Name(id=owner), ast.Constant(value=str(attr)), _],
            ):
                found |= {attr} if owner == name else set()
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=owner), *_]) if (
                owner == name
            ):
                return None
            case _:
                pass
    return frozenset(found)


def _given_by(wrapper: FunctionDef, name: str) -> Given | None:
    """Return what a function gives to what has a name besides all that it is given, wherever it calls that.

    None if it does not pass on all of that, or if the text does not tell.
    """
    args = wrapper.args
    if args.vararg is None or args.kwarg is None or args.kwonlyargs or args.defaults:
        return None
    if not all(map(_only_names, wrapper.decorator_list)):
        return None
    first = [parameter.arg for parameter in args.posonlyargs + args.args]
    bound = [*first, args.vararg.arg, args.kwarg.arg]
    if any(_is_bound(wrapper, parameter) for parameter in bound):
        return None
    calls = [
        node
        for node in ast.walk(wrapper)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    places = {_places_given(call, first, args.vararg.arg) for call in calls}
    given_by_name = [_names_given(call, args.kwarg.arg) for call in calls]
    names = [each for each in given_by_name if each is not None]
    (count,) = places if len(places) == 1 else (None,)
    if count is None or len(names) != len(given_by_name):
        return None
    return Given(
        len(first) if count else 0,
        count,
        _names_stored(wrapper, args.kwarg.arg).union(*names),
    )


def _places_given(call: ast.Call, first: list[str], rest: str) -> int | None:
    """Return how many arguments a call gives by position between those that it passes on: ``f(self, db, *args)``.

    None if it passes on others.
    """
    given = [ast.unparse(argument) for argument in call.args]
    own = given[len(first) : -1]
    is_whole = given[: len(first)] == first and given[-1:] == [f"*{rest}"]
    return len(own) if is_whole and not any(text.startswith("*") for text in own) else None


def _names_given(call: ast.Call, rest: str) -> frozenset[str] | None:
    """Return what a call gives by name besides what it passes on; None if it does not pass that on."""
    others = [k for k in call.keywords if k.arg is None]
    if [ast.unparse(k.value) for k in others] != [rest]:
        return None
    return frozenset(k.arg for k in call.keywords if k.arg is not None)


def _names_stored(function: FunctionDef, mapping: str) -> frozenset[str]:
    """Return the keys that a function stores in a mapping: ``kwargs["a"] = 1``, ``kwargs.setdefault("a", 1)``."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case (
                ast.Subscript(
                    value=ast.Name(id=owner), slice=ast.Constant(value=str(key)), ctx=ast.Store()
                )
                | ast.Call(
                    func=ast.Attribute(value=ast.Name(id=owner), attr="setdefault"),
                    args=[ast.Constant(value=str(key)), *_],
                )
            ) if owner == mapping:
                found.add(key)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="update"), keywords=given
            ) if owner == mapping:
                found |= {k.arg for k in given if k.arg is not None}
            case _:
                pass
    return frozenset(found)


def _only_names(decorator: ast.expr) -> bool:
    """Return whether a decorator only makes a function look like another: ``@wraps(function)``."""
    return isinstance(decorator, ast.Call) and last_name(decorator.func) == "wraps"
