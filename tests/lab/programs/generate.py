"""Make a program from a seed: a project of 3 to 12 files, and a migration for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from .definitions import Entry, Family, choose_entries, write_family
from .importing import choose_import, import_module
from .model import Program
from .patching import patchable, write_patch
from .placing import bind, write_use
from .sharing import add_groups, write_pair
from .using import label_of, uses, value
from .world import Module, Thing, World

PLAIN = ("function", "class", "constant", "enum", "error")


@dataclass
class Plan:
    """What kind of program it is to be."""

    world: World
    top: str
    root: str = ""
    families: list[Family] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=lambda: ["use.py"])
    is_namespace: bool = False
    purpose: str = "redirect"
    excluded: list[str] = field(default_factory=list)
    partial: set[str] = field(default_factory=set)
    is_sharing: bool = False


MOST_FILES = 12


def generate(seed: int) -> Program:
    """Return the program of a seed. Whether it runs is for the oracle to say."""
    attempts = (_generated(seed, World(f"{seed}.{attempt}")) for attempt in count())
    return next(program for program in attempts if 3 <= len(program.files) <= MOST_FILES)


def generate_sharing(seed: int) -> Program:
    """Return a program whose modules share state, classes and errors through the legacy module."""
    worlds = (World(f"sharing.{seed}.{attempt}") for attempt in count())
    attempts = (_generated(seed, world, is_sharing=True) for world in worlds)
    return next(program for program in attempts if 3 <= len(program.files) <= MOST_FILES)


def _generated(seed: int, world: World, is_sharing: bool = False) -> Program:
    plan = Plan(world, world.pick(("", "app", "app", "app", "app.core")), is_sharing=is_sharing)
    if plan.top and world.chance(0.25):
        plan.root = "src/"
    plan.is_namespace = world.chance(0.08)
    if not is_sharing:
        plan.purpose = world.weighted(("redirect", 8), ("repair", 1), ("align", 0.7))
    _families(plan)
    _two_roots(plan)
    _package_facades(plan)
    _middle_modules(plan)
    _late_facade(plan)
    if plan.purpose == "redirect":
        _cycle(plan)
        _reversed(plan)
    _entry(plan)
    _main_module(plan)
    _stub(plan)
    if plan.purpose == "repair":
        return _to_be_repaired(plan, seed)
    migration = _alignment(plan) if plan.purpose == "align" else _migration(plan)
    return _program(plan, migration, seed)


def _program(plan: Plan, migration: str, seed: int) -> Program:
    moved: dict[str, str] = {}
    for family in reversed(plan.families):
        moved |= family.moved()
    modules = plan.world.modules
    whole = [
        family for family in plan.families if family.has_to and family.legacy not in plan.partial
    ]
    legacy = [modules[family.legacy].path for family in whole]
    if plan.excluded or plan.purpose != "redirect":
        legacy = []
    return Program(
        files=plan.world.files(),
        migration=migration,
        runs=tuple(plan.runs),
        path=("src", ".") if plan.root else (".",),
        moved=moved if plan.purpose == "redirect" else {},
        legacy=tuple(legacy),
        seed=seed,
        alike=_copies(plan) if plan.is_sharing else (),
    )


def _copies(plan: Plan) -> tuple[str, ...]:
    names = [name for family in plan.families for name in (family.legacy, family.canonical)]
    return tuple(plan.world.modules[name].path for name in names)


# -- modules


def _module(plan: Plan, dotted: str, is_package: bool = False) -> Module:
    """Return a new module, with the packages above it."""
    parent = dotted.rpartition(".")[0]
    if parent and parent not in plan.world.modules and not plan.is_namespace:
        _module(plan, parent, is_package=True)
    return plan.world.module(dotted, plan.root, is_package)


def _under(plan: Plan, name: str) -> str:
    return f"{plan.top}.{name}" if plan.top else name


def _families(plan: Plan) -> None:
    world = plan.world
    is_apart = plan.top and world.chance(0.4)
    legacy = _under(plan, "legacy.old" if is_apart else "old")
    canonical = _under(plan, "modern.new" if is_apart and world.chance(0.6) else "new")
    third = _under(plan, "third") if world.chance(0.4) else ""
    _family(plan, legacy, canonical, third, world.rng.randint(2, 6))
    if world.chance(0.25):
        _family(plan, _under(plan, "past"), _under(plan, "present"), third, world.rng.randint(1, 3))


def _family(plan: Plan, legacy: str, canonical: str, third: str, count: int) -> None:
    world = plan.world
    family = Family(legacy, canonical, third)
    if third and third not in world.modules:
        _module(plan, third).is_fixed = True
    in_package, to_package = world.chance(0.2), world.chance(0.15)
    for dotted, is_package in ((legacy, in_package), (canonical, to_package)):
        _module(plan, dotted, is_package).is_fixed = True
    choose_entries(world, family, count)
    if plan.purpose == "align":
        family.entries = [entry for entry in family.entries if entry.kind != "registry"]
    _base(plan, family)
    if plan.is_sharing:
        write_family(world, family, partial(add_groups, world, family))
    else:
        write_family(world, family)
    family.has_to = world.chance(0.85)
    plan.families.append(family)
    if in_package and world.chance(0.7):
        _submodule(plan, family)


def _base(plan: Plan, family: Family) -> None:
    """Let the legacy module take some names from elsewhere, as the canonical one may, too."""
    world = plan.world
    if not world.chance(0.3):
        return
    base = family.base = _under(plan, "base")
    if base not in world.modules:
        module = _module(plan, base)
        module.is_fixed = True
        module.add("def shared(x=1):", f'    return "<{base}:shared>"', "")
        module.add("class Common:", f'    KIND = "<{base}:Common>"')
        module.add(
            "    def who(self): return self.KIND",
            "    @classmethod",
            "    def make(cls): return cls()",
            "",
        )
        module.add("SEEN = []")
    for name, kind in (("shared", "function"), ("Common", "class")):
        if world.chance(0.6):
            world.modules[family.legacy].add(f"from {base} import {name}")
            if world.chance(0.5):
                world.modules[family.canonical].add(f"from {base} import {name}")
            family.entries.append(Entry(name, kind, base, name))
    if world.chance(0.4):
        for dotted in (family.legacy, family.canonical):
            world.modules[dotted].add(f"from {base} import SEEN as _seen", '_seen.append("loaded")')


def _submodule(plan: Plan, family: Family) -> None:
    """Let a legacy package have a module inside, with a redirect of its own."""
    world = plan.world
    to_package = world.modules[family.canonical].is_package
    canonical = f"{family.canonical}.part" if to_package else _under(plan, "part")
    if any(other.canonical == canonical for other in plan.families):
        canonical += "_two"  # each of two legacy packages may have one
    inner = Family(f"{family.legacy}.part", canonical, "")
    for dotted in (inner.legacy, inner.canonical):
        _module(plan, dotted).is_fixed = True
    choose_entries(world, inner, world.rng.randint(1, 3))
    write_family(world, inner)
    plan.families.append(inner)
    plan.partial.add(family.legacy)
    if world.chance(0.5):
        for dotted in (family.legacy, family.canonical) if to_package else (family.legacy,):
            world.modules[dotted].add("from . import part")
        if to_package:
            thing = Thing(inner.legacy, "", "module")
            world.modules[family.legacy].expose("part", thing)


def _two_roots(plan: Plan) -> None:
    """Let imports say ``src.app`` as well as ``app``: both roots are on ``sys.path``, as in many a project."""
    world = plan.world
    if plan.is_sharing:
        return  # a module that two roots load is two, and each keeps its own
    if plan.root and (plan.purpose == "align" or world.chance(0.25)):
        world.two_rooted = {family.legacy for family in plan.families}
        world.is_compared = plan.purpose != "align"


def _reversed(plan: Plan) -> None:
    """Let the canonical module re-export what only the legacy one defines."""
    world, family = plan.world, plan.families[0]
    if not family.has_to or not world.chance(0.06):
        return
    name = world.fresh("late")
    world.modules[family.legacy].add(
        f"def {name}(x=1):", f'    return "<{family.legacy}:{name}>"', ""
    )
    world.modules[family.canonical].add(f"from {family.legacy} import {name}")
    family.entries.append(Entry(name, "function", family.canonical, name))
    world.modules[family.legacy].expose(name, Thing(family.legacy, name, "function"))


def _things(plan: Plan) -> list[Thing]:
    return [thing for family in plan.families for thing in family.things()]


def _thing(plan: Plan) -> Thing:
    world = plan.world
    if world.owned and world.chance(0.15):
        return world.pick(world.owned)
    if world.chance(0.12):
        return Thing(world.pick(plan.families).legacy, "", "module")
    if world.chance(0.08) and plan.purpose == "redirect":
        return _canonical_thing(plan)
    return world.pick(_things(plan))


def _canonical_thing(plan: Plan) -> Thing:
    """Return something of a canonical module: some files are migrated already."""
    entries = [
        e for family in plan.families for e in family.entries if e.module and e.kind in PLAIN
    ]
    if not entries:
        return plan.world.pick(_things(plan))
    entry = plan.world.pick(entries)
    thing = Thing(entry.module, entry.new, entry.kind)
    home = plan.world.modules[entry.module]
    if thing not in [access.thing for access in home.accesses]:
        home.expose(thing.name, thing)
    return thing


def _package_facades(plan: Plan) -> None:
    """Let packages re-export what the legacy modules have."""
    world = plan.world
    for module in [m for m in world.modules.values() if m.is_package and not m.is_fixed]:
        if not world.chance(0.45):
            continue
        for _ in range(world.rng.randint(1, 3)):
            thing = world.pick(_things(plan))
            inside = [f.legacy for f in plan.families]
            if any(
                thing.module == dotted and dotted.startswith(f"{module.dotted}.")
                for dotted in inside
            ):
                _reexport(plan, module, thing)
        _publish(plan, module)


def _reexport(plan: Plan, module: Module, thing: Thing) -> None:
    made = choose_import(plan.world, module, thing)
    module.add(made.statement)
    bind(plan.world, module, made, thing)


def _publish(plan: Plan, module: Module) -> None:
    """Say in ``__all__`` what is public: names, modules too."""
    world = plan.world
    names = [
        name
        for name in module.bound
        if name.isidentifier() and name != "__getattr__" and name not in module.lazy
    ]
    if not names or not world.chance(0.35):
        return
    chosen = [name for name in names if world.chance(0.8)] or names[:1]
    module.public = chosen
    form = world.pick(("list", "tuple", "augmented", "appended", "sum"))
    text = {
        "list": [f"__all__ = {chosen!r}"],
        "tuple": [f"__all__ = {tuple(chosen)!r}"],
        "augmented": [f"__all__ = {chosen[:1]!r}", f"__all__ += {chosen[1:]!r}"],
        "appended": ["__all__ = []", *(f"__all__.append({name!r})" for name in chosen)],
        "sum": [f"__all__ = {chosen[:1]!r} + {chosen[1:]!r}"],
    }[form]
    module.add(*text)


def _middle_modules(plan: Plan) -> None:
    world = plan.world
    for _ in range(world.rng.randint(1, 4)):
        place = world.pick(("", plan.top, plan.top, f"{plan.top}.sub" if plan.top else "pkg"))
        name = world.fresh("mid")
        module = _module(plan, f"{place}.{name}" if place else name)
        for _ in range(world.rng.randint(1, 4)):
            write_use(world, module, _thing(plan))
        if plan.is_sharing:
            write_pair(world, module, _things(plan))
        _publish(plan, module)
        if world.chance(0.03):
            plan.excluded.append(module.path)


def _late_facade(plan: Plan) -> None:
    """A package made of what is there: its ``__init__`` takes names from its own modules and others."""
    world = plan.world
    if not world.chance(0.3):
        return
    package = _module(plan, _under(plan, world.fresh("pub")), is_package=True)
    for _ in range(world.rng.randint(1, 3)):
        _reexport(plan, package, _thing(plan))
    _publish(plan, package)


def _cycle(plan: Plan) -> None:
    """Let the canonical module import one that imports the legacy module."""
    world = plan.world
    if not world.owned or not world.chance(0.3):
        return
    thing = world.pick(world.owned)
    canonical = world.modules[plan.families[0].canonical]
    line = f"from {thing.module} import {thing.name}"
    if world.chance(0.5):
        is_future = len(canonical.lines) > 1 and "__future__" in canonical.lines[1]
        canonical.lines.insert(2 if is_future else 0, line)
    else:
        canonical.add(line)


# -- entries


def _entry(plan: Plan) -> None:
    world = plan.world
    entry = world.module("use")
    entry.is_script = True
    for _ in range(world.rng.randint(1, 3)):
        write_use(world, entry, _thing(plan))
    if plan.is_sharing:
        write_pair(world, entry, _things(plan))
    _ask_all(world, entry)
    _tests(plan, entry)
    _ask_registries(plan, entry)
    if world.chance(0.25):
        _under_main(plan, entry)


def _tests(plan: Plan, entry: Module) -> None:
    """Replace what readers look up, in the script itself or in one of the tests' own."""
    world = plan.world
    readers = patchable(world)
    if not readers or world.chance(0.35):
        return
    test = entry
    if world.chance(0.4):
        test = world.module("tests.test_it")
        test.is_script = True
        plan.runs.append(test.path)
        readers = [reader for reader in readers if reader.module is not entry]
    for _ in range(world.rng.randint(1, 3)):
        if readers:
            write_patch(world, test, world.pick(readers))


