"""Uses that a definition of another kind does not take: a class that is a function there, a choice that is gone.

Also what Python's syntax asks of an instance by special methods (language reference, 3.3): ``with``, ``len(x)``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from types import FunctionType

from unfork.nodes import FunctionDef, last_name
from unfork.reading.interface import Interface
from unfork.reading.statement_names import names_defined
from unfork.rewriting.altered_members import (
    altered_members,
    gone_members,
    members_gained,
    special_methods_lost,
)
from unfork.rewriting.field_uses import (
    ASKING_FOR_FIELDS,
    field_names,
    follows_fields,
    misfit_of_derived,
    misfit_of_fields,
)
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.handed_misfits import Misfit, misfits_of_handed_instances
from unfork.rewriting.members_asked_for import misfits_of_overrides, misfits_of_untold_names
from unfork.rewriting.other_errors import catchers, last_names
from unfork.rewriting.other_values import (
    differ_as_values,
    members_that_differ,
    misfit_of_member,
    misfit_of_value,
)
from unfork.rewriting.receivers import Receiver, Receivers, attributes_probed
from unfork.rewriting.special_methods import (
    HOLDERS,
    ITERATING,
    asked_by_syntax,
    special_methods_asked,
    values_told_equal,
)
from unfork.rewriting.uses import UsesInText
from unfork_codemods.calls import CallChange

_IN_HINTS = ast.BinOp | ast.List | ast.Subscript | ast.Tuple
"""What may stand around a class in a type hint."""
_ATTRIBUTES = {"function": frozenset(dir(FunctionType)), "partial": frozenset(dir(partial))}
_CALLED = {"function", "partial"}
_ON_SUBCLASS = "__init_subclass__"
_FIELDS = "__dataclass_fields__"
_OPEN_CHOICES = {"__or__", "_missing_"}
"""Members by which an enumeration is asked for more than the values of its members: flags, and what it does itself."""
_OF_TUPLES = frozenset({"__getitem__", "__iter__", "__len__"})


def misfits_of_name(
    context: FileContext,
    old: Interface,
    new: Interface,
    changes: Mapping[str, CallChange],
    nodes: Collection[ast.expr],
) -> Iterator[Misfit]:
    """Yield the uses of the name of a function, class or value that its counterpart is not made for."""
    for node in nodes:
        why = _misfit_of_kind(context, old, new, node)
        why = why or _misfit_of_choices(context, old, new, changes, node)
        why = why or _misfit_of_fields(context, old, new, node)
        why = why or _misfit_of_attribute(context, old, new, node)
        why = why or _misfit_of_metaclass(context, old, new, node)
        why = why or _misfit_of_class(context, old, new, changes, node)
        why = why or misfit_of_value(context, old, new, node)
        if why:
            yield node, why


def _misfit_of_kind(context: FileContext, old: Interface, new: Interface, node: ast.expr) -> str:
    if not old.kind or not new.kind or old.kind == new.kind or {old.kind, new.kind} <= _CALLED:
        return ""
    parent = context.parents.get(node)
    is_called = isinstance(parent, ast.Call) and parent.func is node
    while isinstance(parent, _IN_HINTS):
        parent = context.parents.get(parent)
    is_hint = isinstance(parent, ast.arg | ast.AnnAssign | FunctionDef)
    if "value" not in (old.kind, new.kind) and (old.kind == "function" or is_called or is_hint):
        return ""
    return f"it is a {new.kind} there, and a {old.kind} here"


def _misfit_of_attribute(
    context: FileContext, old: Interface, new: Interface, node: ast.expr
) -> str:
    """Return why an attribute that a decorator adds is missing on a plain function: ``load.cache_clear()``."""
    match context.parents.get(node):
        case ast.Attribute(value=value, attr=name) if value is node:
            had, has = (_ATTRIBUTES.get(interface.kind) for interface in (old, new))
            is_lost = has is not None and name not in has and (had is None or name in had)
            is_lost = is_lost and old.kind != new.kind
            return f"a {new.kind} has no {name}" if is_lost else ""
        case _:
            return ""


def _misfit_of_class(
    context: FileContext,
    old: Interface,
    new: Interface,
    changes: Mapping[str, CallChange],
    node: ast.expr,
) -> str:
    """Return why a class cannot be made, takes no ``Class[int]``, or has other subclasses."""
    more = _abstract_there_only(old, new, changes)
    match context.parents.get(node):
        case ast.Call(func=func) if func is node and more:
            return f"it cannot be made there: {min(more)} is abstract"
        case ast.ClassDef(bases=bases, keywords=keywords) if node in bases and (
            why := _misfit_of_subclass(old, new, keywords)
        ):
            return why
        case ast.ClassDef(bases=bases, keywords=[_, *_]) if (
            node in bases
            and new.complete
            and "__init_subclass__" in (old.members or {}).keys() - (new.members or {}).keys()
        ):
            return "its subclasses take no arguments there"
        case ast.ClassDef(bases=bases, body=body) if node in bases and more:
            lacking = more.difference(*(list(names_defined(part)) for part in body))
            return f"a subclass has to define {min(lacking)} there" if lacking else ""
        case ast.Attribute(value=value, attr=attr, ctx=ast.Load()) if value is node:
            if attr in new.on_instances - old.on_instances and old.kind == "class":
                return f"only its instances have {attr} there"
            if attr == "__subclasses__" and old.subclasses != new.subclasses:
                other = min(old.subclasses ^ new.subclasses)
                return f"it has other subclasses: {other} is in one of the modules only"
            return ""
        case ast.Subscript(value=value) if value is node and old.choices is None:
            is_lost = _takes_items(old) and new.complete and not _takes_items(new)
            return "it takes no type arguments" if is_lost else ""
        case _:
            return ""


def _misfit_of_metaclass(
    context: FileContext, old: Interface, new: Interface, node: ast.expr
) -> str:
    """Return why the class itself does not support what is done with it: ``len(Color)``, ``isinstance(x, Sized)``."""
    lost = _of_metaclass_lost(old, new)
    for names in special_methods_asked(context.parents, node) if lost else ():
        name = next((name for name in names if name in old.of_metaclass), "")
        if name in lost:
            return f"the class itself has no {name} there"
    match context.parents.get(node):
        case ast.Call(func=ast.Name(id="issubclass"), args=[first, kinds]) if first is node:
            missed = old.bases_missed(new) & last_names(kinds)
            return f"it is no {min(missed)} there" if missed else ""
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]) if (
            node in (kinds, *getattr(kinds, "elts", ())) and old.checked != new.checked
        ):
            return "what is an instance of it is decided in another way there"
        case ast.Attribute(attr=attr) if attr in lost:
            return f"it has no {attr}"
        case _:
            return ""


def _of_metaclass_lost(old: Interface, new: Interface) -> frozenset[str]:
    """Return what the class itself had from its metaclass, and lacks there."""
    if not new.complete:
        return frozenset()
    return old.of_metaclass - new.of_metaclass - (new.members or {}).keys()


def _misfit_of_subclass(old: Interface, new: Interface, keywords: list[ast.keyword]) -> str:
    """Return why ``__init_subclass__`` does not take the arguments of a subclass there (PEP 487)."""
    call = ast.Call(ast.Name(_ON_SUBCLASS), [], [k for k in keywords if k.arg != "metaclass"])
    before, after = ((part.members or {}).get(_ON_SUBCLASS) for part in (old, new))
    if after is None or (before is not None and before.refusal(call) is not None):
        return ""
    why = after.refusal(call)
    return f"{after} {why}, for subclasses" if why else ""


def _takes_items(interface: Interface) -> bool:
    return "__class_getitem__" in (interface.members or {})


def _misfit_of_choices(
    context: FileContext,
    old: Interface,
    new: Interface,
    changes: Mapping[str, CallChange],
    node: ast.expr,
) -> str:
    """Return why a question to an enumeration has another answer in its counterpart."""
    if old.choices is None or new.choices is None:
        return ""
    parent = context.parents.get(node)
    if isinstance(parent, ast.Call) and parent.func is node and _finds_more(old, new, parent):
        return "only values of its members are looked up there"
    if old.choices == new.choices:
        return ""
    renamed = {name: change.to for name, change in changes.items() if change.to}
    lost = sorted(old.choices.keys() - new.choices.keys() - renamed.keys())
    match parent:
        case ast.Subscript(value=value, slice=ast.Constant(value=name)) if value is node:
            return f"it has no {name}" if name in lost else ""
        case ast.Subscript(value=value) if value is node:
            return f"it has no {lost[0]}, which may be looked up here" if lost else ""
        case ast.Call(func=func, args=[value]) if func is node:
            return _misfit_of_value(_values_gone(old.choices, new.choices), value)
    names = {renamed.get(name, name) for name in old.choices} ^ new.choices.keys()
    if not names or not _is_listed(parent, node):
        return ""
    return f"it has other members: {min(names)} is in one of them only"


def _misfit_of_value(gone: list[object], value: ast.expr) -> str:
    """Return why a value that a member is looked up by is that of none any more; ``gone`` are those of old members."""
    if isinstance(value, ast.Constant):
        gone = [text for text in gone if text == value.value]
        return f"none of its members is {gone[0]!r}" if gone else ""
    return f"none of its members is {gone[0]!r}, which may be looked up here" if gone else ""


def _is_listed(parent: ast.AST | None, node: ast.expr) -> bool:
    """Return whether all members of an enumeration are gone through, or counted."""
    match parent:
        case ast.Attribute(attr="__members__" | "_member_map_" | "_member_names_"):
            return True
        case ast.For(iter=value) | ast.comprehension(iter=value) | ast.Starred(value=value):
            return value is node
        case ast.Call(func=ast.Name(id=name), args=args):
            return node in args and (name in ITERATING or name == "len")
        case _:
            return False


def _finds_more(old: Interface, new: Interface, call: ast.Call) -> bool:
    """Return whether an enumeration may find more by a value than its counterpart: flags, or by ``_missing_``."""
    is_open = bool(_OPEN_CHOICES & ((old.members or {}).keys() - (new.members or {}).keys()))
    told = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    is_there = len(call.args) == 1 and told and told[0] in (new.choices or {}).values()
    return is_open and new.complete and not is_there


def _misfit_of_fields(context: FileContext, old: Interface, new: Interface, node: ast.expr) -> str:
    """Return why the fields of a class, in their order, are not those of its counterpart where all are asked for."""
    match context.parents.get(node):
        case ast.MatchClass(cls=cls, patterns=[_, *_] as patterns) if cls is node:
            count = len(patterns)
            is_told = bool(old.matched) and (bool(new.matched) or new.complete)
            is_other = is_told and old.matched[:count] != new.matched[:count]
            return "its patterns take other fields by position there" if is_other else ""
        case ast.ClassDef() as derived if node in derived.bases:
            return misfit_of_derived(context.source, old, new, derived)
    names, others = field_names(old), field_names(new)
    if not names or not others or names == others:
        return ""
    match context.parents.get(node):
        case ast.Call(func=func, args=[first, *_]) if first is node and last_name(func) == "fields":
            return "it has other fields"
        case _:
            return ""


def _values_gone(old: Mapping[str, object], new: Mapping[str, object]) -> list[object]:
    """Return the values of members of one enumeration that certainly do not occur in another."""
    if None in new.values():
        return []
    return [value for value in old.values() if value is not None and value not in new.values()]


def are_instances_asked_otherwise(old: Interface, new: Interface) -> bool:
    """Return whether Python's syntax may ask something of an instance that its counterpart does not have."""
    lost = special_methods_lost(old, new) or members_that_differ(old, new)
    return bool(lost) or field_names(old) != field_names(new)


