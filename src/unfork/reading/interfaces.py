"""What callers see of a function or class: its parameters, and the members of its instances, as far as the text tells.

Where the text does not tell (a decorator, a base class outside the project, ``__getattr__``) nothing is claimed.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from unfork.nodes import FunctionDef
from unfork.reading.class_bodies import (
    attributes_of_self,
    is_literal,
    names_bound,
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
    fields_of_call,
    match_arguments,
    methods_made,
    names_in_call,
)
from unfork.reading.given_classes import names_given
from unfork.reading.signatures import ASYNC_CONTEXT_MANAGER, CONTEXT_MANAGER, Signature, result_of
from unfork.reading.source import Source
from unfork.reading.standard_classes import (
    ABSTRACT,
    ABSTRACT_CLASSES,
    ASYNC_CONTEXT_MANAGERS,
    CONTEXT_MANAGERS,
    DATACLASS,
    ENUMERATIONS,
    FIXED_PROPERTIES,
    GENERIC,
    HARMLESS_DECORATORS,
    MAKE_DATACLASS,
    NAMED_TUPLE,
    NAMED_TUPLE_CLASS,
    NAMED_TUPLES,
    NAMESPACE,
    NEW_TYPE,
    PARTIAL,
    PARTIAL_METHOD,
    PROPERTIES,
    PROTOCOLS,
    RUNTIME_CHECKABLE,
    TOTAL_ORDERING,
    TRANSPARENT,
    catching,
    class_made,
    exception_arguments,
    members_of_literal,
    members_of_type,
    standard_members,
)
from unfork.reading.value_types import (
    NOTHING,
    Value,
    attributes_set,
    names_filled,
    registered_classes,
    value_of,
    value_returned,
)
from unfork_codemods.project import Key, Kind, Origin, is_external

Name = tuple[Key, str]
"""A module, and a name of it."""
_Told = TypeVar("_Told")

_DYNAMIC = frozenset({"__getattr__", "__getattribute__", "__dict__"})


@dataclass(frozen=True, eq=False)
class Interface:
    """A function or class. ``call`` are the parameters of calling it, None where they are not known.

    ``members`` are those of a class by name, each with its parameters where it is a plain method; None: it is neither
    a class nor a value whose class is known.
    ``complete``: the class has no others. ``enters``: ``with`` gives the instance itself.
    ``bases`` are the classes of the project that it inherits from, directly or not, each by its module and name.
    ``values`` are members that are certainly no methods, ``fixed`` those that cannot be set, and ``abstract`` those
    that a subclass has to define. ``fields`` are those of a data class or named tuple, and ``choices`` the members of
    an enumeration with their values, where these are literals (else None). ``caught_by`` are the built-in classes
    that it inherits from, which catch an exception, ``asks`` what its methods take of ``self``, which a subclass may
    define. ``kind``: "function", "class", "partial" or "value". ``gives`` is what a value is, or what a call of a
    function gives, if it is of a type of Python's own; None if the text does not tell. ``subclasses`` are the classes
    of its module that inherit from it directly, ``attributes`` those that its module sets on a function, and ``held``
    what members are that hold a plain value. ``on_instances`` are members that the class itself does not have,
    ``matched`` those that patterns take by position (PEP 634).
    ``checked`` says what ``isinstance`` asks besides inheritance: of a protocol, of registered classes (PEP 544, 3119).
    ``of_metaclass`` are the members that the class itself has from its metaclass.
    """

    kind: str = ""
    call: Signature | None = None
    members: dict[str, Signature | None] | None = None
    complete: bool = False
    enters: bool = False
    bases: frozenset[tuple[Key, str]] = frozenset()
    values: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    abstract: frozenset[str] = frozenset()
    fields: tuple[Field, ...] | None = None
    choices: Mapping[str, object] | None = None
    caught_by: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    gives: Value | None = None
    subclasses: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    held: Mapping[str, Value] = field(default_factory=dict)
    on_instances: frozenset[str] = frozenset()
    matched: tuple[str, ...] = ()
    checked: frozenset[str] = frozenset()
    of_metaclass: frozenset[str] = frozenset()

    def bases_missed(self, new: Interface) -> frozenset[str]:
        """Return the classes by whose names instances are caught here, or asked for, and not there.

        Those of the project count where the new class inherits from none: it may be called differently there.
        """
        if not new.complete:
            return frozenset()
        own = {name for _, name in self.bases} if not new.bases else set()
        return (self.caught_by | own) - new.caught_by

    @cached_property
    def shape(self) -> object:
        """What two interfaces have in common that take the same."""
        arguments = self.call and (ast.unparse(self.call.arguments), self.call.result)
        if self.members is None:
            return self.kind, arguments, self.gives, self.attributes
        members = sorted(
            (
                name,
                signature
                and (str(signature), signature.of_class, signature.bound, signature.result),
                signature and signature.gives,
            )
            for name, signature in self.members.items()
        )
        held = sorted(self.held.items())
        choices = self.choices and sorted(self.choices.items(), key=repr)
        ways = self.values, self.fixed, self.abstract, choices, self.caught_by, self.asks
        rest = self.gives, self.subclasses, held, self.on_instances
        asked = self.matched, self.checked, self.of_metaclass, bool(self.bases)
        return self.kind, arguments, members, self.complete, ways, rest, asked


class _Index(Protocol):
    """What is asked of the index."""

    def origin(self, key: Key, name: str) -> Origin:
        """Return where a name of a module really comes from."""

    def told(self, key: Key, tell: Callable[[Source], _Told]) -> _Told | None:
        """Return the result of ``tell`` for a module's source; None if it has none that parses."""