def _ask_all(world: World, entry: Module) -> None:
    for reader in list(world.readers):
        label = world.fresh(label_of(reader.thing))
        if reader.module is entry:
            entry.add(f'print("{label}", {reader.function}())')
            continue
        made = import_module(world, entry, reader.module.dotted)
        entry.add(made.statement)
        entry.bound.setdefault(made.local, None)
        entry.add(f'print("{label}", {made.expression}.{reader.function}())')


def _ask_registries(plan: Plan, entry: Module) -> None:
    world = plan.world
    for thing in _things(plan):
        if thing.kind == "registry":
            made = choose_import(world, entry, thing)
            entry.add(made.statement, f'print("registry", sorted({made.expression}))')
            bind(world, entry, made, thing)


def _under_main(plan: Plan, entry: Module) -> None:
    world, thing = plan.world, plan.world.pick(_things(plan))
    made = choose_import(world, entry, thing, at_module=False)
    lines = "\n".join([made.statement, *uses(world, thing, made.expression)]).split("\n")
    entry.add('if __name__ == "__main__":', *(f"    {line}" for line in lines))


def _main_module(plan: Plan) -> None:
    """``python -m app``, and a client outside of what is migrated."""
    world = plan.world
    if plan.top and world.chance(0.15) and not plan.is_namespace:
        package = plan.top.partition(".")[0]
        module = _module(plan, f"{package}.__main__")
        module.is_script = world.chance(0.5)
        write_use(world, module, _thing(plan))
        plan.runs.append(package)


