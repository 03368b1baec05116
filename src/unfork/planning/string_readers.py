"""Which code may be given a string that a file holds: that of the file, of files near by, and of those that read it.

KIND = "legacy"    {"legacy": 1}    if kind == "legacy": load(kind)    def kind(): return "legacy"
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from contextlib import suppress

from unfork.planning.computed_imports import ComputedImport
from unfork.planning.run import Run
from unfork.reading.layout import key_of
from unfork.reading.loaded_names import LoadedString, outermost_container
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.edges import modules_imported
from unfork_codemods.project import last_segment

_RUN_BY_TOOLS = ("setup.py", "noxfile.py")
"""Files that no program imports: what they list, they list for a tool."""
_IMPORTED = re.compile(rb"\bimport\b(?:\s*\([^)]*\)|[^\n;]*)")
"""What a statement imports."""


def may_reach(
    run: Run, source: Source, string: LoadedString, found: ComputedImport, loading: str
) -> bool:
    """Return whether what loads, in the file ``loading``, may be given a string: a setting that other files read, say.

    The last part of a path is too often just a word, such as "base": it is meant in a file near by, or where one reads
    it. Raises Unparsable.
    """
    if source.path == loading:
        return True
    _, holder = outermost_container(string.node, source.parents)
    table = _name_assigned(holder) if string.is_told_apart else None
    is_near = _is_near(run, source.path, loading)
    if is_near and not _is_kept_here(source, holder, table):
        return True
    if found.is_found or source.path.rpartition("/")[2] in _RUN_BY_TOOLS:
        return False
    is_at_top = _name_assigned(holder) is not None and holder in source.tree.body
    if not string.is_told_apart:
        if isinstance(holder, ast.Assign) and not is_at_top:
            return True
        if not found.is_known:
            return not is_at_top or any(True for _ in _readers_of(run, source, holder))
    return any(
        _is_near(run, path, loading)
        for path in _readers_of(run, source, holder)
        if table is None or not _only_looks_up(run.read(path), table)
    )


def _name_assigned(statement: ast.AST | None) -> str | None:
    """Return the one name that a statement assigns to; None if it is no such statement."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None


def _is_kept_here(source: Source, holder: ast.AST | None, table: str | None) -> bool:
    """Return whether a file only compares a string, or only takes the entry of a table that has it as a key."""
    if table is not None:
        return _only_looks_up(source.data, table)
    return isinstance(holder, ast.Compare) and not _hands_on(source, holder)


def _hands_on(source: Source, comparison: ast.Compare) -> bool:
    """Return whether a file gives to some call what a comparison compares: ``if kind == "old": load(kind)``."""
    sides = {
        ast.dump(side)
        for side in (comparison.left, *comparison.comparators)
        if isinstance(side, ast.Name | ast.Attribute)
    }
    return any(
        isinstance(given, ast.Name | ast.Attribute) and ast.dump(given) in sides
        for call in source.nodes_of(ast.Call)
        for given in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _only_looks_up(data: bytes, table: str) -> bool:
    """Return whether a text only takes entries of a table, by keys that it has already: ``TABLE[key]``."""
    word = table.encode()
    ways = rb"(?:\bin\s+|\*|\breturn\s+|[(\[{,=]\s*)(?:\w+\.)*%b\b(?!\s*[\[.=])|\b%b\s*\.\s*(?:keys|items|copy)\b"
    return re.search(ways % (word, word), _IMPORTED.sub(b"", data)) is None


def _readers_of(run: Run, source: Source, holder: ast.AST | None) -> Iterator[str]:
    """Yield the other files that may read what holds a string: a name at the top level, a function, or a class."""
    name = _name_at_top(source, holder)
    if name is not None:
        for path in run.naming(frozenset({name})):
            if path != source.path and _may_read(run.read(path), source, name):
                yield path


def _name_at_top(source: Source, node: ast.AST | None) -> str | None:
    """Return the name at the top level that gives what a node assigns or returns; None if there is none."""
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.Return | ast.Yield | ast.Lambda):
        return None
    while node is not None and not isinstance(around := source.parents.get(node), ast.Module):
        node = around
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    return _name_assigned(node)


def _may_read(data: bytes, settings: Source, name: str) -> bool:
    """Return whether a text may read a name of a module: import it, or take it of what is called like the module."""
    word, module = name.encode(), os.fsencode(last_segment(key_of(settings.path)))
    called = [module, *re.findall(rb"\b%b\s+as\s+(\w+)" % module, data)]
    owners = b"|".join(map(re.escape, called))
    ways = rb"\bimport\s*(?:\([^)]*|[^\n;(]*)\b%b\b|\b(?:%b)\.%b\b|[\"']%b[\"']|\bimport\s*\*"
    return re.search(ways % (word, owners, word, word), data) is not None


def _is_near(run: Run, path: str, loading: str) -> bool:
    """Return whether a file is the one that loads, or one of the two imports the other, if both can be read."""
    index = run.engine.index
    with suppress(Unparsable):
        return (
            path == loading
            or key_of(loading) in modules_imported(index.source(path), index)
            or key_of(path) in modules_imported(index.source(loading), index)
        )
    return True