@dataclass
class Interfaces:
    """The interfaces of the definitions of a project."""

    index: _Index
    _known: dict[tuple[Key, str], Interface] = field(default_factory=dict)
    _places: dict[tuple[Key, str], tuple[Key, str] | None] = field(default_factory=dict)
    _modules: dict[Key, dict[str, ast.stmt | None]] = field(default_factory=dict)
    _facts: dict[tuple[Key, Callable[[Source], Any]], Any] = field(default_factory=dict)
    _given: dict[tuple[Name, Name], list[tuple[Name, Name]]] = field(default_factory=dict)
    _derived: dict[Key, dict[str, frozenset[str]]] = field(default_factory=dict)

    def interface(self, key: Key, name: str) -> Interface | None:
        """Return the interface of what a name of a module is; None where it is no function or class of the project."""
        place = self.definition(key, name)
        if place is None:
            return None
        if place not in self._known:
            self._known[place] = Interface()  # a class that is its own base by mistake
            self._known[place] = self._read_interface(*place)
        return self._known[place]

    def given_that_differ(
        self, old: Name, new: Name, follower: Callable[[Name], Name | None]
    ) -> list[tuple[Name, Name]]:
        """Return the classes of its own module of which a definition gives instances, and whose counterparts differ.

        ``follower`` tells what a migration makes of a class.
        """
        if (old, new) not in self._given:
            pairs = self._pairs_given(old, new, follower)
            self._given[old, new] = [
                pair for pair in pairs if self._shape(*pair[0]) != self._shape(*pair[1])
            ]
        return self._given[old, new]

    def _pairs_given(
        self, old: Name, new: Name, follower: Callable[[Name], Name | None]
    ) -> list[tuple[Name, Name]]:
        """Return the classes that two definitions give: as the migration says, by one name, or the last of both."""
        names, after = self._classes_given(*old), self._classes_given(*new)
        there = [*after.values()]
        moved = {own: follower(own) if there else None for own in names.values()}
        pairs = {own: to if to in there else after.get(own[1]) for own, to in moved.items()}
        alone = [own for own, to in pairs.items() if to is None]
        rest = [to for to in there if to not in pairs.values()]
        pairs |= zip(alone, rest, strict=True) if len(alone) == len(rest) == 1 else ()
        return [(own, to) for own, to in pairs.items() if to is not None]

    def _shape(self, key: Key, name: str) -> object:
        interface = self.interface(key, name)
        return interface.shape if interface is not None else None

    def _classes_given(self, key: Key, name: str) -> dict[str, Name]:
        start = self.definition(key, name)
        passed = [start] if start is not None else []
        for own_key, own_name in passed:
            for other in names_given(self._definition(own_key, own_name)):
                place = self.definition(own_key, other)
                if place is not None and place[0] == own_key and place not in passed:
                    passed.append(place)
        classes = [p for p in passed[1:] if isinstance(self._definition(*p), ast.ClassDef)]
        return {place[1]: place for place in classes}

    def of_module(self, key: Key, tell: Callable[[Source], _Told]) -> _Told | None:
        """Return what a function tells of a module's source, worked out once; None if it has none that parses."""
        if (key, tell) not in self._facts:
            self._facts[key, tell] = self.index.told(key, tell)
        fact: _Told | None = self._facts[key, tell]
        return fact

    def definition(self, key: Key, name: str) -> tuple[Key, str] | None:
        """Return the module and the name by which something is defined that may have others: ``start = run``.

        None where it is not of the project, or where it cannot be told.
        """
        if (key, name) not in self._places:
            self._places[key, name] = self._last_place(key, name)
        return self._places[key, name]

    def _last_place(self, key: Key, name: str) -> tuple[Key, str] | None:
        passed: list[tuple[Key, str]] = []
        while (place := self._own_name(key, name)) is not None and place not in passed:
            passed.append(place)
            key, name = place
            match self._definition(key, name):
                case ast.Assign(value=ast.Name(id=other)) | ast.AnnAssign(value=ast.Name(id=other)):
                    name = other
                case _:
                    break
        return passed[-1] if passed else None

    def _own_name(self, key: Key, name: str) -> tuple[Key, str] | None:
        """Return the module of the project that binds a name by a statement of its own, and the name there."""
        origin = self.index.origin(key, name)
        if origin.kind is not Kind.OWN or origin.name is None or not origin.certain:
            return None
        return origin.key, origin.name

    def _read_interface(self, key: Key, name: str) -> Interface:
        match self._definition(key, name):
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node if not node.decorator_list:
                call = Signature(name, node.args, result=result_of(node))
                attributes = (self.of_module(key, _attributes_set) or {}).get(name, frozenset())
                return Interface(
                    "function", call, gives=value_returned(node), attributes=attributes
                )
            case ast.Assign(value=ast.Lambda(args=arguments)):
                return Interface("function", Signature(name, arguments))
            case ast.ClassDef() as node:
                return self._class_interface(key, node)
            case (
                ast.FunctionDef(decorator_list=[decorator])
                | ast.AsyncFunctionDef(decorator_list=[decorator])
            ) as node if result := _MANAGERS.get(self._outside(key, decorator)):
                return Interface("function", Signature(name, node.args, result=result))
            case ast.Assign(value=ast.Call() as call):
                return self._interface_of_call(key, name, call)
            case ast.Assign(value=ast.Constant(value=None)):
                own = dict.fromkeys(dir(None))
                return Interface("value", members=own, complete=True, gives=Value(NOTHING))
            case ast.Assign() | ast.AnnAssign() as node if is_literal(node.value):
                members = members_of_literal(node.value)
                gives = self._unless_filled(key, name, value_of(node.value))
                return Interface(
                    "value", members=dict.fromkeys(members), complete=True, gives=gives
                )
            case _:
                return Interface()

    def _interface_of_call(self, key: Key, name: str, call: ast.Call) -> Interface:
        """Return the interface of what a module makes by a call: an instance, a class, another function."""
        made = self._class_called(key, call.func.id) if isinstance(call.func, ast.Name) else None
        if made is not None:
            return replace(made, kind="value", call=None, fields=None, choices=None)
        made = self._made_by_call(key, name, call)
        if made is not None:
            return made
        dotted = self._outside(key, call)
        match call:
            case ast.Call(args=[_, ast.Name(id=base)]) if dotted == NEW_TYPE:
                gives = Value(base) if class_made(f"builtins.{base}") else None
                return Interface("function", Signature(name, _ONE_ARGUMENT), gives=gives)
            case ast.Call(args=[], keywords=given) if dotted == NAMESPACE:
                told = all(keyword.arg for keyword in given)
                own = dict.fromkeys([*dir(SimpleNamespace), *(str(k.arg) for k in given)])
                return Interface("value", members=own, complete=told)
        if dotted == PARTIAL:
            return self._partial(key, name, call)
        kind = class_made(dotted)
        if kind is None:
            return Interface()
        own = dict.fromkeys(members_of_type(kind))
        return Interface("value", members=own, complete=True, gives=Value(kind.__name__))

    def _partial(self, key: Key, name: str, call: ast.Call) -> Interface:
        """Return the interface of what ``functools.partial`` makes of a function or class of the project."""
        match call.args:
            case [ast.Name(id=called), *_]:
                made_of = self.interface(key, called)
            case _:
                made_of = None
        if made_of is None or made_of.call is None:
            return Interface()
        return Interface("partial", made_of.call.after_partial(name, call), gives=made_of.gives)

    def _unless_filled(self, key: Key, name: str, value: Value | None) -> Value | None:
        """Return what a value is, without its keys and size if its module may change these."""
        if value is None or (value.keys is None and value.size is None):
            return value
        filled = self.of_module(key, _names_filled) or ()
        return Value(value.type) if name in filled else value

    def _class_called(self, key: Key, name: str) -> Interface | None:
        """Return the interface of a class of the project, by its name in a module; None for anything else."""
        match self._definition(key, name):
            case ast.FunctionDef(
                decorator_list=[], body=[ast.Return(value=ast.Call(func=ast.Name(id=made)))]
            ) if made != name:
                return self._class_called(key, made)
        interface = self.interface(key, name)
        is_class = interface is not None and interface.kind == "class"
        return interface if is_class else None

    def _definition(self, key: Key, name: str) -> ast.stmt | None:
        if key not in self._modules:
            self._modules[key] = self.index.told(key, _single_definitions) or {}
        return self._modules[key].get(name)

    def _class_interface(self, key: Key, node: ast.ClassDef) -> Interface:
        bindings = single_bindings(node.body)
        own = {n: self._member(key, n, definition) for n, definition in bindings.items()}
        own |= self._methods_assigned(key, bindings, own)
        bases = [base for node_ in node.bases for base in self._bases(key, node_)]
        known = [base for base in bases if base is not None and base.members is not None]
        options = self._dataclass_options(key, node)
        plain = self._is_plain(key, node) and (options is None or options.known)
        complete = plain and len(known) == len(bases) and all(base.complete for base in known)
        fields = self._fields(node, options, known)
        properties, fixed, abstract = (
            frozenset(n for n in own if self._is_decorated(key, bindings[n], decorators))
            for decorators in (PROPERTIES, FIXED_PROPERTIES, ABSTRACT)
        )
        values = properties | {n for n in own if is_literal(getattr(bindings[n], "value", None))}
        values |= {n for n in own if self._is_descriptor(key, bindings[n], "__get__")}
        fixed |= {n for n in own if self._is_descriptor(key, bindings[n], "__set__")}
        if options is not None and options.frozen:
            fixed |= {field.name for field in fields or ()}
        slots = names_of_slots(node)
        if options is not None and options.slots:
            slots = [field.name for field in fields or ()]
        members = self._members_by_syntax(key, node, own, bases, options)
        if slots is not None:
            members = {**dict.fromkeys(slots), **members}
        if slots is None or any("__dict__" in (base.members or {}) for base in known):
            members |= dict.fromkeys({"__dict__", "__weakref__"} - members.keys())
        is_enumeration = any(self._outside(key, base) in ENUMERATIONS for base in node.bases)
        return Interface(
            "class",
            self._constructor(node, own, bases, known, fields, options) if plain else None,
            members,
            complete
            and _DYNAMIC.isdisjoint(own)
            and not sets_untold_attributes(node)
            and ("__slots__" not in own or slots is not None),
            returns_self(node, "__enter__") or any(base.enters for base in known),
            self._all_bases(key, node, known),
            values.union(*(base.values - own.keys() for base in known)),
            fixed.union(*(base.fixed - own.keys() for base in known)),
            abstract.union(*(base.abstract - own.keys() for base in known)),
            fields,
            choices_of(node) if is_enumeration else None,
            frozenset[str]().union(*(base.caught_by for base in known)),
            frozenset(attributes_of_self(node, ast.Load)).union(*(base.asks for base in known)),
            subclasses=self._subclasses(key, node.name),
            held=_values_held(node, known),
            on_instances=_set_on_instances(node, known),
            checked=self._checked(key, node),
            of_metaclass=self._of_metaclass(key, node).union(*(b.of_metaclass for b in known)),
            matched=() if options and not options.match_args else _matched(node, fields, known),
        )

    def _members_by_syntax(
        self,
        key: Key,
        node: ast.ClassDef,
        own: Mapping[str, Signature | None],
        bases: list[Interface | None],
        options: Options | None,
    ) -> dict[str, Signature | None]:
        """Return the members of a class, with what its bases and decorators give it, and without what it loses."""
        known = [base for base in bases if base is not None and base.members is not None]
        members = _all_members(node, own, known, options)
        if TOTAL_ORDERING in (self._outside(key, d) for d in node.decorator_list):
            members = {**dict.fromkeys(("__ge__", "__gt__", "__le__", "__lt__")), **members}
        if any(self._outside(key, base) in GENERIC for base in node.bases):
            members.setdefault("__class_getitem__", None)
        if _is_hashable(own, bases, known, options):
            members.setdefault("__hash__", None)
        elif "__hash__" not in own:
            members.pop("__hash__", None)
        return members

    def _subclasses(self, key: Key, name: str) -> frozenset[str]:
        if key not in self._derived:
            derived: dict[str, set[str]] = {}
            for node in self._modules.get(key, {}).values():
                for base in node.bases if isinstance(node, ast.ClassDef) else ():
                    if isinstance(base, ast.Name) and isinstance(node, ast.ClassDef):
                        derived.setdefault(base.id, set()).add(node.name)
            self._derived[key] = {base: frozenset(names) for base, names in derived.items()}
        return self._derived[key].get(name, frozenset())

    def _all_bases(
        self, key: Key, node: ast.ClassDef, known: list[Interface]
    ) -> frozenset[tuple[Key, str]]:
        origins = [self.index.origin(key, b.id) for b in node.bases if isinstance(b, ast.Name)]
        own = {(o.key, o.name) for o in origins if o.kind is Kind.OWN and o.name is not None}
        return frozenset(own.union(*(base.bases for base in known)))

    def _constructor(
        self,
        node: ast.ClassDef,
        own: Mapping[str, Signature | None],
        bases: list[Interface | None],
        known: list[Interface],
        fields: tuple[Field, ...] | None,
        options: Options | None,
    ) -> Signature | None:
        if "__new__" in own or len(known) != len(bases):
            return (own.get("__init__") and self._renamed(own["__init__"], node.name)) or None
        if "__init__" in own:
            return self._renamed(own["__init__"], node.name)
        makes_fields = options.init if options is not None else self._is_named_tuple(known)
        if makes_fields:
            return None if fields is None else Signature(node.name, constructor_arguments(fields))
        if not bases:
            return Signature(node.name, _NO_ARGUMENTS)
        return self._renamed(known[0].call, node.name) if len(known) == 1 else None

    @staticmethod
    def _renamed(signature: Signature | None, name: str) -> Signature | None:
        return None if signature is None else Signature(name, signature.arguments, signature.bound)

    def _bases(self, key: Key, base: ast.expr) -> Iterator[Interface | None]:
        """Yield the interface that a class inherits by a base, None if that is unknown; nothing if it has none."""
        dotted = self._outside(key, base)
        if dotted in TRANSPARENT:
            return
        made_here = self._made_by_call(key, "", base) if isinstance(base, ast.Call) else None
        if made_here is not None:
            yield made_here
            return
        members = standard_members(dotted) if dotted else None
        if members is not None:
            arguments = exception_arguments(dotted)
            call = None if arguments is None else Signature(dotted, arguments)
            fields = () if dotted in NAMED_TUPLES else None
            yield Interface(
                "class",
                call,
                dict.fromkeys(members),
                complete=True,
                fields=fields,
                caught_by=catching(dotted),
            )
        else:
            yield self.interface(key, base.id) if isinstance(base, ast.Name) else None

    # -- what Python's own classes and decorators make of a class

    def _outside(self, key: Key, node: ast.expr) -> str:
        """Return the dotted name of what an expression is outside the project, or of Python itself; empty otherwise."""
        match node:
            case ast.Name(id=name):
                origin = self.index.origin(key, name)
                if origin.kind is Kind.EXTERNAL and is_external(origin.key):
                    module = origin.key[1:-1]
                    return f"{module}.{origin.name}" if origin.name else module
                is_builtin = origin.kind is Kind.MISSING and hasattr(builtins, name)
                return f"builtins.{name}" if is_builtin else ""
            case ast.Attribute(value=value, attr=attr):
                owner = self._outside(key, value)
                return f"{owner}.{attr}" if owner else ""
            case ast.Subscript(value=value) | ast.Call(func=value):
                return self._outside(key, value)
            case _:
                return ""

    def _is_plain(self, key: Key, node: ast.ClassDef) -> bool:
        """Return whether nothing that is not known here makes a class other than its body says."""
        decorators = all(self._outside(key, d) in _KNOWN_DECORATORS for d in node.decorator_list)
        keywords = all(
            k.arg == "metaclass" and self._outside(key, k.value) == "abc.ABCMeta"
            for k in node.keywords
        )
        return decorators and keywords

    def _checked(self, key: Key, node: ast.ClassDef) -> frozenset[str]:
        """Return by what else ``isinstance`` takes instances: a protocol's members, or classes that are registered."""
        checked = self.of_module(key, _registered) or {}
        is_protocol = any(self._outside(key, base) in PROTOCOLS for base in node.bases)
        is_runtime = any(self._outside(key, d) == RUNTIME_CHECKABLE for d in node.decorator_list)
        how = {"its members"} if is_runtime else {"no check"}
        return checked.get(node.name, frozenset()) | (how if is_protocol else frozenset())

    def _of_metaclass(self, key: Key, node: ast.ClassDef) -> frozenset[str]:
        """Return the members that a class has from its metaclass, if that is of the project or ``ABCMeta``."""
        named = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
        if any(self._outside(key, part) in ABSTRACT_CLASSES for part in (*node.bases, *named)):
            return frozenset({"register"})
        metas = [self.interface(key, part.id) for part in named if isinstance(part, ast.Name)]
        members = [(meta.members or {}).items() for meta in metas if meta is not None]
        return frozenset(
            name
            for name, signature in chain.from_iterable(members)
            if name not in _OF_TYPES or (name == "__call__" and signature is not None)
        )

    def _dataclass_options(self, key: Key, node: ast.ClassDef) -> Options | None:
        """Return how a class is a data class; None if it is none."""
        for decorator in node.decorator_list:
            if self._outside(key, decorator) == DATACLASS:
                return dataclass_options(decorator)
        return None

    def _fields(
        self, node: ast.ClassDef, options: Options | None, known: list[Interface]
    ) -> tuple[Field, ...] | None:
        """Return the fields of a data class or named tuple, and of the data classes that it inherits from."""
        inherited = {field.name: field for base in reversed(known) for field in base.fields or ()}
        if options is None and not self._is_named_tuple(known):
            return tuple(inherited.values()) or None
        own = fields_of(node, options is not None and options.kw_only)
        return tuple({**inherited, **{field.name: field for field in own}}.values())

    def _made_by_call(self, key: Key, name: str, call: ast.Call) -> Interface | None:
        """Return the interface of a class that a call makes: ``namedtuple("Point", "x y")``, ``Enum("Hue", "A")``."""
        dotted = self._outside(key, call)
        base = NAMED_TUPLE_CLASS if dotted == NAMED_TUPLE else dotted
        if dotted != MAKE_DATACLASS and base not in NAMED_TUPLES | ENUMERATIONS:
            return None
        inherited = standard_members(base) or frozenset({*methods_made(Options()), "__dict__"})
        names = names_in_call(call)
        members = dict.fromkeys([*sorted(inherited), *(names or ())])
        if names is None:
            return Interface("class", members=members)
        if base in ENUMERATIONS:
            return Interface("class", None, members, True, choices=dict.fromkeys(names))
        fields = fields_of_call(call) or ()
        made = Signature(name, constructor_arguments(fields))
        return Interface("class", made, members, True, fields=fields, matched=tuple(names))

    @staticmethod
    def _is_named_tuple(known: list[Interface]) -> bool:
        return any(base.fields == () and base.call is None for base in known)

    def _member(self, key: Key, name: str, definition: ast.stmt | None) -> Signature | None:
        """Return the parameters of a method; None for what else a class has."""
        if not isinstance(definition, FunctionDef):
            return None
        result, gives = result_of(definition), value_returned(definition)
        match [d for d in definition.decorator_list if self._outside(key, d) not in ABSTRACT]:
            case []:
                return Signature(name, definition.args, bound=True, result=result, gives=gives)
            case [ast.Name(id="classmethod")]:
                return Signature(
                    name, definition.args, bound=True, of_class=True, result=result, gives=gives
                )
            case [ast.Name(id="staticmethod")]:
                return Signature(name, definition.args, of_class=True, result=result, gives=gives)
            case _:
                return None

    def _is_descriptor(self, key: Key, definition: ast.stmt | None, method: str) -> bool:
        """Return whether a member is an instance of a class of the project that has a method of descriptors."""
        match definition:
            case ast.Assign(value=ast.Call(func=ast.Name(id=name))):
                made = self._class_called(key, name)
                return made is not None and method in (made.members or {})
            case _:
                return False

    def _methods_assigned(
        self,
        key: Key,
        bindings: Mapping[str, ast.stmt | None],
        own: Mapping[str, Signature | None],
    ) -> Iterator[tuple[str, Signature | None]]:
        """Yield the methods that a class has by assignment: ``go = run``, a lambda, ``partialmethod(run, 1)``."""
        for name, definition in bindings.items():
            match definition:
                case ast.Assign(value=ast.Name(id=other)):
                    yield name, own.get(other)
                case ast.Assign(value=ast.Lambda(args=arguments)):
                    yield name, Signature(name, arguments, bound=True)
                case ast.Assign(value=ast.Call(args=[ast.Name(id=called), *_]) as call) if (
                    self._outside(key, call) == PARTIAL_METHOD
                ):
                    made_of = own.get(called)
                    yield name, None if made_of is None else made_of.after_partial(name, call)
                case _:
                    continue

    def _is_decorated(
        self, key: Key, definition: ast.stmt | None, decorators: frozenset[str]
    ) -> bool:
        """Return whether a method has one of some decorators; one that is defined twice, for a setter, has none."""
        own = definition.decorator_list if isinstance(definition, FunctionDef) else []
        return any(self._outside(key, decorator) in decorators for decorator in own)


