"""What callers see of a function or class: its parameters, and the members of its instances, as far as the text tells.

Where the text does not tell (a decorator, a base class outside the project, ``__getattr__``) nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Protocol, TypeVar

from unfork.nodes import FunctionDef
from unfork.reading.source import Source
from unfork_codemods.project import Key, Kind, Origin

_Told = TypeVar("_Told")

_DYNAMIC = frozenset({"__getattr__", "__getattribute__", "__slots__", "__dict__"})


@dataclass(frozen=True, eq=False)
class Signature:
    """The parameters of a call. ``bound``: the first one is given by the attribute access (``self``).

    ``of_class``: it is also given where the class itself is asked (a class or static method).
    """

    name: str
    arguments: ast.arguments
    bound: bool = False
    of_class: bool = False

    def __str__(self) -> str:
        parameters = bare_parameters(self.arguments)
        first = [*self.arguments.posonlyargs, *self.arguments.args][:1]
        if self.bound and first:
            parameters = parameters.removeprefix(first[0].arg).lstrip(", ")
            parameters = parameters.removeprefix("/").lstrip(", ")
        return f"{self.name}({parameters})"

    def refusal(self, call: ast.Call, given: bool = True) -> str | None:
        """Return why a call cannot be bound to the parameters; None where it can, or may (``*args``, ``**kwargs``).

        The rules are those of the language reference, 6.3.4. ``given``: all arguments are; else others may follow.
        """
        spec = self.arguments
        places = self._places
        starred = any(isinstance(argument, ast.Starred) for argument in call.args)
        count = sum(not isinstance(argument, ast.Starred) for argument in call.args)
        if count > len(places) and spec.vararg is None:
            most = "no positional argument" if not places else f"at most {len(places)} positional"
            return f"takes {most}"
        by_name = {arg.arg for arg in (*places, *spec.kwonlyargs)}
        by_name -= {arg.arg for arg in spec.posonlyargs}
        keywords = [keyword.arg for keyword in call.keywords if keyword.arg is not None]
        for name in keywords:
            if name not in by_name and spec.kwarg is None:
                return f"takes no argument {name!r}"
            if not starred and name in {place.arg for place in places[:count]} & by_name:
                return f"would be given {name!r} twice"
        if starred or not given or any(keyword.arg is None for keyword in call.keywords):
            return None
        by_place, by_keyword = self._required
        needed = [*by_place[count:], *by_keyword]
        missing = [name for name in needed if name not in keywords]
        return f"needs {missing[0]!r}" if missing else None

    def takes_all_of(self, other: Signature) -> bool:
        """Return whether every call that the other one takes is taken, by parameters of the same names."""
        own, others = self.arguments, other.arguments
        places, before = self._places, other._places
        if [arg.arg for arg in before] != [arg.arg for arg in places[: len(before)]]:
            return False
        if others.vararg is not None and (own.vararg is None or len(places) != len(before)):
            return False
        if others.kwarg is not None and own.kwarg is None:
            return False
        by_name = {arg.arg for arg in (*places, *own.kwonlyargs)} - {a.arg for a in own.posonlyargs}
        names = {arg.arg for arg in (*before, *others.kwonlyargs)}
        names -= {arg.arg for arg in others.posonlyargs}
        return names <= by_name and {*chain(*self._required)} <= {*chain(*other._required)}

    @property
    def _places(self) -> list[ast.arg]:
        """The parameters that take arguments by position, without the first one where that is given already."""
        return [*self.arguments.posonlyargs, *self.arguments.args][1 if self.bound else 0 :]

    @property
    def _required(self) -> tuple[list[str], list[str]]:
        """The parameters without a default: those that may be given by position, and those only by keyword."""
        spec = self.arguments
        by_place = self._places[: max(0, len(self._places) - len(spec.defaults))]
        by_keyword = [a for a, default in zip(spec.kwonlyargs, spec.kw_defaults) if default is None]
        return [arg.arg for arg in by_place], [arg.arg for arg in by_keyword]


def bare_parameters(args: ast.arguments) -> str:
    """Return a parameter list without annotations, as Python source."""
    bare = ast.parse(f"def f({ast.unparse(args)}): ...").body[0]
    assert isinstance(bare, ast.FunctionDef)
    for arg in ast.walk(bare.args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    return ast.unparse(bare.args)


@dataclass(frozen=True, eq=False)
class Interface:
    """A function or class. ``call`` are the parameters of calling it, None where they are not known.

    ``members`` are those of a class by name, each with its parameters where it is a plain method; None: it is no class.
    ``complete``: the class has no others. ``enters``: ``with`` gives the instance itself.
    ``bases`` are the classes of the project that it inherits from, directly or not, each by its module and name.
    """

    call: Signature | None = None
    members: dict[str, Signature | None] | None = None
    complete: bool = False
    enters: bool = False
    bases: frozenset[tuple[Key, str]] = frozenset()

    @cached_property
    def shape(self) -> object:
        """What two interfaces have in common that take the same."""
        if self.members is None:
            return self.call and ast.unparse(self.call.arguments)
        members = sorted(
            (name, signature and str(signature)) for name, signature in self.members.items()
        )
        arguments = self.call and ast.unparse(self.call.arguments)
        return arguments, members, self.complete


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
    _modules: dict[Key, dict[str, ast.stmt | None]] = field(default_factory=dict)

    def interface(self, key: Key, name: str) -> Interface | None:
        """Return the interface of what a name of a module is; None where it is no function or class of the project."""
        origin = self.index.origin(key, name)
        if origin.kind is not Kind.OWN or origin.name is None or not origin.certain:
            return None
        place = origin.key, origin.name
        if place not in self._known:
            self._known[place] = Interface()  # a class that is its own base by mistake
            self._known[place] = self._read_interface(*place)
        return self._known[place]

    def _read_interface(self, key: Key, name: str) -> Interface:
        match self._definition(key, name):
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node if not node.decorator_list:
                return Interface(Signature(name, node.args))
            case ast.ClassDef() as node:
                return self._class_interface(key, node)
            case _:
                return Interface()

    def _definition(self, key: Key, name: str) -> ast.stmt | None:
        if key not in self._modules:
            self._modules[key] = self.index.told(key, _single_definitions) or {}
        return self._modules[key].get(name)

    def _class_interface(self, key: Key, node: ast.ClassDef) -> Interface:
        own = {n: _member(n, definition) for n, definition in _single_bindings(node.body).items()}
        attributes = dict.fromkeys(_instance_attributes(node))
        bases = [self._base(key, base) for base in node.bases if not _is_object(base)]
        plain = not node.decorator_list and not node.keywords
        known = [base for base in bases if base is not None and base.members is not None]
        complete = plain and len(known) == len(bases) and all(base.complete for base in known)
        complete = complete and _DYNAMIC.isdisjoint(own) and not _is_open(node)
        members: dict[str, Signature | None] = dict(attributes)
        for base in reversed(known):
            members |= base.members or {}
        members |= own
        enters = _returns_self(node, "__enter__") or any(base.enters for base in known)
        call = self._constructor(node, own, bases, known) if plain else None
        return Interface(call, members, complete, enters, self._all_bases(key, node, known))

    def _all_bases(
        self, key: Key, node: ast.ClassDef, known: list[Interface]
    ) -> frozenset[tuple[Key, str]]:
        origins = [self.index.origin(key, b.id) for b in node.bases if isinstance(b, ast.Name)]
        own = {(o.key, o.name) for o in origins if o.kind is Kind.OWN and o.name is not None}
        return frozenset(own.union(*(base.bases for base in known)))

    def _constructor(
        self,
        node: ast.ClassDef,
        own: dict[str, Signature | None],
        bases: list[Interface | None],
        known: list[Interface],
    ) -> Signature | None:
        if "__new__" in own or len(known) != len(bases):
            return (own.get("__init__") and self._renamed(own["__init__"], node.name)) or None
        if "__init__" in own:
            return self._renamed(own["__init__"], node.name)
        if not bases:
            return Signature(node.name, ast.parse("def f(): ...").body[0].args)  # type: ignore[attr-defined]
        return self._renamed(known[0].call, node.name) if len(known) == 1 else None

    @staticmethod
    def _renamed(signature: Signature | None, name: str) -> Signature | None:
        return None if signature is None else Signature(name, signature.arguments, signature.bound)

    def _base(self, key: Key, base: ast.expr) -> Interface | None:
        return self.interface(key, base.id) if isinstance(base, ast.Name) else None


def _single_definitions(source: Source) -> dict[str, ast.stmt | None]:
    return _single_bindings(source.tree.body)


def _single_bindings(body: list[ast.stmt]) -> dict[str, ast.stmt | None]:
    """Return what a block binds: a function or class that it defines once, else None."""
    found: dict[str, ast.stmt | None] = {}
    for statement in body:
        for name in _names_bound(statement):
            definition = isinstance(statement, FunctionDef | ast.ClassDef) and name not in found
            found[name] = statement if definition else None
    return found


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a block binds there, also below a condition."""
    if isinstance(statement, FunctionDef | ast.ClassDef):
        yield statement.name
        return
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, FunctionDef | ast.ClassDef):
            yield node.name
            continue
        waiting += ast.iter_child_nodes(node)


