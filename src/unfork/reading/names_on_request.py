"""The names that a module gives only when it is asked for them, by a ``__getattr__`` of its own (PEP 562)."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

Given = dict[str, Sequence[ast.stmt]]
"""Names, each with the statements that give it."""
_Tables = Mapping[str, ast.expr | None]


def names_on_request(tree: ast.Module) -> Given | None:
    """Return the names that a module's ``__getattr__`` gives, refusing all others; None if its text does not tell."""
    tables: dict[str, ast.expr | None] = {}
    functions: list[ast.FunctionDef] = []
    for node in [n for top in tree.body for n in (top, *getattr(top, "orelse", ()))]:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                tables[name] = value if name not in tables else None
            case ast.FunctionDef(name="__getattr__"):
                functions.append(node)
    match functions:
        case [ast.FunctionDef(body=body, args=arguments)] if (
            arguments.posonlyargs or arguments.args
        ):
            asked = [*arguments.posonlyargs, *arguments.args][0].arg
            table = _table_asked(body)
            if table is not None:
                return dict.fromkeys(_strings_in(table, tables), body) or None
            return _names_given(body, asked, tables) or None if _ends_in_refusal(body) else None
        case _:
            return None


def _table_asked(body: Sequence[ast.stmt]) -> ast.Name | None:
    """Return the table that a function begins with, raising an error for what is not in there."""
    match [node for node in body if not _is_docstring(node)]:
        case [
            ast.If(
                test=ast.Compare(
                    left=ast.Name(), ops=[ast.NotIn()], comparators=[ast.Name() as table]
                ),
                body=[ast.Raise()],
            ),
            *_,
        ]:
            return table
        case [
            ast.Try(
                body=[ast.Assign(value=ast.Subscript(value=ast.Name() as table, slice=ast.Name()))],
                handlers=[ast.ExceptHandler(type=ast.Name(id="KeyError"), body=[ast.Raise()])],
            ),
            *_,
        ]:
            return table
        case _:
            return None


def _names_given(body: Sequence[ast.stmt], asked: str, tables: _Tables) -> Given | None:
    """Return the names for which statements return something: they compare ``asked``. None if they ask otherwise."""
    given: Given = {}
    for node in body:
        if not _returns([node]):
            continue
        if not isinstance(node, ast.If):
            return None
        names = _names_asked(node.test, asked, tables) if _returns(node.body[-1:]) else ()
        others = _names_given(node.orelse, asked, tables)
        if not names or others is None:
            return None
        given = {**others, **dict.fromkeys(names, node.body), **given}
    return given


def _names_asked(test: ast.expr, asked: str, tables: _Tables) -> Collection[str]:
    """Return the names that a condition is true for: ``name == "a"``, ``name in ("a", "b")``, ``name in TABLE``."""
    match test:
        case ast.Compare(
            left=ast.Name(id=left), ops=[ast.Eq()], comparators=[ast.Constant(value=str(name))]
        ) if left == asked:
            return (name,)
        case ast.Compare(left=ast.Name(id=left), ops=[ast.In()], comparators=[among]) if (
            left == asked
        ):
            return _strings_in(among, tables)
        case _:
            return ()


def _strings_in(table: ast.expr | None, tables: _Tables) -> Collection[str]:
    """Return the keys of a dictionary, or the elements of a list, or the like; nothing unless all are literals."""
    if isinstance(table, ast.Name):
        table = tables.get(table.id)
    match table:
        case ast.Dict(keys=keys) | ast.List(elts=keys) | ast.Tuple(elts=keys) | ast.Set(elts=keys):
            names = [key.value for key in keys if isinstance(key, ast.Constant)]
            return tuple(map(str, names)) if len(names) == len(keys) else ()
        case _:
            return ()


def _ends_in_refusal(body: Sequence[ast.stmt]) -> bool:
    """Return whether statements raise an error in the end, unless they returned something before."""
    match body[-1]:
        case ast.Raise():
            return True
        case ast.If(orelse=[_, *_] as orelse):
            return _ends_in_refusal(orelse)
        case _:
            return False


def _returns(block: Sequence[ast.stmt]) -> bool:
    return any(isinstance(part, ast.Return) for node in block for part in ast.walk(node))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