def is_of_another_kind(old: Interface, new: Interface) -> bool:
    """Return whether a definition is known to be of another kind than its counterpart, whatever its members hold."""
    if old.kind and new.kind and old.kind != new.kind:
        return True
    if old.bases_missed(new) or (new.complete and new.abstract - old.abstract):
        return True
    return differ_as_values(old, new) or are_instances_asked_otherwise(old, new)


def misfits_of_instances(
    receivers: Receivers, old: Interface, new: Interface, changes: Mapping[str, CallChange]
) -> Iterator[Misfit]:
    """Yield the uses of instances and subclasses of a class that its counterpart does not take."""
    yield from _misfits_of_subclasses(receivers, old, new, changes)
    yield from misfits_of_overrides(receivers, old, new, changes)
    yield from misfits_of_untold_names(receivers, old, new, changes)
    missed = old.bases_missed(new)
    for catcher in catchers(receivers.context) if missed else ():
        caught = missed & catcher.names
        if caught:
            yield catcher.node, f"it is no {min(caught)} there, which is caught here"
    lost = special_methods_lost(old, new)
    differing = members_that_differ(old, new)
    is_other = bool(lost or missed or differing or altered_members(old, new))
    is_other = is_other or _is_probed(receivers, old, new)
    if is_other or field_names(old) != field_names(new):
        receivers = receivers.guessing()
    yield from _misfits_of_members(receivers, old, new)
    yield from _misfits_of_fields(receivers, old, new, changes.get(""))
    yield from _misfits_of_probes(receivers, old, new)
    yield from _misfits_of_types(receivers, missed)
    if old.fields and new.fields and field_names(old) != field_names(new):
        lost |= {_FIELDS} if _FIELDS in (old.members or {}) else _OF_TUPLES
    for node in receivers.context.source.nodes if lost else ():
        for operand, names in (*asked_by_syntax(node), *_asked_for_fields(node)):
            name = next((n for n in names if n in (old.members or {})), "")
            is_gone = name not in (new.members or {})
            is_copied = isinstance(node, ast.Call) and last_name(node.func) == "replace"
            if name in lost and (is_gone or not is_copied) and receivers.is_instance(operand, name):
                yield operand, f"it has no {name}" if is_gone else "it has other fields"
    if is_other or lost:
        yield from misfits_of_handed_instances(receivers, old, new, lost, changes)


