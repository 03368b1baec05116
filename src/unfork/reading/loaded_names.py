"""Strings that code may load a module or an object by, though no call here says so.

READERS = {"csv": "a.legacy.Csv"}    {"()": "a.legacy.Formatter"}    EntryPoint("csv", "a.legacy:Csv", "readers")
attach(__name__, submod_attrs={"legacy": ["read", "write"]})
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeGuard

from unfork.nodes import is_special, last_name
from unfork.reading.calls import (
    FINDS,
    IMPORTS,
    LIBRARIES,
    NAMES,
    PATCHES,
    RESOURCES,
    RUNS,
    callee_name,
)
from unfork.reading.names_as_data import LOGGER_FIRST
from unfork.reading.source import Source

PATH = r"\w+(?:\.\w+)*[.:]\w+(?:\.\w+)*"
"""The path of a module or of a name in one."""
_TAG = r"!!python/[\w/]+:"
"""What says that an object of Python follows (YAML)."""
VALUE = re.compile(
    rf"[\"'](?P<quoted>{PATH})[\"']"
    rf"|^\s*+(?:-\s++)*+(?:[\w.\"'/-]++\s*+[:=]\s*+)?(?:{_TAG})?(?P<plain>{PATH})\s*,?\s*(?:[#;].*)?$",
    re.MULTILINE,
)
"""A value in settings that is a path, and no more: what prose says of a module loads nothing."""
_FACTORIES = frozenset({"()", "class"})
"""Keys of a configuration of ``logging`` whose values are loaded (logging.config, 'User-defined objects')."""
_LOADERS = LIBRARIES | {"DocTestSuite", "EntryPoint"}
"""Calls that load what the paths name that they are given, at once or later."""
_SAYING = frozenset(
    {"print", "warn", "filterwarnings", "ModuleType", "NewType", "TypeVar", "write"}
)
"""Calls that take a text, and load nothing by it."""
_TAKING_NO_DATA = (
    LOGGER_FIRST | FINDS | IMPORTS | NAMES | PATCHES | RESOURCES | RUNS | _SAYING
) - {"dict"}


class LoadedString(NamedTuple):
    """A string that may be the path of what is loaded. ``is_listed``: it stands in a list or table of values.

    ``loader`` is what is sure to load by it, if anything is. ``names`` are those that a table has for it.
    ``is_told_apart``: it is a key or is compared, so that only code near by may load what is equal to it. ``value`` is
    what a table has for a key, where that is a string.
    """

    text: str
    node: ast.Constant
    is_listed: bool
    loader: str
    names: tuple[str, ...] = ()
    is_told_apart: bool = False
    value: str = ""


def strings_that_may_load(source: Source) -> Iterator[LoadedString]:
    """Yield the strings of a file that are data, and the values in them: not said or logged. Raises Unparsable."""
    parents = source.parents
    loads = any(name.encode() in source.data for name in IMPORTS)
    is_declaring = source.path.endswith("__init__.py") and not loads
    for node in source.nodes:
        for module, names in _names_by_module(node, is_declaring):
            yield LoadedString(str(module.value), module, True, "", names)
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        holder = parents.get(node)
        is_listed = isinstance(holder, _CONTAINERS)
        if _is_key(node, parents):
            value = _value_of_key(node, holder)
            yield LoadedString(node.value, node, is_listed, "", is_told_apart=True, value=value)
        elif _is_data(node, holder) and (not is_listed or _is_kept(node, parents)):
            text = node.value.removeprefix("ext://")
            yield LoadedString(text, node, is_listed, _sure_loader(node, holder, parents))
            if "\n" in text or "{" in text:
                values = (match["quoted"] or match["plain"] for match in VALUE.finditer(text))
                yield from (LoadedString(value, node, True, "") for value in values)
        elif isinstance(holder, ast.Attribute) and holder.attr in ("split", "splitlines"):
            words = re.split(r"[\s,;]+", node.value)
            yield from (LoadedString(word, node, True, "") for word in words)


def _names_by_module(
    node: ast.AST, is_declaring: bool
) -> Iterator[tuple[ast.Constant, tuple[str, ...]]]:
    """Yield the strings of a table that may be modules whose names it lists, with these names.

    {"legacy": ["read", "write"]}    TABLE["legacy"] = ["read"]    TABLE["legacy"].append("read")    {"read": "legacy"}

    The last is one only in a package that leaves loading to others.
    """
    entries: Iterable[tuple[ast.expr | None, ast.expr]] = ()
    match node:
        case ast.Dict(keys=keys, values=values):
            entries = zip(keys, values, strict=True)
        case (
            ast.Assign(targets=[ast.Subscript(slice=key)], value=value)
            | ast.AugAssign(target=ast.Subscript(slice=key), value=value)
            | ast.Call(
                func=ast.Attribute(value=ast.Subscript(slice=key), attr="extend"), args=[value]
            )
        ):
            entries = [(key, value)]
        case ast.Call(
            func=ast.Attribute(value=ast.Subscript(slice=key), attr="append"), args=[name]
        ):
            entries = [(key, ast.List([name], ast.Load()))]
        case _:
            pass
    for owner, value in entries:
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            module, listed = owner, value.elts
        else:
            module, listed = value, [owner] if owner and is_declaring else []
        names = tuple(str(getattr(element, "value", "?")) for element in listed)
        if isinstance(module, ast.Constant) and names and all(map(str.isidentifier, names)):
            yield module, names


def texts_put_together(
    source: Source, parts: Collection[str]
) -> Iterator[tuple[ast.Constant, ast.expr]]:
    """Yield the expressions that hand on a text which they put together, each with a piece that has one of some parts.

    load("a." + "legacy")    load(f"{PACKAGE}.legacy")    load("{}.{}".format("a", "legacy"))    Raises Unparsable.
    """
    parents = source.parents
    for node in source.nodes_of(ast.Constant):
        if not isinstance(node.value, str) or not isinstance(parents.get(node), _PUTTING_TOGETHER):
            continue
        if set(parts).isdisjoint(re.split("[.:]", node.value)):
            continue
        whole: ast.expr = node
        while (around := parents.get(whole)) is not None and _puts_together(around):
            whole = around
        if whole is not node and _is_data(whole, parents.get(whole)):
            yield node, whole


_PUTTING_TOGETHER = (ast.BinOp, ast.JoinedStr, ast.Call, ast.List, ast.Tuple)


def _puts_together(node: ast.AST) -> TypeGuard[ast.expr]:
    """Return whether an expression makes one text of others."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Mod()) | ast.JoinedStr() | ast.FormattedValue():
            return True
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="format" | "join")):
            return True
        case _:
            return False