def _member(name: str, definition: ast.stmt | None) -> Signature | None:
    """Return the parameters of a method; None for what else a class has."""
    if not isinstance(definition, FunctionDef):
        return None
    match definition.decorator_list:
        case []:
            return Signature(name, definition.args, bound=True)
        case [ast.Name(id="classmethod")]:
            return Signature(name, definition.args, bound=True, of_class=True)
        case [ast.Name(id="staticmethod")]:
            return Signature(name, definition.args, of_class=True)
        case _:
            return None


def _instance_attributes(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that methods set on what their first parameter is: ``self.x = ...``."""
    for method in node.body:
        if isinstance(method, FunctionDef):
            first = [*method.args.posonlyargs, *method.args.args][:1]
            for part in ast.walk(method):
                if (
                    isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and not isinstance(part.ctx, ast.Load)
                    and first
                    and part.value.id == first[0].arg
                ):
                    yield part.attr


def _is_object(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "object"


def _is_open(node: ast.ClassDef) -> bool:
    """Return whether a class may set attributes by a name that is not written there."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    dynamic = any(isinstance(p, ast.Attribute) and p.attr == "__dict__" for p in ast.walk(node))
    return dynamic or bool(names & {"setattr", "vars", "exec", "locals"})


def _returns_self(node: ast.ClassDef, method: str) -> bool:
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == method and part.args.args:
            own = part.args.args[0].arg
            returned = [r.value for r in ast.walk(part) if isinstance(r, ast.Return)]
            return bool(returned) and all(isinstance(r, ast.Name) and r.id == own for r in returned)
    return False