def _misfits_of_subclasses(
    receivers: Receivers, old: Interface, new: Interface, changes: Mapping[str, CallChange]
) -> Iterator[Misfit]:
    """Yield the subclasses that lack what is abstract there, and what they define that nothing there asks for."""
    more = _abstract_there_only(old, new, changes)
    asked = {name for name in old.asks if (changes.get(name) or CallChange()).to in new.asks}
    unasked = old.asks - new.asks - asked if new.complete else frozenset()
    for node in receivers.context.source.nodes_of(ast.ClassDef) if more or unasked else ():
        if receivers.is_subclass(node):
            own = {name: part for part in node.body for name in names_defined(part)}
            if more - own.keys():
                lacking = min(more - own.keys())
                yield node, f"a subclass has to define {lacking} there, which is abstract"
            for name in sorted(unasked & own.keys()):
                yield own[name], f"a subclass defines {name}, which nothing there asks for"


def _abstract_there_only(
    old: Interface, new: Interface, changes: Mapping[str, CallChange]
) -> frozenset[str]:
    """Return the members that a subclass of the new class has to define, and one of the legacy class had not."""
    had = {(changes.get(name) or CallChange()).to or name for name in old.abstract}
    return new.abstract - had


def _misfits_of_types(receivers: Receivers, missed: frozenset[str]) -> Iterator[Misfit]:
    """Yield where a file asks whether an instance is one of a built-in class that it inherits from here only."""
    for node in receivers.context.source.nodes_of(ast.Call, ast.Compare) if missed else ():
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[value, kinds]):
                asked = missed & last_names(kinds)
                if asked and receivers.is_instance(value, ""):
                    yield value, f"it is no {min(asked)} there"
            case _:
                for value in values_told_equal(node) if missed & HOLDERS else ():
                    if receivers.is_instance(value, ""):
                        yield value, f"it is no {min(missed & HOLDERS)} there"


