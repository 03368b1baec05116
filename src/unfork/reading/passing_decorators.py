"""Decorators that change nothing of how a definition is called, as far as their text tells.

def known(function):            def counted(function):
    KNOWN.append(function)          def inner(*args, **kwargs):
    return function                     return function(*args, **kwargs)
                                    return inner
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.value_types import parts_of_function


class Passing(NamedTuple):
    """What a decorator does to calls: nothing. ``is_itself``: it returns what it is given.

    ``adds`` are the attributes that it sets on what it returns.
    """

    is_itself: bool
    adds: frozenset[str] = frozenset()


def passing(decorator: ast.stmt | None, calls: int, is_method: bool = False) -> Passing | None:
    """Return what a decorator does that is called some times before it is given a definition: ``@retry(3)`` once.

    None: a call may be another one afterwards, or the text does not tell.
    """
    if not isinstance(decorator, ast.FunctionDef) or decorator.decorator_list:
        return None
    returned = _names_returned(decorator)
    inner = {n.name: n for n in decorator.body if isinstance(n, FunctionDef)}
    if calls:
        made = [inner.get(name) for name in returned]
        return passing(made[0], calls - 1) if len(made) == 1 and made[0] is not None else None
    given = (decorator.args.posonlyargs + decorator.args.args)[is_method:]
    if not given or _is_bound(decorator, given[0].arg):
        return None
    name = given[0].arg
    wrappers = [inner.get(other) for other in returned - {name}]
    if not returned or not all(wrapper and _passes_on(wrapper, name) for wrapper in wrappers):
        return None
    set_on = [_attributes_set(decorator, other) for other in returned]
    adds = [attributes for attributes in set_on if attributes is not None]
    if len(adds) != len(set_on):
        return None
    return Passing(not wrappers, frozenset[str]().union(*adds))


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


def _passes_on(wrapper: FunctionDef, name: str) -> bool:
    """Return whether a function gives all that it is given to what has a name, wherever it calls that."""
    args = wrapper.args
    if args.vararg is None or args.kwarg is None or args.kwonlyargs or args.defaults:
        return False
    if not all(map(_only_names, wrapper.decorator_list)):
        return False
    first = [parameter.arg for parameter in args.posonlyargs + args.args]
    given = [*first, f"*{args.vararg.arg}"], [(None, args.kwarg.arg)]
    bound = [*first, args.vararg.arg, args.kwarg.arg]
    if any(_is_bound(wrapper, parameter) for parameter in bound):
        return False
    calls = [
        node
        for node in ast.walk(wrapper)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    return bool(calls) and all(_arguments(call) == given for call in calls)


def _arguments(call: ast.Call) -> tuple[list[str], list[tuple[str | None, str]]]:
    """Return the names that a call is given; something that is no name where it is given anything else."""
    positional = [ast.unparse(argument) for argument in call.args]
    return positional, [(k.arg, ast.unparse(k.value)) for k in call.keywords]


def _only_names(decorator: ast.expr) -> bool:
    """Return whether a decorator only makes a function look like another: ``@wraps(function)``."""
    return isinstance(decorator, ast.Call) and last_name(decorator.func) == "wraps"
