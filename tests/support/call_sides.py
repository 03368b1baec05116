"""Two modules that take calls in different ways, at random: what a parameter or member is called on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random


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


@dataclass(frozen=True)
class Sides:
    """What the legacy and the canonical module define. ``members`` maps plain members to their canonical names."""

    submit: Definition
    retry: Definition
    engine: Definition
    run_job: Definition
    halt: Definition
    load: Definition
    check: Definition
    fetch: Definition
    members: Mapping[str, str]

    @property
    def methods(self) -> tuple[Definition, ...]:
        """The plain methods of the class."""
        return self.run_job, self.halt

    def legacy(self) -> str:
        """Return the legacy module."""
        return self._module("Old", {name: name for name in self.members}, is_legacy=True)

    def canonical(self) -> str:
        """Return the canonical module."""
        return self._module("", self.members, is_legacy=False)

    def calls(self) -> dict[str, dict[str, object]]:
        """Return the table ``[redirect.calls]``."""
        methods = (self.run_job, self.halt, self.load, self.check, self.fetch)
        members = {definition.name: definition.change() for definition in methods}
        members |= {old: {"to": new} for old, new in self.members.items() if old != new}
        for definition in methods:
            if definition.name != definition.new_name:
                members[definition.name] = {"to": definition.new_name, **definition.change()}
        table: dict[str, dict[str, object]] = {
            "submit": self.submit.change(),
            "retry": self.retry.change(),
            "OldEngine": self.engine.change(),
        }
        owners = {"WAITING": "OldState", "attempts": "OldConfig"}
        table |= {f"{owners.get(k, 'OldEngine')}.{k}": change for k, change in members.items()}
        if self.members["attempts"] != "attempts":
            table["OldConfig"] = {"rename": {"attempts": self.members["attempts"]}}
        return {key: change for key, change in table.items() if change}

    def _module(self, old: str, names: Mapping[str, str], is_legacy: bool) -> str:
        def method(
            definition: Definition, first: str = "self", before: str = "", word: str = "def"
        ) -> str:
            name = definition.name if is_legacy else definition.new_name
            given = (
                definition.legacy_parameters() if is_legacy else definition.canonical_parameters()
            )
            result = definition.legacy_result() if is_legacy else definition.canonical_result()
            parameters = ", ".join(part for part in (first, given) if part)
            return f"{before}    {word} {name}({parameters}):\n        return {result}\n\n"

        def body(definition: Definition) -> tuple[str, str]:
            given = (
                definition.legacy_parameters() if is_legacy else definition.canonical_parameters()
            )
            return given, definition.legacy_result() if is_legacy else definition.canonical_result()

        submit, retry, maker = body(self.submit), body(self.retry), body(self.engine)
        needed = ", ".join(
            f"{name if is_legacy else self.engine.renamed.get(name, name)}=0"
            for name in self.engine.needed
            if is_legacy or name not in self.engine.dropped
        )
        if not is_legacy:
            added = [f"{name}={literal}" for name, literal in self.engine.added.items()]
            needed = ", ".join(part for part in (needed, *added) if part)
        size, limit, ready = names["size"], names["limit"], names["ready"]
        return (
            "from dataclasses import dataclass\nfrom enum import Enum\n\n\n"
            f"def submit({submit[0]}):\n    return {submit[1]}\n\n\n"
            f"def retry({retry[0]}):\n    def decorate(function):\n"
            f"        return lambda *args: [{retry[1]}, function(*args)]\n\n    return decorate\n\n\n"
            f"class {old}State(Enum):\n    {names['WAITING']} = 1\n    DONE = 2\n\n\n"
            f"@dataclass\nclass {old}Config:\n    label: str = 'l'\n    {names['attempts']}: int = 3\n\n\n"
            f"class {old}Engine:\n    {limit} = 4\n\n"
            f"    def __init__(self{', ' if maker[0] else ''}{maker[0]}):\n"
            f"        self.{size} = 7\n        self._ready = False\n        self.made = {maker[1]}\n\n"
            f"    @property\n    def {ready}(self):\n        return self._ready\n\n"
            f"    @{ready}.setter\n    def {ready}(self, value):\n        self._ready = value\n\n"
            f"    @classmethod\n    def {names['build']}(cls) -> '{old}Engine':\n        return cls({needed})\n\n"
            + method(self.load, "cls", "    @classmethod\n")
            + method(self.check, "", "    @staticmethod\n")
            + method(self.fetch, word="async def")
            + "".join(method(definition) for definition in self.methods)
            + "    def __enter__(self):\n        return self\n\n    def __exit__(self, *error):\n        pass\n\n"
            f"    def report(self):\n        return [self.{size}, self.{limit}, self.{ready}]\n\n"
            f"    def all(self, *args):\n        return [self.{self._name(self.halt, is_legacy)}(*args)]\n"
        )

    @staticmethod
    def _name(definition: Definition, is_legacy: bool) -> str:
        return definition.name if is_legacy else definition.new_name


def random_sides(random: Random) -> Sides:
    """Return two modules that differ at random."""

    def flip(chance: float) -> bool:
        return random.random() < chance

    def definition(name: str, new_name: str, differs: float = 1.0) -> Definition:
        names = ["job", "attempts", "limit", "kind"][: random.randint(1, 4)]
        cut = random.randint(0, len(names))
        renamed = {n: f"new_{n}" for n in names if flip(0.35 * differs)}
        dropped = tuple(n for n in names[cut:] if n not in renamed and flip(0.25 * differs))
        order = random.sample(names, len(names)) if flip(0.3 * differs) else names
        named = frozenset(n for n in names if flip(0.2 * differs))
        added = {"mode": "'sync'"} if flip(0.2 * differs) else {}
        parts = tuple(names[:cut]), tuple(names[cut:])
        name_there = new_name if flip(0.7) else name
        return Definition(name, name_there, *parts, renamed, dropped, added, tuple(order), named)

    differs = random.choice((0.0, 0.5, 1.0))
    members = (
        ("size", "new_size"),
        ("limit", "max_limit"),
        ("ready", "is_ready"),
        ("build", "create"),
        ("WAITING", "QUEUED"),
        ("attempts", "retries"),
    )
    return Sides(
        definition("submit", "submit"),
        definition("retry", "retry"),
        definition("OldEngine", "Engine"),
        definition("run_job", "perform", differs),
        definition("halt", "stop", differs),
        definition("load", "read", differs),
        definition("check", "verify", differs),
        definition("fetch", "obtain", differs),
        {old: new if flip(0.5) else old for old, new in members},
    )
