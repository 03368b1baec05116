"""Calls that take a module or its path: the called function's name, under any local alias, and the arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from unfork.nodes import last_name
from unfork.reading.scopes import Scope, resolve_name

REPLACING = frozenset({"setattr", "delattr", "object"})
"""Calls that replace an attribute of a module: ``object`` is ``mock.patch.object``."""
BY_NAME = REPLACING | {"getattr", "hasattr"}
LISTING = frozenset({"dir", "getmembers"})
"""Calls that take a module and the name of an attribute."""
PATCHES = frozenset({"patch", "setattr", "delattr", "dict", "multiple", "MonkeyPatch"})
"""Calls that take the path of an object: ``mock.patch`` and its methods, ``monkeypatch``, ``fixtures.MonkeyPatch``."""
IMPORTS = frozenset({"import_module", "__import__", "importorskip"})
"""Calls that take the path of a module, import it, and return it."""
FINDS = frozenset({"find_spec", "find_loader", "get_loader"})
"""Calls that take the path of a module and find whether it exists."""
RUNS = frozenset({"run_module"})
"""Calls that take the path of a module and run it: its whole body matters."""
NAMES = frozenset({"resolve_name"})
"""Calls that take the path of an object, with or without a colon after its module."""
LISTINGS = frozenset({"iter_modules", "walk_packages"})
"""Calls of ``pkgutil`` that go through the modules of a package."""
LIBRARIES = frozenset(
    {"import_string", "load_object", "loadTestsFromName", "loadTestsFromNames", "locate"}
)
"""Calls of libraries, of ``pydoc`` and ``unittest``, that take the path of an object and load it."""
NAMESPACES = frozenset({"globals", "locals", "vars"})
"""The built-in functions that return the names of a module or a function."""
RESOURCES = frozenset(
    {
        "files",
        "get_data",
        "read_text",
        "read_binary",
        "open_text",
        "open_binary",
        "is_resource",
        "contents",
        "resource_filename",
        "resource_string",
        "resource_stream",
        "resource_exists",
        "resource_isdir",
        "resource_listdir",
        "PackageLoader",
    }
)
"""Calls that take the path of a package to read its data files."""
MOCK_OPTIONS = frozenset({"target", "spec", "create", "spec_set", "autospec", "new_callable"})
"""The keyword arguments of ``patch.multiple`` that are not names in the module."""


def callee_name(call: ast.Call, scope: Scope | None = None) -> str:
    """Return the last name of what is called; given a scope, the name that it was imported by."""
    func = call.func
    if isinstance(func, ast.Attribute):
        return func.attr
    if not isinstance(func, ast.Name):
        return ""
    reached = resolve_name(scope, func.id) if scope is not None else None
    aliases = [bind.alias for bind in reached.binds[func.id]] if reached is not None else []
    only = aliases[0] if len(aliases) == 1 else None
    return only.name if only is not None and only.asname is not None else func.id


def keyword_argument(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the argument that a call passes under one of the names."""
    return next((k.value for k in call.keywords if k.arg in names), None)


class Given(NamedTuple):
    """The place of an argument: the last name of what is ``called``, and its position or keyword."""

    called: str
    place: int | str | None


def argument_place(parents: Mapping[ast.AST, ast.AST], node: ast.expr) -> Given | None:
    """Return the place of an expression that is the argument of a call; None if it is none."""
    match parents.get(node):
        case ast.Call(args=arguments) as call if node in arguments:
            return Given(callee_name(call), arguments.index(node))
        case ast.keyword(arg=name) as keyword:
            holder = parents.get(keyword)
            return Given(callee_name(holder), name) if isinstance(holder, ast.Call) else None
        case _:
            return None


def attribute_argument(call: ast.Call | None) -> ast.expr | None:
    """Return what names the attribute in calls such as ``getattr(module, name)``."""
    if call is None or callee_name(call) not in BY_NAME:
        return None
    return call.args[1] if len(call.args) > 1 else keyword_argument(call, "attribute", "name")


def named_attribute(call: ast.Call | None) -> ast.Constant | None:
    """Return the string that names the attribute in calls such as ``getattr(module, "name")``."""
    named = attribute_argument(call)
    return named if isinstance(named, ast.Constant) and _is_name(named.value) else None


def replaced_keywords(call: ast.Call | None) -> list[ast.keyword]:
    """Return the keyword arguments of ``patch.multiple`` that name what it replaces."""
    if call is None or callee_name(call) != "multiple":
        return []
    return [k for k in call.keywords if k.arg is not None and k.arg not in MOCK_OPTIONS]


def is_patch(func: ast.expr) -> bool:
    """Return whether an expression is a method of ``patch``, such as ``patch.dict`` or ``mock.patch.multiple``."""
    return isinstance(func, ast.Attribute) and last_name(func.value).endswith("patch")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isidentifier()
