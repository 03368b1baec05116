"""What one use of a legacy definition needs so that the new one takes it: edits, or the reason why it cannot change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from unfork.nodes import FunctionDef, last_name
from unfork.reading.signatures import COROUTINE, Signature, bare_parameters
from unfork.reading.source import Span, string_span
from unfork.rewriting.altered_members import UNCHANGED
from unfork.rewriting.call_arguments import Call, CannotChange, call_edits, fits_as_it_is
from unfork.rewriting.callbacks import PASSING, Callbacks, is_passed_on
from unfork.rewriting.changed_definition import ChangedDefinition
from unfork.rewriting.kinds import Member
from unfork.rewriting.uses import Use
from unfork_codemods.calls import CallChange
from unfork_codemods.edits import Edit


class UseEdits:
    """Fits uses of a legacy definition to the one that takes its place."""

    def __init__(self, definition: ChangedDefinition) -> None:
        self._definition, self._context = definition, definition.context
        self._old, self._new, self._changes = definition.old, definition.new, definition.changes
        self._receivers = definition.receivers

    def edits(self, use: Use) -> Iterator[Edit]:
        """Yield the edits that a use needs. Raises CannotChange."""
        if use.member in ("", "__init__"):
            change = self._changes.get("", UNCHANGED)
            old, new = self._old.call, self._new.call if self._new is not None else None
        else:
            change = self._changes.get(use.member, UNCHANGED)
            old, new = self._signatures(use, change)
            self._check_way(use, old, new)
            yield from self._name_edits(use, change)
        if use.call is None or (change == UNCHANGED and self._is_refused(use, old)):
            return
        is_awaited = isinstance(self._context.parents.get(use.call), ast.Await)
        if is_awaited and old is not None and new is not None and new.result == COROUTINE:
            old = replace(old, result=new.result)  # a plain function may return what is awaited
        call = Call(use.call, use.skipped, old, new, use.complete, use.given)
        edits = call_edits(self._context.source, call, change)
        if edits and old is not None and old.under:
            raise CannotChange(f"@{old.under[-1]} stands on it, which may not take other arguments")
        yield from edits

    def _check_way(self, use: Use, old: Signature | None, new: Signature | None) -> None:
        """Raise CannotChange if a member is of another kind there, or is taken of the class and needs an instance."""
        alteration = self._definition.altered.get(use.member)
        if alteration is None or use.name is None:
            return
        node = use.node if isinstance(use.name, ast.Constant) else None
        if isinstance(node, ast.expr) and alteration.why:
            if alteration.concerns_named(self._context, node):
                raise CannotChange(alteration.why)
            return
        if not isinstance(use.name, ast.Attribute):
            return
        if alteration.why and alteration.concerns(self._context, use.name):
            raise CannotChange(alteration.why)
        if old is None or new is None:
            return
        if old.gets_class and not new.gets_class and self._receivers.is_of_subclass(use.name.value):
            raise CannotChange(f"{use.member} is not given the subclass there")
        if old.of_class != new.of_class:
            kinds = self._receivers.inference.kinds(use.name) or ()
            if any(isinstance(kind, Member) and kind.of_class for kind in kinds):
                what = "no instance" if new.of_class else "an instance"
                raise CannotChange(f"{use.member} is taken of the class, and takes {what} there")

    def _is_refused(self, use: Use, old: Signature | None) -> bool:
        """Return whether the legacy definition does not take a call either."""
        return old is not None and _refusal(use, old) is not None

    def _signatures(
        self, use: Use, change: CallChange
    ) -> tuple[Signature | None, Signature | None]:
        """Return what a member takes before and after. Raises CannotChange if the new class has no such member."""
        old = (self._old.members or {}).get(use.member)
        if self._new is None or self._new.members is None:
            return old, None
        name = change.to or use.member
        is_of_subclass = self._old.complete and use.member not in (self._old.members or {})
        if name not in self._new.members and self._new.complete and not is_of_subclass:
            raise CannotChange(f"it has no {name}")
        return old, self._new.members.get(name)

    def _name_edits(self, use: Use, change: CallChange) -> Iterator[Edit]:
        """Yield the edit that gives a member its new name."""
        is_stored = isinstance(use.name, ast.Attribute) and isinstance(use.name.ctx, ast.Store)
        if is_stored and change.changes_arguments:
            raise CannotChange(f"{use.member} is replaced here, and would get other arguments")
        if use.name is None or change.to is None or change.to == use.member:
            return
        if isinstance(use.name, FunctionDef) and change.changes_arguments:
            raise CannotChange(f"a subclass defines {use.member} itself, with the old arguments")
        span = self._span_of_name(use)
        if span is None:
            raise CannotChange(f"{use.member} is {change.to} there, and cannot be edited here")
        yield Edit(*span, change.to.encode())

    def _span_of_name(self, use: Use) -> Span | None:
        source = self._context.source
        match use.name:
            case ast.Attribute() as node:
                end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
                span = end - len(node.attr.encode()), end
            case ast.Constant() as node:
                text = string_span(source, node)
                span = text if text is not None else (0, 0)
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                start = source.offset(node.lineno, node.col_offset)
                at = source.data.find(b" " + node.name.encode(), start)
                span = at + 1, at + 1 + len(node.name.encode())
            case _:
                return None
        return span if source.data[span[0] : span[1]] == use.member.encode() else None

    # -- what is passed on to others

    def check_passed_on(self, use: Use, counterpart: str) -> str | None:
        """Return what a note says of a function, class or method that is handed to others; None if nothing.

        Raises CannotChange where these may call it in a way that the new definition does not take as it is.
        """
        node = use.node
        if use.call is not None or not isinstance(node, ast.Name | ast.Attribute | ast.Call):
            return None
        if not is_passed_on(self._context, node):
            return None
        member = "" if use.member == "__init__" else use.member
        change = self._changes.get(member, UNCHANGED)
        old, new = self._old.call, self._new.call if self._new is not None else None
        if member:
            old, new = self._signatures(use, change)
        if old is None or new is None or old.under:
            return None
        if bare_parameters(old.arguments) == bare_parameters(new.arguments) and not change.add:
            return None
        if change.add or not new.takes_all_of(old):
            self._check_received(node, Call(ast.Call(node, [], []), use.skipped, old, new), change)
        return f"{counterpart} is called as {new}" if not member else f"{counterpart} has {new}"

    def _check_received(self, node: ast.expr, call: Call, change: CallChange) -> None:
        calls = Callbacks(self._receivers.inference).calls(node)
        if calls is None:
            raise CannotChange(f"it is passed on, and may be called in another way than {call.new}")
        passing = self._context.parents.get(node)
        is_passed = isinstance(passing, ast.Call) and last_name(passing.func) in PASSING
        for context, received in calls:
            is_here = context is self._context and (is_passed or received in context.parents)
            if is_here and self._receivers.called(received.func) is not None:
                continue  # it is followed
            given = ast.Call(received.func, received.args[call.skipped :], received.keywords)
            if call.old is not None and call.old.refusal(given) is None:
                made = call._replace(node=received)
                if not fits_as_it_is(made, change):
                    line, col = context.at(received)
                    place = f"{context.importer}:{line}:{col}"
                    raise CannotChange(f"it is passed on, and {place} calls it in the old way")


def _refusal(use: Use, signature: Signature) -> str | None:
    """Return why a signature does not take a call; None where it does, or may."""
    assert use.call is not None
    given = ast.Call(use.call.func, use.call.args[use.skipped :], use.call.keywords)
    return signature.refusal(given, given=use.complete)
