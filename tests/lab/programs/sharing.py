"""What a module shares between those who import it: state, identity and registrations, in the ways programs have them.

A group is a piece of a module: names that belong together, since one writes what another reads, makes what another
tells apart, or raises what another catches. Where one of its names stays in the legacy module and another is taken from
the canonical one, a program prints something else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .definitions import Entry, Family
from .importing import choose_import
from .placing import bind
from .using import STATEMENTS, VALUES
from .world import Module, Thing, World


class Group(NamedTuple):
    """A piece of a module, and what is done with each name that others take of it.

    ``{e}`` in a use is the expression that reaches the name, ``{n}`` a name of its own, ``LABEL`` that of its line.
    """

    label: str
    text: str
    uses: dict[str, tuple[str, ...]]

    def lines(self, renames: Mapping[str, str], missing: str) -> list[str]:
        """Return the lines of the group in a module, under the names that it has there, without one of them."""
        text = "\n".join(part for name, part in self._parts() if name != missing or not missing)
        for old, new in renames.items():
            text = re.sub(rf"(?<![.\w'\"]){old}\b", new, text)
        return text.splitlines()

    def last_names(self) -> list[str]:
        """Return the names that nothing else of the group needs."""
        parts = self._parts()
        return [
            name
            for name in self.uses
            if not any(re.search(rf"\b{name}\b", text) for of, text in parts if of != name)
        ]

    def _parts(self) -> list[tuple[str, str]]:
        """Return the statements of the group, each with the name that it binds, or none."""
        parts = []
        for node in ast.parse(self.text).body:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            text = "\n".join(self.text.splitlines()[first - 1 : node.end_lineno])
            target = node.targets[0] if isinstance(node, ast.Assign) else node
            name = getattr(target, "id", getattr(target, "name", ""))
            parts.append((name, text))
        return parts


GROUPS = (
    Group(
        "counter",
        """
_ticks = 0
def tick():
    global _ticks
    _ticks += 1
    return _ticks
def ticks():
    return _ticks
""",
        {
            "tick": (
                "{e}()",
                "{e}() + {e}()",
            ),
            "ticks": ("{e}()",),
        },
    ),
    Group(
        "listeners",
        """
listeners = []
def listen(f):
    listeners.append(f)
    return f
def fire():
    return [f() for f in listeners]
""",
        {
            "listen": (
                "{e}(lambda: 'heard')()",
                "@{e}\ndef {n}(): return '{n}'\nprint('LABEL', {n}())",
            ),
            "fire": (
                "{e}()",
                "len({e}())",
            ),
            "listeners": (
                "len({e})",
                "{e}.append(lambda: 'direct')",
            ),
        },
    ),
    Group(
        "subclasses",
        """
class Plugin:
    kinds = {}
    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        Plugin.kinds[cls.__name__] = cls
def plugin_names():
    return len(Plugin.kinds)
def plugin_count():
    return len(Plugin.__subclasses__())
""",
        {
            "Plugin": (
                "len({e}.kinds)",
                "class {n}({e}): pass\nprint('LABEL', {n}.__name__)",
            ),
            "plugin_names": ("{e}()",),
            "plugin_count": ("{e}()",),
        },
    ),
    Group(
        "metaclass",
        """
class _Meta(type):
    rows = []
    def __init__(cls, name, bases, body):
        super().__init__(name, bases, body)
        _Meta.rows.append(name.lower())

class Model(metaclass=_Meta):
    pass
def tables():
    return len(_Meta.rows)
""",
        {
            "Model": (
                "issubclass({e}, {e})",
                "class {n}({e}): pass",
            ),
            "tables": ("{e}()",),
        },
    ),
    Group(
        "instances",
        """
class Session:
    count = 0
    def __init__(self):
        type(self).count += 1
    def number(self):
        return type(self).count
def opened():
    return Session.count
""",
        {
            "Session": (
                "{e}().number()",
                "{e}.count",
            ),
            "opened": ("{e}()",),
        },
    ),
    Group(
        "singleton",
        """
