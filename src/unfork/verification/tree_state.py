"""One state of the tree, before or after: what the names of its modules are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection
from itertools import chain

from unfork.nodes import FunctionDef
from unfork.reading.source import Source, Unparsable
from unfork.verification.interest import EVERYTHING, Interest
from unfork.verification.machine import LOADS, STAR, Env, Machine
from unfork.verification.resolution import Finder
from unfork.verification.statements import run_module
from unfork.verification.symbols import Lines
from unfork.verification.values import (
    NOT_BOUND,
    OPAQUE,
    UNBOUND,
    UNKNOWN,
    Attribute,
    Definition,
    Instance,
    Legacy,
    Missing,
    Module,
    Namespace,
    Outside,
    Special,
    Taken,
    Value,
    Values,
    plain_value,
)
from unfork.verification.wrappers import Wrappers

_OF_MODULES = frozenset(
    f"__{name}__"
    for name in [
        "name",
        "doc",
        "package",
        "loader",
        "spec",
        "file",
        "path",
        "cached",
        "dict",
        "annotations",
    ]
)
_STAR_IMPORT = re.compile(rb"import(?<!\wimport)[\s\\]*\*")
"""Starts with a letter rather than a boundary: a search then skips all other letters."""
_TESTING = frozenset({"patch", "mock", "raises", "suppress", "importorskip"})
_ROUND_ABOUT = _TESTING | {"import_module", "cast", "TypeVar", "NewType", "getattr", "setattr"}
"""Names that are recognised through other files' re-exports, too: ``from compat import mock``."""


GLOBALS = Interest(frozenset())
"""Functions are examined at least for the top-level names they bind, because other files take these."""


