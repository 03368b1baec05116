"""The fields of data classes and named tuples: uses that depend on their names or number, and so may change.

point._replace(y=3)      Point._make([1, 2])      dataclasses.replace(point, y=3)
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from unfork.nodes import last_name
from unfork.reading.field_classes import dataclass_options
from unfork.reading.interface import Interface
from unfork.reading.source import Source
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


def misfit_of_derived(source: Source, old: Interface, new: Interface, derived: ast.ClassDef) -> str:
    """Return why a data class cannot inherit from the new class as it does from the old one; empty if it can.

    It has the fields of both, first those that it inherits: its constructor takes them by position in this order.
    """
    options = [dataclass_options(d) for d in derived.decorator_list if _is_dataclass(d)]
    if not options or not old.fields or not new.fields:
        return ""
    if options[0].frozen != _is_frozen(new) and options[0].frozen == _is_frozen(old):
        is_frozen = "is frozen" if _is_frozen(new) else "is not frozen"
        return f"it {is_frozen}, and {derived.name}, which inherits from it, has to be the same"
    before, after = _places(old), _places(new)
    is_moved = any(name in after and after.index(name) != at for at, name in enumerate(before))
    if (is_moved or len(before) != len(after)) and options[0].init and not options[0].kw_only:
        calls = [call for call in source.nodes_of(ast.Call) if last_name(call.func) == derived.name]
        if not calls or any(call.args for call in calls):
            return f"{derived.name}, which inherits from it, takes other arguments by position then"
    return ""


def _is_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return last_name(called) == "dataclass"


def _is_frozen(interface: Interface) -> bool:
    """Return whether the fields of a data class cannot be set."""
    return interface.fixed.issuperset(field_names(interface))


def _places(interface: Interface) -> list[str]:
    """Return the fields that a constructor takes by position, in order."""
    fields = interface.fields or ()
    return [f.name for f in fields if f.in_constructor and not f.by_keyword]
