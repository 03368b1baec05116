"""The proofs: a rewrite must parse, resolve, be stable under a second run, and keep its meaning.

They check the new text independently, through the index and the scopes, not through how it was produced.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace

from unfork.errors import ProofError
from unfork.reading.index import Index
from unfork.reading.prefilter import Prefilter
from unfork.reading.scopes import Ref
from unfork.reading.source import Head, NeedsWhole, Source, Unparsable
from unfork.reading.statements import ImportStatement
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite
from unfork.rewriting.meanings import Meanings
from unfork.rewriting.reexports import assigned_refs
from unfork.rewriting.rewrite import rewrite_file
from unfork.values import Finding
from unfork_codemods.edits import Edit, apply_edits, origin_of
from unfork_codemods.project import MODULE_ATTRIBUTES, Destination, ImportCodemod, Kind, is_external

_SHOWN = 100
"""How many characters of a text that was not written are shown."""


def verify_rewrite(
    before: Source,
    after: Source,
    index: Index,
    codemod: ImportCodemod,
    facts: Constraints,
    prefilter: Prefilter,
    context: DecidedFile,
) -> None:
    """Verify a rewrite of one file by one codemod.

    Raises ProofError, with the proof that failed and its line; NeedsWhole if the statements alone are not enough.
    """
    if _verify_from_imports(context):
        return
    if isinstance(before, Head):
        raise NeedsWhole
    new = FileRewrite(after, index, codemod, facts)
    try:
        after.tree  # noqa: B018
    except Unparsable as error:
        line = before.location(origin_of(context.edits, after.offset(error.line, 0)))[0]
        raise ProofError(before.path, line, "the new text parses", error.why) from None
    known = {(item.imported_name.spelled, item.alias.name) for item in context.items}
    for item in new.items:
        if (item.imported_name.spelled, item.alias.name) not in known:
            at = after.span(item.statement.node)[0]
            _verify_resolution(new, item, before.location(origin_of(context.edits, at))[0])
    _means_the_same(context, new)
    again = rewrite_file(after, index, codemod, facts, prefilter)
    if again.edits:
        line = before.location(origin_of(context.edits, again.edits[0].start))[0]
        why = "it would change this line again"
        raise ProofError(before.path, line, "a second run changes nothing", why)


def refusal_finding(before: Source, edits: Sequence[Edit], error: ProofError) -> Finding:
    """Return the finding for a failed proof: the reason, and the text that was not written."""
    at = before.offset(min(error.line, before.location(len(before.data))[0]), 0)
    edit = next((change for change in edits if change.end >= at), edits[0])
    line, _ = before.location(edit.start)
    start, end = before.line_start(edit.start), before.line_end(edit.end)
    inside = [
        Edit(change.start - start, change.end - start, change.text)
        for change in edits
        if start <= change.start and change.end <= end
    ]
    text = " ".join(apply_edits(before.data[start:end], inside).decode(errors="replace").split())
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    why = (
        f"not rewritten, since it cannot be proved that {error.proof}: {error.message};"
        f" `{short}` was not written; rewrite it by hand"
    )
    return Finding(before.path, line, 1, "UF009", why)


def _verify_from_imports(context: DecidedFile) -> bool:
    """Verify a rewrite that changes only ``from`` imports and keeps the local names that they bind.

    A statement in the place of a statement parses if it parses by itself, and no reference can reach another binding
    than before: so it is enough to look at the new statements. Returns False where more than that changes.
    """
    if sum(len(edits) for _, edits in context.replaced) != len(context.edits) or context.renamed:
        return False
    if any(destination.name is None for destination in context.destinations.values()) or len(
        context.destinations
    ) != len(context.decided):
        return False
    trees = [_new_statement(context, statement, edits) for statement, edits in context.replaced]
    for (statement, _), new in zip(context.replaced, trees):
        if new is None or _local_names(new.body) != _local_names([statement.node]):
            return False
    for (statement, _), new in zip(context.replaced, trees):
        for node in new.body if new is not None else ():
            _verify_new_statement(context, statement, node)
    return True


def _new_statement(
    context: FileContext, statement: ImportStatement, edits: tuple[Edit, ...]
) -> ast.Module | None:
    """Return the tree of what stands in a statement's place now; None where it is no statement by itself."""
    start, end = context.source.span(statement.node)
    first, last = min(start, edits[0].start), max(end, edits[-1].end)
    data = context.source.data
    moved = [Edit(edit.start - first, edit.end - first, edit.text) for edit in edits]
    text = apply_edits(data[first:last], moved)
    indent = data[context.source.line_start(start) : start]
    if not indent.strip():
        text = text.replace(context.source.newline + indent, b"\n")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return tree if all(isinstance(node, ast.ImportFrom) for node in tree.body) else None


