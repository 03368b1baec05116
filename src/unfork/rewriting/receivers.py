"""What expressions of a file have to do with a class or function that moves, as far as the text tells.

def go(engine):
    engine.run_job("a")       an engine of which class? Nothing tells
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from unfork.nodes import last_name
from unfork.reading.calls import BY_NAME
from unfork.rewriting.constraints import Name, Typed
from unfork.rewriting.definition_bodies import is_stand_in
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import (
    NONE,
    NOTHING,
    PLAIN,
    Class,
    Function,
    Instance,
    Kind,
    Kinds,
    Member,
    Partial,
    some,
)

_TYPES = (str, bytes, bytearray, int, float, list, tuple, dict, set, frozenset, BaseException)
COMMON_MEMBERS: frozenset[str] = frozenset().union(*map(dir, _TYPES))
"""Members of Python's own types: their names do not tell whose members they are."""

TypedNode = ast.Attribute | ast.Call | ast.Constant
"""Where something of a class is used: a member, a call, or a string that names a member."""
_BY_STRING = BY_NAME | {"spy"}
_RUNS_CODE = frozenset({"Timer", "compile", "eval", "exec", "timeit"})
_ATTRIBUTE = re.compile(r"\.\s*([^\W\d]\w*)")
_GETTERS = frozenset({"attrgetter", "methodcaller"})


class Receiver(Enum):
    """What a member is taken of."""

    LEGACY = "of the class that moves, or a subclass"
    OTHER = "of something else"
    UNKNOWN = "of what nothing tells"


