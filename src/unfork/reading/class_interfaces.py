"""What callers see of a class: what its body says, its bases, its decorators and its metaclass, put together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Protocol, TypeVar

from unfork.nodes import FunctionDef
from unfork.reading.class_bodies import (
    attributes_of_self,
    is_literal,
    names_of_slots,
    returns_self,
    sets_untold_attributes,
    single_bindings,
)
from unfork.reading.field_classes import (
    Field,
    Options,
    choices_of,
    constructor_arguments,
    dataclass_options,
    default_of_field,
    fields_of,
    match_arguments,
    methods_made,
)
from unfork.reading.interface import Interface
from unfork.reading.known_classes import class_made_by_call, standard_class
from unfork.reading.outside_names import KnowsOrigins, outside_name
from unfork.reading.passing_decorators import Passing, left_to_give, names_of_decorators
from unfork.reading.signatures import Signature, result_of
from unfork.reading.source import Source
from unfork.reading.standard_classes import (
    ABSTRACT,
    ABSTRACT_CLASSES,
    DATACLASS,
    ENUMERATIONS,
    FIXED_PROPERTIES,
    GENERIC,
    HARMLESS_DECORATORS,
    PARTIAL_METHOD,
    PROPERTIES,
    PROTOCOLS,
    RUNTIME_CHECKABLE,
    TOTAL_ORDERING,
    TRANSPARENT_BASES,
    standard_members,
)
from unfork.reading.statement_names import names_bound_or_deleted
from unfork.reading.value_types import NOTHING, Value, registered_classes, value_of, value_returned
from unfork_codemods.project import Key, Kind

_Told = TypeVar("_Told")
_DYNAMIC = frozenset({"__getattr__", "__getattribute__", "__dict__"})
_OF_TYPES = frozenset({"__dict__", "__hash__", "__weakref__", *dir(type)})
_KNOWN_DECORATORS = HARMLESS_DECORATORS | {DATACLASS, TOTAL_ORDERING, RUNTIME_CHECKABLE}
_OF_VALUES = ("property", "attribute", ".setter", ".getter", ".deleter")
"""What decorators are called whose methods are taken like values."""
_NO_ARGUMENTS = constructor_arguments(())


class OtherInterfaces(Protocol):
    """What a class asks of the definitions around it."""

    @property
    def index(self) -> KnowsOrigins:
        """Tells where names come from."""

    def interface(self, key: Key, name: str) -> Interface | None:
        """Return the interface of a name of a module."""

    def class_called(self, key: Key, name: str) -> Interface | None:
        """Return the interface of the class whose instance a call of a name gives."""

    def all_passing(self, key: Key, decorators: Sequence[ast.expr]) -> list[Passing] | None:
        """Return what decorators do that pass on what a definition is called with, else None."""

    def subclasses(self, key: Key, name: str) -> frozenset[str]:
        """Return the classes of a module that inherit from one of its names directly."""

    def of_module(self, key: Key, tell: Callable[[Source], _Told]) -> _Told | None:
        """Return what a function tells of a module's source."""


