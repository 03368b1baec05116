"""How a path in a string is rewritten: in the literal or the constant that holds it, or in the expression's place.

A constant, or an element of a list that a loop goes through, changes where all uses of it are paths that want the same.
Else the path is written where it is used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.reading.texts import Piece, Text
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import FileRewrite, FollowedCalls
from unfork.rewriting.quoted_paths import Quoted
from unfork.rewriting.renames import references_to
from unfork_codemods.edits import Edit
from unfork_codemods.project import ImportedName, Unresolved

_OF_KEYS = frozenset({"frozenset", "iter", "len", "list", "set", "sorted", "tuple"})
"""Functions to which a dictionary is its keys."""
Change = tuple[int, int, str]
"""The characters of a path from where to where, and what stands there from now on."""


@dataclass(slots=True, eq=False)
class Move:
    """A path that changes, the ``edits`` elsewhere that go with it, and uses whose first attribute changes by these.

    ``rebinds`` is the name at the top level that is the new module from then on. ``calls`` is what becomes of what is
    done with the names that are taken of it.
    """

    quoted: Quoted
    changes: Sequence[Change]
    edits: list[Edit] = field(default_factory=list)
    uses: dict[Ref, str] = field(default_factory=dict)
    rebinds: str | None = None
    calls: list[FollowedCalls] = field(default_factory=list)

    @property
    def new(self) -> str:
        """The new path."""
        return _apply_changes(self.quoted.value, self.changes)


def carry_out(context: FileRewrite, every: Sequence[Quoted], moves: Sequence[Move]) -> None:
    """Make the edits of the moves; ``every`` are all paths of the file, those that stay as they are too."""
    if context.facts.reports_references:
        for move in moves:
            context.record_unresolved(move.quoted.node, _reported(context, move))
        return
    by_quoted = {move.quoted: move for move in moves}
    wanted: dict[int, set[str]] = {}
    for quoted in every:
        changes = by_quoted[quoted].changes if quoted in by_quoted else ()
        for piece, text in _changed_pieces(quoted.text, changes):
            if piece.start is not None:
                wanted.setdefault(piece.start, set()).add(text)
    told = {name for quoted in every for name in quoted.text.names}
    for move in moves:
        edits = _where_it_stands(context, move, wanted, told)
        if edits is None and _can_be_replaced(context, move):
            edits = [_written_out(context, move)]
        if edits is None:
            context.record_unresolved(move.quoted.node, _stays_unwritten(context, move))
            continue
        quoted = move.quoted
        for calls in move.calls:
            context.record_calls(calls)
        context.edits += [*edits, *move.edits]
        context.retargeted |= move.uses
        if move.rebinds is not None:
            context.repointed_aliases.append(move.rebinds)
            if _others_may_use_more(context, move):
                context.renamed.append((move.rebinds, move.rebinds))
        context.record_fix(
            quoted.node, f"{quoted.value!r} names {quoted.spelled}; use {move.new!r}"
        )


def _reported(context: FileContext, move: Move) -> Unresolved:
    """Return what is said of a path that would change, where the migration only reports references."""
    why = f'the migration has references = "report"; write {move.new!r}'
    named = f"{move.quoted.value!r} names {move.quoted.spelled}, and {why}"
    return Unresolved(context.codemod.code, named)


def _others_may_use_more(context: FileContext, move: Move) -> bool:
    """Return whether other files may use names through a file's name for the module that only the legacy one has."""
    imported_name = ImportedName(context.importer, move.quoted.located, move.quoted.spelled)
    return not context.codemod.is_drop_in_replacement(imported_name)


def _stays_unwritten(context: FileContext, move: Move) -> Unresolved:
    """Return what to write, and in which line, for a path that other code may use for something else."""
    quoted = move.quoted
    written = next(
        (
            (context.source.location(piece.start)[0], piece.text, new)
            for piece, new in _changed_pieces(quoted.text, move.changes)
            if piece.start is not None and piece.text != new
        ),
        (quoted.node.lineno, quoted.value, move.new),
    )
    line, old, new = written
    why = f"{context.importer}:{line} has '{old}', which is used for something else, too; write '{new}' there"
    return Unresolved(context.codemod.code, f"{quoted.value!r} names {quoted.spelled}: {why}")


