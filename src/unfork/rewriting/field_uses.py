"""The fields of data classes and named tuples: uses that depend on their names or number, and so may change.

point._replace(y=3)      Point._make([1, 2])      dataclasses.replace(point, y=3)
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from unfork.nodes import last_name
from unfork.reading.interface import Interface
from unfork.rewriting.file_context import FileContext
from unfork_codemods.calls import CallChange
from unfork_codemods.step import NO_LINES

ASKING_FOR_FIELDS = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})
"""The members of named tuples whose result depends on the fields."""
_OTHER = "it has other fields"


def field_names(interface: Interface) -> list[str]:
    """Return the names of the fields of a data class or named tuple, in order; none for anything else."""
    return [field.name for field in interface.fields or ()]


def follows_fields(change: CallChange | None) -> bool:
    """Return whether a copy with other fields follows a change of the constructor: the names of the fields, no more."""
    return change is not None and bool(change.rename) and not (change.add or change.drop)


def misfit_of_fields(
    context: FileContext,
    old: Interface,
    new: Interface,
    node: ast.expr,
    renamed: Mapping[str, str] = NO_LINES,
) -> str:
    """Return why what is done with an instance, or with a member that tells of its fields, is not what it was.

    ``renamed`` are the names of fields that change where an instance is copied with others.
    """
    names, others = field_names(old), field_names(new)
    if not names or not others or names == others:
        return ""
    parent = context.parents.get(node)
    match node:
        case ast.Attribute(attr=attr) if attr in ASKING_FOR_FIELDS:
            return _misfit_of_member(context, attr, node, names, others)
    match parent:
        case ast.Call(func=func, args=[first, *_]) if (
            first is node and last_name(func) == "replace"
        ):
            followed = (name for name, new_name in renamed.items() if new_name in others)
            return _misfit_of_keywords(parent, {*others, *followed})
        case _:
            return ""


def _misfit_of_member(
    context: FileContext,
    attr: str,
    node: ast.expr,
    names: Sequence[str],
    others: Sequence[str],
) -> str:
    parent = context.parents.get(node)
    is_called = isinstance(parent, ast.Call) and parent.func is node
    match parent:
        case ast.Call() if is_called and attr == "_replace":
            return _misfit_of_keywords(parent, others)
        case ast.Call(args=[ast.List(elts=elts) | ast.Tuple(elts=elts)]) if attr == "_make":
            is_same = names[: len(elts)] == others[: len(elts)] and len(elts) == len(others)
            return "" if is_same else _OTHER
        case ast.Call() if is_called and attr == "_asdict":
            return _misfit_of_entry(context.parents.get(parent), others)
        case ast.Subscript(slice=ast.Constant(value=int(at))) if attr == "_fields":
            return "" if names[at : at + 1] == others[at : at + 1] else _OTHER
        case _:
            return _OTHER


def _misfit_of_keywords(call: ast.Call, others: Collection[str]) -> str:
    unknown = [k.arg for k in call.keywords if k.arg not in others]
    return "" if not unknown else f"it has no field {unknown[0]!r}" if unknown[0] else _OTHER


def _misfit_of_entry(around: ast.AST | None, others: Collection[str]) -> str:
    match around:
        case ast.Subscript(slice=ast.Constant(value=name)):
            return "" if name in others else f"it has no field {name!r}"
        case _:
            return _OTHER
