"""Calls and members of what moves: they follow ``[redirect.calls]``, or keep an import where it is (UF009).

from app.old import submit        def submit(job, attempts=3) there, def submit(job, retries=3) in app.new
submit("a", attempts=2)           app.new would raise a TypeError; with rename = { attempts = "retries" } it follows

Receivers are known where the text tells: ``Engine().run()``, ``x = Engine()``, ``with Engine() as x``, ``x: Engine``,
``self.x = Engine()``, ``class Mine(Engine)``. Of other receivers, nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain

from unfork.reading.index import Index
from unfork.reading.interface import Interface
from unfork.reading.scopes import Scope, resolve_name
from unfork.rewriting.altered_members import UNCHANGED, overrides_that_differ, uses_of_unknown
from unfork.rewriting.call_arguments import CannotChange
from unfork.rewriting.changed_definition import ChangedDefinition
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import NO_CALLS, DecidedFile, FileRewrite, FollowedCalls
from unfork.rewriting.found_uses import FoundUses
from unfork.rewriting.handed_misfits import Misfit, misfits_of_handed_values
from unfork.rewriting.named_values import other_names
from unfork.rewriting.other_errors import errors_missed, misfits_of_errors
from unfork.rewriting.other_kinds import (
    misfits_of_instances,
    misfits_of_name,
    misfits_of_value_members,
)
from unfork.rewriting.receivers import COMMON_MEMBERS, Receiver, typed_nodes
from unfork.rewriting.stand_ins import misfits_of_replacements, misfits_of_stand_ins
from unfork.rewriting.use_edits import UseEdits
from unfork.rewriting.uses import Use
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
    """Return the edits that make every use of a name fit its new definition, or why its import stays.

    ``at`` is where the name is taken from its module. ``nodes`` returns the uses of the name; it is called only if the
    two definitions differ. Names that are no plain functions or classes of the project are not looked at.
    """
    if destination.name is None or imported_name.name is None or context.codemod.step != "redirect":
        return NO_CALLS
    interfaces = context.index.interfaces
    old = interfaces.interface(imported_name.key, imported_name.name)
    new = interfaces.interface(destination.key, destination.name)
    if old is not None and new is not None:
        old, new = old.beside(new), new.beside(old)
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
    definition = ChangedDefinition(context, old, new, changes, name, missed)
    counterpart = f"{destination.spelling}:{destination.name}"
    following = _Following(definition, list(nodes()), counterpart, imported_name.spelled)
    calls = following.follow()
    followed = Followed(
        name,
        there,
        definition.lost,
        following.refused,
        following.left,
        following.is_named_otherwise,
    )
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
    """Return what becomes of a name that does not differ itself, but may return instances of classes that do."""
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
    """Follow legacy classes that the file does not import itself, where a type checker or other files report a use."""
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
    """Fits every use of a legacy definition in a file to its counterpart, or says which uses cannot follow."""

    def __init__(
        self,
        definition: ChangedDefinition,
        nodes: Collection[ast.expr],
        counterpart: str,
        legacy: str,
    ) -> None:
        self._definition, self._context = definition, definition.context
        self._receivers = definition.receivers
        self._nodes, self._counterpart, self._legacy = nodes, counterpart, legacy
        self._found = FoundUses(definition, nodes)
        self._use_edits = UseEdits(definition)
        self._edits: list[Edit] = []
        self._notes: dict[ast.expr | ast.stmt, str] = {}
        self._refused: dict[ast.expr | ast.stmt, str] = {}
        """The places that cannot follow, each with the reason: one is enough, and the import stays."""
        self.refused = ""
        """Where a use cannot follow that concerns all instances of the class, with the reason."""
        self.left = ""
        """The same of any use."""
        self.is_named_otherwise = False
        """Whether calls change that may be of what another import gives."""

    def follow(self) -> FollowedCalls:
        """Return the edits of all uses; a finding for each that cannot follow instead, if there is one."""
        uses = self._found.every_use()
        for use in uses:
            self._fit(use)
        known = {place for use in uses for place in (use.node, use.name) if place is not None}
        self._refuse_uses_of_unknown(known)
        self._refuse_misfits()
        self._refuse_overrides(known)
        if not self._refused:
            noted = [(node, Unresolved(DIFFERENCE, text)) for node, text in self._notes.items()]
            return FollowedCalls(self._edits, notes=noted)
        self.left = self._located(*next(iter(self._refused.items())))
        advice = f"change this by hand, or leave the file on {self._legacy}"
        left = [
            (node, Unresolved(_CODE, f"{self._counterpart} does not take this: {text}; {advice}"))
            for node, text in self._refused.items()
        ]
        return FollowedCalls(left=left)

    def _fit(self, use: Use) -> None:
        """Add the edits of one use, and what a note says of it; or refuse it."""
        found, definition = self._found, self._definition
        through = use.node in found.through or found.comes_through_another_module(use)
        try:
            edits = list(self._use_edits.edits(use))
            differs = self._use_edits.check_passed_on(use, self._counterpart)
            if differs is not None and not through:
                what = use.member or definition.name[1]
                self._notes[use.node] = f"{what} is passed on here, and {differs}"
            if edits and through and not definition.gone:
                raise CannotChange("it is called through another module; import it from there")
            if edits and found.may_call_another(use):
                raise CannotChange("it may be something else that is called here")
            self._edits += edits
            self.is_named_otherwise |= bool(edits) and found.is_named_otherwise(use)
        except CannotChange as why:
            self._refused.setdefault(use.node, str(why))
            is_class = definition.old.members is not None
            if through or is_class or found.is_also_of_another_module(use.node):
                self._refuse_everywhere(use.node, str(why))

    def _refuse_uses_of_unknown(self, known: Collection[ast.AST]) -> None:
        """Refuse uses of members that the new class lacks, where nothing tells the class of the receiver."""
        altered = {} if self._definition.is_value else self._definition.altered
        unknown = uses_of_unknown(self._receivers, self._definition.gone, altered, known)
        for place, member, receiver in unknown:
            why = self._why_altered(place, member)
            if not why and receiver:
                why = f"{member} is taken of {receiver}, whose class nothing tells; annotate it"
            why = why or f"{member} is taken here in a way that is not followed"
            self._refused.setdefault(place, why)
            if member not in COMMON_MEMBERS or not self._nodes:
                self._refuse_everywhere(place, why)

    def _why_altered(self, node: ast.expr | ast.stmt, member: str) -> str:
        """Return why a member of the class itself cannot be used as it is here; an empty string if nothing says so."""
        if isinstance(self._context.parents.get(node), ast.MatchClass):
            return f"a pattern asks for {member} by its name"
        alteration = self._definition.altered.get(member)
        if alteration is None or not isinstance(node, ast.Attribute):
            return ""
        is_of_class = self._receivers.of(node) is Receiver.LEGACY
        return alteration.why if is_of_class and alteration.concerns(self._context, node) else ""

    def _refuse_misfits(self) -> None:
        """Refuse what a definition of another kind does not take, unless it is part of something refused already."""
        for place, why in self._misfits():
            if self._context.parents.get(place) not in self._refused:
                self._refused.setdefault(place, why)

    def _misfits(self) -> Iterator[Misfit]:
        """Yield what is done with the name, or with instances, that a definition of another kind does not take."""
        definition, through = self._definition, self._found.through
        old, new, changes = definition.old, definition.new, definition.changes
        if new is None:
            return
        nodes = [*self._nodes, *other_names(self._context, self._nodes), *through]
        missed, members = definition.errors_missed, (old.members or {}).keys() - COMMON_MEMBERS
        for misfit in misfits_of_errors(self._receivers, missed, through):
            self._refuse_everywhere(*misfit)
        misfits = chain(
            misfits_of_name(self._context, old, new, changes, nodes),
            misfits_of_instances(self._receivers, old, new, changes),
            misfits_of_errors(self._receivers, missed, nodes, members),
            self._misfits_of_value(new, nodes) if definition.is_value else (),
        )
        for place, why in misfits:
            if old.members is not None or self._found.is_also_of_another_module(place):
                self._refuse_everywhere(place, why)
            yield place, why
        of_stand_ins = misfits_of_stand_ins(self._receivers, old, definition.gone)
        replaced = misfits_of_replacements(self._context, definition.name[1], changes)
        for place, why in chain(of_stand_ins, replaced):
            self._refuse_everywhere(place, why)
            yield place, why

    def _misfits_of_value(self, new: Interface, nodes: Collection[ast.expr]) -> Iterator[Misfit]:
        old, changes = self._definition.old, self._definition.changes
        yield from misfits_of_handed_values(self._receivers, old, new, changes, nodes)
        yield from misfits_of_value_members(self._context, old, new, changes, self._found.through)

    def _refuse_overrides(self, known: Collection[ast.AST]) -> None:
        """Refuse methods of subclasses that override one which is called or named differently in the new class."""
        changes, altered = self._definition.changes, self._definition.altered
        renamed = frozenset(name for name, change in changes.items() if name and change.to)
        differing = {name for name, change in changes.items() if name and change.changes_arguments}
        overrides = overrides_that_differ(self._receivers, renamed, {*altered, *differing}, known)
        for place, member in overrides:
            why = f"a subclass has {member} of its own, with the old name or arguments"
            self._refused.setdefault(place, why)
            self._refuse_everywhere(place, why)

    def _refuse_everywhere(self, node: ast.expr | ast.stmt, why: str) -> None:
        self.refused = self.refused or self._located(node, why)

    def _located(self, node: ast.expr | ast.stmt, why: str) -> str:
        line, col = self._context.at(node)
        return f"{self._context.importer}:{line}:{col}: {why}"
