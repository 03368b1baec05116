"""Data files that are located by the path of a module: whether they are next to the canonical module, too.

importlib.resources.files("a.legacy") / "prices.csv"    pkgutil.get_data("a.legacy", "prices.csv")
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from unfork.file_kinds import CODE
from unfork.reading.calls import keyword_argument
from unfork.reading.layout import parent_folder
from unfork.reading.resource_calls import ALL_FILES, LISTING, ONE_FILE, TEMPLATES, resource_function
from unfork.reading.scopes import Scope
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.quoted_paths import Quoted
from unfork_codemods.project import Destination, Key, is_external

_NAMES = ("resource", "resource_name", "path", "package_path")
"""The keyword arguments that name a file or a folder in a package."""


def reason_to_stay(context: FileContext, quoted: Quoted, destination: Destination) -> str:
    """Return why a call cannot ask the canonical module for its data files; empty if it finds the same there."""
    call = quoted.argument.holder
    asked = _asked(context, call, quoted.argument.scope) if isinstance(call, ast.Call) else None
    if asked is None:
        return "the data files in it may be asked for; rewrite it by hand"
    if is_external(destination.key):
        return (
            f"whether {destination.spelling} has its data files cannot be told; rewrite it by hand"
        )
    legacy = quoted.located.key
    if context.index.is_package(legacy) and not context.index.is_package(destination.key):
        return (
            f"{destination.spelling} is no package, which could have data files; rewrite it by hand"
        )
    old, new = _folder_of(context, legacy), _folder_of(context, destination.key)
    if old == new:
        return ""
    if not asked:
        return _difference_of_folders(context, old, new)
    paths = list(_files_below(context, posixpath.normpath(posixpath.join(old, asked))))
    if not paths:
        return f"{old}/{asked} is not among the project's files; rewrite it by hand"
    return next(filter(None, (_difference(context, path, old, new) for path in paths)), "")


# -- what is asked for


def _asked(context: FileContext, call: ast.Call, scope: Scope) -> str | None:
    """Return the file or folder in the package that a call asks for; empty for any file in it, None if unknown."""
    function = resource_function(call, scope)
    given = call.args[1] if len(call.args) > 1 else keyword_argument(call, *_NAMES)
    named = given.value if isinstance(given, ast.Constant) else None
    if function in TEMPLATES:
        named = "templates" if given is None else named
    if function in TEMPLATES | ONE_FILE:
        return named if isinstance(named, str) else ""
    if function in ALL_FILES:
        return "/".join(_names_behind(context, call))
    return "" if function in LISTING else None


def _names_behind(context: FileContext, node: ast.AST) -> Iterator[str]:
    """Yield the names that lead on from a folder: ``files(...).joinpath("a", "b") / "c"``."""
    while True:
        parent = context.parents.get(node)
        match parent:
            case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str() as name)) if (
                left is node
            ):
                yield name
                node = parent
            case ast.Attribute(attr="joinpath"):
                call = context.parents.get(parent)
                given = call.args if isinstance(call, ast.Call) and call.func is parent else []
                names = [part.value for part in given if isinstance(part, ast.Constant)]
                if not names or len(names) < len(given):
                    return
                yield from (name for name in names if isinstance(name, str))
                node = call if call is not None else parent
            case _:
                return


# -- what is there


def _folder_of(context: FileContext, key: Key) -> str:
    """Return the folder in which a module's data files are looked for."""
    return key if context.index.is_package(key) else parent_folder(key)


def _files_below(context: FileContext, path: str) -> Iterator[str]:
    """Yield a file, or the files in a folder."""
    yield from (p for p in context.index.every_path if p == path or p.startswith(f"{path}/"))


def _difference(context: FileContext, path: str, old: str, new: str) -> str:
    counterpart = new + path[len(old) :]
    if counterpart not in context.index.every_path:
        return f"{path} may be asked for, and is not in {new}; copy it to {counterpart}"
    if context.index.text(path) != context.index.text(counterpart):
        return f"{path} and {counterpart} differ; make them equal, or rewrite it by hand"
    return ""


def _difference_of_folders(context: FileContext, old: str, new: str) -> str:
    """Return how the data files in two folders differ, where any of them may be asked for."""
    data, others = _data_files(context, old), _data_files(context, new)
    if not data:
        return "which data files it has cannot be told; rewrite it by hand"
    differences = (_difference(context, path, old, new) for path in data)
    difference = next(filter(None, differences), "")
    if difference or len(data) == len(others):
        return difference
    known = {path[len(old) :] for path in data}
    more = next(path for path in others if path[len(new) :] not in known)
    return f"any file in it may be asked for, but only the other has {more}; rewrite it by hand"


def _data_files(context: FileContext, folder: str) -> Sequence[str]:
    return [path for path in _files_below(context, folder) if not path.endswith(CODE)]
