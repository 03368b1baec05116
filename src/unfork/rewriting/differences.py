"""Where a name of a legacy module and its counterpart are not alike: a redirect changes behaviour there.

What is compared is what callers see: the parameters of functions, the public members of classes, the values of
constants. Bodies are not: two functions may do the same in other words.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from unfork.reading.index import Index
from unfork.reading.source import Source, Unparsable
from unfork.values import NOTE, Finding
from unfork_codemods.project import Home, Key, Kind, Located, Site
from unfork_codemods.redirect_imports import RedirectImports

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


def differences(
    index: Index, redirects: RedirectImports, legacy: Key, is_going: bool = False
) -> Iterator[Finding]:
    """Yield a note for each name that a legacy module defines and whose counterpart differs, at its definition.

    ``is_going``: the run takes that definition away, so the note is at the counterpart.
    """
    there: dict[Key, dict[str, _Definition]] = {}
    for name, node in _definitions(index, legacy).items():
        home = redirects.home(Site("", Located(legacy), index.dotted(legacy), name))
        if not isinstance(home, Home) or home.name is None:
            continue
        origin = index.origin(home.key, home.name)
        if origin.kind is not Kind.OWN or origin.name is None:
            continue
        if origin.key not in there:
            there[origin.key] = _definitions(index, origin.key)
        counterpart = there[origin.key].get(origin.name)
        how = _difference(node, counterpart) if counterpart is not None else ""
        if counterpart is not None and how:
            key, place = (origin.key, counterpart) if is_going else (legacy, node)
            message = (
                f"{name} and {home.spelling}:{home.name} differ: {how}; a redirect changes that"
            )
            yield Finding(index.file(key), place.lineno, place.col_offset + 1, NOTE, message)


def _definitions(index: Index, key: Key) -> dict[str, _Definition]:
    """Return the functions, classes and constants that a module defines at its top level."""
    if not index.has_file(key):
        return {}
    path = index.file(key)
    try:
        body = Source.read(path, index.read(path)).tree.body
    except (Unparsable, OSError):
        return {}
    return {name: node for name, node in _named(body).items() if not name.startswith("_")}


def _named(body: Iterable[ast.stmt]) -> dict[str, _Definition]:
    """Return the functions, classes and constants that a block defines."""
    found: dict[str, _Definition] = {}
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
            case _:
                continue
    return found


def _difference(here: _Definition, there: _Definition) -> str:
    """Return how two definitions differ, in words; empty where they look alike."""
    match here, there:
        case ast.ClassDef(), ast.ClassDef():
            return _members(here, there)
        case (
            ast.FunctionDef() | ast.AsyncFunctionDef(),
            ast.FunctionDef() | ast.AsyncFunctionDef(),
        ):
            return _signature(here, there)
        case (ast.Assign() | ast.AnnAssign(), ast.Assign() | ast.AnnAssign()):
            return _value(here, there)
        case _:
            return f"{_kind(here)} here, {_kind(there)} there"


def _kind(node: _Definition) -> str:
    match node:
        case ast.ClassDef():
            return "a class"
        case ast.FunctionDef():
            return "a function"
        case ast.AsyncFunctionDef():
            return "a coroutine"
        case _:
            return "a value"


def _signature(
    here: ast.FunctionDef | ast.AsyncFunctionDef, there: ast.FunctionDef | ast.AsyncFunctionDef
) -> str:
    if type(here) is not type(there):
        return f"{_kind(here)} here, {_kind(there)} there"
    old, new = _parameters(here.args), _parameters(there.args)
    return "" if old == new else f"({old}) here, ({new}) there"


def _parameters(args: ast.arguments) -> str:
    """Return a list of parameters without annotations, as Python spells it."""
    bare = ast.parse(f"def f({ast.unparse(args)}): ...").body[0]
    assert isinstance(bare, ast.FunctionDef)
    for arg in ast.walk(bare.args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    return ast.unparse(bare.args)


def _value(here: ast.Assign | ast.AnnAssign, there: ast.Assign | ast.AnnAssign) -> str:
    old, new = here.value, there.value
    if (
        not isinstance(old, ast.Constant)
        or not isinstance(new, ast.Constant)
        or old.value == new.value
    ):
        return ""
    return f"{ast.unparse(old)} here, {ast.unparse(new)} there"


def _members(here: ast.ClassDef, there: ast.ClassDef) -> str:
    old, new = _public(here), _public(there)
    lost = [name for name in old if name not in new]
    if lost and not there.bases:
        return f"{', '.join(lost[:5])}{' and more' if len(lost) > 5 else ''} only here"
    for name, node in old.items():
        other = new.get(name)
        functions = ast.FunctionDef | ast.AsyncFunctionDef
        if (
            isinstance(node, functions)
            and isinstance(other, functions)
            and (how := _signature(node, other))
        ):
            return f"{name}{how}" if how.startswith("(") else f"{name} is {how}"
    return ""


def _public(node: ast.ClassDef) -> dict[str, _Definition]:
    found = _named(child for child in node.body if not isinstance(child, ast.ClassDef))
    return {
        name: each for name, each in found.items() if not name.startswith("_") or name == "__init__"
    }
