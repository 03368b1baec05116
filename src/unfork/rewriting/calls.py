"""Calls and members of what moves: they follow ``[redirect.calls]``, or keep an import where it is (UF009).

from app.old import submit        def submit(job, attempts=3) there, def submit(job, retries=3) in app.new
submit("a", attempts=2)           app.new would raise a TypeError; with rename = { attempts = "retries" } it follows

Receivers are known where the text tells: ``Engine().run()``, ``x = Engine()``, ``with Engine() as x``, ``x: Engine``,
``self.x = Engine()``, ``class Mine(Engine)``. Of others nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain

from unfork.nodes import FunctionDef
from unfork.reading.calls import last_name, named_attribute
from unfork.reading.index import Index
from unfork.reading.interfaces import Interface
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.reading.signatures import COROUTINE, Signature, bare_parameters
from unfork.reading.source import Span, string_span
from unfork.rewriting.altered_members import (
    UNCHANGED,
    altered_members,
    gone_members,
    overrides_that_differ,
    uses_of_unknown,
)
from unfork.rewriting.call_arguments import Call, CannotChange, call_edits, fits_as_it_is
from unfork.rewriting.callbacks import PASSING, Callbacks, is_passed_on
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import NO_CALLS, DecidedFile, FileRewrite, FollowedCalls
from unfork.rewriting.handed_misfits import Misfit, misfits_of_handed_values
from unfork.rewriting.kinds import PLAIN, Member
from unfork.rewriting.named_values import names_through_others, other_names
from unfork.rewriting.other_errors import errors_missed, misfits_of_errors
from unfork.rewriting.other_kinds import (
    misfits_of_instances,
    misfits_of_name,
    misfits_of_value_members,
)
from unfork.rewriting.receivers import (
    COMMON_MEMBERS,
    Receiver,
    Receivers,
    typed_nodes,
)
from unfork.rewriting.stand_ins import misfits_of_replacements, misfits_of_stand_ins
from unfork.rewriting.uses import Use, UsesInText
from unfork.values import DIFFERENCE
from unfork_codemods.calls import CallChange
from unfork_codemods.edits import Edit
from unfork_codemods.project import (
    Destination,
    ImportCodemod,
    ImportedName,
    Located,
    Unresolved,
)

_CODE = "UF009"


def follow_calls(
    context: DecidedFile,
    imported_name: ImportedName,
    destination: Destination,
    at: ast.alias | ast.expr,
    nodes: Callable[[], Iterable[ast.expr]],
) -> FollowedCalls:
    """Return the edits by which all that is done with a name is taken by its new definition, or why its import stays.

    ``at`` is where the name is taken of its module. ``nodes`` gives the uses of the name; it is called only where the
    two differ. Nothing is said of names that are not plain functions or classes of the project.
    """
    if destination.name is None or imported_name.name is None or context.codemod.step != "redirect":
        return NO_CALLS
    interfaces = context.index.interfaces
    old = interfaces.interface(imported_name.key, imported_name.name)
    new = interfaces.interface(destination.key, destination.name)
    changes = context.codemod.call_changes(imported_name)
    name = imported_name.key, imported_name.name
    there = destination.key, destination.name
    missed = frozenset[str]()
    if old is not None and new is not None:
        missed = errors_missed(interfaces, name, there)
    is_same = old is None or new is None or old.shape == new.shape
    index, codemod = context.index, context.codemod
    if not (changes or missed) and (is_same or is_instance_that_moves(index, codemod, name, there)):
        return _calls_of_giver(context, name, there, at)
    old = old or _assumed(changes)
    why = dict(context.facts.staying).get(name)
    if why is not None:
        stays = Unresolved(_CODE, f"{imported_name.name} stays: {why}")
        return FollowedCalls(left=((at, stays),))
    uses = _Following(context, old, new, changes, name, missed)
    counterpart = f"{destination.spelling}:{destination.name}"
    places = list(nodes())
    calls = uses.follow(places, counterpart, imported_name.spelled)
    followed = Followed(name, there, uses.lost, uses.refused, uses.left)
    return calls._replace(followed=followed)


def is_instance_that_moves(index: Index, codemod: ImportCodemod, name: Name, there: Name) -> bool:
    """Return whether a value is an instance of a class that the migration moves, so that what is done with it follows.

    engine = OldEngine()
    """
    old = index.interfaces.interface(*name)
    follower = partial(counterpart_of, codemod, index)
    if old is None or old.kind != "value":
        return False
    given = index.interfaces.given_that_differ(name, there, follower)
    return bool(given) and all(follower(own) == new for own, new in given)


def _calls_of_giver(
    context: DecidedFile, name: Name, there: Name, at: ast.alias | ast.expr
) -> FollowedCalls:
    """Return what becomes of a name that itself does not differ, but may give instances of classes that do."""
    follower = partial(counterpart_of, context.codemod, context.index)
    if not context.index.interfaces.given_that_differ(name, there, follower):
        return NO_CALLS
    why = dict(context.facts.staying).get(name)
    if why is not None:
        return FollowedCalls(left=((at, Unresolved(_CODE, f"{name[1]} stays: {why}")),))
    return FollowedCalls(followed=Followed(name, there, frozenset()))


def counterpart_of(codemod: ImportCodemod, index: Index, name: Name) -> Name | None:
    """Return what a migration makes of a name of a module; None if it stays."""
    asked = ImportedName("", Located(name[0]), index.dotted(name[0]), name[1])
    destination = codemod.destination(asked)
    if not isinstance(destination, Destination) or destination.name is None:
        return None
    return destination.key, destination.name


def follow_typed(context: FileRewrite) -> None:
    """Follow legacy classes of which a type checker or other files tell: the file imports no such class itself."""
    for node, typed in typed_nodes(context, context.facts.typed).items():
        key, name = typed.name
        if typed.name in context.followed or not context.codemod.is_about(key):
            continue
        spelled = context.index.dotted(key)
        imported_name = ImportedName(context.importer, Located(key), spelled, name)
        destination = context.codemod.destination(imported_name)
        if not isinstance(destination, Destination):
            continue
        calls = follow_calls(context, imported_name, destination, node, list)
        context.record_calls(calls)
        if calls.edits:
            context.call_edits[node] = [*calls.edits]
            what = f"{typed.member} is a member of" if typed.member else "this calls"
            advice = f"use that of {destination.spelling}:{destination.name}"
            context.record_fix(node, f"{what} {spelled}:{name}; {advice}")


def member_there(
    context: DecidedFile, imported_name: ImportedName, destination: Destination, member: str
) -> str | Unresolved:
    """Return what a member of a class that moves is called there; Unresolved if the new class certainly lacks it."""
    if destination.name is None or imported_name.name is None:
        return member
    own = imported_name.key, imported_name.name
    followed = context.followed.get(own)
    why = dict(context.facts.staying).get(own) or (followed.refused if followed else "")
    if why:
        return Unresolved(_CODE, f"{imported_name.name} stays: {why}")
    interfaces = context.index.interfaces
    change = context.codemod.call_changes(imported_name).get(member, UNCHANGED)
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


def nodes_of(context: FileContext, scope: Scope, name: str) -> list[ast.expr]:
    """Return the uses of a name that a scope binds; in a quoted annotation, the string."""
    return [ref.place for ref in context.scopes.refs_to(scope, name)]


def free_nodes_of(context: FileContext, name: str) -> list[ast.expr]:
    """Return the uses of a name that no scope binds: a star import gives it."""
    refs = (ref for ref in context.scopes.refs if ref.name == name)
    return [ref.place for ref in refs if resolve_name(ref.scope, name) is None]


class _Following:
    """What a file does with one function or class, and what becomes of it."""

    def __init__(
        self,
        context: DecidedFile,
        old: Interface,
        new: Interface | None,
        changes: Mapping[str, CallChange],
        name: Name,
        errors_missed: frozenset[str] = frozenset(),
    ) -> None:
        self._name, self._errors_missed = name, errors_missed
        self._context, self._old, self._new, self._changes = context, old, new, changes
        self._text = UsesInText(context, old, new, changes)
        origin = context.index.origin(*name)
        own_name = (origin.key, origin.name) if origin.name is not None else name
        self._receivers = Receivers(context.inference, own_name)
        self._altered = altered_members(old, new)
        self._is_value = old.kind == "value"
        self.gone = frozenset() if self._is_value else gone_members(old, new, changes)
        self.lost = frozenset() if self._is_value else self.gone | self._altered.keys()
        self.refused = ""
        """Where a use cannot follow that concerns all instances of the class, with the reason."""
        self.left = ""
        """The same of any use."""
        self._through: Collection[ast.expr] = ()

    def follow(self, nodes: Collection[ast.expr], counterpart: str, legacy: str) -> FollowedCalls:
        """Return the edits of all uses; a finding for each that cannot follow instead, if there is one."""
        edits: list[Edit] = []
        refused: dict[ast.expr | ast.stmt, str] = {}
        notes: dict[ast.expr | ast.stmt, str] = {}
        self._through = self._names_through_others(nodes)
        uses = [use for node in nodes for use in self._uses_of(node)]
        seen = {use.node for use in uses}
        for attribute, typed in typed_nodes(self._context, self._context.facts.typed).items():
            if typed.name == self._name and attribute not in seen:
                uses += self._typed_uses(attribute)
        uses += self._inferred(seen, {use.call for use in uses if use.call is not None})
        uses += self._called_by_other_names(nodes, {use.call for use in uses})
        uses += (Use(node) for node in (*nodes, *self._through))
        for use in uses:
            through = use.node in self._through or self._comes_through_another_module(use)
            try:
                own_edits = list(self._edits_of(use))
                differs = self._check_passed_on(use, counterpart)
                if differs is not None and not through:
                    notes[use.node] = (
                        f"{use.member or self._name[1]} is passed on here, and {differs}"
                    )
                if own_edits and through and not self.gone:
                    raise CannotChange("it is called through another module; import it from there")
                edits += own_edits
            except CannotChange as why:
                refused.setdefault(use.node, str(why))
                if (
                    through
                    or self._old.members is not None
                    or self._is_also_of_another_module(use.node)
                ):
                    self._refuse_everywhere(use.node, str(why))
        known = {place for use in uses for place in (use.node, use.name) if place is not None}
        renamed = {name for name, change in self._changes.items() if name and change.to}
        for place, member, receiver in uses_of_unknown(
            self._receivers, self.gone, {} if self._is_value else self._altered, known
        ):
            vague = self._why_altered(place, member) or (
                f"{member} is taken of {receiver}, whose class nothing tells; annotate it"
            )
            refused.setdefault(place, vague)
            if member not in COMMON_MEMBERS or not nodes:
                self._refuse_everywhere(place, vague)
        for misfit in self._misfits(nodes):
            if self._context.parents.get(misfit[0]) not in refused:
                refused.setdefault(*misfit)
        differing = {n for n, change in self._changes.items() if n and change.changes_arguments}
        for part, member in overrides_that_differ(
            self._receivers, frozenset(renamed), {*self._altered, *differing}, known
        ):
            why_not = f"a subclass has {member} of its own, with the old name or arguments"
            refused.setdefault(part, why_not)
            self._refuse_everywhere(part, why_not)
        if not refused:
            noted = [(node, Unresolved(DIFFERENCE, text)) for node, text in notes.items()]
            return FollowedCalls(edits, notes=noted)
        self.left = self._located(*next(iter(refused.items())))
        advice = f"change this by hand, or leave the file on {legacy}"
        left = [
            (node, Unresolved(_CODE, f"{counterpart} does not take this: {text}; {advice}"))
            for node, text in refused.items()
        ]
        return FollowedCalls(left=left)

    def _typed_uses(self, node: ast.expr) -> Iterator[Use]:
        """Yield what is done where a type checker or other files tell of a member: taken, or named by a string."""
        if isinstance(node, ast.Attribute):
            yield from self._text.member(node)
        elif isinstance(node, ast.Constant):
            call = self._context.parents.get(node)
            yield Use(call if isinstance(call, ast.Call) else node, str(node.value), name=node)

    def _called_by_other_names(
        self, nodes: Collection[ast.expr], seen: Collection[ast.Call | None]
    ) -> Iterator[Use]:
        """Yield the calls of other names for what inference does not follow: a lambda, a named tuple."""
        for node in (*other_names(self._context, nodes), *self._through):
            call = self._context.parents.get(node)
            if isinstance(call, ast.Call) and call.func is node and call not in seen:
                yield Use(call, "", call)

    def _uses_of(self, node: ast.expr) -> Iterator[Use]:
        """Yield what is done with a use of the name, which is the class or function, or, of a value, an instance."""
        return self._text.instance(node) if self._is_value else self._text.of(node)

    def _misfits(self, nodes: Collection[ast.expr]) -> Iterator[Misfit]:
        """Yield what is done with the name, or with instances, that a definition of another kind does not take."""
        if self._new is None:
            return
        nodes = [*nodes, *other_names(self._context, nodes), *self._through]
        of_name = misfits_of_name(self._context, self._old, self._new, self._changes, nodes)
        of_instances = misfits_of_instances(self._receivers, self._old, self._new, self._changes)
        members = (self._old.members or {}).keys() - COMMON_MEMBERS
        of_errors = misfits_of_errors(self._receivers, self._errors_missed, nodes, members)
        for misfit in misfits_of_errors(self._receivers, self._errors_missed, self._through):
            self._refuse_everywhere(*misfit)
        of_values = self._misfits_of_value(nodes) if self._is_value else ()
        for place, why in chain(of_name, of_instances, of_errors, of_values):
            if self._old.members is not None or self._is_also_of_another_module(place):
                self._refuse_everywhere(place, why)
            yield place, why
        of_stand_ins = misfits_of_stand_ins(self._receivers, self._old, self.gone)
        replaced = misfits_of_replacements(self._context, self._name[1], self._changes)
        for place, why in chain(of_stand_ins, replaced):
            self._refuse_everywhere(place, why)
            yield place, why

    def _misfits_of_value(self, nodes: Collection[ast.expr]) -> Iterator[Misfit]:
        assert self._new is not None
        yield from misfits_of_handed_values(self._receivers, self._old, self._new, nodes)
        yield from misfits_of_value_members(
            self._context, self._old, self._new, self._changes, self._through
        )

    def _names_through_others(self, nodes: Collection[ast.expr]) -> list[ast.expr]:
        """Return the expressions that stand for a name which differs, by the imports of other modules."""
        if self._new is None or (self._old.shape == self._new.shape and not self._errors_missed):
            return []
        known = [*nodes, *other_names(self._context, nodes)]
        named = names_through_others(self._receivers.inference, self._name, known)
        return [n for n in named if not self._is_direct(n, "") and not self._is_own_variable(n)]

    def _is_own_variable(self, node: ast.expr) -> bool:
        """Return whether a variable of the file holds what an import of a legacy module gives: ``own = legacy.run``."""
        if not isinstance(node, ast.Name):
            return False
        reached = resolve_name(self._context.scope_around(node), node.id)
        binds = reached.binds[node.id] if reached is not None else []
        parents = [self._context.parents.get(bind.node) for bind in binds]
        values = [parent.value for parent in parents if isinstance(parent, ast.Assign)]
        is_all = len(values) == len(binds) > 0
        return is_all and all(self._is_direct(value, "") for value in values)

    def _why_altered(self, node: ast.expr | ast.stmt, member: str) -> str:
        """Return why a member of the class itself cannot be used as it is here; an empty string: nothing tells."""
        alteration = self._altered.get(member)
        if alteration is None or not isinstance(node, ast.Attribute):
            return ""
        is_of_class = self._receivers.of(node) is Receiver.LEGACY
        return alteration.why if is_of_class and alteration.concerns(self._context, node) else ""

    def _inferred(self, seen: Collection[ast.AST], calls: Collection[ast.Call]) -> Iterator[Use]:
        """Yield what is done with the function or class by ways that only inference finds."""
        for node in self._context.source.nodes:
            if isinstance(node, ast.Attribute) and node not in seen:
                is_member = node.attr in (self._old.members or {}) or node.attr in self._changes
                if is_member and self._receivers.of(node) is Receiver.LEGACY:
                    if self._receivers.is_own(node.value, node.attr):
                        change = self._changes.get(node.attr)
                        if change is not None and change.to is not None:
                            yield Use(node, node.attr, name=node)
                    else:
                        yield from self._text.member(node)
            elif isinstance(node, ast.Call) and node not in calls and node not in seen:
                yield from self._inferred_call(node)
                named = named_attribute(node)
                if named is not None and str(named.value) in self._changes:
                    receiver = self._receivers.of_named(node.args[0], str(named.value))
                    if receiver is Receiver.LEGACY:
                        yield Use(node, str(named.value), name=named)

    def _inferred_call(self, node: ast.Call) -> Iterator[Use]:
        func = node.func
        if last_name(func) in ("partial", "partialmethod") and node.args:
            called, first = self._receivers.called(node.args[0]), node.args[0]
            if called is not None and called[1] is None:
                given_self = last_name(func) == "partialmethod" or not called[0]
                if given_self or not self._is_of_class(first):
                    yield Use(node, called[0], node, skipped=1, complete=False)
                else:
                    yield Use(node, called[0], node, skipped=2, complete=False)
        place = PASSING.get(last_name(func), len(node.args))
        if place < len(node.args) and self._receivers.inference.kinds(func) == PLAIN:
            passed = node.args[place]
            called = self._receivers.called(passed)
            if called is not None and called[1] is None:
                skipped = 2 if called[0] and self._is_of_class(passed) else 1
                yield Use(node, called[0], node, skipped=place + skipped)
        called = self._receivers.called(func)
        if called is None or self._is_direct(func, called[0]):
            return
        member, given = called
        if member and self._receivers.is_own(func, member):
            return
        if given is not None:
            yield Use(node, member, node, complete=False, given=given)
        else:
            yield Use(node, member, node, skipped=1 if self._is_of_class(func) else 0)

    def _is_direct(self, func: ast.expr, member: str) -> bool:
        """Return whether a call is found without inference: of a member, or of what an import of this file names."""
        scope = self._context.scope_around(func)
        match func:
            case ast.Attribute(value=value, attr=attr):
                key = self._context.module_of(value, scope)
                return attr == member or (key is not None and self._context.codemod.is_about(key))
            case ast.Call(args=[value, *_]) if last_name(func.func) == "getattr":
                key = self._context.module_of(value, scope)
                return key is not None and self._context.codemod.is_about(key)
            case ast.Name(id=name):
                reached = resolve_name(scope, name)
                if reached is None:
                    stars = (i for i in self._context.items if i.alias.name == "*")
                    return any(self._context.codemod.is_about(i.imported_name.key) for i in stars)
                return any(map(self._is_of_legacy, reached.binds[name]))
            case _:
                return False

    def _comes_through_another_module(self, use: Use) -> bool:
        """Return whether the import of another module gives what is called, which may move or stay by itself."""
        if use.call is None or use.member:
            return False
        called = use.call.func
        if last_name(called) in ("partial", "partialmethod") and use.call.args:
            called = use.call.args[0]
        if called in self._through:
            return True
        return self._is_also_of_another_module(called)

    def _is_also_of_another_module(self, node: ast.AST) -> bool:
        """Return whether an import of another module gives, or may give, what an expression is."""
        if node in self._through:
            return True
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        reached = resolve_name(self._context.scope_around(node), node.id)
        binds = reached.binds[node.id] if reached is not None else []
        others = [bind for bind in binds if bind.alias is not None]
        if others and node.id in self._names_of_stars:
            return True
        return bool(others) and not all(map(self._leads_to_legacy, others))

    @cached_property
    def _names_of_stars(self) -> frozenset[str]:
        """The names that star imports of the file may give, too."""
        stars = (item.imported_name.key for item in self._context.items if item.alias.name == "*")
        names = (self._context.index.star_names(key) or () for key in stars)
        return frozenset[str]().union(*names)

    def _leads_to_legacy(self, bind: Bind) -> bool:
        statement = self._context.statement_of.get(bind.node)
        if statement is None or bind.alias is None:
            return False
        imported_name = self._context.imported_name(statement, bind.alias)
        item = ImportedAlias(statement, 0, bind.alias, imported_name)
        module = self._context.imported_module(item) or imported_name.key
        is_about = self._context.codemod.is_about
        if not self._context.index.has_file(module):
            return True  # a package on the way, or a library: ``functools.partial``
        return is_about(module) or is_about(imported_name.key) or item.is_dotted

    def _is_of_legacy(self, bind: Bind) -> bool:
        statement = self._context.statement_of.get(bind.node)
        if statement is None or bind.alias is None:
            return False
        imported_name = self._context.imported_name(statement, bind.alias)
        return self._context.codemod.is_about(imported_name.key)

    def _is_of_class(self, node: ast.expr) -> bool:
        """Return whether a method is taken of the class itself, so that the first argument is the instance."""
        kinds = self._receivers.inference.kinds(node) or ()
        members = [kind for kind in kinds if isinstance(kind, Member) and kind.of_class]
        signatures = ((self._old.members or {}).get(member.name) for member in members)
        return any(signature is None or not signature.of_class for signature in signatures)

    def _check_passed_on(self, use: Use, counterpart: str) -> str | None:
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
        if old is None or new is None:
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

    def _refuse_everywhere(self, node: ast.expr | ast.stmt, why: str) -> None:
        self.refused = self.refused or self._located(node, why)

    def _located(self, node: ast.expr | ast.stmt, why: str) -> str:
        line, col = self._context.at(node)
        return f"{self._context.importer}:{line}:{col}: {why}"

    # -- what becomes of a use

    def _edits_of(self, use: Use) -> Iterator[Edit]:
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
        yield from call_edits(self._context.source, call, change)

    def _check_way(self, use: Use, old: Signature | None, new: Signature | None) -> None:
        """Raise CannotChange if a member is of another kind there, or is taken of the class and needs an instance."""
        alteration = self._altered.get(use.member)
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
        if name not in self._new.members and self._new.complete:
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


def _refusal(use: Use, signature: Signature) -> str | None:
    """Return why a signature does not take a call; None where it does, or may."""
    assert use.call is not None
    given = ast.Call(use.call.func, use.call.args[use.skipped :], use.call.keywords)
    return signature.refusal(given, given=use.complete)