@dataclass
class Receivers:
    """Tells what the expressions of a file have to do with one legacy function or class, by its module and name."""

    inference: Inference
    name: Name

    def guessing(self) -> Receivers:
        """Return the same, assuming that a method returns the same in every subclass."""
        return Receivers(self.inference.guessing, self.name)

    @property
    def context(self) -> FileContext:
        """The file."""
        return self.inference.context

    def of(self, node: ast.Attribute) -> Receiver:
        """Return what a member is taken of."""
        return self._classify(self.inference.kinds(node.value), node.attr)

    def of_named(self, node: ast.expr, member: str) -> Receiver:
        """Return what an expression is of which a member is taken by its name."""
        return self._classify(self.inference.kinds(node), member)

    def _classify(self, kinds: Kinds | None, member: str) -> Receiver:
        known = some(kinds)
        if not known:
            return Receiver.UNKNOWN
        receivers = {self._receiver(kind, member) for kind in known}
        if Receiver.UNKNOWN in receivers or len(receivers) == 1:
            return Receiver.UNKNOWN if Receiver.UNKNOWN in receivers else receivers.pop()
        others = {k for k in known if self._receiver(k, member) is Receiver.OTHER}
        return Receiver.LEGACY if others <= NONE else Receiver.UNKNOWN

    def _receiver(self, kind: Kind, member: str) -> Receiver:
        owner = kind.of if isinstance(kind, Instance) else kind
        if not isinstance(owner, Class):
            return Receiver.OTHER
        if self.is_derived(owner):
            return Receiver.LEGACY
        if self.inference.is_protocol(owner) or self._is_base(owner):
            return Receiver.UNKNOWN
        if owner.node is None or self.inference.definer(owner, member) is not None:
            return Receiver.OTHER
        return Receiver.OTHER if self.inference.has_library_base(owner) else Receiver.UNKNOWN

    def is_derived(self, owner: Class) -> bool:
        """Return whether a class is the legacy one, or inherits from it."""
        return any(
            (ancestor.key, ancestor.name) == self.name
            for ancestor in self.inference.ancestors(owner)
        )

    def _is_base(self, owner: Class) -> bool:
        key, name = self.name
        kinds = self.inference.own.member_of_module(key, name) or ()
        classes = (kind for kind in kinds if isinstance(kind, Class))
        return any(owner in self.inference.ancestors(known_class) for known_class in classes)

    def is_subclass(self, node: ast.ClassDef) -> bool:
        """Return whether a class of the file inherits from the legacy one."""
        return self.is_derived(Class(self.context.key, node.name, node))

    def is_inherited_from_another(self, node: ast.ClassDef, member: str) -> bool:
        """Return whether another base of a subclass gives a member, too."""
        around = Class(self.context.key, node.name, node)
        return any(
            isinstance(kind, Class)
            and not self.is_derived(kind)
            and self.inference.definer(kind, member) is not None
            for base in node.bases
            for kind in self.inference.bases(around, base) or ()
        )

    def is_of_class(self, node: ast.expr) -> bool:
        """Return whether an expression is the class itself, and no instance of it."""
        return any(isinstance(kind, Class) for kind in self.inference.kinds(node) or ())

    def is_of_subclass(self, node: ast.expr) -> bool:
        """Return whether an expression is a subclass, or an instance of one."""
        kinds = self.inference.kinds(node) or ()
        owners = (kind.of if isinstance(kind, Instance) else kind for kind in kinds)
        classes = [owner for owner in owners if isinstance(owner, Class)]
        return any((c.key, c.name) != self.name and self.is_derived(c) for c in classes)

    def is_instance(self, node: ast.expr, member: str) -> bool:
        """Return whether an expression is an instance of the class that moves, with the member of that class."""
        if not any(isinstance(kind, Instance) for kind in self.inference.kinds(node) or ()):
            return False
        return self.of_named(node, member) is Receiver.LEGACY and not self.is_own(node, member)

    def is_own(self, node: ast.expr, member: str) -> bool:
        """Return whether a subclass defines a member itself that is taken of an expression."""
        for kind in self.inference.kinds(node) or ():
            owner = kind.of if isinstance(kind, Instance) else kind
            if isinstance(owner, Class) and self.is_derived(owner) and self._has_own(owner, member):
                return True
        return False

    def _has_own(self, owner: Class, member: str) -> bool:
        """Return whether a subclass, or one between it and the legacy class, defines a member."""
        definer = self.inference.definer(owner, member)
        is_legacy = definer is None or (definer.key, definer.name) == self.name
        return definer is not None and not is_legacy and self.is_derived(definer)

    def called(self, node: ast.expr) -> tuple[str, int | None] | None:
        """Return the member that is called by an expression, "" for the class or function; None for anything else.

        The number is that of the arguments that a partial call gave, None where there is none.
        """
        kinds = sorted(self.inference.kinds(node) or (), key=_order_of_kind)
        every = (kind for kind in kinds if self._is_legacy(kind))
        return next(map(self._called, every), None)

    def is_one_of_several(self, node: ast.expr) -> bool:
        """Return whether what is called may be something else than the legacy definition as well.

        A member of something that may be of a library is one that is called by its name alone.
        """
        kinds = (self.inference.kinds(node) or NOTHING) - NONE
        if isinstance(node, ast.Attribute):
            kinds = kinds.union(*self._given_by_subclasses(node)) - PLAIN
            if self._is_given_elsewhere(node, kinds):
                return True
        return len({self._is_legacy(kind) and self._called(kind) is not None for kind in kinds}) > 1

    def _is_given_elsewhere(self, node: ast.Attribute, kinds: Kinds) -> bool:
        """Return whether an attribute that holds the legacy definition itself may hold something else as well.

        class Base: factory = Old        elsewhere: class Sub(Base): factory = Other    Base.factory = Other
        """
        if not any(self._is_legacy(kind) and self._called(kind) == ("", None) for kind in kinds):
            return False
        index, owners = self.inference.index, self.inference.kinds(node.value) or NOTHING
        classes = {kind.of if isinstance(kind, Instance) else kind for kind in owners}
        homes = [index.file(kind.key) for kind in classes if isinstance(kind, Class) and kind.node]
        of_class = owners <= classes and getattr(node.value, "id", "cls") != "cls"
        return any(index.is_attribute_given(node.attr, home, of_class) for home in homes)

    def _given_by_subclasses(self, node: ast.Attribute) -> Iterator[Kinds]:
        """Yield what subclasses in the file give an attribute: ``factory = Other``."""
        expressions, inference = self.inference.own, self.inference
        kinds = inference.kinds(node.value) or NOTHING
        owners = {kind.of if isinstance(kind, Instance) else kind for kind in kinds}
        for definition in self.context.source.nodes_of(ast.ClassDef):
            assert isinstance(definition, ast.ClassDef)
            subclass = Class(self.context.key, definition.name, definition)
            above = {*inference.ancestors(subclass)} - {subclass}
            if node.attr in expressions.members(definition) and not owners.isdisjoint(above):
                given = expressions.member_value(subclass, definition, node.attr, of_class=True)
                yield given or PLAIN

    def _is_legacy(self, kind: Kind) -> bool:
        """Return whether something is the legacy definition, a subclass, or a member of one."""
        _, inner = _unwrapped(kind)
        match inner:
            case Class():
                return self.is_derived(inner)
            case Function(key=key, name=name):
                return (key, name) == self.name
            case Member(owner=owner):
                return self.is_derived(owner)
            case _:
                return False

    def _called(self, kind: Kind) -> tuple[str, int | None] | None:
        given, inner = _unwrapped(kind)
        if isinstance(inner, Class) and self._has_own(inner, "__init__"):
            return None
        return inner.name if isinstance(inner, Member) else "", given