def _client(plan: Plan) -> None:
    world = plan.world
    client = Module("client.old_user", is_script=True)
    for _ in range(2):
        thing = world.pick(_things(plan))
        made = choose_import(world, client, thing)
        label = label_of(thing, "client")
        client.add(made.statement, f'print("{label}", {value(world, thing, made.expression)})')
        bind(world, client, made, thing)
    world.extra["client/old_user.py"] = client.text
    plan.clients.append("client/old_user.py")
    plan.runs.append("client/old_user.py")


def _stub(plan: Plan) -> None:
    """A stub beside one of the modules."""
    world = plan.world
    middle = [m for m in world.modules.values() if "mid" in m.dotted]
    if middle and world.chance(0.08):
        module = world.pick([*middle, world.modules[plan.families[0].legacy]])
        simple = [
            line
            for line in module.lines
            if line.startswith("from ") and "(" not in line and "*" not in line
        ]
        names = [line.split(" import ")[1] for line in simple]
        kept = [
            f"{line} as {name}" if " as " not in name else line for line, name in zip(simple, names)
        ]
        world.extra[module.path + "i"] = "".join(f"{line}\n" for line in kept)


# -- the migration


def _migration(plan: Plan) -> str:
    world = plan.world
    head = ["[migration]", 'name = "m"']
    if plan.root and (world.two_rooted or world.chance(0.4)):
        head.append('roots = [".", "src"]')
    after = world.weighted(("nothing", 5), ("deprecate", 1), ("shim", 2), ("remove", 2))
    if after != "nothing" and world.chance(0.4) and not plan.is_sharing:
        _client(plan)
        plan.excluded.append("client/**")
    if plan.excluded:
        head.append(f"exclude = [{', '.join(chr(34) + path + chr(34) for path in plan.excluded)}]")
    parts = ["\n".join(head) + "\n", *(family.toml() for family in plan.families)]
    for family in plan.families:
        if after == "deprecate":
            parts.append(f'[[deprecate]]\nmodule = "{family.legacy}"\nuse = "{family.canonical}"\n')
        if after == "shim":
            parts.append(f'[[deprecate]]\nmodule = "{family.legacy}"\nshim = true\n')
        if after == "remove":
            parts.append(f'[[remove]]\nmodule = "{family.legacy}"\n')
    return "\n".join(parts)