def _where_it_stands(
    context: FileContext, move: Move, wanted: dict[int, set[str]], told: set[ast.Name]
) -> list[Edit] | None:
    """Return the edits of the literals that make up a path; None where they cannot be edited, or serve others too."""
    edits = []
    for piece, text in _changed_pieces(move.quoted.text, move.changes):
        if piece.text == text:
            continue
        if piece.start is None or wanted[piece.start] != {text}:
            return None
        end = piece.start + len((piece.text or "").encode())
        edits.append(Edit(piece.start, end, text.encode()))
    return edits if all(_is_told(context, name, told) for name in move.quoted.text.names) else None


def _is_told(context: FileContext, name: ast.Name, told: set[ast.Name]) -> bool:
    """Return whether every use of a constant is part of a known path, and no other file may use it."""
    scope = resolve_name(context.scope_around(name), name.id)
    if scope is None or (scope is context.scopes.module and name.id in context.facts.keep):
        return False
    uses = (ref.node for ref in references_to(scope, name.id) if isinstance(ref.node.ctx, ast.Load))
    return all(use in told or _asks_for_keys(context, scope, use) for use in uses)


def _asks_for_keys(context: FileContext, scope: Scope, use: ast.Name) -> bool:
    """Return whether a use of a dictionary only asks for its keys: ``name in TABLE``, ``sorted(TABLE)``."""
    holder = context.parents.get(scope.binds[use.id][0].node)
    if not isinstance(holder, ast.Assign | ast.AnnAssign) or not isinstance(holder.value, ast.Dict):
        return False
    match context.parents.get(use):
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[table]):
            return table is use
        case ast.Call(func=ast.Name(id=function), args=[table, *_]):
            return table is use and function in _OF_KEYS
        case ast.Attribute(attr="keys") | ast.For() | ast.comprehension() | ast.Starred():
            return True
        case _:
            return False


def _can_be_replaced(context: FileContext, move: Move) -> bool:
    """Return whether a path can be written in the place of the expression, which says nothing else."""
    quoted = move.quoted
    if quoted.several or quoted.argument.text is not None:
        return False
    if isinstance(quoted.node, ast.Subscript | ast.Call):  # a table may get other entries
        return False
    return not any(_is_imported(context, name) for name in quoted.text.names)


def _written_out(context: FileRewrite, move: Move) -> Edit:
    """Return the edit that writes a path in the place of the expression, whose names are not renamed any more."""
    node = move.quoted.node
    start, end = context.source.span(node)
    context.gone.update(name for name in ast.walk(node) if isinstance(name, ast.Name))
    context.edits = [edit for edit in context.edits if not start <= edit.start <= edit.end <= end]
    return Edit(start, end, f'"{move.new}"'.encode())


def _is_imported(context: FileContext, name: ast.Name) -> bool:
    """Return whether an import binds a constant, and has no other use: it would be left without any."""
    scope = resolve_name(context.scope_around(name), name.id)
    if scope is None or all(bind.alias is None for bind in scope.binds[name.id]):
        return False
    return len(references_to(scope, name.id)) == 1


def _apply_changes(value: str, changes: Sequence[Change]) -> str:
    for start, end, text in sorted(changes, reverse=True):
        value = value[:start] + text + value[end:]
    return value


def _changed_pieces(text: Text, changes: Sequence[Change]) -> Iterator[tuple[Piece, str]]:
    """Yield the pieces of a text, each with what it says once the changes are made: the first concerned says them."""
    at = 0
    for piece in text.pieces:
        said = piece.text or ""
        mine = []
        for start, end, new in changes:
            first, last = max(start, at), min(end, at + len(said))
            if first < last:
                mine.append((first - at, last - at, new if first == start else ""))
        yield piece, _apply_changes(said, mine)
        at += len(said)


def module_change(old: str, new: str) -> Change:
    """Return the change of a module's path, without the parts that both begin with, and those that both end with."""
    olds, news = old.split("."), new.split(".")
    fewer = min(len(olds), len(news)) - 1
    first = next((at for at in range(fewer) if olds[at] != news[at]), fewer)
    last = next((at for at in range(fewer - first) if olds[~at] != news[~at]), fewer - first)
    start = sum(len(part) + 1 for part in olds[:first])
    end = len(old) - sum(len(part) + 1 for part in olds[len(olds) - last :])
    return start, end, ".".join(news[first : len(news) - last])