def _unwrapped(kind: Kind) -> tuple[int | None, Kind]:
    """Return what partial calls wrap, with how many arguments these gave; None where there is none."""
    given: int | None = None
    while isinstance(kind, Partial):
        given, kind = kind.given + (given or 0), kind.of
    return given, kind


def _order_of_kind(kind: Kind) -> tuple[str, str]:
    """Return by what kinds are put in an order that is the same in each run."""
    return type(kind).__name__, str(getattr(kind, "name", ""))


def strings_that_name(
    receivers: Receivers, members: Collection[str], known: Collection[ast.AST]
) -> Iterator[tuple[ast.expr, str, Receiver]]:
    """Yield where a member is named by a string, or by a keyword of a pattern, with what it is taken of."""
    kinds = ast.Call, ast.Subscript, ast.Match, ast.MatchClass
    for node in receivers.context.source.nodes_of(*kinds) if members else ():
        if isinstance(node, ast.Call) and is_stand_in(node):
            for name in names_given(node) & frozenset(members):
                yield node, name, Receiver.UNKNOWN
        elif isinstance(node, ast.Call) and last_name(node.func) in _RUNS_CODE:
            for name in _attributes_in_code(node).intersection(members):
                yield node, name, Receiver.UNKNOWN
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
                if last_name(func) in _GETTERS and name in members:
                    yield node, name, Receiver.UNKNOWN
            case ast.Call(func=func, args=[first, ast.Constant(value=str(name)) as text, *_]):
                if last_name(func) not in _BY_STRING or name not in members:
                    continue
                if node not in known and text not in known:
                    yield node, name, receivers.of_named(first, name)
            case ast.Call(func=func, args=[first, made, *_]) if last_name(func) in BY_NAME:
                for name in _names_made(receivers.context, made, members):
                    if node not in known and receivers.of_named(first, name) is Receiver.LEGACY:
                        yield node, name, Receiver.LEGACY
            case ast.Call(func=ast.Attribute(attr="multiple"), args=[first, *_], keywords=keywords):
                for keyword in keywords:
                    if keyword.arg in members:
                        yield node, str(keyword.arg), receivers.of_named(first, str(keyword.arg))
            case ast.MatchClass(cls=cls, kwd_attrs=names):
                for name in names:
                    if name in members:
                        yield cls, name, receivers.of_named(cls, name)
            case ast.Match(subject=subject):
                for cls, name in attributes_matched(node):
                    if name in members and receivers.of_named(cls, name) is not Receiver.LEGACY:
                        yield cls, name, receivers.of_named(subject, name)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
                if name in members and _is_dictionary(value):
                    yield node, name, Receiver.UNKNOWN


