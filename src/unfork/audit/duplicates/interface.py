"""The interface that a class offers to its users, and whether another class offers it too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.reading.same_code import default_values, same_code

_UNSEEN = frozenset({"__slots__", "__doc__", "__module__", "__qualname__"})
_MEANING = frozenset(
    f"__{name}__"
    for name in ("bool", "call", "eq", "getattr", "getattribute", "hash", "iter", "len", "new")
)
"""Special methods that change how all instances of a class behave."""


class Offer(NamedTuple):
    """Whether one class ``fits`` in place of another, and ``why`` in words."""

    fits: bool
    why: str


@dataclass
class Interface:
    """What a class offers: its ``members`` by name, and the ``fields`` among them in order.

    ``attributes`` are set by its methods on its instances, and ``nodes`` are its base classes as written. ``bases`` are
    the names of those it inherits from in the project, at any depth, and ``strangers`` of those outside. It
    ``is_plain`` if its text shows all of that.
    """

    head: str | None = None
    members: dict[str, list[ast.stmt]] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    nodes: Sequence[ast.expr] = ()
    bases: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    is_plain: bool = True

    @classmethod
    def of(cls, node: ast.ClassDef) -> Interface:
        """Return the interface of a class without what it inherits; its base classes are in ``nodes``."""
        head = "".join(map(ast.dump, (*node.decorator_list, *node.keywords)))
        interface = cls(head, nodes=node.bases)
        for statement in node.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    interface.attributes.update(_instance_attributes(statement))
                case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                    pass
                case ast.AnnAssign(target=ast.Name(id=name)):
                    interface.fields.append(name)
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    continue
                case _:
                    interface.is_plain = False
                    continue
            interface.members.setdefault(name, []).append(statement)
        return interface

    def inherit(self, base: Interface) -> None:
        """Add the interface of ``base``: the class itself, or one it inherits from."""
        if self.head is None:
            self.head = base.head
        self.fields = [*base.fields, *(name for name in self.fields if name not in base.fields)]
        self.attributes |= base.attributes
        self.is_plain &= base.is_plain
        for name, nodes in base.members.items():
            self.members.setdefault(name, nodes)


def compare_interfaces(legacy: Interface, canonical: Interface) -> Offer:
    """Return whether a canonical class offers everything that a legacy class does, and takes the same calls."""
    public = {name for name in legacy.members if not name.startswith("_")}
    missing = sorted(public.difference(canonical.members, canonical.attributes))
    told = f"it has {len(public) - len(missing)} of {len(public)} public members"
    if not public:
        told = "both have no members" if not canonical.members else "it has more members"
    if missing:
        return Offer(False, f"{told}, not {_first_names(missing)}")
    why = next(_reasons_against(legacy, canonical), "")
    if why:
        return Offer(False, f"{told}, but {why}")
    other = [
        name for name, nodes in legacy.members.items() if not _are_equal(nodes, canonical, name)
    ]
    return Offer(True, f"{told}, and does otherwise in {_first_names(other)}" if other else told)


def _first_names(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _are_equal(nodes: Sequence[ast.stmt], canonical: Interface, name: str) -> bool:
    """Return whether a member is written the same in both classes, or is missing in the canonical one."""
    others = canonical.members.get(name)
    return others is None or same_code([*nodes], [*others])


def _reasons_against(legacy: Interface, canonical: Interface) -> Iterator[str]:
    if not (legacy.is_plain and canonical.is_plain):
        yield "what they offer is known only as they run"
    if legacy.head != canonical.head:
        yield "their decorators or metaclasses differ"
    for name in sorted(
        (legacy.bases | legacy.strangers) - canonical.bases - canonical.strangers - {"object"}
    ):
        yield f"it is no {name}"
    for name in sorted(_MEANING.intersection(canonical.members).difference(legacy.members)):
        yield f"it has {name}"
    for name, nodes in legacy.members.items():
        others = canonical.members.get(name)
        if others is not None and _has_other_values(nodes, others):
            yield f"its {name} has other values"
        if not _is_seen(name):
            continue
        if others is None or not _is_compatible(nodes, others):
            yield f"its {name} differs"
    gone = sorted(
        name
        for name in legacy.attributes - canonical.attributes
        if not name.startswith("_") and name not in canonical.members
    )
    if gone:
        yield f"it sets no {gone[0]}"
    if "__init__" not in legacy.members and not _makes_itself(legacy, canonical):
        yield "it is made otherwise"


def _has_other_values(legacy: Sequence[ast.stmt], canonical: Sequence[ast.stmt]) -> bool:
    """Return whether two members differ only in their constants, as in a copy that was changed later."""
    if same_code([*legacy], [*canonical]):
        return False
    return list(map(_steps_of_member, legacy)) == list(map(_steps_of_member, canonical))


def _steps_of_member(node: ast.stmt) -> list[tuple[object, ...]]:
    """Return what a member does, without its constants."""
    names = ("id", "attr", "arg", "name")
    return [
        (type(part), *(getattr(part, attribute, "") for attribute in names))
        for part in ast.walk(node)
    ]


def _is_seen(name: str) -> bool:
    return name not in _UNSEEN and (not name.startswith("_") or name.endswith("__"))


def _makes_itself(legacy: Interface, canonical: Interface) -> bool:
    """Return whether a class takes the constructor calls of one that has no ``__init__``, by fields or inheritance."""
    if canonical.fields[: len(legacy.fields)] != legacy.fields:
        return False
    for name in canonical.fields[len(legacy.fields) :] if legacy.fields else ():
        last = canonical.members[name][-1]
        if isinstance(last, ast.AnnAssign) and last.value is None:
            return False
    made = canonical.members.get("__init__")
    if made is None:
        return True
    plain = ast.parse("def __init__(self): ...").body
    return not legacy.strangers - {"object"} and not legacy.fields and _is_compatible(plain, made)


def _is_compatible(legacy: Sequence[ast.stmt], canonical: Sequence[ast.stmt]) -> bool:
    """Return whether a canonical member can replace the legacy member of the same name."""
    for one, other in zip_longest(legacy, canonical):
        if isinstance(one, FunctionDef) and isinstance(other, FunctionDef):
            if type(one) is not type(other) or _is_generator(one) != _is_generator(other):
                return False
            if not same_code(one.decorator_list, other.decorator_list):
                return False
            if not is_call_compatible(one.args, other.args):
                return False
        elif not same_code(one, other):
            return False
    return True


def is_call_compatible(legacy: ast.arguments, canonical: ast.arguments) -> bool:
    """Return whether every call of the legacy signature means the same with the canonical one."""
    old, new = [*legacy.posonlyargs, *legacy.args], [*canonical.posonlyargs, *canonical.args]
    if (
        len(old) > len(new)
        or (legacy.vararg and not canonical.vararg)
        or (legacy.kwarg and not canonical.kwarg)
    ):
        return False
    if len(old) < len(new) and (legacy.vararg or legacy.kwarg):
        return False
    if any(one.arg != other.arg for one, other in zip(legacy.args, new[len(legacy.posonlyargs) :])):
        return False
    if len(canonical.posonlyargs) > len(legacy.posonlyargs):
        return False
    ours, theirs = default_values(legacy), default_values(canonical)
    extra = [arg.arg for arg in new[len(old) :]]
    allowed = {arg.arg for arg in canonical.kwonlyargs}.union(extra)
    wanted = {arg.arg for arg in legacy.kwonlyargs}
    if not wanted <= allowed or (legacy.kwarg and allowed != wanted):
        return False
    if any(name not in theirs for name in allowed - wanted):
        return False
    return all(same_code(theirs.get(name), value) for name, value in ours.items())


def _instance_attributes(node: FunctionDef) -> Iterator[str]:
    """Yield the attributes that a method sets on its instance."""
    first = [*node.args.posonlyargs, *node.args.args][:1]
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store()):
                if first and first[0].arg == name:
                    yield attr
            case _:
                pass


def _is_generator(node: FunctionDef) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
