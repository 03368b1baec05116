"""A project in the making: its modules, what can be reached through each, and the choices of a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")


class Thing(NamedTuple):
    """Something that a program uses: a name of a module, or (``name`` empty) the module itself."""

    module: str
    name: str
    kind: str


class Access(NamedTuple):
    """An expression, valid in a module after its imports, and the thing that it reaches."""

    expression: str
    thing: Thing


class Reader(NamedTuple):
    """A function of a module that looks a thing up when it is called, by an expression with its module's names."""

    module: Module
    function: str
    expression: str
    thing: Thing


@dataclass
class Module:
    """A module: its text so far, and what others can take of it."""

    dotted: str
    root: str = ""
    is_package: bool = False
    lines: list[str] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    bound: dict[str, Thing | None] = field(default_factory=dict)
    lazy: set[str] = field(default_factory=set)
    public: list[str] | None = None
    is_script: bool = False
    has_state: bool = False
    is_fixed: bool = False

    @property
    def path(self) -> str:
        end = "/__init__.py" if self.is_package else ".py"
        return self.root + self.dotted.replace(".", "/") + end

    @property
    def package(self) -> str:
        """The package that relative imports start from; empty for a top-level module."""
        return self.dotted if self.is_package else self.dotted.rpartition(".")[0]

    @property
    def runtime_name(self) -> str:
        """The name under which the module runs."""
        return "__main__" if self.is_script else self.dotted

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def add(self, *lines: str, indent: int = 0) -> None:
        self.lines += [" " * indent + line if line else line for line in lines]

    def expose(self, expression: str, thing: Thing) -> None:
        """Say that others reach ``thing`` by this expression through the module."""
        self.accesses.append(Access(expression, thing))

    def starred(self) -> list[Access]:
        """Return what ``from module import *`` makes accessible."""
        firsts = (access.expression.partition(".")[0] for access in self.accesses)
        return [
            access
            for first, access in zip(firsts, self.accesses)
            if first not in self.lazy
            and (first in self.public if self.public is not None else not first.startswith("_"))
        ]


class World:
    """The modules of a project, by dotted name, and one source of chance."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self.modules: dict[str, Module] = {}
        self.extra: dict[str, str] = {}
        self.readers: list[Reader] = []
        self.owned: list[Thing] = []
        self.two_rooted: set[str] = set()
        self.renames: dict[Thing, str] = {}
        self.is_compared = True
        self._count = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.rng.randrange(len(items))]

    def weighted(self, *pairs: tuple[Item, float]) -> Item:
        return self.rng.choices([p[0] for p in pairs], [p[1] for p in pairs])[0]

    def fresh(self, stem: str) -> str:
        """Return a name that nothing has yet."""
        self._count += 1
        return f"{stem}{self._count}"

    def module(self, dotted: str, root: str = "", is_package: bool = False) -> Module:
        """Return a new module; the packages above it are made where they are missing."""
        made = self.modules[dotted] = Module(dotted, root, is_package)
        return made

    def files(self) -> dict[str, str]:
        return {**{m.path: m.text for m in self.modules.values()}, **self.extra}
