"""Differences between a legacy module's names and their counterparts, where a redirect changes behaviour.

The comparison covers what callers see: the parameters of functions, the public members of classes, the values of
constants, the types of ``type`` statements. It ignores bodies: two functions may do the same thing in different ways.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy

from unfork.nodes import FunctionDef
from unfork.reading.index import Index
from unfork.reading.signatures import bare_parameters
from unfork.reading.source import Unparsable
from unfork.values import DIFFERENCE, Finding
from unfork_codemods.calls import CallChange, changes_of
from unfork_codemods.project import Destination, ImportedName, Key, Kind, Located
from unfork_codemods.redirect import RedirectImports

_Definition = ast.stmt
"""A function, a class, an assignment, or a ``type`` statement, which ``ast`` knows from Python 3.12 on."""


def counterpart_differences(
    index: Index, redirects: RedirectImports, legacy: Key, is_going: bool = False
) -> Iterator[Finding]:
    """Yield a note, at its definition, for each name that a legacy module defines and whose counterpart differs.

    ``is_going``: the run removes that definition, so the note is placed at the counterpart.
    """
    definitions: dict[Key, dict[str, _Definition]] = {}
    for name, node in _public_definitions(index, legacy).items():
        destination = redirects.destination(
            ImportedName("", Located(legacy), index.dotted(legacy), name)
        )
        if not isinstance(destination, Destination) or destination.name is None:
            continue
        origin = index.origin(destination.key, destination.name)
        if origin.kind is not Kind.OWN or origin.name is None:
            continue
        if origin.key not in definitions:
            definitions[origin.key] = _public_definitions(index, origin.key)
        counterpart = definitions[origin.key].get(origin.name)
        changes = changes_of(redirects.redirects[legacy].calls, name)
        how = _describe_difference(node, counterpart, changes) if counterpart is not None else ""
        if counterpart is not None and how:
            key, place = (origin.key, counterpart) if is_going else (legacy, node)
            message = f"{name} and {destination.spelling}:{destination.name} differ: {how}; a redirect changes that"
            at = (index.file(key), place.lineno, place.col_offset + 1)
            yield Finding(*at, DIFFERENCE, message, index.dotted(legacy), name)


def _public_definitions(index: Index, key: Key) -> dict[str, _Definition]:
    """Return the functions, classes, constants and types that a module defines at its top level."""
    if not index.has_file(key):
        return {}
    path = index.file(key)
    try:
        body = index.source(path).tree.body
    except (Unparsable, OSError):
        return {}
    return {
        name: node for name, node in _definitions_in_block(body).items() if not name.startswith("_")
    }


def _definitions_in_block(body: Iterable[ast.stmt]) -> dict[str, _Definition]:
    """Return the functions, classes, constants and types that a block defines."""
    definitions: dict[str, _Definition] = {}
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                definitions[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                definitions[name] = node
            case _ if (statement := _type_statement(node)) is not None:
                definitions[statement[0]] = node
            case _:
                continue
    return definitions


def _type_statement(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """Return the name and the value of ``type X = ...`` (PEP 695); None for another statement."""
    name, value = getattr(node, "name", None), getattr(node, "value", None)
    if isinstance(name, ast.Name) and isinstance(value, ast.expr):
        return name.id, value
    return None


def _describe_difference(
    legacy: _Definition, canonical: _Definition, changes: Mapping[str, CallChange]
) -> str:
    """Return a description of how two definitions differ, empty if they look alike after the ``changes`` of calls."""
    match legacy, canonical:
        case ast.ClassDef(), ast.ClassDef():
            return _member_difference(legacy, canonical, changes)
        case (
            ast.FunctionDef() | ast.AsyncFunctionDef(),
            ast.FunctionDef() | ast.AsyncFunctionDef(),
        ):
            return _signature_difference(legacy, canonical, changes.get(""))
        case (ast.Assign() | ast.AnnAssign(), ast.Assign() | ast.AnnAssign()):
            return _value_difference(legacy, canonical)
        case _:
            old, new = _type_statement(legacy), _type_statement(canonical)
            if old is not None and new is not None:
                return _type_difference(old[1], new[1])
            return f"{_kind_in_words(legacy)} here, {_kind_in_words(canonical)} there"


def _kind_in_words(node: _Definition) -> str:
    match node:
        case ast.ClassDef():
            return "a class"
        case ast.FunctionDef():
            return "a function"
        case ast.AsyncFunctionDef():
            return "a coroutine"
        case _ if _type_statement(node) is not None:
            return "a type"
        case _:
            return "a value"


def _signature_difference(
    legacy: FunctionDef,
    canonical: FunctionDef,
    change: CallChange | None,
) -> str:
    if type(legacy) is not type(canonical):
        return f"{_kind_in_words(legacy)} here, {_kind_in_words(canonical)} there"
    old, new = bare_parameters(legacy.args), bare_parameters(canonical.args)
    renamed = old if change is None else bare_parameters(_renamed_parameters(legacy, change))
    return "" if renamed == new else f"({old}) here, ({new}) there"


def _renamed_parameters(node: FunctionDef, change: CallChange) -> ast.arguments:
    """Return the parameters of a function as its calls name them from now on.

    What they drop or add remains a difference: an argument without effect, or a value that nobody chose.
    """
    args = deepcopy(node.args)
    for arg in ast.walk(args):
        if isinstance(arg, ast.arg):
            arg.arg = change.rename.get(arg.arg, arg.arg)
    return args


def _value_difference(
    legacy: ast.Assign | ast.AnnAssign, canonical: ast.Assign | ast.AnnAssign
) -> str:
    old, new = legacy.value, canonical.value
    if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
        is_same = old.value == new.value
        return "" if is_same else f"{ast.unparse(old)} here, {ast.unparse(new)} there"
    if not isinstance(old, _DISPLAYS) or not isinstance(new, _DISPLAYS):
        return ""
    try:
        is_same = ast.literal_eval(old) == ast.literal_eval(new)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return ""
    return "" if is_same else "other items there"


_DISPLAYS = ast.Dict | ast.List | ast.Set | ast.Tuple


def _type_difference(legacy: ast.expr, canonical: ast.expr) -> str:
    """Return how two types differ that are made of builtins alone; what others mean, the text does not tell."""
    names = {
        node.id
        for type_ in (legacy, canonical)
        for node in ast.walk(type_)
        if isinstance(node, ast.Name)
    }
    old, new = ast.unparse(legacy), ast.unparse(canonical)
    if old == new or not all(hasattr(builtins, name) for name in names):
        return ""
    return f"{old} here, {new} there"


def _member_difference(
    legacy: ast.ClassDef, canonical: ast.ClassDef, changes: Mapping[str, CallChange]
) -> str:
    old, new = _public_members(legacy), _public_members(canonical)
    called = {name: changes[name].to or name if name in changes else name for name in old}
    lost = [name for name in old if called[name] not in new]
    if lost and not canonical.bases:
        return f"{', '.join(lost[:5])}{' and more' if len(lost) > 5 else ''} only here"
    for name, node in old.items():
        other = new.get(called[name])
        change = changes.get("" if name == "__init__" else name)
        functions = FunctionDef
        if (
            isinstance(node, functions)
            and isinstance(other, functions)
            and (how := _signature_difference(node, other, change))
        ):
            return f"{name}{how}" if how.startswith("(") else f"{name} is {how}"
        if (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(other, ast.Assign | ast.AnnAssign)
            and (how := _value_difference(node, other))
        ):
            return f"{name} is {how}"
    caught = _exceptions_inherited(legacy) - _exceptions_inherited(canonical)
    return f"{min(caught)} is a base only here" if caught and canonical.bases else ""


def _exceptions_inherited(node: ast.ClassDef) -> frozenset[str]:
    """Return the built-in exceptions that a class names as its bases, and those that these inherit from."""
    named = (getattr(builtins, base.id, None) for base in node.bases if isinstance(base, ast.Name))
    classes = (base for base in named if isinstance(base, type) and issubclass(base, BaseException))
    return frozenset(
        above.__name__ for base in classes for above in base.__mro__ if above is not object
    )


_ASKED_BY_SYNTAX = frozenset(
    {"__aenter__", "__aiter__", "__await__", "__bool__", "__call__", "__contains__", "__enter__"}
    | {"__eq__", "__getitem__", "__iter__", "__len__", "__lt__", "__next__", "__setitem__"}
)


def _public_members(node: ast.ClassDef) -> dict[str, _Definition]:
    definitions = _definitions_in_block(
        child for child in node.body if not isinstance(child, ast.ClassDef)
    )
    return {
        name: definition
        for name, definition in definitions.items()
        if not name.startswith("_") or name == "__init__" or name in _ASKED_BY_SYNTAX
    }
