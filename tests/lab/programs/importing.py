"""The ways to import: a statement, and the expression by which it makes something accessible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .world import Access, Module, Thing, World


class Import(NamedTuple):
    """A statement; the expression that is valid after it; the local name it binds; all that it makes accessible."""

    statement: str
    expression: str
    local: str
    accesses: tuple[Access, ...] = ()


def routes(world: World, module: Module, thing: Thing) -> list[tuple[Module, str]]:
    """Return the modules through which a thing can be had, with the expressions in them."""
    expressions: list[tuple[Module, str]] = []
    for other in world.modules.values():
        if other is module or other.is_script or (other.is_fixed and other.dotted != thing.module):
            continue
        for access in other.accesses:
            if access.thing == thing:
                expressions.append((other, access.expression))
            elif access.thing.name == "" and access.thing.module == thing.module and thing.name:
                expressions.append((other, f"{access.expression}.{thing.name}"))
    return expressions


def choose_import(
    world: World, module: Module, thing: Thing, at_module: bool = True, alias: bool = False
) -> Import:
    """Return one of the ways to have ``thing`` in ``module``: from its own module, or through another."""
    through = [route for route in routes(world, module, thing) if route[0].dotted != thing.module]
    if thing.name == "":
        if through and world.chance(0.3):
            return import_through(world, module, *world.pick(through), at_module, alias)
        return import_module(world, module, thing.module, alias)
    if through and world.chance(0.4):
        return import_through(world, module, *world.pick(through), at_module, alias)
    return import_through(world, module, world.modules[thing.module], thing.name, at_module, alias)


def import_through(
    world: World, module: Module, source: Module, path: str, at_module: bool, alias: bool
) -> Import:
    """Return a way to have what is ``path`` in ``source``."""
    first, dot, rest = path.partition(".")
    forms = [("from", 5), ("from as", 2), ("module", 5)]
    if at_module and not source.has_state and any(a.expression == path for a in source.starred()):
        forms.append(("star", 1.2))
    form = world.weighted(*forms) if not alias else "from as"
    spelled = spelling(world, module, source.dotted)
    if form == "star":
        made = Import(f"from {spelled} import *", path, "*", tuple(source.starred()))
        clash = any(a.expression.partition(".")[0] in module.bound for a in made.accesses)
        if not clash:
            return made
        form = "from"
    if form == "module":
        whole = import_module(world, module, source.dotted, alias)
        return whole._replace(expression=f"{whole.expression}.{path}")
    if form == "from" and first in module.bound:
        form = "from as"
    local = world.fresh(world.pick(("alias", "my_", "_p"))) if form == "from as" else first
    names = f"{first} as {local}" if form == "from as" or world.chance(0.06) else first
    if world.chance(0.12):
        names = f"(\n    {names},  # why\n)"
    elif world.chance(0.08):
        names += "  # noqa: F401"
    return Import(f"from {spelled} import {names}", local + dot + rest, local)


def import_module(world: World, module: Module, dotted: str, alias: bool = False) -> Import:
    """Return a way to have a module as a whole."""
    parent, _, leaf = dotted.rpartition(".")
    forms = [("import", 3.0), ("import as", 3.0), ("importlib", 0.5), ("dunder", 0.15)]
    if parent:
        forms += [("from", 3.0), ("from as", 2.0)]
    form = world.weighted(*forms)
    full = rooted(world, dotted)
    top = full.partition(".")[0]
    if form == "import" and not alias and module.bound.get(top, ...) in (None, ...):
        more = world.weighted(("import ", 8), ("import os, ", 1), ("import os; import ", 1))
        return Import(f"{more}{full}", full, top)
    if form == "from" and leaf not in module.bound and not alias:
        return Import(f"from {spelling(world, module, parent)} import {leaf}", leaf, leaf)
    local = world.fresh(world.pick(("mod", "m_", "_q")))
    if form in ("from", "from as") and parent:
        return Import(
            f"from {spelling(world, module, parent)} import {leaf} as {local}", local, local
        )
    if form == "importlib":
        return Import(
            f'import importlib; {local} = importlib.import_module("{full}")', local, local
        )
    if form == "dunder":
        return Import(f'{local} = __import__("{full}", fromlist=["x"])', local, local)
    return Import(f"import {full} as {local}", local, local)


def import_several(
    world: World, module: Module, things: Sequence[Thing]
) -> list[tuple[Import, Thing]]:
    """Return one statement that takes several names of a module, once for each of them."""
    source = spelling(world, module, things[0].module)
    locals_ = [
        world.fresh("alias") if thing.name in module.bound or world.chance(0.25) else thing.name
        for thing in things
    ]
    names = [
        thing.name if local == thing.name else f"{thing.name} as {local}"
        for thing, local in zip(things, locals_)
    ]
    text = world.pick(
        (
            f"from {source} import {', '.join(names)}",
            f"from {source} import ({', '.join(names)})",
            f"from {source} import (\n    " + ",\n    ".join(names) + ",\n)",
            f"from {source} import (\n    " + ",  # why\n    ".join(names) + "\n)",
            f"from {source} import {names[0]}, \\\n    {', '.join(names[1:])}",
        )
    )
    return [(Import(text, local, local), thing) for local, thing in zip(locals_, things)]


def rooted(world: World, dotted: str) -> str:
    """Return a dotted name as an absolute import has it: of two roots, one or the other."""
    if dotted in world.two_rooted and world.chance(0.4):
        return f"src.{dotted}"
    return dotted


def spelling(world: World, module: Module, dotted: str) -> str:
    """Return how ``from`` names a module: absolute, or relative where that is possible."""
    near = module.package.partition(".")[0] == dotted.partition(".")[0] and module.package
    if not near or module.is_script or not world.chance(0.5):
        return rooted(world, dotted)
    own, other = module.package.split("."), dotted.split(".")
    same = 0
    while same < min(len(own), len(other)) and own[same] == other[same]:
        same += 1
    return "." * (len(own) - same + 1) + ".".join(other[same:])