class ClassReader:
    """Puts together what callers see of one class, ``node`` in the module ``key``."""

    def __init__(self, others: OtherInterfaces, key: Key, node: ast.ClassDef) -> None:
        self._others, self._key, self._node = others, key, node
        self._bindings = single_bindings(node.body)
        self._own = {n: self._method(n, definition) for n, definition in self._bindings.items()}
        # one by one: ``b = a`` sees what ``a = run`` has become
        self._own |= self._methods_assigned()
        self._bases = [base for node_ in node.bases for base in self._inherited_by(node_)]
        """What each base gives; None where that is unknown."""
        self._known = [b for b in self._bases if b is not None and b.members is not None]

    def interface(self) -> Interface:
        """Return what callers see of the class."""
        plain = self._is_plain()
        values = self._values()
        match_fields = self._options is None or self._options.match_args
        return Interface(
            "class",
            call=self._constructor() if plain else None,
            members=self._all_members(),
            complete=plain
            and not any(d.adds for d in self._decorators_passing or ())
            and self._has_no_others(),
            enters=returns_self(self._node, "__enter__") or any(b.enters for b in self._known),
            itself=(self._key, self._node.name),
            bases=self._all_bases(),
            values=values.union(*(base.values - self._own.keys() for base in self._known)),
            fixed=self._fixed().union(*(base.fixed - self._own.keys() for base in self._known)),
            abstract=self._decorated(ABSTRACT).union(
                *(base.abstract - self._own.keys() for base in self._known)
            ),
            fields=self._fields,
            choices=choices_of(self._node) if self._is_enumeration() else None,
            caught_by=frozenset[str]().union(*(base.caught_by for base in self._known)),
            asks=frozenset(attributes_of_self(self._node, ast.Load)).union(
                *(base.asks for base in self._known)
            ),
            subclasses=self._others.subclasses(self._key, self._node.name),
            held=_values_held(self._node, self._known),
            on_instances=_set_on_instances(self._node, self._known),
            checked=self._checked(),
            of_metaclass=self._of_metaclass().union(*(b.of_metaclass for b in self._known)),
            decorated=self._methods_decorated(),
            matched=_matched(self._node, self._fields, self._known) if match_fields else (),
        )

    def _outside(self, node: ast.expr) -> str:
        return outside_name(self._others.index, self._key, node)

    # -- what its body says

    def _method(self, name: str, definition: ast.stmt | None) -> Signature | None:
        """Return the parameters of a method; None for what else a class has."""
        if not isinstance(definition, FunctionDef):
            return None
        result, gives = result_of(definition), value_returned(definition)
        others = [d for d in definition.decorator_list if self._outside(d) not in ABSTRACT]
        passing = self._others.all_passing(self._key, others)
        if passing is not None:
            if all(decorator.is_itself for decorator in passing):
                return Signature(name, definition.args, bound=True, result=result, gives=gives)
            return left_to_give(Signature(name, definition.args, bound=True), passing)
        match others:
            case [ast.Name(id="classmethod")]:
                return Signature(
                    name, definition.args, bound=True, of_class=True, result=result, gives=gives
                )
            case [ast.Name(id="staticmethod")]:
                return Signature(name, definition.args, of_class=True, result=result, gives=gives)
            case _:
                return None

    def _methods_decorated(self) -> dict[str, Signature]:
        """Return the parameters of the methods that unknown decorators stand on, its own and those that it inherits."""
        inherited = {
            n: call for base in reversed(self._known) for n, call in base.decorated.items()
        }
        found = {name: call for name, call in inherited.items() if name not in self._own}
        for name, definition in self._bindings.items():
            if isinstance(definition, FunctionDef) and self._own[name] is None:
                under = names_of_decorators(definition)
                if not any(part in decorator for decorator in under for part in _OF_VALUES):
                    bound = "staticmethod" not in under
                    of_class = not bound or "classmethod" in under
                    call = Signature(name, definition.args, bound, of_class, under=under)
                    found[name] = call
        return found

    def _methods_assigned(self) -> Iterator[tuple[str, Signature | None]]:
        """Yield the methods that a class has by assignment: ``go = run``, a lambda, ``partialmethod(run, 1)``."""
        for name, definition in self._bindings.items():
            match definition:
                case ast.Assign(value=ast.Name(id=other)):
                    yield name, self._own.get(other)
                case ast.Assign(value=ast.Lambda(args=arguments)):
                    yield name, Signature(name, arguments, bound=True)
                case ast.Assign(value=ast.Call(args=[ast.Name(id=called), *_]) as call) if (
                    self._outside(call) == PARTIAL_METHOD
                ):
                    made_of = self._own.get(called)
                    yield name, None if made_of is None else made_of.after_partial(name, call)
                case _:
                    continue

    def _decorated(self, decorators: frozenset[str]) -> frozenset[str]:
        """Return the methods that have one of some decorators; one defined twice, for a setter, has none."""
        return frozenset(
            name
            for name in self._own
            if isinstance(definition := self._bindings[name], FunctionDef)
            and any(
                self._outside(decorator) in decorators for decorator in definition.decorator_list
            )
        )

    def _descriptors(self, method: str) -> frozenset[str]:
        """Return the members that are instances of a class of the project with a method of descriptors."""
        found = set()
        for name in self._own:
            match self._bindings[name]:
                case ast.Assign(value=ast.Call(func=ast.Name(id=called))):
                    made = self._others.class_called(self._key, called)
                    if made is not None and method in (made.members or {}):
                        found.add(name)
        return frozenset(found)

    def _values(self) -> frozenset[str]:
        """Return the members that are certainly no methods."""
        bound = self._bindings
        literals = {n for n in self._own if is_literal(getattr(bound[n], "value", None))}
        return self._decorated(PROPERTIES) | literals | self._descriptors("__get__")

    def _fixed(self) -> frozenset[str]:
        """Return the members that cannot be set."""
        fixed = self._decorated(FIXED_PROPERTIES) | self._descriptors("__set__")
        is_frozen = self._options is not None and self._options.frozen
        return fixed | {field.name for field in self._fields or ()} if is_frozen else fixed

    @cached_property
    def _slots(self) -> list[str] | None:
        """The names of its slots; None if it has none, or where the text does not tell."""
        if self._options is not None and self._options.slots:
            return [field.name for field in self._fields or ()]
        return names_of_slots(self._node)

    # -- what its decorators make of it

    @cached_property
    def _options(self) -> Options | None:
        """How it is a data class; None if it is none."""
        for decorator in self._node.decorator_list:
            if self._outside(decorator) == DATACLASS:
                return dataclass_options(decorator)
        return None

    @cached_property
    def _fields(self) -> tuple[Field, ...] | None:
        """Its fields if it is a data class or named tuple, and those of the data classes that it inherits from."""
        inherited = {field.name: field for b in reversed(self._known) for field in b.fields or ()}
        options = self._options
        if options is None and not self._is_named_tuple():
            return tuple(inherited.values()) or None
        own = fields_of(self._node, options is not None and options.kw_only)
        return tuple({**inherited, **{field.name: field for field in own}}.values())

    @cached_property
    def _decorators_passing(self) -> list[Passing] | None:
        """Those of its decorators that the project defines, if all return the class and set no special method."""
        every = self._node.decorator_list
        others = [d for d in every if self._outside(d) not in _KNOWN_DECORATORS]
        passing = self._others.all_passing(self._key, others)
        is_told = all(
            decorator.is_itself and not any(name.startswith("__") for name in decorator.adds)
            for decorator in passing or ()
        )
        return passing if is_told else None

    def _is_plain(self) -> bool:
        """Return whether nothing that is not known here makes a class other than its body says."""
        decorators = self._decorators_passing is not None
        keywords = all(
            k.arg == "metaclass" and self._outside(k.value) == "abc.ABCMeta"
            for k in self._node.keywords
        )
        return decorators and keywords and (self._options is None or self._options.known)

    # -- what its bases give it

    def _inherited_by(self, base: ast.expr) -> Iterator[Interface | None]:
        """Yield the interface that a class inherits by a base, None if that is unknown; nothing if it has none."""
        dotted = self._outside(base)
        if dotted in TRANSPARENT_BASES:
            return
        made_here = class_made_by_call("", base, dotted) if isinstance(base, ast.Call) else None
        if made_here is not None:
            yield made_here
            return
        members = standard_members(dotted) if dotted else None
        if members is not None:
            yield standard_class(dotted, members)
        else:
            name = base.id if isinstance(base, ast.Name) else None
            yield self._others.interface(self._key, name) if name is not None else None

    def _all_bases(self) -> frozenset[tuple[Key, str]]:
        origin, names = self._others.index.origin, self._node.bases
        origins = [origin(self._key, base.id) for base in names if isinstance(base, ast.Name)]
        own = {(o.key, o.name) for o in origins if o.kind is Kind.OWN and o.name is not None}
        return frozenset(own.union(*(base.bases for base in self._known)))

    def _is_named_tuple(self) -> bool:
        return any(base.fields == () and base.call is None for base in self._known)

    def _is_enumeration(self) -> bool:
        return any(self._outside(base) in ENUMERATIONS for base in self._node.bases)

    def _has_all_bases(self) -> bool:
        return len(self._known) == len(self._bases)

    # -- all of it together

    def _has_no_others(self) -> bool:
        """Return whether the members that are known are all that an instance can have."""
        return (
            self._has_all_bases()
            and all(base.complete for base in self._known)
            and _DYNAMIC.isdisjoint(self._own)
            and not sets_untold_attributes(self._node)
            and ("__slots__" not in self._own or self._slots is not None)
        )

    def _constructor(self) -> Signature | None:
        """Return the parameters of making an instance; None where they are not known."""
        own, known, name = self._own, self._known, self._node.name
        if "__new__" in own or not self._has_all_bases():
            return _renamed(own.get("__init__"), name)
        if "__init__" in own:
            return _renamed(own["__init__"], name)
        options, fields = self._options, self._fields
        if options.init if options is not None else self._is_named_tuple():
            return None if fields is None else Signature(name, constructor_arguments(fields))
        if not self._bases:
            return Signature(name, _NO_ARGUMENTS)
        return _renamed(known[0].call, name) if len(known) == 1 else None

    def _all_members(self) -> dict[str, Signature | None]:
        """Return the members: those that methods set, of bases, its own, and what decorators give and take away."""
        members: dict[str, Signature | None] = dict.fromkeys(
            attributes_of_self(self._node, (ast.Store, ast.Del))
        )
        for base in reversed(self._known):
            members |= base.members or {}
        members |= self._own
        made = () if self._options is None else methods_made(self._options)
        members |= {name: members.get(name) for name in made}
        if TOTAL_ORDERING in (self._outside(d) for d in self._node.decorator_list):
            members = {**dict.fromkeys(("__ge__", "__gt__", "__le__", "__lt__")), **members}
        if any(self._outside(base) in GENERIC for base in self._node.bases):
            members.setdefault("__class_getitem__", None)
        if self._is_hashable():
            members.setdefault("__hash__", None)
        elif "__hash__" not in self._own:
            members.pop("__hash__", None)
        if self._slots is not None:
            members = {**dict.fromkeys(self._slots), **members}
        if self._slots is None or any("__dict__" in (b.members or {}) for b in self._known):
            members |= dict.fromkeys({"__dict__", "__weakref__"} - members.keys())
        return members

    def _is_hashable(self) -> bool:
        """Return whether instances have a hash: what defines ``__eq__`` and no ``__hash__`` has none (3.3.1)."""
        if "__hash__" in self._own or "__eq__" in self._own:
            return "__hash__" in self._own
        options = self._options
        if options is not None and options.eq:
            return options.frozen or options.unsafe_hash
        return not self._has_all_bases() or all(
            "__hash__" in (b.members or {}) for b in self._known
        )

    def _checked(self) -> frozenset[str]:
        """Return by what else ``isinstance`` takes instances: a protocol's members, or classes that are registered."""
        checked = self._others.of_module(self._key, _registered) or {}
        is_protocol = any(self._outside(base) in PROTOCOLS for base in self._node.bases)
        is_runtime = any(self._outside(d) == RUNTIME_CHECKABLE for d in self._node.decorator_list)
        how = {"its members"} if is_runtime else {"no check"}
        return checked.get(self._node.name, frozenset()) | (how if is_protocol else frozenset())

    def _of_metaclass(self) -> frozenset[str]:
        """Return the members that a class has from its metaclass, if that is of the project or ``ABCMeta``."""
        named = [keyword.value for keyword in self._node.keywords if keyword.arg == "metaclass"]
        if any(self._outside(part) in ABSTRACT_CLASSES for part in (*self._node.bases, *named)):
            return frozenset({"register"})
        names = [part.id for part in named if isinstance(part, ast.Name)]
        metas = [self._others.interface(self._key, name) for name in names]
        members = [(meta.members or {}).items() for meta in metas if meta is not None]
        return frozenset(
            name
            for name, signature in chain.from_iterable(members)
            if name not in _OF_TYPES or (name == "__call__" and signature is not None)
        )


