"""Which names a file may have from a star import: those that nothing surely binds between the star and each use."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from unfork.nodes import FunctionDef
from unfork.reading.scopes import Ref, resolve_name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.renames import reads_namespace

Position = tuple[int, int]


def names_used(context: FileContext, star: ast.alias) -> frozenset[str]:
    """Return the names that the file uses and may have from a star import."""
    uses: dict[str, list[Ref]] = {}
    for ref in context.scopes.refs:
        uses.setdefault(ref.name, []).append(ref)
    is_once = any(star in getattr(node, "names", ()) for node in context.source.tree.body)
    if is_once:
        uses = {name: _references_after_star(star, refs) for name, refs in uses.items()}
    return frozenset(name for name, refs in uses.items() if _may_give(context, star, name, refs))


def _references_after_star(star: ast.alias, refs: Iterable[Ref]) -> list[Ref]:
    """Return the references but for those that are read before a star import at the top level runs."""
    return [
        ref
        for ref in refs
        if not reads_at_once(ref) or start_position(ref.place) > start_position(star)
    ]


def names_offered(context: FileContext, given: Collection[str]) -> Collection[str]:
    """Return the names that others may take of the file: by ``__all__``, of a package, or because they do take them.

    Any, where the file itself looks names up by their spelling.
    """
    if reads_namespace(context.source, context.scopes):
        return given
    definitions = context.index.definitions(context.key)
    exported = definitions.exported if definitions else None
    if exported is not None and definitions is not None and definitions.exported_known:
        return {*exported, *context.facts.keep}
    if exported is not None or context.importer.endswith(("__init__.py", "__init__.pyi")):
        return given
    return context.facts.keep


def _may_give(context: FileContext, star: ast.alias, name: str, refs: list[Ref]) -> bool:
    module = context.scopes.module
    reached = [(ref, resolve_name(ref.scope, name)) for ref in refs]
    # until it binds its own, a class reads the global one, not a function's around it
    if any(ref.scope is scope and scope.kind == "class" for ref, scope in reached):
        return True
    globals_ = [ref for ref, scope in reached if scope is None or scope is module]
    return bool(globals_) and not _surely_bound(context, star, name, globals_)


def _surely_bound(context: FileContext, star: ast.alias, name: str, refs: Iterable[Ref]) -> bool:
    """Return whether a statement of the top level, below the star and above every use, binds a name."""
    start, below = start_position(star), context.source.tree.body
    binding = [
        n for n in below if start_position(n) > start and _is_always_binding(context, n, name)
    ]
    return any(all(_is_behind(ref, node) for ref in refs) for node in binding)


def start_position(node: ast.alias | ast.stmt | ast.expr) -> Position:
    """Return where a node starts."""
    return node.lineno, node.col_offset


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
    ref_position = start_position(ref.place)
    if ref_position < start_position(node) or ref_position >= (
        node.end_lineno or 0,
        node.end_col_offset or 0,
    ):
        return ref_position > start_position(node)
    if isinstance(ref.node.ctx, ast.Store):
        return True
    is_body = isinstance(node, FunctionDef | ast.ClassDef)
    return is_body and not reads_at_once(ref)


def _is_always_binding(context: FileContext, node: ast.stmt, name: str) -> bool:
    """Return whether a statement binds a name whatever happens."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.ImportFrom(names=[ast.alias(name="*") as star]):
            key = context.imported_name(context.statement_of[node], star).key
            given = context.index.star_names(key) or ()
            return name in given and context.index.origin(key, name).certain
        case ast.Import() | ast.ImportFrom():
            return any((a.asname or a.name.partition(".")[0]) == name for a in node.names)
        case ast.Assign():
            return any(
                isinstance(assigned, ast.Name) and assigned.id == name for assigned in node.targets
            )
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr()):
            return target == name
        case _:
            return False
