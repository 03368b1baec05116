"""What a class offers to those who use it, and whether another class offers that too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_UNSEEN = frozenset({"__slots__", "__doc__", "__module__", "__qualname__"})
_MEANING = frozenset(
    f"__{name}__"
    for name in ("bool", "call", "eq", "getattr", "getattribute", "hash", "iter", "len", "new")
)
"""What changes, where a class has it, how all its objects behave."""


class Offer(NamedTuple):
    """Whether one class ``fits`` in the place of another; and that in words."""

    fits: bool
    why: str


@dataclass
class Interface:
    """What a class offers: its ``members`` by name, and in order the ``fields`` among them.

    ``attributes`` are those that its methods set on its objects, ``nodes`` how it spells what it inherits from,
    ``bases`` the classes of the project among these, at any depth, and ``strangers`` the others. It ``is_plain`` where
    its text says all of that.
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
        """Return what a class offers itself; what it inherits is in ``nodes``."""
        head = "".join(map(ast.dump, (*node.decorator_list, *node.keywords)))
        found = cls(head, nodes=node.bases)
        for each in node.body:
            match each:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.attributes.update(_attributes(each))
                case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                    pass
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found.fields.append(name)
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    continue
                case _:
                    found.is_plain = False
                    continue
            found.members.setdefault(name, []).append(each)
        return found

    def inherit(self, base: Interface) -> None:
        """Add what a class offers that this one is, or inherits from."""
        if self.head is None:
            self.head = base.head
        self.fields = [*base.fields, *(name for name in self.fields if name not in base.fields)]
        self.attributes |= base.attributes
        self.is_plain &= base.is_plain
        for name, nodes in base.members.items():
            self.members.setdefault(name, nodes)


def difference(here: Interface, there: Interface) -> Offer:
    """Return whether all that a class offers is in another one too, and takes the same calls."""
    public = {name for name in here.members if not name.startswith("_")}
    missing = sorted(public.difference(there.members, there.attributes))
    told = f"it has {len(public) - len(missing)} of {len(public)} public members"
    if not public:
        told = "both have no members" if not there.members else "it has more members"
    if missing:
        return Offer(False, f"{told}, not {_few(missing)}")
    why = next(_obstacles(here, there), "")
    if why:
        return Offer(False, f"{told}, but {why}")
    other = [name for name, nodes in here.members.items() if not _are_equal(nodes, there, name)]
    return Offer(True, f"{told}, and does otherwise in {_few(other)}" if other else told)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _are_equal(nodes: Sequence[ast.stmt], there: Interface, name: str) -> bool:
    """Return whether a member is written alike; what the other has no need of, as it is private, is not compared."""
    others = there.members.get(name)
    return others is None or list(map(ast.dump, nodes)) == list(map(ast.dump, others))


def _obstacles(here: Interface, there: Interface) -> Iterator[str]:
    if not (here.is_plain and there.is_plain):
        yield "what they offer is known only as they run"
    if here.head != there.head:
        yield "their decorators or metaclasses differ"
    for name in sorted((here.bases | here.strangers) - there.bases - there.strangers - {"object"}):
        yield f"it is no {name}"
    for name in sorted(_MEANING.intersection(there.members).difference(here.members)):
        yield f"it has {name}"
    for name, nodes in here.members.items():
        others = there.members.get(name)
        if others is not None and _has_other_values(nodes, others):
            yield f"its {name} has other values"
        if not _is_seen(name):
            continue
        if others is None or not _fit(nodes, others):
            yield f"its {name} differs"
    gone = sorted(
        name
        for name in here.attributes - there.attributes
        if not name.startswith("_") and name not in there.members
    )
    if gone:
        yield f"it sets no {gone[0]}"
    if "__init__" not in here.members and not _makes_itself(here, there):
        yield "it is made otherwise"


def _has_other_values(here: Sequence[ast.stmt], there: Sequence[ast.stmt]) -> bool:
    """Return whether two members differ in nothing but their constants: one is a copy, and was changed since."""
    if list(map(ast.dump, here)) == list(map(ast.dump, there)):
        return False
    return list(map(_steps, here)) == list(map(_steps, there))


def _steps(node: ast.stmt) -> list[tuple[object, ...]]:
    """Return what a member does, whatever the constants are."""
    names = ("id", "attr", "arg", "name")
    return [(type(part), *(getattr(part, each, "") for each in names)) for part in ast.walk(node)]


def _is_seen(name: str) -> bool:
    return name not in _UNSEEN and (not name.startswith("_") or name.endswith("__"))


def _makes_itself(here: Interface, there: Interface) -> bool:
    """Return whether a class is called like one without ``__init__``: by its fields, or by what it inherits."""
    if there.fields[: len(here.fields)] != here.fields:
        return False
    for name in there.fields[len(here.fields) :] if here.fields else ():
        last = there.members[name][-1]
        if isinstance(last, ast.AnnAssign) and last.value is None:
            return False
    made = there.members.get("__init__")
    if made is None:
        return True
    plain = ast.parse("def __init__(self): ...").body
    return not here.strangers - {"object"} and not here.fields and _fit(plain, made)


def _fit(here: Sequence[ast.stmt], there: Sequence[ast.stmt]) -> bool:
    """Return whether the one of two members of the same name can stand for the other."""
    for one, other in zip_longest(here, there):
        if isinstance(one, _Function) and isinstance(other, _Function):
            if type(one) is not type(other) or _yields(one) != _yields(other):
                return False
            if list(map(ast.dump, one.decorator_list)) != list(map(ast.dump, other.decorator_list)):
                return False
            if not takes(one.args, other.args):
                return False
        elif one is None or other is None or ast.dump(one) != ast.dump(other):
            return False
    return True


def takes(here: ast.arguments, there: ast.arguments) -> bool:
    """Return whether all calls of one signature mean the same to another."""
    old, new = [*here.posonlyargs, *here.args], [*there.posonlyargs, *there.args]
    if (
        len(old) > len(new)
        or (here.vararg and not there.vararg)
        or (here.kwarg and not there.kwarg)
    ):
        return False
    if len(old) < len(new) and (here.vararg or here.kwarg):
        return False
    if any(one.arg != other.arg for one, other in zip(here.args, new[len(here.posonlyargs) :])):
        return False
    if len(there.posonlyargs) > len(here.posonlyargs):
        return False
    ours, theirs = _defaults(here), _defaults(there)
    extra = [arg.arg for arg in new[len(old) :]]
    allowed = {arg.arg for arg in there.kwonlyargs}.union(extra)
    wanted = {arg.arg for arg in here.kwonlyargs}
    if not wanted <= allowed or (here.kwarg and allowed != wanted):
        return False
    if any(name not in theirs for name in allowed - wanted):
        return False
    return all(theirs.get(name) == value for name, value in ours.items())


def _defaults(args: ast.arguments) -> dict[str, str]:
    positional = [*args.posonlyargs, *args.args]
    found = {
        arg.arg: ast.dump(value)
        for arg, value in zip(positional[len(positional) - len(args.defaults) :], args.defaults)
    }
    keywords = zip(args.kwonlyargs, args.kw_defaults)
    return found | {arg.arg: ast.dump(value) for arg, value in keywords if value is not None}


def _attributes(node: _Function) -> Iterator[str]:
    """Yield the attributes that a method sets on its object."""
    first = [*node.args.posonlyargs, *node.args.args][:1]
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store()):
                if first and first[0].arg == name:
                    yield attr
            case _:
                pass


def _yields(node: _Function) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