_pool = None
class Pool:
    def __init__(self):
        self.items = []
def pool():
    global _pool
    if _pool is None:
        _pool = Pool()
    return _pool
def put(item):
    pool().items.append(item)
    return len(pool().items)
""",
        {
            "Pool": (
                "len({e}().items)",
                "{e}.__name__ != 'x'",
            ),
            "pool": (
                "len({e}().items)",
                "{e}().items.append(1)",
                "{e}() is {e}()",
            ),
            "put": ("{e}(2)",),
        },
    ),
    Group(
        "cached",
        """
import functools
@functools.lru_cache
def settings():
    return {'debug': False}
def is_debug():
    return settings()['debug']
""",
        {
            "settings": (
                "{e}()['debug']",
                "{e}().update(debug=True)\nprint('LABEL', {e}())",
            ),
            "is_debug": ("{e}()",),
        },
    ),
    Group(
        "context",
        """
import contextvars
current = contextvars.ContextVar('current', default='nobody')
def who_is():
    return current.get()
def become(name):
    current.set(name)
    return name
""",
        {
            "current": (
                "{e}.get()",
                "{e}.set('set by {n}')\nprint('LABEL', {e}.get())",
            ),
            "who_is": ("{e}()",),
            "become": ("{e}('somebody')",),
        },
    ),
    Group(
        "dispatch",
        """
import functools
@functools.singledispatch
def show(x):
    return 'any'
def show_all(*all):
    return [show(one) for one in all]
""",
        {
            "show": (
                "{e}(1)",
                "@{e}.register(int)\ndef {n}(x): return 'int by {n}'\nprint('LABEL', {e}(1))",
            ),
            "show_all": ("{e}(1, 's')",),
        },
    ),
    Group(
        "sentinel",
        """
MISSING = object()
def lookup(key, default=MISSING):
    return 'nothing' if default is MISSING else default
def is_missing(x):
    return x is MISSING
""",
        {
            "MISSING": (
                "{e} is {e}",
                "def {n}(x={e}):\n    return x is {e}\nprint('LABEL', {n}())",
            ),
            "lookup": (
                "{e}('a')",
                "{e}('a', None)",
            ),
            "is_missing": ("{e}(None)",),
        },
    ),
    Group(
        "errors",
        """
class Failure(Exception):
    pass
def fail():
    raise Failure('it failed')
def guarded(f):
    try:
        return f()
    except Failure as error:
        return str(error)
""",
        {
            "Failure": (
                "issubclass({e}, Exception)",
                "try:\n    raise {e}('raised by {n}')\nexcept {e} as error:\n    print('LABEL', error)",
            ),
            "fail": ("callable({e})",),
            "guarded": ("{e}(lambda: 1)",),
        },
    ),
    Group(
        "classes",
        """
class Shape:
    def __init__(self, size=1):
        self.size = size
def make_shape(size=2):
    return Shape(size)
def area(x):
    return x.size ** 2 if isinstance(x, Shape) else 'no shape'
""",
        {
            "Shape": (
                "{e}().size",
                "isinstance(1, {e})",
                "{e}(3).size",
            ),
            "make_shape": ("{e}().size",),
            "area": ("{e}(1)",),
        },
    ),
    Group(
        "enumeration",
        """
import enum
class Level(enum.Enum):
    LOW = 'low'
    HIGH = 'high'
def level():
    return Level.HIGH
def is_high(x):
    return x is Level.HIGH
""",
        {
            "Level": (
                "{e}.LOW.value",
                "{e}('low').name",
                "[x.name for x in {e}]",
            ),
            "level": ("{e}().value",),
            "is_high": ("{e}(None)",),
        },
    ),
    Group(
        "records",
        """
import dataclasses
@dataclasses.dataclass(frozen=True)
class Point:
    x: int = 0
def origin():
    return Point()
seen = set()
def see(point):
    seen.add(point)
    return len(seen)
