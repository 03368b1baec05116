"""What a module did when it was imported, and a module that its shim imports does as well."""

from __future__ import annotations

import ast

from unfork.nodes import FunctionDef
from unfork.verification.forwards import forwarding_files
from unfork.verification.states import States, files_imported
from unfork.verification.values import NOT_BOUND

_NamePairs = list[tuple[str, str]]
_ITS_OWN = {"__name__", "__file__", "__path__", "__package__", "__spec__", "__loader__", "__doc__"}
_ITS_OWN |= {"__cached__", "globals", "locals", "vars"}
"""The names that differ from module to module."""


def is_repeated(states: States, path: str, node: ast.stmt) -> bool:
    """Return whether a module that a shim imports, and forwards to, has a statement too, about the same things."""
    imported = files_imported(states, path, after=True, late=False)
    homes = sorted(imported & forwarding_files(states, path))
    return any(
        (names := _paired_names(node, other)) is not None
        and all(_mean_the_same(states, path, home, *pair) for pair in names)
        for home in homes
        for other in states.source_after(home).tree.body
    )


def _paired_names(one: ast.AST, other: ast.AST) -> _NamePairs | None:
    """Return the names that two statements use and define, in pairs; None if they differ in more than names."""
    pairs: _NamePairs = []
    for mine, its in zip(ast.walk(one), ast.walk(other)):
        if type(mine) is not type(its):
            return None
        for field in mine._fields:
            left, right = getattr(mine, field, None), getattr(its, field, None)
            if _is_a_name(mine, field):
                pairs.append((str(left), str(right)))
            elif _shape(left) != _shape(right):
                return None
    return pairs


def _is_a_name(node: ast.AST, field: str) -> bool:
    is_definition = isinstance(node, FunctionDef | ast.ClassDef)
    return field == "id" or (field == "name" and is_definition)


def _shape(value: object) -> object:
    """Return what two fields have in common: the same value, or nodes of the same types in the same places."""
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return type(value) if isinstance(value, ast.AST) else (type(value), value)


def _mean_the_same(states: States, path: str, home: str, name: str, there: str) -> bool:
    """Return whether a name of a module, before, is what a name of another one is after; ``__name__`` never is."""
    if name in _ITS_OWN:
        return False
    before, after = states.tree_states(False)
    bound, bound_there = before.exports(path) or {}, after.exports(home) or {}
    if name not in bound:
        return name == there and name not in bound_there
    now = after.resolved(bound_there.get(there, NOT_BOUND))
    return states.counterparts(False).agree(before.resolved(bound[name]), now)