def _local_names(body: Iterable[ast.stmt]) -> list[str]:
    return sorted(
        a.asname or a.name for n in body if isinstance(n, ast.ImportFrom) for a in n.names
    )


def _verify_new_statement(context: FileContext, old: ImportStatement, node: ast.stmt) -> None:
    """Verify that a new statement's names resolve, and that the codemod would leave them alone."""
    assert isinstance(node, ast.ImportFrom)
    statement = replace(old, node=node)
    for item in context.items_of(statement):
        if (item.imported_name.spelled, item.alias.name) in {
            (old.module, a.name) for a in old.node.names
        }:
            continue
        _verify_resolution(context, item, old.node.lineno)
        touched = context.codemod.applies_to(item.imported_name) and item.alias.name != "*"
        if touched and isinstance(context.codemod.destination(item.imported_name), Destination):
            why = "it would change this line again"
            raise ProofError(context.importer, old.node.lineno, "a second run changes nothing", why)


# -- each import that was touched resolves


def _verify_resolution(context: FileContext, item: ImportedAlias, line: int) -> None:
    why = _why_unresolved(context, item)
    if why:
        raise ProofError(context.importer, line, "each import resolves", why)


def _why_unresolved(context: FileContext, item: ImportedAlias) -> str:
    located, name = item.imported_name.located, item.imported_name.name
    if is_external(located.key):
        return "" if located.exists else f"{item.imported_name.spelled} climbs above the root"
    if not located.exists and context.index.is_of_others(located.key):
        return ""  # only what the legacy module imports itself is taken from there
    if not located.exists:
        return f"there is no module {item.imported_name.spelled}"
    if name in (None, "*") or name in MODULE_ATTRIBUTES:
        return ""
    origin = context.index.origin(located.key, name or "")
    if origin.kind is Kind.MISSING:
        return f"{item.imported_name.spelled} does not define {name}"
    runs = item.statement.at_import_time or item.statement.is_lazy
    if not origin.runtime and runs and not context.importer.endswith(".pyi"):
        return f"{item.imported_name.spelled} has {name} for type checkers only"
    return ""


# -- every name reaches what it should


def _means_the_same(context: DecidedFile, new: DecidedFile) -> None:
    added = assigned_refs(new.source, new.scopes, context.assigned)
    old_refs = [ref for ref in context.scopes.refs if ref.node not in context.gone]
    new_refs = [ref for ref in new.scopes.refs if ref not in added]
    if len(old_refs) != len(new_refs):
        raise ProofError(
            context.importer, 1, "every name reaches what it should", "uses came or went"
        )
    old_scopes, new_scopes = Meanings(context), Meanings(new, context.assigned)
    for old, now in zip(old_refs, new_refs):
        if old_scopes.is_plain(old) and old_scopes.shape(old) == new_scopes.shape(now):
            continue
        was, is_ = old_scopes.possible_meanings(old), new_scopes.meaning(now)
        if is_ not in was:
            line = old.literal.node.lineno if old.literal else old.node.lineno
            should = f"{_attribute_path(old)} is to reach {' '.join(was[0])}"
            why = f"{should}, and {_attribute_path(now)} reaches {' '.join(is_)}"
            raise ProofError(context.importer, line, "every name reaches what it should", why)


def _attribute_path(ref: Ref) -> str:
    return ".".join([ref.name, *(node.attr for node in ref.attributes)])
