"""What code changes in place: an item, an attribute, or what a method by its name changes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_METHOD = re.compile(
    r"(?:acquire|add|append|appendleft|attach|bind|cancel|clear|close|connect|declare|deregister|delete"
    r"|detach|disable|disconnect|discard|drop|enable|enqueue|extend|extendleft|feed|increment|insert"
    r"|install|invalidate|listen|mount|off|on|pop|popitem|popleft|push|put|record|register|release|remove"
    r"|reset|reverse|rotate|schedule|seed|set|setdefault|sort|start|stop|store|subscribe|toggle|uninstall"
    r"|unregister|unset|unsubscribe|update)(?=_|[A-Z]|$)"
    r"|(?:choice|choices|randint|random|sample|shuffle|uniform|write|writelines)$"
)
"""Methods that change their object: those of containers, and of registries, signals, and sources of random numbers."""


def changed_objects(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what code changes in place, as it is written: the ``HOOKS`` of ``HOOKS.append(f)``.

    A decorator that is a method counts: ``@HOOKS.register``. So does ``next(IDS)``.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                yield value
            case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()):
                yield value
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if _METHOD.match(method):
                yield value
            case ast.Call(func=ast.Name(id="next"), args=[value, *_]):
                yield value
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from (d.value for d in node.decorator_list if isinstance(d, ast.Attribute))
            case _:
                pass


def names_in_chain(expression: ast.expr) -> Iterator[str]:
    """Yield the names of an attribute chain from its end to its root: ``HOOKS`` and ``app`` of ``app.HOOKS``."""
    while isinstance(expression, ast.Attribute):
        yield expression.attr
        expression = expression.value
    if isinstance(expression, ast.Name):
        yield expression.id
