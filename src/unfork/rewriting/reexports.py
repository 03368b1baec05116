"""Names that a module offers to type checkers by ``import X as X``, and that are called differently now.

    from .old import Context as Context     ->      from .new import RunContext
                                                    Context = RunContext

By PEP 484 only ``X as X``, with one and the same name, is an export; so is a variable.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from unfork.reading.scopes import Ref, Scopes
from unfork.reading.source import Source
from unfork.reading.statements import ImportStatement
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import Assignment
from unfork.rewriting.renames import has_other_binding, names_in_all
from unfork_codemods.project import Destination


def is_reexport(context: FileContext, item: ImportedAlias, destination: Destination) -> bool:
    """Return whether an import exports its name by ``X as X`` alone, and would not do so under its new name."""
    is_same = item.alias.asname == item.alias.name
    is_changed = destination.name not in (None, item.alias.name)
    if not is_same or not is_changed:
        return False  # mostly: and then no scopes are needed, nor the file as a whole
    module = context.scopes.module
    if context.scope(item) is not module:
        return False
    is_only = not has_other_binding(module, item.local, {item.alias})
    return is_only and item.local not in names_in_all(context.source)


def assignment_below(
    source: Source, statement: ImportStatement, old: str, new: str
) -> Assignment | None:
    """Return ``old = new`` as a line below an import; None if the import shares its lines with other statements."""
    start, end = source.span(statement.node)
    line_end = source.line_end(end)
    indent = source.data[source.line_start(start) : start]
    behind = source.data[end:line_end].strip()
    at = source.next_line(line_end)
    if indent.strip() or (behind and not behind.startswith(b"#")) or at == line_end:
        return None
    return Assignment(at, old, new, indent + f"{old} = {new}".encode() + source.newline)


def _first_name(node: ast.expr) -> ast.expr:
    """Return the expression that a path of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def assigned_refs(source: Source, scopes: Scopes, assigned: Mapping[str, str]) -> frozenset[Ref]:
    """Return the references of the statements that give exported names their values."""
    if not assigned:
        return frozenset()
    nodes = set()
    for node in ast.walk(source.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=old) as target], value=value):
                if assigned.get(old) == ast.unparse(value):
                    nodes |= {target, _first_name(value)}
            case _:
                continue
    return frozenset(ref for ref in scopes.refs if ref.node in nodes)
