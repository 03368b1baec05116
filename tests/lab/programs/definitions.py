"""The modules that a migration is about: what the legacy one defines, and where each thing is from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .world import Module, Thing, World

NAMES = {
    "function": (("run", "go"), ("load", "fetch"), ("now", "clock"), ("send", "post")),
    "class": (("Engine", "Motor"), ("Job", "Task"), ("Store", "Vault")),
    "error": (("Boom", "Crash"), ("Missing", "Absent")),
    "enum": (("Color", "Hue"), ("Mode", "Phase")),
    "constant": (("LIMIT", "BOUND"), ("PATH", "PLACE"), ("TABLE", "GRID")),
    "decorator": (("mark", "label"), ("traced", "logged")),
    "registry": (("PLUGINS", "ADDONS"),),
}
"""Names by kind, each with what it may be called from now on."""


class Entry(NamedTuple):
    """A name of the legacy module, and where it lives from now on (``module`` empty: nowhere)."""

    name: str
    kind: str
    module: str
    new: str


@dataclass
class Family:
    """A legacy module and its canonical one, with the names that are to move."""

    legacy: str
    canonical: str
    third: str
    entries: list[Entry] = field(default_factory=list)
    base: str = ""
    """A module that both import some names from."""
    has_to: bool = True
    readers: dict[str, str] = field(default_factory=dict)
    """Functions of both modules that call another by its global name: reader by what it reads."""

    def things(self) -> list[Thing]:
        return [Thing(self.legacy, entry.name, entry.kind) for entry in self.entries]

    def moved(self) -> dict[str, str]:
        """Return what each tag becomes."""
        tags = {f"{self.legacy}:{e.name}": f"{e.module}:{e.new}" for e in self.entries if e.module}
        return {**tags, self.legacy: self.canonical}

    def toml(self) -> str:
        """Return the redirect."""
        lines = ["[[redirect]]", f'from = "{self.legacy}"']
        lines += [f'to = "{self.canonical}"'] if self.has_to else []
        entries = [e for e in self.entries if e.module and self._is_listed(e)]
        listed = [f"{e.name} = {self._target(e)}" for e in entries]
        return "\n".join([*lines, *(["[redirect.names]", *listed] if listed else []), ""])

    def _is_listed(self, entry: Entry) -> bool:
        if self.has_to and entry.module == self.base:
            return False
        return not self.has_to or entry.module != self.canonical or entry.new != entry.name

    def _target(self, entry: Entry) -> str:
        near = self.has_to and entry.module == self.canonical
        return f'"{entry.new}"' if near else f'"{entry.module}:{entry.new}"'


def definition(kind: str, name: str, module: str) -> list[str]:
    """Return the lines that define a thing; it says where it is from."""
    tag = f'"<{module}:{name}>"'
    match kind:
        case "function":
            return [f"def {name}(x=1):", f"    return {tag}", ""]
        case "class":
            return [
                f"class {name}:",
                f"    KIND = {tag}",
                "    def who(self):",
                "        return self.KIND",
                "    @classmethod",
                "    def make(cls):",
                "        return cls()",
                "",
            ]
        case "error":
            return [f"class {name}(Exception):", f"    KIND = {tag}", ""]
        case "enum":
            return ["import enum", f"class {name}(enum.Enum):", f"    RED = {tag}", ""]
        case "constant":
            return [f"{name} = {tag}"]
        case "decorator":
            return [f"def {name}(f):", f"    f.mark = {tag}", "    return f", ""]
        case "registry":
            return [
                f"{name} = {{}}",
                f"def add_{name.lower()}(f):",
                f"    {name}[f.__name__] = f",
                "    return f",
                "",
            ]
    raise ValueError(kind)


def choose_entries(world: World, family: Family, count: int) -> None:
    """Choose names of the legacy module, and their homes."""
    kinds = [
        "function",
        "class",
        "constant",
        "function",
        "class",
        "error",
        "enum",
        "decorator",
        "registry",
    ]
    taken = {e.name for e in family.entries}
    while len(family.entries) < count:
        kind = world.pick(kinds)
        name, other = world.pick(NAMES[kind])
        if name in taken:
            continue
        taken.add(name)
        new = other if world.chance(0.35) and kind != "registry" else name
        far = family.third and kind != "registry" and world.chance(0.25)
        family.entries.append(Entry(name, kind, family.third if far else family.canonical, new))


def write_family(
    world: World, family: Family, more: Callable[[Module, Module], None] = lambda *_: None
) -> None:
    """Write the bodies of the legacy, the canonical and the third module; ``more`` adds to the first two."""
    legacy, canonical = world.modules[family.legacy], world.modules[family.canonical]
    third = world.modules.get(family.third)
    if world.chance(0.3):
        legacy.lines[:0] = canonical.lines[:0] = [
            '"""A module."""',
            "from __future__ import annotations",
        ]
    for entry in [e for e in family.entries if e.module != family.base]:
        legacy.add(*definition(entry.kind, entry.name, family.legacy))
        home = canonical if entry.module == family.canonical else third
        if home is not None and entry.module:
            home.add(*definition(entry.kind, entry.new, entry.module))
    if third is not None:
        _import_from_third(world, family, canonical)
    more(legacy, canonical)
    _add_readers(world, family, legacy, canonical)
    for name in [e.name for e in family.entries if e.kind == "registry"]:
        family.entries.append(
            Entry(f"add_{name.lower()}", "register", family.canonical, f"add_{name.lower()}")
        )
    _publish(world, family, legacy, canonical)
    for thing in family.things():
        legacy.expose(thing.name, thing)
        legacy.bound[thing.name] = thing
    _expose_canonical(world, family, canonical)


def _expose_canonical(world: World, family: Family, canonical: Module) -> None:
    """Let modules take names of the canonical module, too: some are migrated already. But nothing that holds state."""
    for entry in family.entries:
        world.renames[Thing(family.legacy, entry.name, entry.kind)] = entry.new
        is_shared = entry.kind in ("registry", "register") or "." in entry.kind
        if not is_shared and entry.module == family.canonical:
            canonical.expose(entry.new, Thing(entry.module, entry.new, entry.kind))
    kinds = {entry.kind for entry in family.entries}
    canonical.has_state = "registry" in kinds or any("." in kind for kind in kinds)


def _import_from_third(world: World, family: Family, canonical: Module) -> None:
    far = [e for e in family.entries if e.module == family.third]
    for entry in far:
        if world.chance(0.5):
            canonical.add(f"from {family.third} import {entry.new}")


def _add_readers(world: World, family: Family, legacy: Module, canonical: Module) -> None:
    """Let both modules have a function that looks another one up."""
    for entry in [e for e in family.entries if e.kind in ("function", "constant")]:
        is_taken = f"from {entry.module} import {entry.new}" in canonical.lines
        is_there = entry.module == family.canonical or is_taken
        if not is_there or not world.chance(0.6):
            continue
        reader, call = f"use_{entry.name.lower()}", "()" if entry.kind == "function" else ""
        legacy.add(f"def {reader}(x=1):", f"    return {entry.name}{call}", "")
        canonical.add(f"def {reader}(x=1):", f"    return {entry.new}{call}", "")
        family.readers[entry.name] = reader
        family.entries.append(Entry(reader, "function", family.canonical, reader))


def _publish(world: World, family: Family, legacy: Module, canonical: Module) -> None:
    """Give the modules an ``__all__`` or none."""
    if world.chance(0.3):
        _write_all(world, legacy, [e.name for e in family.entries])
    if world.chance(0.25):
        _write_all(
            world, canonical, [e.new for e in family.entries if e.module == family.canonical]
        )


def _write_all(world: World, module: Module, names: list[str]) -> None:
    module.public = names
    if len(names) > 1 and world.chance(0.4):
        module.add(f"__all__ = {names[:1]!r}", f"__all__ += {names[1:]!r}")
    else:
        module.add(f"__all__ = {names!r}")
