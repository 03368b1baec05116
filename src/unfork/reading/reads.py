"""Which of a module's global names its code looks up at run time: a replacement takes effect there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from unfork.nodes import FunctionDef
from unfork.reading.names_on_request import names_on_request
from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.reading.source import Source

_Read = TypeVar("_Read")


def names_read(source: Source) -> Mapping[str, frozenset[str]]:
    """Return, for each top-level name, the global names that its code looks up when it is called.

    This covers functions and methods, and what they call in the same module. A function body looks a global name up
    each time (the language reference, 4.2.2); code that runs once, at import, has already looked it up: decorators,
    defaults, ``alias = name``. Raises Unparsable.
    """
    return _read_later(source, lambda ref: ref.name)


def names_reached(source: Source) -> Mapping[str, frozenset[str]]:
    """Return, for each top-level name, the global names that its code refers to, itself or through others of them.

    Bases of a class and decorators count: their code runs, too. Raises Unparsable.
    """
    leads = _leads_and_reads(source, lambda ref: ref.name)[0]
    return {name: frozenset(_reachable_names(name, leads)) for name in leads}


def paths_read(source: Source) -> Mapping[str, frozenset[tuple[str, ...]]]:
    """Return the same with the attributes that are taken of each global name: ``("time", "sleep")``.

    Raises Unparsable.
    """
    return _read_later(source, lambda ref: (ref.name, *(node.attr for node in ref.attributes)))


def attributes_taken(source: Source) -> Mapping[str, frozenset[str]]:
    """Return, for each function and class at the top, the attributes that its code takes of what is not its own.

    Raises Unparsable.
    """
    return {
        node.name: frozenset(
            part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)
        ).difference(part.name for part in node.body if isinstance(part, FunctionDef))
        for node in source.tree.body
        if isinstance(node, FunctionDef | ast.ClassDef)
    }


def _read_later(source: Source, what: Callable[[Ref], _Read]) -> dict[str, frozenset[_Read]]:
    leads, reads = _leads_and_reads(source, what)
    return {
        name: frozenset().union(
            *(reads.get(reader, ()) for reader in _reachable_names(name, leads))
        )
        for name in leads
    }


def _leads_and_reads(
    source: Source, what: Callable[[Ref], _Read]
) -> tuple[dict[str, set[str]], dict[str, set[_Read]]]:
    scopes = analyse_scopes(source)
    parents = source.parents
    on_request = _names_by_statement(source)
    leads: dict[str, set[str]] = {}
    reads: dict[str, set[_Read]] = {}
    for ref in scopes.refs:
        if ref.literal is None and resolve_name(ref.scope, ref.name) in (None, scopes.module):
            for owner in _owner_names(ref, parents, on_request):
                leads.setdefault(owner, set()).add(ref.name)
                if _is_late(ref.scope) and isinstance(ref.node.ctx, ast.Load):
                    reads.setdefault(owner, set()).add(what(ref))
    return leads, reads


def _reachable_names(name: str, leads: Mapping[str, set[str]]) -> set[str]:
    seen, todo = {name}, [name]
    while todo:
        more = leads.get(todo.pop(), set()) - seen
        seen |= more
        todo += more
    return seen


def _is_late(scope: Scope) -> bool:
    """Return whether code in a scope runs when a function is called."""
    current: Scope | None = scope
    while current is not None and current.kind != "function":
        current = current.parent
    return current is not None


def _names_by_statement(source: Source) -> dict[ast.AST, list[str]]:
    """Return the statements of a module's ``__getattr__``, each with the names that it gives."""
    given = names_on_request(source.tree) if b"def __getattr__" in source.data else None
    names: dict[ast.AST, list[str]] = {}
    for name, block in (given or {}).items():
        for statement in block:
            names.setdefault(statement, []).append(name)
    return names


def _owner_names(
    ref: Ref, parents: Mapping[ast.AST, ast.AST], on_request: Mapping[ast.AST, list[str]]
) -> Iterator[str]:
    """Yield the top-level names that the statement around a reference binds, or gives when it is asked for them."""
    node: ast.AST = ref.node
    statement: ast.AST | None = None
    while not isinstance(node, ast.Module):
        is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if is_definition or (statement is None and isinstance(node, ast.stmt)):
            statement = node
        yield from on_request.get(node, ())
        node = parents[node]
    name = getattr(statement, "name", None)
    if isinstance(name, str):
        yield name
    for part in ast.walk(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) else ():
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
