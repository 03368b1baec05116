"""State that functions keep of their own, of which a copy starts anew.

next_id = counter()           counter makes a function that counts by ``nonlocal``
@limited(5)                   so does a decorator whose wrapper keeps something
def remember(item, seen=[])   the default is changed
calls.number += 1             an attribute of the function ``calls``
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.nodes import FunctionDef, defaults, parameter_names
from unfork.reading.changes import changed_objects, names_in_chain

DISPLAYS = ast.Dict | ast.DictComp | ast.List | ast.ListComp | ast.Set | ast.SetComp
"""What makes a new object that can be changed, as it is written."""


def functions_keeping_state(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return the top-level names of functions that keep state, each with all names that share it."""
    functions = {node.name: node for node in tree.body if isinstance(node, FunctionDef)}
    makers = {name for name, function in functions.items() if _makes_closures(function)}
    keeping = {n: frozenset({n}) for n, f in functions.items() if _changes_its_default(f)}
    for function in ast.walk(tree):
        if isinstance(function, FunctionDef):
            changed = _names_changed(function) & functions.keys() - _bound_in(function)
            keeping |= {name: frozenset({name}) for name in changed}
    for node in tree.body if makers else ():
        for names in _names_from(node, makers):
            keeping |= dict.fromkeys(names, names)
    return keeping


def _makes_closures(function: FunctionDef) -> bool:
    """Return whether functions inside another change what that one binds."""
    inner = [n for n in ast.walk(function) if isinstance(n, FunctionDef) and n is not function]
    bound = _bound_in(function) if inner else set()
    rebound = {
        name
        for part in inner
        for node in ast.walk(part)
        if isinstance(node, ast.Nonlocal)
        for name in node.names
    }
    return bool(rebound & bound) or any(
        _names_changed(part) & bound - _bound_in(part) for part in inner
    )


def _changes_its_default(function: FunctionDef) -> bool:
    """Return whether a function changes an object that is the default of one of its parameters."""
    kept = {name for name, value in defaults(function.args) if isinstance(value, DISPLAYS)}
    return bool(kept) and bool(kept & _names_changed(function))


def _names_changed(function: FunctionDef) -> set[str]:
    """Return the names of the objects that the body of a function changes in place."""
    chains = (
        [*names_in_chain(changed)] for part in function.body for changed in changed_objects(part)
    )
    return {chain[-1] for chain in chains if chain}


def _bound_in(function: FunctionDef) -> set[str]:
    """Return the names that a function binds itself, as a parameter or by storing."""
    names = {*parameter_names(function.args)}
    for node in _own_nodes(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _own_nodes(function: FunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body without those of the functions and classes in it."""
    waiting: list[ast.AST] = [*function.body]
    for node in waiting:
        yield node
        if not isinstance(node, FunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _names_from(node: ast.stmt, makers: set[str]) -> Iterator[frozenset[str]]:
    """Yield the names that a statement binds to what a maker of closures returns."""
    match node:
        case ast.Assign(targets=[target], value=ast.Call(func=func)) if _is_maker(func, makers):
            yield frozenset(part.id for part in ast.walk(target) if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=func)):
            if _is_maker(func, makers):
                yield frozenset({name})
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            if any(_is_maker(decorator, makers) for decorator in node.decorator_list):
                yield frozenset({node.name})
        case _:
            pass


def _is_maker(expression: ast.expr, makers: set[str]) -> bool:
    """Return whether an expression is a maker of closures, or what a call of one returns: ``limited(5)``."""
    called = expression.func if isinstance(expression, ast.Call) else expression
    return isinstance(called, ast.Name) and called.id in makers
