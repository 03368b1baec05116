"""The state of a run over one module: scopes, what their names may be bound to now, and each expression's values.

A module's body runs once, branch by branch, and the possible results are merged. Functions run after it, since they
may be called at any time: to them, a module name has every value from their definition on.
"""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from unfork.reading.source import Source
from unfork.verification.interest import EVERYTHING, Interest
from unfork.verification.resolution import Finder
from unfork.verification.symbols import NO_LINES, Function, Lines, Symbols, symbols_of
from unfork.verification.values import (
    NOT_BOUND,
    OPAQUE,
    UNBOUND,
    Definition,
    Outside,
    Value,
    Values,
)
from unfork.verification.wrappers import Wrappers

Env = dict[str, Values]
LOADS = "/"
"""Key in an environment for the modules that have certainly been imported by then."""
STAR = "*"
"""Key in an environment for the unknown names of a star import."""
BUILTINS = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__name__",
    "__spec__",
    "__package__",
    "__loader__",
    "__doc__",
    "__builtins__",
    "__annotations__",
    "__dict__",
    "__class__",
    "__module__",
    "__qualname__",
    "__debug__",
    "WindowsError",
    "reveal_type",
}


class Modules(Protocol):
    """What a run needs to know about other modules."""

    finder: Finder
    wrappers: Wrappers

    def star(self, module: Value) -> Env | None:
        """Return what a star import of a module binds; None if that is unknown."""

    def listed(self, module: Value) -> tuple[str, ...] | None:
        """Return a module's ``__all__``; None if it has none, or it is unknown."""

    def outside(self, values: Values) -> Values:
        """Return values without symbolic ones, as far as possible without other files."""

    def resolved(self, values: Values) -> Values:
        """Return values without symbolic ones."""

    def defined(self, values: Values) -> Collection[tuple[str, str]]:
        """Return the files and names of the project's definitions among values."""

    def special_text(self, value: Value, name: str) -> str | None:
        """Return the ``__name__``, ``__package__`` or ``__module__`` of a module, class or function, if known."""

    def texts(self, value: Definition) -> Collection[str]:
        """Return the texts that a name of a module is bound to."""


class Event(NamedTuple):
    """What a file does to modules or takes from them: see ``Machine.events``.

    ``late``: in a function, whenever that is called.
    """

    kind: str
    node: ast.AST
    values: Values
    name: str
    late: bool
    typing_only: bool


@dataclass(eq=False)
class Frame:
    """A scope as it runs.

    ``live``: names of the module are looked up as they are now, not as they may be at a later call;
    ``at_once``: it may be called right where it is defined.
    """

    kind: str
    scope: tuple[int, ...]
    parent: Frame | None
    env: Env
    symbols: Symbols
    live: bool
    snapshot: Env = field(default_factory=dict)
    mark: int = 0
    at_once: bool = False
    owner: Definition | None = None
    ever: Env = field(default_factory=dict)
    log: list[tuple[str, Values]] = field(default_factory=list)
    breaks: list[Env] = field(default_factory=list)
    continues: list[Env] = field(default_factory=list)


