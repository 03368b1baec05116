"""Turn decisions about a file's imports into edits, without the imports that a file has already."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unfork.reading.effects import only_binds
from unfork.reading.statements import ImportStatement
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite
from unfork.rewriting.import_writer import import_edits
from unfork_codemods.new_import import NewImport

_BoundObject = tuple[str, str, str]
"""What an import binds: the module's key, the name in it, and the local name."""


def emit_import_edits(context: FileRewrite) -> None:
    """Turn the decisions about a file's imports into edits of its import statements."""
    dropped = _duplicate_imports(context)
    for statement in context.statements:
        aliases = statement.node.names
        if not any(alias in context.decided for alias in aliases):
            continue
        destinations = [
            [new for new in _final_imports(context, statement, a) if (a, new) not in dropped]
            for a in aliases
        ]
        if destinations != [[statement.as_is(a)] for a in aliases]:
            edits = import_edits(context.source, statement, destinations)
            context.replaced.append((statement, edits))
            context.edits += edits


def _final_imports(
    context: DecidedFile, statement: ImportStatement, alias: ast.alias
) -> Sequence[NewImport]:
    return context.decided.get(alias, [statement.as_is(alias)])


# -- duplicate imports


def _duplicate_imports(context: DecidedFile) -> set[tuple[ast.alias, NewImport]]:
    """Return the new imports that only repeat what their block already imports.

    The first stays, unless it is new and only imports separate it from the existing one.
    """
    new = [new.local for news in context.decided.values() for new in news]
    statements = context.statements
    others = (s.local(a) for s in statements for a in s.node.names if a not in context.decided)
    if len(set(new)) == len(new) and set(new).isdisjoint(others):
        return set()
    blocks: dict[int, list[ImportStatement]] = {}
    for statement in statements:
        blocks.setdefault(id(statement.block), []).append(statement)
    return {duplicate for block in blocks.values() for duplicate in _duplicates_in(context, block)}


class _Bound(NamedTuple):
    """A name that a statement binds after the rewrite."""

    statement: ImportStatement
    alias: ast.alias
    new: NewImport

    def was(self, context: FileContext) -> _BoundObject:
        """Return what the import bound before."""
        return _binding_identity(context, self.statement.as_is(self.alias))


def _duplicates_in(
    context: DecidedFile, statements: list[ImportStatement]
) -> set[tuple[ast.alias, NewImport]]:
    first: dict[_BoundObject, _Bound] = {}
    dropped: set[tuple[ast.alias, NewImport]] = set()
    only: dict[_BoundObject, bool] = {}
    for current in _bound_in(context, statements):
        identity = _binding_identity(context, current.new)
        before = first.setdefault(identity, current)
        if before.alias is current.alias or context.decided.keys().isdisjoint(
            (before.alias, current.alias)
        ):
            continue
        if before.was(context) == current.was(context) and not _is_idle_between(before, current):
            continue  # it was imported twice, perhaps because it was removed from ``sys.modules``
        if identity not in only:
            only[identity] = _is_only_binding(context, current.statement, identity)
        if not only[identity]:
            continue
        if current.alias in context.decided and _stands_for(before.statement, current.statement):
            dropped.add((current.alias, current.new))
        elif before.alias in context.decided and _can_replace(current.statement, before.statement):
            dropped.add((before.alias, before.new))
    return dropped


def _bound_in(context: DecidedFile, statements: list[ImportStatement]) -> Iterator[_Bound]:
    for statement in statements:
        for alias in statement.node.names:
            for new in _final_imports(context, statement, alias):
                yield _Bound(statement, alias, new)


def _binding_identity(context: FileContext, new: NewImport) -> _BoundObject:
    if not new.module:
        return "", new.name, new.asname or ""
    return context.index.locate_spelled(new.module, context.importer).key, new.name, new.local


def _is_only_binding(
    context: DecidedFile, statement: ImportStatement, identity: _BoundObject
) -> bool:
    """Return whether the local name is bound only by imports of the same object, and never deleted.

    import a.b; import a.c    both bind ``a``, and to the same package
    """
    _, name, asname = identity
    local = asname or name.partition(".")[0]
    for bind in context.binding_scope(statement, local).binds.get(local, ()):
        other = context.statement_of.get(bind.node)
        if other is None or bind.alias is None:
            return False
        if not any(
            _is_same_binding(context, new, identity)
            for new in _final_imports(context, other, bind.alias)
        ):
            return False
    return True


def _is_same_binding(context: FileContext, new: NewImport, identity: _BoundObject) -> bool:
    """Return whether an import binds the object and local name of ``identity``."""
    module, name, asname = identity
    plain = not (module or asname or new.module or new.asname)
    is_same_package = plain and new.local == name.partition(".")[0]
    return is_same_package or _binding_identity(context, new) == identity


def _stands_for(one: ImportStatement, other: ImportStatement) -> bool:
    """Return whether an import may replace another of the same name: a lazy import cannot replace an eager one."""
    return other.is_lazy or not one.is_lazy


def _can_replace(later: ImportStatement, first: ImportStatement) -> bool:
    return _stands_for(later, first) and _only_imports_between(first, later)


def _only_imports_between(first: ImportStatement, second: ImportStatement) -> bool:
    between = _statements_between(first, second)
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in between)


def _statements_between(first: ImportStatement, second: ImportStatement) -> list[ast.stmt]:
    block = first.block
    return block[block.index(first.node) + 1 : block.index(second.node)]


def _is_idle_between(first: _Bound, second: _Bound) -> bool:
    """Return whether the statements between two imports of a block remove nothing from ``sys.modules``."""
    return only_binds(_statements_between(first.statement, second.statement))
