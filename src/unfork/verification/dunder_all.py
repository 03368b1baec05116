"""``__all__``: what a module declares as its public names (language reference, 7.11)."""

from __future__ import annotations

import ast

from unfork.verification.machine import Frame, Machine
from unfork.verification.values import OPAQUE, Attribute, Definition, Legacy, Taken, Value

_ALL = "__all__"


def listed_by(machine: Machine, frame: Frame, node: ast.stmt) -> None:
    """Apply what a module's statement does to lists of names, mainly ``__all__``."""
    if frame.kind != "module" or machine.quiet:
        return
    match node:
        case (
            ast.Assign(targets=[ast.Name() as target], value=value)
            | ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value)
        ):
            if target.id == _ALL or isinstance(value, ast.List | ast.Tuple):
                _set_list(machine, target, names_of(machine, value))
        case ast.AugAssign(target=ast.Name() as target, value=value):
            if target.id in machine.lists:
                more = names_of(machine, value)
                known = machine.lists[target.id]
                _set_list(
                    machine, target, None if more is None or known is None else (*known, *more)
                )
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name() as target, attr=method), args=[argument]
            )
        ) if target.id in machine.lists:
            _set_list(
                machine,
                target,
                _list_after_call(machine, machine.lists[target.id], method, argument),
            )
        case _:
            pass


def _set_list(machine: Machine, target: ast.Name, names: tuple[str, ...] | None) -> None:
    machine.lists[target.id] = names


def _list_after_call(
    machine: Machine, known: tuple[str, ...] | None, method: str, argument: ast.expr
) -> tuple[str, ...] | None:
    if known is None:
        return None
    match method, argument:
        case "append", ast.Constant(value=str(name)):
            return (*known, name)
        case "remove", ast.Constant(value=str(name)):
            return tuple(item for item in known if item != name)
        case "extend", _:
            more = names_of(machine, argument)
            return None if more is None else (*known, *more)
        case _:
            return known if method in ("index", "count", "sort") else None


def names_of(machine: Machine, node: ast.expr) -> tuple[str, ...] | None:
    """Return the names that an expression lists; None if they are unknown."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            listed: list[str] = []
            for element in node.elts:
                match element:
                    case ast.Constant(value=str(name)):
                        listed.append(name)
                    case ast.Starred():
                        more = names_of(machine, element.value)
                        if more is None:
                            return None
                        listed += more
                    case _:
                        return None
            return tuple(listed)
        case ast.BinOp(op=ast.Add()):
            left, right = names_of(machine, node.left), names_of(machine, node.right)
            return None if left is None or right is None else (*left, *right)
        case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[argument]):
            return names_of(machine, argument)
        case ast.Name() if machine.lists.get(node.id) is not None:
            return machine.lists[node.id]
        case ast.Name() | ast.Attribute():
            return _of_another(machine, node)
        case _:
            return None


def _of_another(machine: Machine, node: ast.Name | ast.Attribute) -> tuple[str, ...] | None:
    """Return another module's ``__all__``, under whatever name it was imported."""
    values = machine.seen.get(id(node), OPAQUE)
    if len(values) != 1:
        return None
    machine.leans = True
    value: Value = next(iter(values))
    while isinstance(value, Legacy):
        value = value.object
    match value:
        case Taken(module, name) if name == _ALL:
            return machine.modules.listed(module)
        case Attribute(base, name) if name == _ALL:
            return machine.modules.listed(base)
        case Definition():
            return None
        case _:
            return None
