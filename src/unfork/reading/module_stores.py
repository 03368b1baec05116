"""Names that code binds in a module from elsewhere, or by their spelling: the module's own statements do not show it.

    setattr(sys.modules[__name__], "run", fake)    globals()["run"] = fake    pkg.run = fake    mock.patch("pkg.run")

Who imported the name before keeps the object that it had then.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from unfork.reading.calls import NAMESPACES, PATCHES, REPLACING, callee_name, replaced_keywords
from unfork.reading.source import Source

_SIGN = re.compile(
    rb"setattr|delattr|\bpatch|\bobject\(|\bmultiple\(|\b(?:globals|vars|locals)\(|__dict__|\bas[ \t]+\w+\.\w"
    rb"|(?<!\bself)(?<!\bcls)\.[^\W\d]\w*[ \t]*(?:[-+*/|&^%@:<>]*=(?!=)|,)|\bdel\b[^\n]*\.|\bfor\s+\w+\.\w"
)
_CHANGING = frozenset({"update", "setdefault", "pop", "__setitem__", "__delitem__", "clear"})
"""Methods by which a table of names gets or loses some."""


class Store(NamedTuple):
    """A ``name`` that is bound in a module; None if the text does not tell which.

    ``module`` is an expression that is the module, or its path as a string; None for the module that the code is in.
    """

    module: ast.expr | None
    name: str | None

    def may_bind(self, name: str) -> bool:
        """Return whether this may bind a name."""
        return self.name in (None, name)


def may_store(data: bytes) -> bool:
    """Return whether a text may bind names in modules."""
    return _SIGN.search(data) is not None


def module_stores(source: Source) -> tuple[Store, ...]:
    """Return the names that a file may bind in modules, except by plain statements in its own. Raises Unparsable."""
    return source.once(_module_stores) if may_store(source.data) else ()


def _module_stores(source: Source) -> tuple[Store, ...]:
    asked = _names_asked_for(source)
    return tuple(
        store
        for node in source.nodes_of(ast.Attribute, ast.Subscript, ast.Call)
        for store in _stores_by(node)
        if store.name is not None or node not in asked
    )


def _names_asked_for(source: Source) -> set[ast.AST]:
    """Return the nodes in a module's ``__getattr__``: what it binds under the name it is asked for was not there."""
    return {
        part
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
        for part in ast.walk(node)
    }


def _stores_by(node: ast.expr) -> Iterator[Store]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            yield Store(node.value, node.attr)
        case ast.Subscript(value=table, ctx=ast.Store() | ast.Del()):
            for module in _modules_of_table(table):
                yield Store(module, _text(node.slice))
        case ast.Call(func=ast.Attribute(value=table, attr=method)) if method in _CHANGING:
            for module in _modules_of_table(table):
                yield from (Store(module, name) for name in _names_in(method, node))
        case ast.Call():
            yield from _stores_by_call(node)
        case _:
            pass


def _modules_of_table(table: ast.expr) -> Iterator[ast.expr | None]:
    """Yield the module whose names a table is: ``globals()``, ``vars(module)``, ``module.__dict__``."""
    match table:
        case ast.Call(func=ast.Name(id=name), args=[]) if name in NAMESPACES:
            yield None
        case ast.Call(func=ast.Name(id="vars"), args=[module]):
            yield module
        case ast.Attribute(value=module, attr="__dict__"):
            yield module
        case _:
            pass


def _names_in(method: str, call: ast.Call) -> Iterator[str | None]:
    """Yield the names that a method of a table of names stores or removes; None for those that are not told."""
    if method == "update":
        for given in call.args:
            yield from map(_text, given.keys) if isinstance(given, ast.Dict) else [None]
        yield from (keyword.arg for keyword in call.keywords)
    else:
        yield _text(next(iter(call.args), None))


def _stores_by_call(call: ast.Call) -> Iterator[Store]:
    called = callee_name(call)
    if called in REPLACING and len(call.args) > 1:
        yield Store(call.args[0], _text(call.args[1]))
    keywords = replaced_keywords(call)
    if keywords and call.args:
        yield from (Store(call.args[0], keyword.arg) for keyword in keywords)
    elif called in PATCHES and call.args:
        path = _text(call.args[0])
        if path is not None and "." in path:
            module, _, name = path.rpartition(".")
            yield Store(ast.Constant(module), name)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
