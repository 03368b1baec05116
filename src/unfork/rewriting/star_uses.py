"""Which names a file may have from a star import: those that nothing surely binds between the star and each use."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from unfork.reading.scopes import Ref, resolve
from unfork.rewriting.filework import FileWork
from unfork.rewriting.renames import reads_namespace

Position = tuple[int, int]


def names_used(work: FileWork, star: ast.alias) -> frozenset[str]:
    """Return the names that the file uses and may have from a star import."""
    uses: dict[str, list[Ref]] = {}
    for ref in work.scopes.refs:
        uses.setdefault(ref.name, []).append(ref)
    return frozenset(name for name, refs in uses.items() if _may_give(work, star, name, refs))


def names_offered(work: FileWork, given: Collection[str]) -> Collection[str]:
    """Return the names that others may take of the file: by ``__all__``, of a package, or because they do take them.

    Any, where the file itself looks names up by their spelling.
    """
    if reads_namespace(work.source, work.scopes):
        return given
    definitions = work.index.definitions(work.key)
    exported = definitions.exported if definitions else None
    if exported is not None and definitions is not None and definitions.exported_known:
        return {*exported, *work.facts.keep}
    if exported is not None or work.importer.endswith(("__init__.py", "__init__.pyi")):
        return given
    return work.facts.keep


def _may_give(work: FileWork, star: ast.alias, name: str, refs: list[Ref]) -> bool:
    module = work.scopes.module
    reached = {(resolve(ref.scope, name), ref.scope) for ref in refs}
    # until it binds its own, a class reads the global one, not a function's around it
    if any(scope is None or (scope.kind == "class" and scope is own) for scope, own in reached):
        return True
    is_global = any(scope is module for scope, _ in reached)
    return is_global and not _surely_bound(work, star, name, refs)


def _surely_bound(work: FileWork, star: ast.alias, name: str, refs: Iterable[Ref]) -> bool:
    """Return whether a statement of the top level, below the star and above every use, binds a name."""
    start = position(star)
    binding = [n for n in work.source.tree.body if position(n) > start and name in _bound_by(n)]
    return any(all(_is_behind(ref, node) for ref in refs) for node in binding)


def position(node: ast.alias | ast.stmt | ast.expr) -> Position:
    """Return where a node starts."""
    return node.lineno, node.col_offset


def place(ref: Ref) -> ast.expr:
    """Return what stands in the text where a reference is: itself, or the string that holds it."""
    return ref.literal.node if ref.literal else ref.node


def reads_at_once(ref: Ref) -> bool:
    """Return whether a reference reads its name when the statement of the top level runs, not when a function does."""
    if isinstance(ref.node.ctx, ast.Store):
        return False
    scope = ref.scope
    while scope.parent is not None and scope.kind != "function":
        scope = scope.parent
    return scope.parent is None and ref.literal is None


def _is_behind(ref: Ref, node: ast.stmt) -> bool:
    """Return whether a use finds the name that a statement binds.

    class Old(Old)    the base is read first, the uses in methods come later
    """
    here = position(place(ref))
    if here < position(node) or here >= (node.end_lineno or 0, node.end_col_offset or 0):
        return here > position(node)
    if isinstance(ref.node.ctx, ast.Store):
        return True
    is_body = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return is_body and not reads_at_once(ref)


def _bound_by(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds whatever happens."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Import() | ast.ImportFrom():
            return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        case ast.Assign():
            return {target.id for target in node.targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return {name}
        case _:
            return set()
