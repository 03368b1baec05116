"""What callers see of a function or class: its parameters, and the members of its instances, as far as the text tells.

Where the text does not tell (a decorator, a base class outside the project, ``__getattr__``) nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from unfork.reading.class_bodies import is_literal, single_bindings
from unfork.reading.class_interfaces import ClassReader
from unfork.reading.field_classes import Field, constructor_arguments
from unfork.reading.given_classes import names_given
from unfork.reading.interface import Interface
from unfork.reading.known_classes import class_made_by_call
from unfork.reading.outside_names import KnowsOrigins, outside_name
from unfork.reading.passing_decorators import (
    Passing,
    left_to_give,
    names_of_decorators,
    passing,
)
from unfork.reading.signatures import ASYNC_CONTEXT_MANAGER, CONTEXT_MANAGER, Signature, result_of
from unfork.reading.source import Source
from unfork.reading.standard_classes import (
    ASYNC_CONTEXT_MANAGERS,
    CACHING,
    CONTEXT_MANAGERS,
    NAMESPACE,
    NEW_TYPE,
    PARTIAL,
    class_made,
    members_of_literal,
    members_of_type,
)
from unfork.reading.value_types import (
    NOTHING,
    Value,
    attributes_set,
    names_filled,
    value_of,
    value_returned,
)
from unfork_codemods.project import Key, Kind

Name = tuple[Key, str]
"""A module, and a name of it."""
_Told = TypeVar("_Told")


class _Index(KnowsOrigins, Protocol):
    """What is asked of the index."""

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
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node if (
                decorators := self.all_passing(key, node.decorator_list)
            ) is not None:
                attributes = (self.of_module(key, _attributes_set) or {}).get(name, frozenset())
                attributes = attributes.union(*(decorator.adds for decorator in decorators))
                if not all(decorator.is_itself for decorator in decorators):
                    call = left_to_give(Signature(name, node.args), decorators)
                    return Interface("function", call, attributes=attributes)
                call = Signature(name, node.args, result=result_of(node))
                return Interface(
                    "function", call, gives=value_returned(node), attributes=attributes
                )
            case (
                ast.FunctionDef(decorator_list=[decorator])
                | ast.AsyncFunctionDef(decorator_list=[decorator])
            ) as node if result := _MANAGERS.get(outside_name(self.index, key, decorator)):
                return Interface("function", Signature(name, node.args, result=result))
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                under = names_of_decorators(node)
                return Interface(decorated={"": Signature(name, node.args, under=under)})
            case ast.Assign(value=ast.Lambda(args=arguments)):
                return Interface("function", Signature(name, arguments))
            case ast.ClassDef() as node:
                return ClassReader(self, key, node).interface()
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

    def all_passing(self, key: Key, decorators: Sequence[ast.expr]) -> list[Passing] | None:
        """Return what decorators in a module do that pass on what a definition is called with, else None."""
        told = [self._passing(key, decorator) for decorator in decorators]
        known = [decorator for decorator in told if decorator is not None]
        return known if len(known) == len(told) else None

    def _passing(self, key: Key, decorator: ast.expr) -> Passing | None:
        if outside_name(self.index, key, decorator) in CACHING:
            return Passing(False, _OF_CACHES)
        calls = 0
        while isinstance(decorator, ast.Call):
            decorator, calls = decorator.func, calls + 1
        match decorator:
            case ast.Name(id=name):
                return passing(self._defined_as(key, name), calls)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                module = self.index.origin(key, owner)
                if module.name is None:
                    return passing(self._defined_as(module.key, name), calls)
                return passing(self._method_of_object(key, owner, name), calls, is_method=True)
            case _:
                return None

    def _defined_as(self, key: Key, name: str) -> ast.stmt | None:
        """Return the statement that defines a name of a module, wherever it is; None if it is not of the project."""
        place = self.definition(key, name)
        return self._definition(*place) if place is not None else None

    def _method_of_object(self, key: Key, name: str, method: str) -> ast.stmt | None:
        """Return the definition of a method of an object that a module makes of a class of the project."""
        place = self.definition(key, name)
        match self._definition(*place) if place is not None else None:
            case ast.Assign(value=ast.Call(func=ast.Name(id=made))) if place is not None:
                kind = self._defined_as(place[0], made)
                body = kind.body if isinstance(kind, ast.ClassDef) else []
                return single_bindings(body).get(method)
            case _:
                return None

    def _interface_of_call(self, key: Key, name: str, call: ast.Call) -> Interface:
        """Return the interface of what a module makes by a call: an instance, a class, another function."""
        made = self.class_called(key, call.func.id) if isinstance(call.func, ast.Name) else None
        if made is not None:
            return replace(made, kind="value", call=None, fields=None, choices=None)
        dotted = outside_name(self.index, key, call)
        made = class_made_by_call(name, call, dotted)
        if made is not None:
            return made
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

    def class_called(self, key: Key, name: str) -> Interface | None:
        """Return the interface of a class of the project, by its name in a module; None for anything else."""
        match self._definition(key, name):
            case ast.FunctionDef(
                decorator_list=[], body=[ast.Return(value=ast.Call(func=ast.Name(id=made)))]
            ) if made != name:
                return self.class_called(key, made)
        interface = self.interface(key, name)
        is_class = interface is not None and interface.kind == "class"
        return interface if is_class else None

    def _definition(self, key: Key, name: str) -> ast.stmt | None:
        if key not in self._modules:
            self._modules[key] = self.index.told(key, _single_definitions) or {}
        return self._modules[key].get(name)

    def subclasses(self, key: Key, name: str) -> frozenset[str]:
        """Return the classes of a module that inherit from one of its names directly."""
        if key not in self._derived:
            derived: dict[str, set[str]] = {}
            for node in self._modules.get(key, {}).values():
                for base in node.bases if isinstance(node, ast.ClassDef) else ():
                    if isinstance(base, ast.Name) and isinstance(node, ast.ClassDef):
                        derived.setdefault(base.id, set()).add(node.name)
            self._derived[key] = {base: frozenset(names) for base, names in derived.items()}
        return self._derived[key].get(name, frozenset())


_OF_CACHES = frozenset({"__wrapped__", "cache_clear", "cache_info", "cache_parameters"})
_MANAGERS = {CONTEXT_MANAGERS: CONTEXT_MANAGER, ASYNC_CONTEXT_MANAGERS: ASYNC_CONTEXT_MANAGER}
_ONE_ARGUMENT = constructor_arguments((Field("value", False),))


def _attributes_set(source: Source) -> dict[str, frozenset[str]]:
    return attributes_set(source.tree)


def _names_filled(source: Source) -> frozenset[str]:
    return names_filled(source.tree)


def _single_definitions(source: Source) -> dict[str, ast.stmt | None]:
    return single_bindings(source.tree.body)