_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


def outermost_container(
    node: ast.expr, parents: Mapping[ast.AST, ast.AST]
) -> tuple[ast.expr, ast.AST | None]:
    """Return the display that a value is part of in the end, or the value itself, and what holds that.

    [*BASE, ("a.legacy", 1)]    BASE + ["a.legacy"]    ["a.legacy"][0]
    """
    holder = parents.get(node)
    while isinstance(holder, (*_CONTAINERS, ast.Starred)) or (
        isinstance(node, _CONTAINERS) and isinstance(holder, ast.BinOp | ast.Subscript)
    ):
        node, holder = holder, parents.get(holder)
    return node, holder


def _is_kept(node: ast.expr, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Return whether the display around a value is held or handed on."""
    outermost, holder = outermost_container(node, parents)
    return _is_data(outermost, holder) or isinstance(holder, ast.AugAssign | ast.Attribute)


def _is_key(node: ast.expr, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Return whether a value is compared, or a key of a table, which code may go through: alone or in a tuple.

    Not the keys of loggers, or of ``sys.modules``.
    """
    holder = parents.get(node)
    if isinstance(holder, ast.Tuple | ast.List | ast.Set):
        node, holder = holder, parents.get(holder)
    match holder:
        case ast.Compare() | ast.MatchValue():
            return True
        case ast.Dict(keys=keys) if node in keys:
            around = parents.get(holder)
            if isinstance(around, ast.Dict):
                return not _is_for_loggers(around, holder)
            is_held = isinstance(holder, ast.expr) and _is_kept(holder, parents)
            return is_held and not (isinstance(around, ast.Call) and callee_name(around) == "dict")
        case ast.Subscript(slice=key, ctx=ast.Store()):
            return key is node and last_name(holder.value) != "modules"
        case _:
            return False


def _is_for_loggers(table: ast.Dict, entry: ast.Dict) -> bool:
    """Return whether a table has an entry for the configuration of loggers."""
    return any(
        value is entry and isinstance(key, ast.Constant) and key.value == "loggers"
        for key, value in zip(table.keys, table.values, strict=True)
    )


def _value_of_key(node: ast.expr, holder: ast.AST | None) -> str:
    """Return the string that a table has for a key; empty if it has another value."""
    entries: Iterable[tuple[ast.expr | None, ast.expr]] = ()
    if isinstance(holder, ast.Dict):
        entries = zip(holder.keys, holder.values, strict=True)
    found = (getattr(value, "value", None) for key, value in entries if key is node)
    return next((value for value in found if isinstance(value, str)), "")


def _is_data(node: ast.expr, holder: ast.AST | None) -> bool:
    """Return whether a value is held or handed on: stored, returned, in a table, or given to a function."""
    match holder:
        case ast.Dict(values=values):
            return node in values
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return not is_special(name)  # __all__, __module__
        case ast.Call():
            name = callee_name(holder)
            return name not in _TAKING_NO_DATA and not name.startswith("assert")
        case ast.keyword(arg=name):
            return name not in {"logger", "module"}
        case ast.List() | ast.Tuple() | ast.Set() | ast.Assign() | ast.NamedExpr():
            return True
        case ast.arguments() | ast.Return() | ast.Yield() | ast.IfExp() | ast.BoolOp():
            return True
        case ast.Lambda(body=body):
            return body is node
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
            return iterated is node
        case _:
            return False


def _sure_loader(
    node: ast.Constant, holder: ast.AST | None, parents: Mapping[ast.AST, ast.AST]
) -> str:
    if isinstance(holder, ast.Dict):
        keys = (key for key, value in zip(holder.keys, holder.values, strict=True) if value is node)
        if any(isinstance(key, ast.Constant) and key.value in _FACTORIES for key in keys):
            return "logging.config"
    is_inner = isinstance(holder, ast.keyword | ast.List | ast.Tuple)
    call = parents.get(holder) if holder is not None and is_inner else holder
    called = callee_name(call) if isinstance(call, ast.Call) else ""
    return called if called in _LOADERS else ""
