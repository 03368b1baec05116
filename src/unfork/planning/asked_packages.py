"""Modules that code asks a package for, by a name that it puts together or keeps elsewhere.

getattr(package, "leg" + "acy")    attrgetter("legacy.run")(package)    vars(package)["legacy"]
import_module("pack" + "age").legacy

A package has a module as an attribute only once something has imported it (language reference, 5.4.2).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from unfork.planning.computed_imports import ASKING
from unfork.planning.modules_as_values import Modules, may_have_one
from unfork.planning.run import Run
from unfork.reading.calls import IMPORTS, callee_name
from unfork.reading.layout import enclosing_folders, parent_folder
from unfork.reading.signs import binding_pattern, has_sign, sign_patterns
from unfork.reading.source import Unparsable
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.quoted_paths import KEY, quoted_paths
from unfork.rewriting.taken_names import names_taken
from unfork.rewriting.wrappers import names_told
from unfork_codemods.project import Key

_ASKING = sign_patterns(
    dict.fromkeys(("getattr", "hasattr"), rb"\((?!self\b|cls\b)")
    | {"attrgetter": rb"\(", "vars": rb"\(\s*\w", "__dict__": rb"(?<=\.__dict__)\b"}
    | {"reduce": rb"\(\s*getattr\b"}
)
_LOADING = sign_patterns(dict.fromkeys(("import_module", "__import__", "modules"), rb"\b"))
_NAMES = re.compile(rb"[\"'][\w.]*[\"']")


class Asked(NamedTuple):
    """A module of the project that a file asks its package for, by a text, and the line."""

    path: str
    line: int
    text: str
    key: Key


def modules_asked_for(run: Run, keys: Collection[Key]) -> Iterator[Asked]:
    """Yield where files ask the packages around some modules for these; not by a string that is just the name."""
    packages = {parent_folder(key) for key in keys if "/" in key}
    above = Modules.of(folder for package in packages for folder in enclosing_folders(package))
    binding = binding_pattern(above.words)

    def is_near(path: str, data: bytes) -> bool:
        is_asking = has_sign(data, _ASKING) and _NAMES.search(data)
        if not is_asking or not binding.search(data):
            return False
        return may_have_one(run.engine.index, run.engine.heads.of(path, data), above)

    paths = run.naming(ASKING) if packages else ()
    yield from _asked_by(run, paths, is_near, lambda context: _asked_by_name(context, keys))
    if not packages.isdisjoint(keys):
        paths = run.naming(frozenset({*IMPORTS, "modules"}))
        yield from _asked_by(run, paths, _loads, lambda context: _asked_of_loaded(context, keys))


def _loads(_: str, data: bytes) -> bool:
    return has_sign(data, _LOADING) and _NAMES.search(data) is not None


def _asked_by(
    run: Run,
    paths: Iterable[str],
    is_near: Callable[[str, bytes], bool],
    ask: Callable[[FileContext], Iterator[Asked]],
) -> Iterator[Asked]:
    """Yield what some files ask for, if they are near."""
    for path in paths:
        data = run.read(path)
        try:
            if not is_near(path, data):
                continue
            source = run.engine.heads.sources.read(path, data)
            yield from ask(FileContext(source, run.engine.index, run.redirect_codemod))
        except (Unparsable, RecursionError):
            continue


def _asked_of_loaded(context: FileContext, keys: Collection[Key]) -> Iterator[Asked]:
    """Yield the modules that are taken as attributes of a legacy package, where it is loaded by a string."""
    paths = (q for q in quoted_paths(context) if q.called in IMPORTS | {KEY})
    for quoted in paths:
        if quoted.located.key in keys:
            for taken in names_taken(context, quoted) or ():
                for key in _modules_on_the_way(context, quoted.located.key, taken.name):
                    if key in keys:
                        line = quoted.node.lineno
                        yield Asked(context.source.path, line, taken.name, key)


def _asked_by_name(context: FileContext, keys: Collection[Key]) -> Iterator[Asked]:
    for node in context.source.nodes_of(ast.Call, ast.Subscript):
        for owner, asked in _questions(node):
            scope = context.scope_around(node)
            package = context.module_of(owner, scope) if owner is not None else None
            called = getattr(context.parents.get(node), "func", None) is node
            starts = _packages_imported(context) if owner is None and not called else [package]
            for text in sorted(names_told(context, asked, scope) or ()):
                for start in filter(None, starts):
                    for key in _modules_on_the_way(context, start, text):
                        if key in keys:
                            yield Asked(context.source.path, node.lineno, text, key)


def _questions(node: ast.expr) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """Yield what is asked for attributes, None if that is not told, with what names them."""
    match node:
        case ast.Subscript(value=table, slice=asked):
            yield from ((owner, asked) for owner in _owners_of_names(table))
        case ast.Call(func=ast.Name(id="getattr" | "hasattr"), args=[owner, asked, *_]):
            yield owner, asked
        case ast.Call(func=ast.Call() as made, args=[owner]) if callee_name(made) == "attrgetter":
            yield from ((owner, asked) for asked in made.args)
        case ast.Call(args=[asked, *_]) if callee_name(node) == "attrgetter":
            yield None, asked
        case ast.Call(args=[ast.Name(id="getattr"), names, owner]) if callee_name(node) == "reduce":
            match names:
                case ast.Call(func=ast.Attribute(value=asked, attr="split")):
                    yield owner, asked
                case _:
                    pass
        case ast.Call(func=ast.Attribute(value=table, attr="get" | "pop"), args=[asked, *_]):
            yield from ((owner, asked) for owner in _owners_of_names(table))
        case _:
            pass


def _owners_of_names(table: ast.expr) -> Iterator[ast.expr]:
    """Yield the module whose names a table has: ``vars(package)``, ``package.__dict__``."""
    match table:
        case (
            ast.Call(func=ast.Name(id="vars"), args=[owner])
            | ast.Attribute(value=owner, attr="__dict__")
        ):
            yield owner
        case _:
            pass


def _packages_imported(context: FileContext) -> list[Key | None]:
    return [context.imported_module(item) for item in context.items if item.alias.name != "*"]


def _modules_on_the_way(context: FileContext, package: Key, text: str) -> Iterator[Key]:
    """Yield the modules that a package has only where they are imported, which a dotted text leads through."""
    index = context.index
    for name in text.split("."):
        below = index.layout.submodule(package, name)
        if below is None or name in index.names(package):
            return
        yield below
        package = below
