"""The state of a module while the program runs: top-level names that its own code changes, and the code sharing them.

    PLUGINS = {}

    def register(plugin):
        PLUGINS[plugin.name] = plugin

Code that takes ``register`` from one module and ``PLUGINS`` from another finds nothing registered. The same applies to
the errors that a module raises: code that takes ``run`` from one and ``Busy`` from another does not catch the error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from unfork.reading.reads import names_read
from unfork.reading.source import Source

_CHANGING = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("popleft", "remove", "setdefault", "update"),
    }
)
"""Methods that change lists, dictionaries, sets and queues."""


def shared_state(source: Source) -> Mapping[str, frozenset[str]]:
    """Return the top-level names that functions change or raise, each with all names that use it.

    Raises Unparsable.
    """
    kept = frozenset(_assigned_names(source.tree))
    changed = frozenset(_changed_names(source.tree)) & kept if kept else frozenset()
    if not changed:
        return {}
    reads = names_read(source)
    return {name: _names_using(source.tree, name, reads) for name in sorted(changed)}


def _names_using(
    tree: ast.Module, name: str, reads: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the names whose code looks a name up or changes it, directly or by calling another that changes it."""
    changing = frozenset(
        node.name
        for node in tree.body
        if isinstance(node, _DEFINES) and name in _changed_names(node)
    )
    looking = {
        owner for owner, names in reads.items() if name in names or not changing.isdisjoint(names)
    }
    return frozenset(looking | changing)


_DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _assigned_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module assigns, at the top level or by ``global`` in a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case _:
                pass


def _changed_names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that functions change in place, rebind by ``global``, or raise."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            match node:
                case ast.Global(names=names):
                    yield from names
                case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
                    yield name
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    yield name
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                    if method in _CHANGING:
                        yield name
                case _:
                    pass