""",
        {
            "Point": (
                "{e}() == {e}()",
                "{e}(2).x",
            ),
            "origin": (
                "{e}().x",
                "{e}() == {e}()",
            ),
            "seen": ("len({e})",),
            "see": ("{e}(1)",),
        },
    ),
    Group(
        "abstract",
        """
import abc
class Readable(abc.ABC):
    pass
def is_readable(x):
    return isinstance(x, Readable)
""",
        {
            "Readable": (
                "issubclass(int, {e})",
                "@{e}.register\nclass {n}: pass\nprint('LABEL', isinstance({n}(), {e}))",
                "{e}.register(int)\nprint('LABEL', isinstance(1, {e}))",
            ),
            "is_readable": ("{e}(1)",),
        },
    ),
    Group(
        "numbers",
        """
import itertools
numbers = itertools.count(1)
def new_id():
    return next(numbers)
""",
        {
            "numbers": ("next({e})",),
            "new_id": ("{e}()",),
        },
    ),
    Group(
        "signal",
        """
class Signal:
    def __init__(self):
        self.receivers = []
    def connect(self, f):
        self.receivers.append(f)
        return f
    def send(self):
        return [f() for f in self.receivers]
saved = Signal()
def save():
    return saved.send()
""",
        {
            "Signal": ("{e}().send()",),
            "saved": (
                "{e}.send()",
                "@{e}.connect\ndef {n}(): return '{n}'\nprint('LABEL', {n}())",
            ),
            "save": ("{e}()",),
        },
    ),
    Group(
        "options",
        """
verbosity = 0
def raise_verbosity():
    global verbosity
    verbosity += 1
def is_verbose():
    return verbosity > 0
""",
        {
            "verbosity": ("{e}",),
            "raise_verbosity": ("{e}()",),
            "is_verbose": ("{e}()",),
        },
    ),
    Group(
        "default",
        """
def remember(x, memory=[]):
    memory.append(x)
    return len(memory)
def remembered():
    return len(remember.__defaults__[0])
""",
        {
            "remember": ("{e}(1)",),
            "remembered": ("{e}()",),
        },
    ),
    Group(
        "attribute",
        """
def calls():
    calls.number += 1
    return calls.number

calls.number = 0
def called():
    return calls.number
""",
        {
            "calls": (
                "{e}()",
                "{e}.number",
            ),
            "called": ("{e}()",),
        },
    ),
    Group(
        "closure",
        """
def _make():
    count = 0
    def step():
        nonlocal count
        count += 1
        return count
    return step, lambda: count
step, _steps = _make()
def steps():
    return _steps()
""",
        {
            "step": ("{e}()",),
            "steps": ("{e}()",),
        },
    ),
    Group(
        "local",
        """
import threading
state = threading.local()
def enter():
    state.depth = getattr(state, 'depth', 0) + 1
    return state.depth
def depth():
    return getattr(state, 'depth', 0)
""",
        {
            "state": ("getattr({e}, 'depth', 0)",),
            "enter": ("{e}()",),
            "depth": ("{e}()",),
        },
    ),
    Group(
        "stored",
        """
import pickle
class Record:
    def __init__(self, name='n'):
        self.name = name
def dump(record=None):
    return pickle.dumps(record or Record())
def load_record(data=None):
    return isinstance(pickle.loads(data or dump()), Record)
""",
        {
            "Record": (
                "{e}().name",
                "import pickle\nprint('LABEL', isinstance(pickle.loads(pickle.dumps({e}())), {e}))",
            ),
            "dump": ("len({e}()) > 3",),
            "load_record": ("{e}()",),
        },
    ),
    Group(
        "table",
        """
commands = {}
def command(name):
    def add(f):
        commands[name] = f
        return f
    return add
def call(name):
    return commands[name]() if name in commands else 'no ' + name
""",
        {
            "commands": (
                "sorted({e})",
                "{e}['direct'] = len",
            ),
            "command": (
                "@{e}('{n}')\ndef {n}(): return '{n} ran'\nprint('LABEL', {n}())",
                "{e}('x')(int)()",
            ),
            "call": ("{e}('plugin')",),
        },
    ),
    Group(
        "manager",
        """
