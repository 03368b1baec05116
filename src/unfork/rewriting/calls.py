"""Calls and members of what moves: they follow ``[redirect.calls]``, or keep an import where it is (UF009).

from app.old import submit        def submit(job, attempts=3) there, def submit(job, retries=3) in app.new
submit("a", attempts=2)           app.new would raise a TypeError; with rename = { attempts = "retries" } it follows

Receivers are known where the text tells: ``Engine().run()``, ``x = Engine()``, ``with Engine() as x``, ``x: Engine``,
``self.x = Engine()``, ``class Mine(Engine)``. Of others nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from unfork.reading.calls import last_name
from unfork.reading.interfaces import Interface, Signature
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.reading.source import Span, string_span
from unfork.rewriting.call_arguments import Call, CannotChange, call_edits
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import FileRewrite
from unfork.rewriting.receivers import COMMON_MEMBERS, typed_nodes, unknown_receivers
from unfork.rewriting.uses import Use, UsesInText, refs_to
from unfork.values import DIFFERENCE
from unfork_codemods.calls import CallChange
from unfork_codemods.edits import Edit
from unfork_codemods.project import Destination, ImportedName, Located, Unresolved

_CODE = "UF009"
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_UNCHANGED = CallChange()
_TAKES_NO_CALL = frozenset(
    {
        "partial",
        "isinstance",
        "issubclass",
        "cast",
        "getattr",
        "hasattr",
        "setattr",
        "object",
        "super",
    }
)
"""Functions that do not call what they are given, or whose calls are followed."""


def follow_calls(
    context: FileRewrite,
    imported_name: ImportedName,
    destination: Destination,
    at: ast.alias | ast.expr,
    nodes: Callable[[], Iterable[ast.expr]],
) -> list[Edit] | None:
    """Return the edits by which all that is done with a name is taken by its new definition.

    ``at`` is where the name is taken of its module. ``nodes`` gives the uses of the name; it is called only where the
    two differ. Returns None, with findings, where the import has to stay. Nothing is said of names that are not plain
    functions or classes of the project.
    """
    if destination.name is None or imported_name.name is None or context.codemod.step != "redirect":
        return []
    interfaces = context.index.interfaces
    old = interfaces.interface(imported_name.key, imported_name.name)
    new = interfaces.interface(destination.key, destination.name)
    changes = context.codemod.call_changes(imported_name)
    if not changes and (old is None or new is None or old.shape == new.shape):
        return []
    old = old or _assumed(changes)
    name = imported_name.key, imported_name.name
    why = dict(context.facts.staying).get(name)
    if why is not None:
        context.record_unresolved(at, Unresolved(_CODE, f"{imported_name.name} stays: {why}"))
        return None
    uses = _Following(context, old, new, changes, name)
    counterpart = f"{destination.spelling}:{destination.name}"
    places = list(nodes())
    edits = uses.follow(places, counterpart, imported_name.spelled)
    earlier = context.followed.get(name)
    refused = uses.refused or (earlier.refused if earlier is not None else "")
    followed = Followed(name, (destination.key, destination.name), uses.lost, refused)
    context.followed[name] = followed
    if edits is not None:
        uses.note_passed_on(places, imported_name.name, counterpart)
    return edits


def follow_typed(context: FileRewrite) -> None:
    """Change members of legacy classes that only a type checker sees: the file imports no such class itself."""
    for node, typed in typed_nodes(context, context.facts.typed).items():
        key, name = typed.name
        if typed.name in context.followed or not context.codemod.is_about(key):
            continue
        spelled = context.index.dotted(key)
        imported_name = ImportedName(context.importer, Located(key), spelled, name)
        destination = context.codemod.destination(imported_name)
        if not isinstance(destination, Destination):
            continue
        edits = follow_calls(context, imported_name, destination, node, list)
        if edits:
            context.call_edits[node] = edits
            message = f"{typed.member} is a member of {spelled}:{name}"
            context.record_fix(
                node, f"{message}; use that of {destination.spelling}:{destination.name}"
            )


def member_there(
    context: FileContext, imported_name: ImportedName, destination: Destination, member: str
) -> str | Unresolved:
    """Return what a member of a class that moves is called there; Unresolved if the new class certainly lacks it."""
    if destination.name is None or imported_name.name is None:
        return member
    interfaces = context.index.interfaces
    change = context.codemod.call_changes(imported_name).get(member, _UNCHANGED)
    name = change.to or member
    old = interfaces.interface(imported_name.key, imported_name.name)
    new = interfaces.interface(destination.key, destination.name)
    had = old is not None and old.members is not None and member in old.members
    if had and new is not None and new.complete and name not in (new.members or {}):
        counterpart = f"{destination.spelling}:{destination.name}"
        advice = f"change this by hand, or leave the file on {imported_name.spelled}"
        return Unresolved(_CODE, f"{counterpart} does not take this: it has no {name}; {advice}")
    return name


def _assumed(changes: Mapping[str, CallChange]) -> Interface:
    """Return the interface of a legacy definition that is gone: it has the members that the migration names."""
    return Interface(members=dict.fromkeys(name for name in changes if name))


def gone_members(
    old: Interface, new: Interface | None, changes: Mapping[str, CallChange]
) -> frozenset[str]:
    """Return the members that one class has and its counterpart has not, or not in the same way."""
    gone = set(changes)
    if new is not None and new.members is not None and new.complete:
        gone |= {name for name in old.members or () if name not in new.members}
    return frozenset(name for name in gone if name and not name.startswith("__"))


def altered_members(old: Interface, new: Interface | None) -> dict[str, Alteration]:
    """Return the methods that both classes have and that take other arguments, with both signatures."""
    if old.members is None or new is None or new.members is None:
        return {}
    both = {name: (old.members[name], new.members.get(name)) for name in old.members}
    return {
        name: Alteration(before, after)
        for name, (before, after) in both.items()
        if before is not None and after is not None and str(before) != str(after)
    }


class Alteration(NamedTuple):
    """The signatures of a method of both classes."""

    old: Signature
    new: Signature

    def concerns(self, context: FileContext, node: ast.Attribute) -> bool:
        """Return whether a method is called there in a way that the new one does not take, or takes differently."""
        parent = context.parents.get(node)
        if not isinstance(parent, ast.Call) or parent.func is not node:
            return False
        return self.is_refused(context, parent)

    def is_refused(
        self, context: FileContext, call: ast.Call, change: CallChange = _UNCHANGED
    ) -> bool:
        """Return whether a call that the old definition takes is not taken by the new one as it stands."""
        if self.old.refusal(call) is not None:
            return False
        try:
            return bool(call_edits(context.source, Call(call, 0, self.old, self.new), change))
        except CannotChange:
            return True


def uses_of_unknown(
    context: FileContext,
    gone: frozenset[str],
    altered: Mapping[str, Alteration],
    known: Collection[ast.AST],
) -> Iterator[ast.Attribute]:
    """Yield where a member is taken of something whose class nothing tells, and the new class has it not like that."""
    for node in unknown_receivers(context, gone | altered.keys(), known):
        if node.attr in gone or altered[node.attr].concerns(context, node):
            yield node


def nodes_of(context: FileContext, scope: Scope, name: str) -> list[ast.expr]:
    """Return the uses of a name that a scope binds; in a quoted annotation, the string."""
    return list(map(_node_of, refs_to(context, scope, name)))


def _node_of(ref: Ref) -> ast.expr:
    return ref.literal.node if ref.literal is not None else ref.node


def free_nodes_of(context: FileContext, name: str) -> list[ast.expr]:
    """Return the uses of a name that no scope binds: a star import gives it."""
    refs = (ref for ref in context.scopes.refs if ref.name == name)
    return [_node_of(ref) for ref in refs if resolve_name(ref.scope, name) is None]


class _Following:
    """What a file does with one function or class, and what becomes of it."""

    def __init__(
        self,
        context: FileRewrite,
        old: Interface,
        new: Interface | None,
        changes: Mapping[str, CallChange],
        name: Name,
    ) -> None:
        self._name = name
        self._context, self._old, self._new, self._changes = context, old, new, changes
        self._text = UsesInText(context, old, new, changes)
        self.gone = gone_members(old, new, changes)
        self._altered = altered_members(old, new)
        self.lost = self.gone | self._altered.keys()
        self.refused = ""
        """Where a use cannot follow that concerns all instances of the class, with the reason."""

    def follow(self, nodes: Iterable[ast.expr], counterpart: str, legacy: str) -> list[Edit] | None:
        """Return the edits of all uses; None, with a finding for each that cannot follow, if there is one."""
        edits: list[Edit] = []
        refused: dict[ast.expr | ast.stmt, str] = {}
        uses = [use for node in nodes for use in self._text.of(node)]
        seen = {use.node for use in uses}
        for attribute, typed in typed_nodes(self._context, self._context.facts.typed).items():
            if typed.name == self._name and attribute not in seen:
                uses += self._text.member(attribute)
        for use in uses:
            try:
                edits += self._edits_of(use)
            except CannotChange as why:
                refused.setdefault(use.node, str(why))
                if self._old.members is not None and (self.gone or use.member):
                    self._refuse_everywhere(use.node, str(why))
        known = {place for use in uses for place in (use.node, use.name) if place is not None}
        for attribute in uses_of_unknown(self._context, self.gone, self._altered, known):
            receiver = ast.unparse(attribute.value)
            vague = (
                f"{attribute.attr} is taken of {receiver}, whose class nothing tells; annotate it"
            )
            refused.setdefault(attribute, vague)
            if attribute.attr not in COMMON_MEMBERS:
                self._refuse_everywhere(attribute, vague)
        for node, text in refused.items():
            advice = f"change this by hand, or leave the file on {legacy}"
            message = f"{counterpart} does not take this: {text}; {advice}"
            self._context.record_unresolved(node, Unresolved(_CODE, message))
        return None if refused else edits

    def note_passed_on(self, nodes: Iterable[ast.expr], name: str, counterpart: str) -> None:
        """Note where the function or class is only handed to others, who may call it as they did before."""
        new = self._new.call if self._new is not None else None
        is_same = not self._changes.get("", _UNCHANGED).changes_arguments and (
            new is None or self._old.call is None or str(new) == str(self._old.call)
        )
        for node in nodes:
            if not is_same and _is_passed_on(node, self._context.parents.get(node)):
                what = f"as {new}" if new is not None else "in another way"
                message = f"{name} is passed on here, and {counterpart} is called {what}"
                self._context.record_note(node, Unresolved(DIFFERENCE, message))

    def _refuse_everywhere(self, node: ast.expr | ast.stmt, why: str) -> None:
        line, col = self._context.at(node)
        self.refused = self.refused or f"{self._context.importer}:{line}:{col}: {why}"

    # -- what becomes of a use

    def _edits_of(self, use: Use) -> Iterator[Edit]:
        """Yield the edits that a use needs. Raises CannotChange."""
        if use.member in ("", "__init__"):
            change = self._changes.get("", _UNCHANGED)
            old, new = self._old.call, self._new.call if self._new is not None else None
        else:
            change = self._changes.get(use.member, _UNCHANGED)
            old, new = self._signatures(use, change)
            yield from self._name_edits(use, change)
        if use.call is None or (change == _UNCHANGED and self._is_refused(use, old)):
            return
        call = Call(use.call, use.skipped, old, new, use.complete, use.given)
        yield from call_edits(self._context.source, call, change)

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
        if name not in self._new.members and self._new.complete:
            raise CannotChange(f"it has no {name}")
        return old, self._new.members.get(name)

    def _name_edits(self, use: Use, change: CallChange) -> Iterator[Edit]:
        """Yield the edit that gives a member its new name."""
        if use.name is None or change.to is None or change.to == use.member:
            return
        if isinstance(use.name, _Function) and change.changes_arguments:
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


def _is_passed_on(node: ast.expr, parent: ast.AST | None) -> bool:
    """Return whether an expression is handed to a call, a container, a caller or a variable, and not called here."""
    match parent:
        case ast.Call(func=func):
            return func is not node and last_name(func) not in _TAKES_NO_CALL
        case ast.keyword() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Return():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return value is node
        case _:
            return False


def _refusal(use: Use, signature: Signature) -> str | None:
    """Return why a signature does not take a call; None where it does, or may."""
    assert use.call is not None
    given = ast.Call(use.call.func, use.call.args[use.skipped :], use.call.keywords)
    return signature.refusal(given, given=use.complete)
