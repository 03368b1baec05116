"""What code changes in place: an item, an attribute, or what a method by its name changes."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

_METHODS = (
    r"(?:(?:acquire|add|append|appendleft|attach|bind|cancel|clear|close|connect|declare|deregister|delete"
    r"|detach|disable|disconnect|discard|drop|enable|enqueue|extend|extendleft|feed|increment|insert"
    r"|install|invalidate|listen|mount|off|on|pop|popitem|popleft|push|put|record|register|release|remove"
    r"|reset|reverse|rotate|schedule|seed|set|setdefault|sort|start|stop|store|subscribe|toggle|uninstall"
    r"|unregister|unset|unsubscribe|update)(?=_|[A-Z]|\b)"
    r"|(?:cache_clear|choice|choices|randint|random|sample|shuffle|uniform|write|writelines)\b)"
)
"""Methods that change their object: of containers, registries, signals, cached functions, sources of random numbers."""
_METHOD = re.compile(_METHODS)
_STORED = r"[-+*/|&@]?=(?!=)"


def signs_of_change(names: Collection[str]) -> re.Pattern[bytes]:
    """Return the pattern that a text has if its code changes, in place, what is called by one of the names."""
    name = "|".join(map(re.escape, sorted(names)))
    ways = (
        rf"\b(?:{name})\s*(?:\([^()]*\)\s*)?(?:\.\s*{_METHODS}|\.\s*\w+\s*{_STORED}|\[[^\n]*\]\s*{_STORED})",
        rf"(?:\bdel\s|\bwith\s|\bnext\s*\(|@)\s*[\w.]*\b(?:{name})\b",
    )
    return re.compile("|".join(ways).encode())


def changed_objects(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what code changes in place, as it is written: the ``HOOKS`` of ``HOOKS.append(f)``.

    A decorator that is a method counts: ``@HOOKS.register``. So do ``next(IDS)`` and ``with LOCK``.
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
            case ast.withitem(context_expr=ast.Name() | ast.Attribute() as value):
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


def names_leading_to(expression: ast.expr) -> Iterator[str]:
    """Yield the same of an object that a function may return: ``hooks`` and ``app`` of ``app.hooks()``."""
    yield from names_in_chain(expression.func if isinstance(expression, ast.Call) else expression)