import contextlib
_stack = []
@contextlib.contextmanager
def scope(name='s'):
    _stack.append(name)
    yield len(_stack)
    _stack.pop()
def innermost():
    return _stack[-1] if _stack else 'outside'
""",
        {
            "scope": (
                "{e}().__enter__()",
                "with {e}('{n}') as {n}:\n    print('LABEL', {n})",
            ),
            "innermost": ("{e}()",),
        },
    ),
)
"""Each has names of its own, so that a module may have several."""

PAIRS = {
    ("scope", "innermost"): "with {a}('outer'):\n    print('LABEL', {b}())",
    ("fail", "guarded"): "print('LABEL', {b}({a}))",
    ("fail", "Failure"): "try:\n    {a}()\nexcept {b} as error:\n    print('LABEL', error)",
    ("make_shape", "area"): "print('LABEL', {b}({a}()))",
    ("Shape", "area"): "print('LABEL', {b}({a}(4)))",
    ("make_shape", "Shape"): "print('LABEL', isinstance({a}(), {b}))",
    ("level", "is_high"): "print('LABEL', {b}({a}()))",
    ("level", "Level"): "print('LABEL', {a}() is {b}.HIGH)",
    ("MISSING", "lookup"): "print('LABEL', type({b}('a', {a})).__name__)",
    ("MISSING", "is_missing"): "print('LABEL', {b}({a}))",
    ("origin", "Point"): "print('LABEL', {a}() == {b}())",
    ("Point", "see"): "print('LABEL', {b}({a}(9)))",
    ("dump", "Record"): "import pickle\nprint('LABEL', isinstance(pickle.loads({a}()), {b}))",
    ("Record", "load_record"): "import pickle\nprint('LABEL', {b}(pickle.dumps({a}())))",
    ("command", "call"): "{a}('{n}')(lambda: '{n} ran')\nprint('LABEL', {b}('{n}'))",
    ("become", "current"): "{a}('{n}')\nprint('LABEL', {b}.get())",
}
"""Statements that use two names of a group at once, in one file: what one makes, the other is given."""


def _kind(group: Group, name: str) -> str:
    return f"{group.label}.{name}"


for _group in GROUPS:
    for _name, _uses in _group.uses.items():
        _expressions = tuple(use for use in _uses if "\n" not in use and "{n}" not in use)
        VALUES[_kind(_group, _name)] = _expressions
        STATEMENTS[_kind(_group, _name)] = tuple(use for use in _uses if use not in _expressions)


def add_groups(world: World, family: Family, legacy: Module, canonical: Module) -> None:
    """Let both modules have one to three groups; some names are called differently in the canonical one, or missing."""
    for group in world.rng.sample(GROUPS, world.rng.randint(1, 3)):
        renames = {name: f"{name}_now" for name in group.uses if world.chance(0.15)}
        last = group.last_names()
        missing = world.pick(last) if last and world.chance(0.25) else ""
        legacy.add(*group.lines({}, ""))
        canonical.add(*group.lines(renames, missing))
        family.entries += [
            Entry(
                name,
                _kind(group, name),
                "" if name == missing else family.canonical,
                renames.get(name, name),
            )
            for name in group.uses
        ]


def write_pair(world: World, module: Module, things: Sequence[Thing]) -> None:
    """Let a module use two names of a group together, each imported in a way of its own."""
    named = {thing.name: thing for thing in things}
    pairs = [pair for pair in PAIRS if named.keys() >= {*pair}]
    if not pairs:
        return
    first, second = pair = world.pick(pairs)
    expressions = []
    for name in pair:
        made = choose_import(world, module, named[name])
        module.add(made.statement)
        bind(world, module, made, named[name])
        expressions.append(made.expression)
    text = PAIRS[first, second].replace("LABEL", world.fresh("pair"))
    module.add(*text.format(a=expressions[0], b=expressions[1], n=world.fresh("both")).split("\n"))
