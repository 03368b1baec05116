"""What the body of a class or module says by itself: what it binds, and what its methods set on instances."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.nodes import FunctionDef, last_name
from unfork.reading.statement_names import names_bound_or_deleted


def names_of_slots(node: ast.ClassDef) -> list[str] | None:
    """Return the names of ``__slots__``; None without any, or where the text does not tell."""
    for statement in node.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id="__slots__")], value=ast.Tuple(elts=elts) | ast.List(elts=elts)
            ):
                names = [elt.value for elt in elts if isinstance(elt, ast.Constant)]
                return list(map(str, names)) if len(names) == len(elts) else None
            case ast.Assign(
                targets=[ast.Name(id="__slots__")], value=ast.Constant(value=str(name))
            ):
                return [name]
            case _:
                continue
    return None


def single_bindings(body: list[ast.stmt]) -> dict[str, ast.stmt | None]:
    """Return the names that a block binds, each with its statement; None if there are several, or it binds more."""
    statements: dict[str, ast.stmt | None] = {}
    for statement in body:
        if _is_overload(statement):
            continue
        for name in names_bound_or_deleted(statement):
            is_first = name not in statements
            statements[name] = statement if is_first and _is_definition(statement) else None
    return statements


def _is_definition(statement: ast.stmt) -> bool:
    """Return whether a statement binds one name, by itself."""
    if isinstance(statement, ast.Assign):
        return len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)
    return isinstance(statement, FunctionDef | ast.ClassDef | ast.AnnAssign)


def _is_overload(statement: ast.stmt) -> bool:
    """Return whether a definition is for type checkers only: another one takes its place (PEP 484)."""
    decorators = statement.decorator_list if isinstance(statement, FunctionDef) else []
    return any(last_name(d) == "overload" for d in decorators)


def attributes_of_self(
    node: ast.ClassDef, context: type[ast.expr_context] | tuple[type[ast.expr_context], ...]
) -> Iterator[str]:
    """Yield the attributes that methods read, or set, on what their first parameter is: ``self.x = ...``."""
    for method in node.body:
        if isinstance(method, FunctionDef):
            first = [*method.args.posonlyargs, *method.args.args][:1]
            for part in ast.walk(method):
                if (
                    isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and isinstance(part.ctx, context)
                    and first
                    and part.value.id == first[0].arg
                ):
                    yield part.attr


def sets_untold_attributes(node: ast.ClassDef) -> bool:
    """Return whether a class may set attributes by a name that is not written there."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    dynamic = any(isinstance(p, ast.Attribute) and p.attr == "__dict__" for p in ast.walk(node))
    return dynamic or bool(names & {"setattr", "vars", "exec", "locals"})


def returns_self(node: ast.ClassDef, method: str) -> bool:
    """Return whether a class defines a method that returns its first parameter and nothing else."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == method and part.args.args:
            own = part.args.args[0].arg
            returned = [r.value for r in ast.walk(part) if isinstance(r, ast.Return)]
            return bool(returned) and all(isinstance(r, ast.Name) and r.id == own for r in returned)
    return False


def is_literal(value: ast.expr | None) -> bool:
    """Return whether a value is certainly no function or class: a number, a text, or a display of anything."""
    if isinstance(value, ast.Constant):
        return value.value is not None
    return isinstance(value, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.JoinedStr)
