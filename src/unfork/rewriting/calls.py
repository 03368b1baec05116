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

from unfork.reading.calls import last_name, named_attribute
from unfork.reading.interfaces import Interface, Signature
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.reading.source import Span, string_span
from unfork.rewriting.call_arguments import Call, CannotChange, call_edits
from unfork.rewriting.constraints import Followed
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.receivers import COMMON_MEMBERS, unknown_receivers
from unfork.values import DIFFERENCE
from unfork_codemods.calls import CallChange
from unfork_codemods.edits import Edit
from unfork_codemods.project import Destination, ImportedName, Unresolved

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
_NOTHING: frozenset[str] = frozenset()


class Use(NamedTuple):
    """What is done at ``node`` with a function or class, or its ``member``: it is called by ``call``, or only taken.

    ``name`` is where the text has the member's name: an attribute, a definition, or a string. ``skipped`` arguments of
    the call come before those of the definition; ``given`` of its parameters have a value already. ``complete`` is
    False where not all arguments are seen.
    """

    node: ast.expr | ast.stmt
    member: str = ""
    call: ast.Call | None = None
    name: ast.Attribute | ast.Constant | _Function | None = None
    skipped: int = 0
    complete: bool = True
    given: int | None = None


def follow_calls(
    context: FileContext,
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
    uses = _Uses(context, old, new, changes)
    counterpart = f"{destination.spelling}:{destination.name}"
    edits = uses.follow(nodes(), counterpart, imported_name.spelled)
    earlier = context.followed.get(name)
    refused = uses.refused or (earlier.refused if earlier is not None else "")
    followed = Followed(name, (destination.key, destination.name), uses.lost, refused)
    context.followed[name] = followed
    if edits is not None:
        uses.note_passed_on(nodes(), imported_name.name, counterpart)
    return edits


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
        if self.old.refusal(parent) is not None:
            return False
        try:
            return bool(call_edits(context.source, Call(parent, 0, self.old, self.new), _UNCHANGED))
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
    return list(map(_node_of, _refs_to(context, scope, name)))


def _node_of(ref: Ref) -> ast.expr:
    return ref.literal.node if ref.literal is not None else ref.node


def free_nodes_of(context: FileContext, name: str) -> list[ast.expr]:
    """Return the uses of a name that no scope binds: a star import gives it."""
    refs = (ref for ref in context.scopes.refs if ref.name == name)
    return [_node_of(ref) for ref in refs if resolve_name(ref.scope, name) is None]


def _refs_to(context: FileContext, scope: Scope, name: str) -> list[Ref]:
    refs = (ref for ref in context.scopes.refs if ref.name == name)
    return [ref for ref in refs if resolve_name(ref.scope, name) is scope]


class _Uses:
    """What a file does with one function or class, and what becomes of it."""

    def __init__(
        self,
        context: FileContext,
        old: Interface,
        new: Interface | None,
        changes: Mapping[str, CallChange],
    ) -> None:
        self._context, self._old, self._new, self._changes = context, old, new, changes
        self._followed: set[tuple[object, str]] = set()
        self.gone = gone_members(old, new, changes)
        self.lost = self.gone | altered_members(old, new).keys()
        self.refused = ""
        """Where a use cannot follow that concerns all instances of the class, with the reason."""

    def follow(self, nodes: Iterable[ast.expr], counterpart: str, legacy: str) -> list[Edit] | None:
        """Return the edits of all uses; None, with a finding for each that cannot follow, if there is one."""
        edits: list[Edit] = []
        refused: dict[ast.expr | ast.stmt, str] = {}
        uses = [use for node in nodes for use in self.of(node)]
        for use in uses:
            try:
                edits += self._edits_of(use)
            except CannotChange as why:
                refused.setdefault(use.node, str(why))
                if self._old.members is not None and (self.gone or use.member):
                    self._refuse_everywhere(use.node, str(why))
        known = {place for use in uses for place in (use.node, use.name) if place is not None}
        altered = altered_members(self._old, self._new)
        for attribute in uses_of_unknown(self._context, self.gone, altered, known):
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

    # -- the uses in the text

    def of(self, node: ast.expr, own: frozenset[str] = _NOTHING) -> Iterator[Use]:
        """Yield what is done with an expression that is the function or class, or a subclass.

        ``own`` are the members that the subclass defines itself: only their names follow.
        """
        node = self._whole_annotation(node)
        parent = self._context.parents.get(node)
        match parent:
            case ast.Call(func=func) if func is node:
                if "__init__" not in own:
                    yield Use(parent, "", parent)
                yield from self._instance(parent, own)
            case ast.Call(args=[first, *_]) if first is node:
                yield from self._passed(parent, own)
            case ast.Attribute(value=value) if value is node:
                yield from self._member(parent, own, of_class=True)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name)) as key):
                if value is node and name in self._changes:
                    yield Use(parent, name, name=key)  # a member of an enumeration
            case ast.ClassDef() if node in parent.bases:
                yield from self._subclass(parent, own)
            case ast.arg(annotation=annotation, arg=name) if annotation is node:
                yield from self._parameter(parent, name, own)
            case ast.AnnAssign(annotation=annotation, target=target) if annotation is node:
                yield from self._bound(target, own)
            case ast.FunctionDef(returns=returns) if returns is node:
                yield from self._returned(parent, own)
            case _:
                return

    def _whole_annotation(self, node: ast.expr) -> ast.expr:
        """Return the annotation around a class: ``Engine | None`` and ``Optional[Engine]`` are an engine, too."""
        while True:
            match self._context.parents.get(node):
                case ast.BinOp(op=ast.BitOr()) as outer:
                    node = outer
                case ast.Subscript(value=value) as outer if last_name(value) == "Optional":
                    node = outer
                case _:
                    return node

    def _passed(self, call: ast.Call, own: frozenset[str]) -> Iterator[Use]:
        """Yield what a call does with the function or class that is its first argument."""
        if last_name(call.func) == "partial" and "__init__" not in own:
            yield Use(call, "", call, skipped=1, complete=False)
            for later in self._calls_of_variable(call):
                yield Use(later, "", later, complete=False, given=len(call.args) - 1)
        yield from self._named(call)

    def _calls_of_variable(self, value: ast.expr) -> Iterator[ast.Call]:
        """Yield the calls of a variable that holds a value and nothing else."""
        match self._context.parents.get(value):
            case ast.Assign(targets=[ast.Name(id=name) as target]):
                scope = resolve_name(self._context.scope_around(target), name)
            case _:
                return
        if scope is None or len(scope.binds[name]) != 1:
            return
        for ref in _refs_to(self._context, scope, name):
            call = self._context.parents.get(ref.node)
            if isinstance(call, ast.Call) and call.func is ref.node:
                yield call

    def _named(self, call: ast.Call) -> Iterator[Use]:
        """Yield the member that a call names by a string: ``getattr(x, "run")``, ``patch.object(Engine, "run")``."""
        named = named_attribute(call)
        if named is None or (str(named.value) not in self._changes and len(call.args) != 2):
            return
        yield from self._known_member(Use(call, str(named.value), name=named))
        parent = self._context.parents.get(call)
        if isinstance(parent, ast.Call) and parent.func is call:
            yield from self._known_member(Use(parent, str(named.value), parent))

    def _known_member(self, use: Use) -> Iterator[Use]:
        """Yield a use of a member, if the legacy class has it."""
        if use.member in (self._old.members or {}) or use.member in self._changes:
            yield use

    @property
    def _has_members(self) -> bool:
        return bool(self._changes) or (self._new is not None and self._new.members is not None)

    def _instance(self, node: ast.expr, own: frozenset[str]) -> Iterator[Use]:
        """Yield what is done with an expression that is an instance of the class."""
        if not self._has_members:
            return
        parent = self._context.parents.get(node)
        match parent:
            case ast.Attribute(value=value) if value is node:
                yield from self._member(parent, own)
            case ast.Assign(targets=[target], value=value) if value is node:
                yield from self._bound(target, own)
            case ast.AnnAssign(target=target, value=value) if value is node:
                yield from self._bound(target, own)
            case ast.NamedExpr(target=target, value=value) if value is node:
                yield from self._bound(target, own)
            case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                if value is node and self._enters:
                    yield from self._bound(target, own)
            case ast.Call(args=[first, *_]) if first is node:
                yield from self._named(parent)
                if last_name(parent.func) == "replace":
                    yield Use(parent, "", parent, skipped=1, complete=False)
            case _:
                return

    @property
    def _enters(self) -> bool:
        """Whether ``with`` gives the instance itself."""
        return self._old.enters and (self._new is None or self._new.enters)

    def _bound(self, target: ast.expr, own: frozenset[str]) -> Iterator[Use]:
        """Yield what is done with what an instance is bound to, if that is never bound to anything else."""
        match target:
            case ast.Name(id=name):
                scope = resolve_name(self._context.scope_around(target), name)
                if scope is not None:
                    yield from self._variable(scope, name, own)
            case ast.Attribute(value=ast.Name(id=receiver), attr=attribute):
                yield from self._attribute(target, receiver, attribute, own)
            case _:
                return

    def _variable(self, scope: Scope, name: str, own: frozenset[str]) -> Iterator[Use]:
        if len(scope.binds.get(name, ())) != 1 or name in scope.declared:
            return
        if (scope, name) in self._followed:
            return
        self._followed.add((scope, name))
        for ref in _refs_to(self._context, scope, name):
            if isinstance(ref.node.ctx, ast.Load):
                yield from self._instance(ref.node, own)

    def _attribute(
        self, target: ast.expr, receiver: str, attribute: str, own: frozenset[str]
    ) -> Iterator[Use]:
        """Yield what is done with ``self.x``, in the class whose method sets it, if nothing else sets it there."""
        method = self._context.scope_around(target).node
        owner = self._context.parents.get(method)
        if not isinstance(method, _Function) or not isinstance(owner, ast.ClassDef):
            return
        if [arg.arg for arg in method.args.args[:1]] != [receiver]:
            return
        same = [
            node
            for node in ast.walk(owner)
            if isinstance(node, ast.Attribute)
            and node.attr == attribute
            and isinstance(node.value, ast.Name)
            and node.value.id == receiver
        ]
        if sum(not isinstance(node.ctx, ast.Load) for node in same) > 1:
            return
        if (owner, attribute) in self._followed:
            return
        self._followed.add((owner, attribute))
        for node in same:
            if isinstance(node.ctx, ast.Load):
                yield from self._instance(node, own)

    def _parameter(self, arg: ast.arg, name: str, own: frozenset[str]) -> Iterator[Use]:
        if not self._has_members:
            return
        function = self._context.parents.get(self._context.parents.get(arg, arg))
        inner = [s for s in self._context.scopes.module.within() if s.node is function]
        if inner:
            yield from self._variable(inner[-1], name, own)

    def _returned(self, function: ast.FunctionDef, own: frozenset[str]) -> Iterator[Use]:
        """Yield what is done with what a function returns, by its annotation."""
        scope = resolve_name(self._context.scope_around(function), function.name)
        if scope is None or len(scope.binds[function.name]) != 1 or function.decorator_list:
            return
        for ref in _refs_to(self._context, scope, function.name):
            parent = self._context.parents.get(ref.node)
            if isinstance(parent, ast.Call) and parent.func is ref.node:
                yield from self._instance(parent, own)

    def _subclass(self, node: ast.ClassDef, inherited: frozenset[str]) -> Iterator[Use]:
        """Yield what a subclass does with its base, and what is done with the subclass."""
        if not self._has_members:
            return
        own = inherited | _names_defined(node)
        for method in node.body:
            if not isinstance(method, _Function):
                continue
            change = self._changes.get(method.name)
            if change is not None and change.to is not None:
                yield Use(method, method.name, name=method)
            yield from self._in_method(method, own, alone=len(node.bases) == 1)
        scope = resolve_name(self._context.scope_around(node), node.name)
        if scope is not None and len(scope.binds[node.name]) == 1:
            for ref in _refs_to(self._context, scope, node.name):
                yield from self.of(ref.node, own)

    def _in_method(self, method: _Function, own: frozenset[str], alone: bool) -> Iterator[Use]:
        """Yield what a method of a subclass does with ``super().x`` and ``self.x``."""
        if not method.args.args:
            return
        receiver = method.args.args[0].arg
        for part in ast.walk(method):
            match part:
                case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[])):
                    yield from self._member(part, _NOTHING)
                case ast.Attribute(value=ast.Name(id=name)) if name == receiver and alone:
                    yield from self._member(part, own)
                case _:
                    continue

    def _member(
        self, node: ast.Attribute, own: frozenset[str], of_class: bool = False
    ) -> Iterator[Use]:
        """Yield the use of a member that is taken of the class, or of an instance."""
        is_stored = not isinstance(node.ctx, ast.Load)
        if is_stored and node.attr not in self._changes:
            return
        parent = self._context.parents.get(node)
        call = parent if isinstance(parent, ast.Call) and parent.func is node else None
        if node.attr in own:
            change = self._changes.get(node.attr)
            if change is not None and change.to is not None:
                yield Use(node, node.attr, name=node)
            return
        skipped = 1 if of_class and (self._old.members or {}).get(node.attr) is not None else 0
        yield from self._known_member(Use(node, node.attr, call, node, skipped))
        if call is None:
            for later in self._calls_of_variable(node):
                yield from self._known_member(Use(later, node.attr, later, skipped=skipped))


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


def _names_defined(node: ast.ClassDef) -> frozenset[str]:
    """Return the names that a class body defines by itself."""
    defined = {part.name for part in node.body if isinstance(part, _Function | ast.ClassDef)}
    assigned = {
        part.id
        for statement in node.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    return frozenset(defined | assigned)


def _refusal(use: Use, signature: Signature) -> str | None:
    """Return why a signature does not take a call; None where it does, or may."""
    assert use.call is not None
    given = ast.Call(use.call.func, use.call.args[use.skipped :], use.call.keywords)
    return signature.refusal(given, given=use.complete)