def _renamed(signature: Signature | None, name: str) -> Signature | None:
    return None if signature is None else Signature(name, signature.arguments, signature.bound)


def _values_held(node: ast.ClassDef, known: list[Interface]) -> dict[str, Value]:
    """Return what members of a class are that are set once, to a value of a type of Python's own."""
    held: dict[str, Value | None] = {}
    for base in reversed(known):
        held |= base.held
    own: dict[str, list[ast.expr | None]] = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                own.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                own.setdefault(name, []).append(default_of_field(value))
            case ast.FunctionDef(body=body):
                for part in ast.walk(ast.Module(list(body), [])):
                    match part:
                        case ast.Assign(
                            targets=[ast.Attribute(value=ast.Name(), attr=attr)], value=value
                        ):
                            own.setdefault(attr, []).append(value)
                        case ast.Attribute(attr=attr, ctx=ast.Store() | ast.Del()):
                            own.setdefault(attr, []).append(None)
                        case _:
                            continue
            case _:
                continue
    for name, values in own.items():
        told = [value_of(value) for value in values if value is not None]
        held[name] = told[0] if len(told) == 1 and len(values) <= 2 else None
    return {n: Value(v.type) for n, v in held.items() if v is not None and v.type != NOTHING}


def _set_on_instances(node: ast.ClassDef, known: list[Interface]) -> frozenset[str]:
    """Return the members that a class's methods set on instances, and that the class does not have."""
    inherited = {name for base in known for name in (base.members or {}).keys() - base.on_instances}
    own = {
        name
        for statement in node.body
        if not isinstance(statement, ast.AnnAssign) or statement.value is not None
        for name in names_bound_or_deleted(statement)
    }
    stored = frozenset(attributes_of_self(node, ast.Store))
    return stored.union(*(base.on_instances for base in known)) - own - inherited


def _matched(
    node: ast.ClassDef, fields: tuple[Field, ...] | None, known: list[Interface]
) -> tuple[str, ...]:
    """Return the members that patterns take by position: ``__match_args__``, of a data class its fields (PEP 557)."""
    own = match_arguments(node)
    if own is not None:
        return own
    if fields:
        return tuple(f.name for f in fields if f.in_constructor and not f.by_keyword)
    return next((base.matched for base in known if base.matched), ())


def _registered(source: Source) -> dict[str, frozenset[str]]:
    return registered_classes(source.tree)