def _misfits_of_probes(receivers: Receivers, old: Interface, new: Interface) -> Iterator[Misfit]:
    """Yield where a file asks whether an instance has a member that only the new class has."""
    gained = members_gained(old, new)
    for node in receivers.context.source.nodes_of(ast.Call, ast.Match) if gained else ():
        for value, name in attributes_probed(node):
            if name in gained and receivers.of_named(value, name) is Receiver.LEGACY:
                yield value, f"it has {name} there, which is asked for"


def _is_probed(receivers: Receivers, old: Interface, new: Interface) -> bool:
    """Return whether a file asks of anything whether it has a member that only the new class has."""
    gained = members_gained(old, new)
    nodes = receivers.context.source.nodes_of(ast.Call, ast.Match) if gained else ()
    return any(name in gained for node in nodes for _, name in attributes_probed(node))


def _misfits_of_fields(
    receivers: Receivers, old: Interface, new: Interface, change: CallChange | None
) -> Iterator[Misfit]:
    """Yield where a file asks for fields of the class, or of its instances, and has another answer there."""
    context = receivers.context
    renamed = change.rename if change is not None and follows_fields(change) else {}
    differ = old.fields and new.fields and field_names(old) != field_names(new)
    for node in context.source.nodes_of(ast.Attribute, ast.Call) if differ else ():
        asked: ast.expr
        match node:
            case ast.Attribute(attr=attr) if attr in ASKING_FOR_FIELDS:
                asked, is_legacy = node, receivers.of(node) is Receiver.LEGACY
            case ast.Call(func=func, args=[first, *_]) if last_name(func) == "replace":
                asked, is_legacy = first, receivers.is_instance(first, "")
            case _:
                continue
        why = misfit_of_fields(context, old, new, asked, renamed) if is_legacy else ""
        if why:
            yield asked, why