_MANAGERS = {CONTEXT_MANAGERS: CONTEXT_MANAGER, ASYNC_CONTEXT_MANAGERS: ASYNC_CONTEXT_MANAGER}
_OF_TYPES = frozenset({"__dict__", "__hash__", "__weakref__", *dir(type)})
_KNOWN_DECORATORS = HARMLESS_DECORATORS | {DATACLASS, TOTAL_ORDERING, RUNTIME_CHECKABLE}
_NO_ARGUMENTS = constructor_arguments(())
_ONE_ARGUMENT = constructor_arguments((Field("value", False),))


def _all_members(
    node: ast.ClassDef,
    own: Mapping[str, Signature | None],
    known: list[Interface],
    options: Options | None,
) -> dict[str, Signature | None]:
    """Return the members of a class: of its instances, of its bases, its own, and those that ``dataclass`` makes."""
    members: dict[str, Signature | None] = dict.fromkeys(
        attributes_of_self(node, (ast.Store, ast.Del))
    )
    for base in reversed(known):
        members |= base.members or {}
    members |= own
    made = () if options is None else methods_made(options)
    return members | {name: members.get(name) for name in made}


def _is_hashable(
    own: Mapping[str, Signature | None],
    bases: list[Interface | None],
    known: list[Interface],
    options: Options | None,
) -> bool:
    """Return whether instances have a hash: what defines ``__eq__`` and no ``__hash__`` has none (3.3.1)."""
    if "__hash__" in own or "__eq__" in own:
        return "__hash__" in own
    if options is not None and options.eq:
        return options.frozen or options.unsafe_hash
    return len(known) < len(bases) or all("__hash__" in (base.members or {}) for base in known)


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
        for name in names_bound(statement)
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


def _attributes_set(source: Source) -> dict[str, frozenset[str]]:
    return attributes_set(source.tree)


def _registered(source: Source) -> dict[str, frozenset[str]]:
    return registered_classes(source.tree)


def _names_filled(source: Source) -> frozenset[str]:
    return names_filled(source.tree)


def _single_definitions(source: Source) -> dict[str, ast.stmt | None]:
    return single_bindings(source.tree.body)