class TreeState:
    """The modules of a tree as they are once imported; each is run on first request.

    ``source`` returns a file to parse, ``text`` its bytes, which are all that most files are asked for, and ``outline``
    what is run of a file for others. The first two raise OSError. ``legacy`` are the files of the modules that the
    migration redirects: values reached through them record it.
    """

    def __init__(
        self,
        finder: Finder,
        source: Callable[[str], Source],
        text: Callable[[str], bytes],
        outline: Callable[[Source], ast.Module],
        legacy: Collection[str],
        wrappers: Wrappers,
        typing: bool = False,
    ) -> None:
        self.wrappers = wrappers
        self.finder, self.legacy, self.typing = finder, legacy, typing
        self._source, self.text, self._outline = source, text, outline
        self._lender: TreeState | None = None
        self._touched: Collection[str] = ()
        self._machines: dict[str, Machine | None] = {}
        self._starred: dict[str, bool] = {}
        self._resolved: dict[Value, Values] = {}
        self._asked: set[Value] = set()
        self._running: set[str] = set()
        self._cuts = 0

    def borrow(self, lender: TreeState, touched: Collection[str]) -> None:
        """Take over the results of unchanged files from ``lender`` if they do not depend on other files."""
        self._lender, self._touched = lender, touched

    # -- modules

    def machine(self, path: str) -> Machine | None:
        """Return a module that has run; None for a file that is not valid Python."""
        if path not in self._machines:
            self._machines[path] = self._run_machine(path, None)
        return self._machines[path]

    def star_modules(self, path: str) -> frozenset[str]:
        """Return the files of the modules that a file's star imports take all names of."""
        machine = self.machine(path) if self._may_have_star(path) else None
        return frozenset(
            value.path
            for event in (machine.events if machine is not None else ())
            if event.kind == "star"
            for value in event.values
            if isinstance(value, Module)
        )

    def _may_have_star(self, path: str) -> bool:
        """Return whether a file's text may have a star import: to run it takes long, and few have one."""
        if path not in self._starred:
            try:
                self._starred[path] = _STAR_IMPORT.search(self.text(path)) is not None
            except OSError:
                self._starred[path] = False
        return self._starred[path]

    def whole(self, path: str, interest: Interest) -> Machine | None:
        """Return a module that has run with its functions, as far as they are of interest."""
        known = self._machines.get(path)
        if known is None or not known.whole or known.interest != interest:
            known = self._machines[path] = self._run_machine(path, interest)
        return known

    def forget(self, path: str) -> None:
        """Drop a module that has run with its functions."""
        known = self._machines.get(path)
        if known is not None and known.whole:
            del self._machines[path]

    def forget_all(self) -> None:
        """Drop all modules."""
        self._machines.clear()
        self._lender = None

    def _run_machine(self, path: str, interest: Interest | None) -> Machine | None:
        if self._lender is not None and path not in self._touched:
            lender = self._lender
            lent = lender.machine(path) if interest is None else lender.whole(path, interest)
            if lent is None or not lent.leans:
                return lent
        try:
            source = self._source(path)
            if interest is None and b"global " in source.data:
                interest = GLOBALS
            tree = self._outline(source) if interest is None else source.tree
        except (OSError, Unparsable):
            return None
        machine = self._new_machine(path, source, interest)
        self._machines[path] = machine
        self._run_body(machine, tree)
        if machine.whole and (machine.late or machine.shared):
            again = self._machines[path] = self._new_machine(path, source, interest)
            again.late, again.shared = machine.late, machine.shared
            self._run_body(again, tree)
            return again
        return machine

    def _new_machine(self, path: str, source: Source, interest: Interest | None) -> Machine:
        machine = Machine(path, self, self.typing or path.endswith(".pyi"), interest is not None)
        machine.interest, machine.source = interest or EVERYTHING, source
        machine.reaches_out = Lines(source.data, b"global ")
        machine.walrus = Lines(source.data, b":=")
        return machine

    def _run_body(self, machine: Machine, tree: ast.Module) -> None:
        machine.tree = tree
        self._running.add(machine.path)
        try:
            run_module(machine, tree)
        finally:
            self._running.discard(machine.path)

    def exports(self, path: str) -> Env | None:
        """Return what a module's names are bound to once it is imported."""
        machine = self.machine(path)
        return machine.module.env if machine is not None else None

    def has_more(self, path: str) -> bool:
        """Return whether a module may have names not shown in its text."""
        machine = self.machine(path)
        if machine is None:
            return True
        env = machine.module.env
        return machine.dynamic or STAR in env or "__getattr__" in env

    def star(self, module: Value) -> Env | None:
        """Return what a star import of a module binds; None if that is unknown."""
        bindings: Env = {}
        known = True
        for owner in self.resolved(frozenset({module})):
            names = self._star_names(owner)
            if names is None:
                known = False
            else:
                bindings |= {name: frozenset({Taken(owner, name)}) for name in names}
        return bindings if known else None

    def _star_names(self, module: Value) -> Collection[str] | None:
        if isinstance(module, Namespace):
            return ()
        if not isinstance(module, Module):
            return None
        listed = self.listed(module)
        if listed is not None:
            return listed
        machine = self.machine(module.path)
        if machine is None or machine.dynamic:
            return None
        env = machine.module.env
        if STAR in env or ("__all__" in env and env["__all__"] != NOT_BOUND):
            return None
        return [
            name
            for name, values in env.items()
            if name[0] != "_" and name != LOADS and values != NOT_BOUND
        ]

    def listed(self, module: Value) -> tuple[str, ...] | None:
        """Return a module's ``__all__``; None if it has none, or it is unknown."""
        for owner in self.resolved(frozenset({module})):
            machine = self.machine(owner.path) if isinstance(owner, Module) else None
            if machine is None:
                return None
            if "__all__" in machine.lists:
                return machine.lists["__all__"]
            for value in machine.module.env.get("__all__", ()):
                if (
                    isinstance(value, Taken)
                    and value.name == "__all__"
                    and value not in self._asked
                ):
                    self._asked.add(value)
                    try:
                        return self.listed(value.module)
                    finally:
                        self._asked.discard(value)
        return None

    def defined(self, values: Values) -> Collection[tuple[str, str]]:
        """Return the files and names of the project's definitions among values."""
        definitions = [
            definition
            for definition in map(plain_value, self.resolved(values))
            if isinstance(definition, Definition)
        ]
        machines = ((definition, self.machine(definition.path)) for definition in definitions)
        return {
            (definition.path, machine.names[definition])
            for definition, machine in machines
            if machine
        }

    def texts(self, value: Definition) -> Collection[str]:
        """Return the texts that a name of a module is bound to."""
        machine = self.machine(value.path)
        return machine.texts.get(value, ()) if machine is not None else ()

    def special_text(self, value: Value, name: str) -> str | None:
        """Return the ``__name__``, ``__package__`` or ``__module__`` of a module, class or function, if known.

        A decorator may return anything.
        """
        match plain_value(value):
            case Module(path) if name != "__module__":
                return self.finder.dotted(path)
            case Definition(path) as definition:
                machine = self.machine(path)
                node = machine.definitions.get(definition) if machine is not None else None
                if not isinstance(node, ast.ClassDef | FunctionDef) or node.decorator_list:
                    return None
                return {"__module__": self.finder.dotted(path), "__name__": node.name}.get(name)
            case _:
                return None

    # -- values

    def outside(self, values: Values) -> Values:
        """Return values without symbolic ones, as far as possible without other files."""
        return frozenset(result for value in values for result in self._resolve_outside(value))

    def _resolve_outside(self, value: Value) -> Values:
        match value:
            case Taken(Outside(), _) | Attribute(Outside(), _):
                return self.resolve(value)
            case Taken(_, name) | Attribute(Module(), name) if name in _ROUND_ABOUT:
                return self.resolve(value)
            case Attribute(base, name):
                resolved = self._resolve_outside(base)
                if any(isinstance(owner, Outside) for owner in resolved):
                    return self.resolved(frozenset(Attribute(owner, name) for owner in resolved))
                return frozenset({value})
            case _:
                return frozenset({value})

    def resolved(self, values: Values) -> Values:
        """Return values without symbolic ones."""
        if not values:
            return OPAQUE
        return frozenset(result for value in values for result in self.resolve(value))

    def resolve(self, value: Value) -> Values:
        """Return what a value is, once the modules that it refers to are known."""
        match value:
            case Taken() | Attribute() | Instance():
                known = self._resolved.get(value)
                if known is not None:
                    return known
                if value in self._asked or len(self._asked) > 200:
                    self._cuts += 1
                    return OPAQUE
                cuts = self._cuts
                self._asked.add(value)
                try:
                    resolved = self._resolve_symbolic(value)
                finally:
                    self._asked.discard(value)
                if self._cuts == cuts or not (self._asked or self._running):
                    self._resolved[value] = resolved
                return resolved
            case _:
                return frozenset({value})

    def _resolve_symbolic(self, value: Taken | Attribute | Instance) -> Values:
        match value:
            case Taken(module, name):
                bases = self.resolve(module)
                return frozenset(result for base in bases for result in self._take_name(base, name))
            case Attribute(base, name):
                bases = self.resolve(base)
                return frozenset(
                    result for owner in bases for result in self.attribute(owner, name)
                )
            case Instance(of):
                return frozenset(
                    Instance(owner) if isinstance(owner, Definition | Legacy | Outside) else UNKNOWN
                    for owner in self.resolve(of)
                )

    def attribute(self, base: Value, name: str) -> Values:
        """Return an attribute of a resolved value."""
        match base:
            case Module() | Namespace() | Outside():
                return self._take_name(base, name)
            case Definition():
                return self._of_class(base, base, name, 0)
            case Instance(Definition() as owner):
                return self._of_class(base, owner, name, 0)
            case Legacy(path, own, Module() | Namespace() | Outside() as inner):
                values = self._take_name(inner, name)
                return frozenset(
                    v if isinstance(v, Special | Legacy) else Legacy(path, f"{own}.{name}", v)
                    for v in values
                )
            case Legacy(_, _, Definition() as owner):
                return self._of_class(base, owner, name, 0)
            case Special() | Missing():
                return frozenset({base})
            case _:
                return frozenset({Attribute(base, name)})

    def _of_class(self, base: Value, owner: Definition, name: str, depth: int) -> Values:
        """Return a class attribute if it is an import; otherwise it stays an attribute."""
        machine = self.machine(owner.path)
        class_state = machine.classes.get(owner) if machine is not None else None
        if class_state is None or depth > 9:
            return frozenset({Attribute(base, name)})
        env, bases = class_state
        values = env.get(name, NOT_BOUND)
        if UNBOUND not in values and all(is_import(value) for value in values):
            return self.resolved(values)
        for parent in chain.from_iterable(map(self.resolved, bases)) if values == NOT_BOUND else ():
            inner = parent.object if isinstance(parent, Legacy) else parent
            if isinstance(inner, Definition):
                up = self._of_class(base, inner, name, depth + 1)
                if up != frozenset({Attribute(base, name)}):
                    return up
        return frozenset({Attribute(base, name)})

    def _take_name(self, module: Value, name: str) -> Values:
        """Return what ``from module import name`` takes from a resolved value."""
        match module:
            case Module(path):
                values = self._of_module(module, name)
                if path in self.legacy and not name.startswith("__"):
                    return frozenset(
                        v if isinstance(v, Special) else Legacy(path, name, v) for v in values
                    )
                return values
            case Namespace():
                sub = self.finder.submodule(module, name)
                return frozenset({sub or Missing(module.folders[0], name)})
            case Outside(dotted):
                return frozenset({Outside(f"{dotted}.{name}")})
            case Missing():
                return frozenset({module})
            case _:
                return self.attribute(module, name)

    def _of_module(self, module: Module, name: str) -> Values:
        if name in _OF_MODULES:
            return frozenset({Attribute(module, name)})
        if module.path in self._running:
            self._cuts += 1
        env = self.exports(module.path)
        values = env.get(name, NOT_BOUND) if env is not None else NOT_BOUND
        itself = Taken(module, name)
        if itself in values:  # ``from . import sub``, in the package itself
            sub = self.finder.submodule(module, name)
            values = values - {itself} | ({sub} if sub is not None else NOT_BOUND)
        elif module.path.endswith("/__init__.py"):  # or in a module that the package takes it from
            back = frozenset(value for value in values if self._leads_back(value, itself))
            sub = self.finder.submodule(module, name) if back else None
            values = values - back | {sub} if sub is not None else values
        if values != NOT_BOUND:
            resolved = self.resolved(values - NOT_BOUND)
            return (
                resolved | NOT_BOUND
                if UNBOUND in values and not self.has_more(module.path)
                else resolved
            )
        sub = self.finder.submodule(module, name)
        if sub is not None:
            return frozenset({sub})
        if self.has_more(module.path):
            return frozenset({Attribute(module, name)})
        return frozenset({Missing(module.path, name)})

    def _leads_back(self, value: Value, first: Taken) -> bool:
        """Return whether a value is a name that modules only take from each other, and finally from the ``first``.

        Whoever imports it then gets the submodule: the package does not have the name yet (language reference, 5.4.2).
        """
        seen: set[Value] = set()
        while isinstance(value, Taken) and value not in seen:
            seen.add(value)
            owner = value.module
            env = self.exports(owner.path) if isinstance(owner, Module) else None
            values = env.get(value.name, NOT_BOUND) if env is not None else NOT_BOUND
            if first in values:
                return True
            value = next(iter(values)) if len(values) == 1 else UNKNOWN
        return False


def is_import(value: Value) -> bool:
    """Return whether a value is bound by an import."""
    match value:
        case Module() | Namespace() | Outside() | Taken():
            return True
        case Attribute(base, _):
            return is_import(base)
        case _:
            return False