def _misfits_of_members(receivers: Receivers, old: Interface, new: Interface) -> Iterator[Misfit]:
    """Yield what is done with members that hold, or give, something else there; and those only ``__getattr__`` gave."""
    differing = members_that_differ(old, new)
    lost = special_methods_lost(old, new)
    is_open = not lost.isdisjoint({"__getattr__", "__dict__"})
    kinds = ast.Attribute, ast.Call
    for node in receivers.context.source.nodes_of(*kinds) if differing or is_open else ():
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=name)]):
                is_gone = "__getattr__" in lost and name not in (new.members or {})
                if is_gone and receivers.is_instance(value, ""):
                    yield node, f"it has no {name!s}"
        if not isinstance(node, ast.Attribute):
            continue
        asked = "__getattr__" if isinstance(node.ctx, ast.Load) else "__dict__"
        is_gone = asked in lost and node.attr not in (new.members or {})
        if not is_gone and node.attr not in differing:
            continue
        if receivers.of(node) is not Receiver.LEGACY or receivers.is_own(node.value, node.attr):
            continue
        if is_gone and node.attr not in dir(object) and receivers.is_instance(node.value, ""):
            yield node, f"it has no {node.attr}"
        why = misfit_of_member(receivers.context, old, new, node)
        if why:
            yield node, f"{node.attr}: {why}"


def misfits_of_value_members(
    context: FileContext,
    old: Interface,
    new: Interface,
    changes: Mapping[str, CallChange],
    nodes: Iterable[ast.expr],
) -> Iterator[Misfit]:
    """Yield the members of a value of another class that are not there, or are called as they do not take it."""
    gone, altered = gone_members(old, new, changes), altered_members(old, new)
    text = UsesInText(context, old, new, changes)
    for use in (use for node in nodes for use in text.instance(node)):
        if use.member in gone:
            yield use.node, f"it has no {use.member}"
        alteration, name = altered.get(use.member), use.name
        if alteration is None or not isinstance(name, ast.Attribute):
            continue
        if alteration.concerns(context, name):
            yield use.node, alteration.why or f"{use.member} takes other arguments there"


def _asked_for_fields(node: ast.AST) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    if isinstance(node, ast.Call) and last_name(node.func) in ("asdict", "astuple"):
        yield from ((argument, (_FIELDS,)) for argument in node.args[:1])
