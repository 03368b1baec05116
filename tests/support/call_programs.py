"""Small generated programs whose two modules take calls in different ways, and the migration between them.

A program does the same with either module: what a parameter is called, its place, whether it is given by position, and
what a member is called differ; what comes of it does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

_VALUES = ("1", "'x'", "(2, 3)", "None", "-4", "[5]")


@dataclass(frozen=True)
class Definition:
    """A function, constructor or method on both sides: its parameters by their legacy names, in legacy order.

    ``renamed`` maps some to new names; ``dropped`` are only legacy, ``added`` only canonical; ``order`` is that of the
    canonical side, ``keyword_only`` those that it takes by name alone. All but ``needed`` have defaults.
    """

    name: str
    new_name: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    renamed: Mapping[str, str]
    dropped: tuple[str, ...]
    added: Mapping[str, str]
    order: tuple[str, ...]
    keyword_only: frozenset[str]

    def legacy_parameters(self) -> str:
        """Return the parameter list of the legacy side."""
        return ", ".join([*self.needed, *(f"{name}={name!r}" for name in self.optional)])

    def canonical_parameters(self) -> str:
        """Return the parameter list of the canonical side."""
        kept = [name for name in self.order if name not in self.dropped]
        plain = [name for name in kept if name not in self.keyword_only]
        plain.sort(key=lambda name: name not in self.needed)
        named = [name for name in kept if name in self.keyword_only]
        parts = [self._parameter(name) for name in plain]
        extra = [self._parameter(name) for name in named] + list(self.added)
        return ", ".join([*parts, *(["*"] if extra else []), *extra])

    def _parameter(self, name: str) -> str:
        new = self.renamed.get(name, name)
        return new if name in self.needed else f"{new}={name!r}"

    def legacy_result(self) -> str:
        """Return the expression that the legacy side makes of its arguments."""
        kept = sorted(name for name in (*self.needed, *self.optional) if name not in self.dropped)
        return f"[{', '.join([repr(self.name), *kept])}]"

    def canonical_result(self) -> str:
        """Return the same expression, by the canonical names."""
        kept = sorted(name for name in (*self.needed, *self.optional) if name not in self.dropped)
        values = [self.renamed.get(name, name) for name in kept]
        checks = "".join(f" and {name} == {text}" for name, text in self.added.items())
        whole = f"[{', '.join([repr(self.name), *values])}]"
        return f"{whole} if True{checks} else 'wrong'" if checks else whole

    def change(self) -> dict[str, object]:
        """Return the entry of ``[redirect.calls]``."""
        entry: dict[str, object] = {}
        if self.renamed:
            entry["rename"] = dict(self.renamed)
        if self.dropped:
            entry["drop"] = list(self.dropped)
        if self.added:
            entry["add"] = dict(self.added)
        return entry


@dataclass
class Program:
    """A generated program: its files, of which ``use.py`` is run."""

    files: dict[str, str] = field(default_factory=dict)


def program(seed: int) -> Program:
    """Return the program of a seed."""
    return _Maker(Random(seed)).program()


class _Maker:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0

    def _flip(self, chance: float = 0.5) -> bool:
        return self._random.random() < chance

    def _callable(self, name: str, new_name: str) -> Definition:
        names = ["job", "attempts", "limit", "kind"][: self._random.randint(1, 4)]
        cut = self._random.randint(0, len(names))
        renamed = {n: f"new_{n}" for n in names if self._flip(0.35)}
        dropped = tuple(n for n in names[cut:] if n not in renamed and self._flip(0.25))
        order = self._random.sample(names, len(names)) if self._flip(0.3) else names
        named = frozenset(n for n in names if self._flip(0.2))
        added = {"mode": "'sync'"} if self._flip(0.2) else {}
        return Definition(
            name,
            new_name,
            tuple(names[:cut]),
            tuple(names[cut:]),
            renamed,
            dropped,
            added,
            tuple(order),
            named,
        )

    def program(self) -> Program:
        """Return a program: two modules, a migration, and files that use the legacy one."""
        function = self._callable("submit", "submit")
        maker = self._callable("OldEngine", "Engine")
        methods = [
            self._callable(name, new if self._flip(0.7) else name)
            for name, new in (("run_job", "perform"), ("halt", "stop"))
        ]
        renamed_attribute = self._flip()
        attribute = "new_size" if renamed_attribute else "size"
        self._function, self._maker, self._methods = function, maker, methods
        calls = {"submit": function.change(), "OldEngine": maker.change()}
        for method in methods:
            to = {"to": method.new_name} if method.new_name != method.name else {}
            calls[f"OldEngine.{method.name}"] = {**to, **method.change()}
        if renamed_attribute:
            calls["OldEngine.size"] = {"to": attribute}
        table = "\n".join(
            f"{json.dumps(key)} = {_inline_table(change)}"
            for key, change in calls.items()
            if change
        )
        migration = (
            '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n'
            f'[redirect.names]\nOldEngine = "Engine"\n[redirect.calls]\n{table}\n'
        )
        files = {
            "m.toml": migration,
            "app/__init__.py": "",
            "app/old.py": self._module("OldEngine", "size", legacy=True),
            "app/new.py": self._module("Engine", attribute, legacy=False),
        }
        lines, extra = self._uses()
        return Program({**files, **extra, "use.py": "\n".join(lines) + "\n"})

    def _module(self, engine: str, attribute: str, legacy: bool) -> str:
        def signature(definition: Definition) -> str:
            return definition.legacy_parameters() if legacy else definition.canonical_parameters()

        def result(definition: Definition) -> str:
            return definition.legacy_result() if legacy else definition.canonical_result()

        def name(definition: Definition) -> str:
            return definition.name if legacy else definition.new_name

        maker = signature(self._maker)
        parts = [
            f"def submit({signature(self._function)}):\n    return {result(self._function)}\n\n",
            f"class {engine}:\n    def __init__(self{', ' if maker else ''}{maker}):\n"
            f"        self.{attribute} = 7\n        self.made = {result(self._maker)}\n",
        ]
        for method in self._methods:
            given = signature(method)
            head = f"    def {name(method)}(self{', ' if given else ''}{given}):"
            parts.append(f"\n{head}\n        return {result(method)}\n")
        return "".join(parts)

    # -- what is done with them

    def _arguments(self, definition: Definition) -> str:
        """Return arguments that the legacy side takes, in a random style."""
        names = [*definition.needed, *definition.optional]
        places = self._random.randint(0, len(names))
        given = [self._random.choice(_VALUES) for _ in names[:places]]
        for name in names[places:]:
            if name in definition.needed or self._flip(0.4):
                value = self._random.choice(_VALUES)
                unpacked = self._flip(0.1)
                given.append(f'**{{"{name}": {value}}}' if unpacked else f"{name}={value}")
        named = [text for text in given[places:] if not text.startswith("**")]
        mappings = [text for text in given[places:] if text.startswith("**")]
        self._random.shuffle(named)
        plain = given[:places]
        if plain and self._flip(0.08):
            plain = [f"*[{', '.join(plain)}]"]
        return ", ".join([*plain, *named, *mappings])

    def _engine(self, prefix: str = "") -> str:
        return f"{prefix}OldEngine({self._arguments(self._maker)})"

    def _member(self) -> str:
        if self._flip(0.25):
            return "size"
        method = self._random.choice(self._methods)
        return f"{method.name}({self._arguments(method)})"

    def _uses(self) -> tuple[list[str], dict[str, str]]:
        style = self._random.choice(("name", "name", "module", "alias", "star"))
        lines, prefix = {
            "name": (["from app.old import OldEngine, submit"], ""),
            "module": (["import app.old"], "app.old."),
            "alias": (["from app import old as engines"], "engines."),
            "star": (["from app.old import *"], ""),
        }[style]
        lines = ["from functools import partial", *lines, ""]
        extra: dict[str, str] = {}
        forms: Sequence[Callable[[str], Iterator[str]]] = (
            self._function_call,
            self._function_call,
            self._direct,
            self._variable,
            self._parameter,
            self._keeper,
            self._subclass,
            self._overriding,
            self._partial,
            self._by_name,
            self._stored,
            self._looped,
            self._bound_method,
            self._passed_to_helper,
        )
        for form in self._random.sample(forms, self._random.randint(2, 5)):
            self._count += 1
            lines += form(prefix)
        if self._flip(0.3):
            extra["factory.py"] = (
                f"from app.old import OldEngine\n\n\ndef make():\n    return {self._engine()}\n"
            )
            lines += ["import factory", f"print(factory.make().{self._member()})"]
        return lines, extra

    def _function_call(self, prefix: str) -> Iterator[str]:
        yield f"print({prefix}submit({self._arguments(self._function)}))"

    def _direct(self, prefix: str) -> Iterator[str]:
        yield f"print({self._engine(prefix)}.made, {self._engine(prefix)}.{self._member()})"

    def _variable(self, prefix: str) -> Iterator[str]:
        yield f"engine{self._count} = {self._engine(prefix)}"
        if self._flip(0.15):
            yield f"engine{self._count} = engine{self._count}"
        yield f"print(engine{self._count}.{self._member()})"

    def _parameter(self, prefix: str) -> Iterator[str]:
        kinds = (
            f": {prefix}OldEngine",
            f": '{prefix}OldEngine'",
            f": {prefix}OldEngine | None",
            "",
        )
        yield f"def go{self._count}(engine{self._random.choice(kinds)}):"
        yield f"    return engine.{self._member()}"
        yield f"print(go{self._count}({self._engine(prefix)}))"

    def _keeper(self, prefix: str) -> Iterator[str]:
        yield f"class Keeper{self._count}:"
        yield "    def __init__(self, given=None):"
        yield f"        self.engine = {self._engine(prefix)}{' if given is None else given' if self._flip(0.2) else ''}"
        yield "    def go(self):"
        yield f"        return self.engine.{self._member()}"
        yield f"print(Keeper{self._count}().go())"

    def _subclass(self, prefix: str) -> Iterator[str]:
        yield f"class Mine{self._count}({prefix}OldEngine):"
        yield "    def again(self):"
        first = self._methods[0]
        above = f"super().{first.name}({self._arguments(first)})"
        yield f"        return self.{self._member()}, {above}"
        yield f"print(Mine{self._count}({self._arguments(self._maker)}).again())"
        yield f"print(Mine{self._count}({self._arguments(self._maker)}).{self._member()})"

    def _overriding(self, prefix: str) -> Iterator[str]:
        method = self._random.choice(self._methods)
        parameters = method.legacy_parameters()
        yield f"class Other{self._count}({prefix}OldEngine):"
        yield f"    def {method.name}(self{', ' if parameters else ''}{parameters}):"
        yield f"        return 'mine', {method.legacy_result()}"
        yield f"other{self._count} = Other{self._count}({self._arguments(self._maker)})"
        yield f"print(other{self._count}.{method.name}({self._arguments(method)}))"

    def _partial(self, prefix: str) -> Iterator[str]:
        names = [*self._function.needed, *self._function.optional]
        given = [name for name in names if self._flip()]
        first = ", ".join(f"{name}={self._random.choice(_VALUES)}" for name in given)
        rest = [name for name in self._function.needed if name not in given]
        later = ", ".join(f"{name}={self._random.choice(_VALUES)}" for name in rest)
        yield f"later{self._count} = partial({prefix}submit{', ' if first else ''}{first})"
        yield f"print(later{self._count}({later}))"

    def _by_name(self, prefix: str) -> Iterator[str]:
        method = self._random.choice(self._methods)
        arguments = self._arguments(method)
        yield f"print(getattr({self._engine(prefix)}, '{method.name}')({arguments}))"

    def _stored(self, prefix: str) -> Iterator[str]:
        yield f"kept{self._count} = {self._engine(prefix)}"
        yield f"kept{self._count}.size = 9"
        yield f"print(kept{self._count}.size)"

    def _looped(self, prefix: str) -> Iterator[str]:
        yield f"print([engine.{self._member()} for engine in [{self._engine(prefix)}]])"

    def _bound_method(self, prefix: str) -> Iterator[str]:
        method = self._random.choice(self._methods)
        yield f"handler{self._count} = {self._engine(prefix)}.{method.name}"
        yield f"print(handler{self._count}({self._arguments(method)}))"

    def _passed_to_helper(self, prefix: str) -> Iterator[str]:
        yield f"def helper{self._count}(thing):"
        yield f"    return thing.{self._member()}"
        yield f"print(helper{self._count}({self._engine(prefix)}))"


def _inline_table(values: Mapping[str, object]) -> str:
    parts = []
    for key, value in values.items():
        text = _inline_table(value) if isinstance(value, Mapping) else json.dumps(value)
        parts.append(f"{key} = {text}")
    return "{ " + ", ".join(parts) + " }"