def _attributes_in_code(call: ast.Call) -> set[str]:
    """Return the attributes in strings that a call runs as code: ``eval("engine.run()")``."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    texts = (part.value for part in given if isinstance(part, ast.Constant))
    return {name for t in texts if isinstance(t, str) for name in _ATTRIBUTE.findall(t)}


def _names_made(context: FileContext, made: ast.expr, members: Collection[str]) -> Iterator[str]:
    """Yield the members that an expression may name: ``f"run_{step}"``, ``ACTIONS[key]``."""
    for text in context.texts.of(made, context.scope_around(made)):
        if text.value is not None:
            yield from {text.value}.intersection(members)
        else:
            yield from sorted(name for name in members if name.startswith(text.beginning))


def names_given(call: ast.Call) -> frozenset[str]:
    """Return the members that a stand-in is made with: ``Mock(run=1)``, ``Mock(["run"])``, ``{"run.result": 1}``."""
    names = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    listed = [*call.args, *(keyword.value for keyword in call.keywords)]
    parts = [part for value in listed for part in _parts_listed(value)]
    texts = (part.value for part in parts if isinstance(part, ast.Constant))
    return frozenset(names | {t.partition(".")[0] for t in texts if isinstance(t, str)})


def _parts_listed(value: ast.expr) -> list[ast.expr | None]:
    match value:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return [*elts]
        case ast.Dict(keys=keys):
            return [*keys]
        case _:
            return []


def attributes_matched(node: ast.Match) -> Iterator[tuple[ast.expr, str]]:
    """Yield the attributes that patterns take of what is matched, each with the class of its pattern."""
    waiting: list[ast.pattern | None] = [case.pattern for case in node.cases]
    while waiting:
        match waiting.pop():
            case ast.MatchClass(cls=cls, kwd_attrs=names):
                yield from ((cls, name) for name in names)
            case ast.MatchAs(pattern=pattern):
                waiting.append(pattern)
            case ast.MatchOr(patterns=patterns):
                waiting += patterns
            case _:
                continue


def attributes_probed(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield of what a node asks whether it has an attribute: ``hasattr``, ``getattr`` with a default, patterns."""
    match node:
        case (
            ast.Call(func=ast.Name(id="hasattr"), args=[value, ast.Constant(value=str(name))])
            | ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(name)), _])
        ):
            yield value, name
        case ast.Match(subject=subject):
            yield from ((subject, name) for _, name in attributes_matched(node))
        case _:
            return


def _is_dictionary(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr="__dict__") | ast.Call(func=ast.Name(id="vars")):
            return True
        case _:
            return False


def typed_at(node: TypedNode, name: Name) -> Typed:
    """Return a use of a class, or of a member of it, as a place."""
    if isinstance(node, ast.Call):
        return Typed(node.lineno, node.col_offset, name, "")
    if isinstance(node, ast.Constant):
        return Typed(node.lineno, node.col_offset, name, str(node.value))
    width = len(node.attr.encode())
    return Typed(node.end_lineno or 0, (node.end_col_offset or 0) - width, name, node.attr)


def typed_nodes(context: FileContext, typed: Iterable[Typed]) -> dict[TypedNode, Typed]:
    """Return the places where a legacy class is called, or a member taken of it or named, as nodes."""
    wanted = {(use.line, use.column, use.member): use for use in typed}
    nodes: dict[TypedNode, Typed] = {}
    for node in context.source.nodes_of(ast.Attribute, ast.Call, ast.Constant) if wanted else ():
        if isinstance(node, TypedNode):
            place = typed_at(node, ("", ""))
            use = wanted.get((place.line, place.column, place.member))
            if use is not None:
                nodes[node] = use
    return nodes
