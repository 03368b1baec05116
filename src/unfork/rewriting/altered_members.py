"""How a class or function differs from its counterpart, and where a file uses what is missing or different there."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from unfork.nodes import is_special, last_name
from unfork.reading.interface import Interface
from unfork.reading.signatures import Signature
from unfork.reading.statement_names import names_defined
from unfork.rewriting.call_arguments import Call, fits_as_it_is
from unfork.rewriting.callbacks import Callbacks
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.receivers import Receiver, Receivers, strings_that_name
from unfork_codemods.calls import CallChange

UNCHANGED = CallChange()
"""Of a call that the migration does not mention."""


def gone_members(
    old: Interface, new: Interface | None, changes: Mapping[str, CallChange]
) -> frozenset[str]:
    """Return the members that one class has and its counterpart lacks or defines differently."""
    gone = set(changes)
    if new is not None and new.members is not None and new.complete:
        gone |= {name for name in old.members or () if name not in new.members}
    return frozenset(name for name in gone if name and not name.startswith("__"))


def special_methods_lost(old: Interface, new: Interface) -> frozenset[str]:
    """Return the special members that a class has and its counterpart certainly lacks."""
    if old.members is None or new.members is None or not new.complete:
        return frozenset()
    lost = old.members.keys() - new.members.keys()
    return frozenset(filter(is_special, lost))


def members_gained(old: Interface, new: Interface) -> frozenset[str]:
    """Return the members that only the new class has: code that checks for one gets another answer."""
    if old.members is None or new.members is None or not old.complete:
        return frozenset()
    return frozenset(new.members.keys() - old.members.keys())


@lru_cache
def altered_members(old: Interface, new: Interface | None) -> dict[str, Alteration]:
    """Return the members that both classes have but that are called or used differently, with what they were."""
    if old.members is None or new is None or new.members is None:
        return {}
    both = old.members.keys() & new.members.keys()
    alterations = {name: _alteration(name, old, new) for name in sorted(both)}
    return {name: alteration for name, alteration in alterations.items() if alteration is not None}


def _alteration(name: str, old: Interface, new: Interface) -> Alteration | None:
    before, after = (old.members or {})[name], (new.members or {})[name]
    fixed = name in new.fixed and name not in old.fixed
    if before is not None and after is not None:
        ways = [(str(s), s.of_class, s.result) for s in (before, after)]
        is_other = ways[0] != ways[1] or (before.gets_class and not after.gets_class)
        return Alteration(before, after) if is_other else None
    if before is not None and name in new.values:
        return Alteration(before, None, why=f"{name} is no method there")
    if after is not None and name in old.values:
        return Alteration(None, after, why=f"{name} is a method there")
    return Alteration(None, None, why=f"{name} cannot be set there") if fixed else None


class Alteration(NamedTuple):
    """A member of both classes: its signatures, None if it is no method. ``why``: it is of another kind there."""

    old: Signature | None
    new: Signature | None
    why: str = ""

    def concerns(self, context: FileContext, node: ast.Attribute) -> bool:
        """Return whether a member is used there in a way that the new one does not take, or takes differently."""
        parent = context.parents.get(node)
        is_called = isinstance(parent, ast.Call) and parent.func is node
        if self.why:
            is_read = isinstance(node.ctx, ast.Load)
            if self.old is None and self.new is None:
                return not is_read
            return is_read
        return isinstance(parent, ast.Call) and is_called and self.is_refused(parent)

    def concerns_named(self, context: FileContext, node: ast.expr) -> bool:
        """Return whether a method that a string names there may be called in a way that the new one does not take."""
        parent = context.parents.get(node)
        match node:
            case ast.Call(func=func, args=[_, *args], keywords=keywords) if (
                last_name(func) == "methodcaller"
            ):
                return self.is_refused(ast.Call(func, args, keywords))
            case ast.Call(func=func) if last_name(func) in ("hasattr", "setattr", "delattr"):
                return False
            case ast.Call(func=func) if isinstance(parent, ast.Call) and parent.func is node:
                return last_name(func) != "getattr" or self.is_refused(parent)
            case _:
                return True

    def is_refused(self, call: ast.Call, change: CallChange = UNCHANGED) -> bool:
        """Return whether a call that the old definition takes is not taken by the new one as it stands."""
        if self.why:
            return True
        if self.old is not None and self.old.refusal(call) is not None:
            return False
        return not fits_as_it_is(Call(call, 0, self.old, self.new), change)


def is_used_otherwise(receivers: Receivers, alteration: Alteration, node: ast.Attribute) -> bool:
    """Return whether a member of the class itself is used in any way that the new one does not take."""
    if alteration.concerns(receivers.context, node):
        return True
    old, new = alteration.old, alteration.new
    if old is None or new is None:
        return False
    if old.of_class != new.of_class and receivers.is_of_class(node.value):
        return True
    if old.gets_class and not new.gets_class and receivers.is_of_subclass(node.value):
        return True
    return not new.takes_all_of(old) and is_called_otherwise(receivers.inference, alteration, node)


def is_called_otherwise(inference: Inference, alteration: Alteration, node: ast.expr) -> bool:
    """Return whether a method is passed to code that calls it, or may, in a way that the new one does not take."""
    calls = Callbacks(inference).calls(node)
    return calls is None or any(alteration.is_refused(received.call) for received in calls)


def has_to_change(
    call: ast.Call,
    old: Interface | None,
    new: Interface | None,
    change: CallChange,
    given: int | None = None,
) -> bool:
    """Return whether a call of the function or class itself is one that the new definition does not take as it is.

    ``given``: how many arguments a partial call gave before, None where there is none.
    """
    before = old.call if old is not None else None
    after = new.call if new is not None else None
    if given is not None:
        return not fits_as_it_is(Call(call, 0, before, after, False, given), change)
    if before is not None and before.refusal(call) is not None:
        return False
    return not fits_as_it_is(Call(call, 0, before, after), change)


def uses_of_unknown(
    receivers: Receivers,
    gone: frozenset[str],
    altered: Mapping[str, Alteration],
    known: Collection[ast.AST],
    certain: bool = False,
) -> Iterator[tuple[ast.expr, str, str]]:
    """Yield where a member is taken that the new class has not like that, with the member and of what it is taken.

    Of what: something whose class nothing tells, as text, or (only these if ``certain``) the class that moves, by a way
    that is not followed, as an empty text: all but the places in ``known``.
    """
    context = receivers.context
    members = gone | altered.keys()
    for node in context.source.nodes_of(ast.Attribute):
        if node.attr not in members or node in known:
            continue
        receiver = receivers.of(node)
        if receiver is Receiver.OTHER or (certain and receiver is Receiver.UNKNOWN):
            continue
        if receivers.is_own(node.value, node.attr) and not certain:
            continue
        if node.attr in gone or (
            is_used_otherwise(receivers, altered[node.attr], node)
            if receiver is Receiver.LEGACY
            else altered[node.attr].concerns(context, node)
        ):
            yield node, node.attr, _unknown(receiver, node.value)
    for place, name, receiver in strings_that_name(receivers, members, known):
        if name not in gone and not altered[name].concerns_named(context, place):
            continue
        if receiver is Receiver.LEGACY or (receiver is Receiver.UNKNOWN and not certain):
            yield place, name, _unknown(receiver, place)


def _unknown(receiver: Receiver, node: ast.expr) -> str:
    return "" if receiver is Receiver.LEGACY else ast.unparse(node)


def overrides_that_differ(
    receivers: Receivers, gone: frozenset[str], altered: Collection[str], known: Collection[ast.AST]
) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the members that subclasses in a file define themselves, and that the new class lacks or calls differently.

    Also those that a subclass inherits from another base, too.
    """
    lost = (gone | set(altered)) - {"__init__"}
    for node in receivers.context.source.nodes_of(ast.ClassDef) if lost else ():
        if not receivers.is_subclass(node):
            continue
        for part in node.body:
            names = () if isinstance(part, ast.ClassDef) else names_defined(part)
            for name in sorted(lost.intersection(names)):
                if part not in known:
                    yield part, name
        for name in sorted(lost) if len(node.bases) > 1 else ():
            if receivers.is_inherited_from_another(node, name):
                yield node, name