def _alignment(plan: Plan) -> str:
    """Align the spellings of the modules that have been legacy so far, or send outsiders to a package."""
    world = plan.world
    head = ["[migration]", 'name = "m"', *(['roots = [".", "src"]'] if plan.root else [])]
    prefix = world.pick(("", "src.")) if world.two_rooted else ""
    parts = ["\n".join(head) + "\n"]
    for family in plan.families:
        parts.append(f'[[align]]\nmodules = ["{prefix}{family.legacy}"]\n')
        parent = family.legacy.rpartition(".")[0]
        if parent and parent in world.modules and (not world.two_rooted or world.chance(0.3)):
            parts.append(f'surface = "{prefix}{parent}"\n')
    return "".join(parts)


_FROM = re.compile(r"(?m)^from (?P<module>[\w.]+) import (?P<name>\w+)(?: as \w+)?$")


def _to_be_repaired(plan: Plan, seed: int) -> Program:
    """Spoil an import: it names a module that does not define the name, or a sibling as if it were at the top."""
    world = plan.world
    for family in plan.families:
        for gone in {family.canonical, family.third} & world.modules.keys():
            if not any(inner.startswith(f"{gone}.") for inner in world.modules):
                del world.modules[gone]
    sound = world.files()
    modules = {family.legacy for family in plan.families}
    matches = [
        (path, match)
        for path, text in sound.items()
        for match in _FROM.finditer(text)
        if match["module"] in modules and path.endswith(".py")
    ]
    other = _under(plan, "other")
    world.module(other, plan.root).add("WHATEVER = 1")
    sound = world.files()
    if not matches:
        return Program({}, "", ("use.py",), seed=seed)
    path, match = world.pick(matches)
    start, end = match.span("module")
    parent, _, leaf = match["module"].rpartition(".")
    is_beside = parent and path.rpartition("/")[0] == plan.root + parent.replace(".", "/")
    is_bare = is_beside and world.chance(0.5)
    wrong = leaf if is_bare and not plan.is_namespace else other  # in no package, bare may be right
    files = {**sound, path: sound[path][:start] + wrong + sound[path][end:]}
    module = (
        path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    )
    # a folder called legacy is an archive: never a source without being named
    is_source = ".legacy." not in match["module"]
    prefer = f'prefer = ["{match["module"]}"]\n' if world.chance(0.6) or not is_source else ""
    migration = f'[migration]\nname = "m"\n\n[[repair]]\nmodule = "{module}"\n{prefer}'
    program = _program(plan, migration, seed)
    return replace(program, files=files, sound=sound)