@dataclass(eq=False)
class Machine:
    """A module as it runs, over sets of abstract values.

    ``typing``: as a type checker sees it (``TYPE_CHECKING`` holds). ``whole``: functions are examined.
    ``seen`` maps each expression of ``tree``, by its node's identity, to its values; ``used`` are the names of the
    module that are read somewhere. ``leans``: the result depends on the contents of other modules (a star import, a
    text).
    """

    path: str
    modules: Modules
    typing: bool
    whole: bool
    future: bool = False
    in_hint: bool = False
    interest: Interest = EVERYTHING
    source: Source | None = None
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))
    seen: dict[int, Values] = field(default_factory=dict)
    parsed: dict[int, ast.expr] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    definitions: dict[Definition, ast.AST] = field(default_factory=dict)
    names: dict[Definition, str] = field(default_factory=dict)
    texts: dict[Definition, frozenset[str]] = field(default_factory=dict)
    nothings: set[Definition] = field(default_factory=set)
    """Names bound to None or False."""
    tables: dict[Definition, ast.expr] = field(default_factory=dict)
    """The literal dictionaries, lists, tuples and sets that names are bound to."""
    elements: dict[Definition, tuple[tuple[ast.Constant, ...], ast.Name | None]] = field(
        default_factory=dict
    )
    """The strings of a literal table that a name stands for, one at a time, and the name that the table has there."""
    classes: dict[Definition, tuple[Env, tuple[Values, ...]]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    parents: dict[Definition, Frame] = field(default_factory=dict)
    reads: dict[int, tuple[frozenset[str], bool]] = field(default_factory=dict)
    top_names: frozenset[str] = frozenset()
    reaches_out: Lines = NO_LINES
    walrus: Lines = NO_LINES
    symbols: dict[int, Symbols] = field(default_factory=dict)
    late: Env = field(default_factory=dict)
    shared: dict[tuple[int, ...], Env] = field(default_factory=dict)
    deferred: list[Callable[[], None]] = field(default_factory=list)
    quiet: int = 0
    typed_only: int = 0
    running: list[ast.AST] = field(default_factory=list)
    dynamic: bool = False
    leans: bool = False
    loads: dict[int, Values] = field(default_factory=dict)
    calls: list[int] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    _numbers: dict[int, Definition] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    """Nodes of names whose text is passed to a call that imports or replaces."""
    owners: set[int] = field(default_factory=set)
    """Arguments that only say which module a noted name is of: ``setattr(legacy, "name", x)``."""
    _counts: dict[tuple[int, ...], int] = field(default_factory=dict)
    _later: dict[str, list[tuple[int, Values]]] | None = None

    run_block: Callable[[Frame, Sequence[ast.stmt]], bool] = field(init=False)
    bind_target: Callable[[Frame, ast.expr, Values], None] = field(init=False)

    def __post_init__(self) -> None:
        self.module = Frame("module", (), None, {}, Symbols(), live=True)

    @cached_property
    def names_paths(self) -> bool:
        """Whether the file has strings that may be paths of interest."""
        return self.source is not None and self.modules.wrappers.may_be_called_in(self.source.data)

    def looks_into(self, node: Function) -> bool:
        """Return whether a function must be run."""
        if not self.whole:
            return self.reaches_out.within(node)
        return self.source is None or self.interest.within(self.source, node)

    def symbols_of(self, node: Function) -> Symbols:
        """Return the names of a function's own scope."""
        symbols = self.symbols.get(id(node))
        if symbols is None:
            symbols = self.symbols[id(node)] = symbols_of(node, self.walrus)
        return symbols

    # -- definitions

    def definition(self, node: ast.AST, scope: tuple[int, ...], name: str) -> Definition:
        """Return the definition that a binding other than an import creates."""
        defined = self._numbers.get(id(node))
        if defined is None:
            number = self._counts.get(scope, 0)
            self._counts[scope] = number + 1
            defined = self._numbers[id(node)] = Definition(self.path, scope, number)
            self.names[defined] = name
            self.definitions[defined] = node
        return defined

    def known_definition(self, node: ast.AST) -> Definition | None:
        """Return the definition that a binding created, if it ran."""
        return self._numbers.get(id(node))

    # -- names

    def bind(self, frame: Frame, name: str, values: Values) -> None:
        """Bind a name in the scope that owns it."""
        symbols = frame.symbols
        if name in symbols.globals:
            self._bind_global(frame, name, values)
        elif name in symbols.nonlocals:
            owner = self._owning_frame(frame, name)
            if owner is not None:
                _add_values(self.shared.setdefault(owner.scope, {}), name, values)
                _add_values(owner.ever, name, values)
        else:
            frame.env[name] = values
            if not self.quiet:
                frame.log.append((name, values))
                _add_values(frame.ever, name, values)

    def _bind_global(self, frame: Frame, name: str, values: Values) -> None:
        if frame.live:
            self.module.env[name] = values
            if not self.quiet:
                self.module.log.append((name, values))
        elif not self.quiet:
            _add_values(self.late, name, values)

    def load(self, frame: Frame, *values: Value | None) -> None:
        """Record that modules have been imported."""
        if frame.kind in ("module", "class"):
            loaded = frame.env.get(LOADS, frozenset())
            frame.env[LOADS] = loaded.union(value for value in values if value is not None)

    def note_loads(self, node: ast.AST, frame: Frame) -> None:
        """Record what has been imported when an attribute is read, if known."""
        if frame.live and frame.kind in ("module", "class", "comprehension"):
            loads = self.module.env.get(LOADS, frozenset())
            if frame.kind == "class":
                loads |= frame.env.get(LOADS, frozenset())
            known = self.loads.get(id(node))
            self.loads[id(node)] = loads if known is None else loads & known

    def look_up(self, frame: Frame, name: str) -> Values:
        """Return what a name may be where it is read (language reference, 4.2.2)."""
        if frame.kind == "module" or name in frame.symbols.globals:
            return self._look_up_global(frame, name)
        if frame.kind == "class":
            own = frame.env.get(name, NOT_BOUND)
            return own - NOT_BOUND | self._look_up_enclosing(frame, name) if UNBOUND in own else own
        if frame.kind in ("comprehension", "annotation"):
            if name in frame.env:
                return frame.env[name]
            parent = frame.parent
            assert parent is not None
            hidden = parent.kind == "class" and frame.kind == "comprehension"
            return self._look_up_enclosing(parent, name) if hidden else self.look_up(parent, name)
        if name in frame.symbols.locals:
            own = frame.env.get(name, NOT_BOUND)
            shared = self.shared.get(frame.scope)
            return own | shared[name] if shared and name in shared else own
        return self._look_up_enclosing(frame, name)

    def _look_up_enclosing(self, frame: Frame, name: str) -> Values:
        """Look a name up in the enclosing scopes."""
        owner = self._owning_frame(frame, name)
        if owner is None:
            return self._look_up_global(frame, name)
        if owner.kind in ("comprehension", "annotation"):
            return owner.env.get(name, NOT_BOUND)
        values = owner.ever.get(name, NOT_BOUND)
        return values - NOT_BOUND or values

    def _owning_frame(self, frame: Frame, name: str) -> Frame | None:
        """Return the enclosing function that owns a name."""
        current = frame.parent
        while current is not None and current.kind != "module":
            if current.kind in ("comprehension", "annotation") and name in current.env:
                return current
            if current.kind == "function" and name in current.symbols.locals:
                return current
            current = current.parent
        return None

    def _look_up_global(self, frame: Frame, name: str) -> Values:
        self.used.add(name)
        values = self._global_now(name) if frame.live else self._global_later(frame, name)
        if UNBOUND not in values:
            return values
        if name in BUILTINS:
            return values - NOT_BOUND | {Outside(f"builtins.{name}")}
        return values - NOT_BOUND | OPAQUE if STAR in self.module.env else values

    def _global_now(self, name: str) -> Values:
        values = self.module.env.get(name, NOT_BOUND)
        return values | self.late[name] if name in self.late else values

    def _global_later(self, frame: Frame, name: str) -> Values:
        if self._later is None:
            self._later = {}
            for at, (bound_name, values) in enumerate(self.module.log):
                self._later.setdefault(bound_name, []).append((at, values))
        later = [(at, values) for at, values in self._later.get(name, ()) if at >= frame.mark]
        end = self.module.env.get(name, NOT_BOUND)
        result = end.union(self.late.get(name, frozenset()), *(values for _, values in later))
        if not later or self._may_run(frame.mark, later[0][0]):
            result |= frame.snapshot.get(name, NOT_BOUND)
        result -= NOT_BOUND
        if frame.at_once and UNBOUND in frame.snapshot.get(name, NOT_BOUND):
            return result | NOT_BOUND
        return (
            result | NOT_BOUND
            if (UNBOUND in end and name not in self.late) or not result
            else result
        )

    def _may_run(self, start: int, end: int) -> bool:
        """Return whether anything is called between two points of the module's log of bindings."""
        at = bisect_left(self.calls, start)
        return at < len(self.calls) and self.calls[at] <= end

    # -- expressions

    def note(self, node: ast.AST, values: Values) -> Values:
        """Record the value of an expression; it may have several, if it runs more than once."""
        known = self.seen.get(id(node))
        self.seen[id(node)] = values if known is None else known | values
        return values

    def event(self, kind: str, node: ast.AST, values: Values, name: str, frame: Frame) -> None:
        """Record something that the file does to modules, or takes from them."""
        self.events.append(Event(kind, node, values, name, is_late(frame), bool(self.typed_only)))


def is_late(frame: Frame) -> bool:
    """Return whether a scope runs when a function is called."""
    current: Frame | None = frame
    while current is not None:
        if current.kind == "function":
            return True
        current = current.parent
    return False


def merge_states(states: Iterable[Env | None]) -> Env | None:
    """Return what may be bound where several branches join; None if none of them completes."""
    ways = [state for state in states if state is not None]
    if len(ways) < 2:
        return ways[0] if ways else None
    first, *rest = ways
    result = dict(first)
    for name in {name for way in ways for name in way}:
        if name == LOADS:
            continue
        values = first.get(name, NOT_BOUND)
        for way in rest:
            other = way.get(name, NOT_BOUND)
            if other is not values:
                values |= other
        result[name] = values
    result[LOADS] = frozenset.intersection(*(way.get(LOADS, frozenset()) for way in ways))
    return result


def _add_values(env: Env, name: str, values: Values) -> None:
    known = env.get(name)
    env[name] = values if known is None else known | values
