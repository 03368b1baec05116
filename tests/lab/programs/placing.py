"""Where in a module an import stands, and what the module does with it there."""

from __future__ import annotations

from collections.abc import Callable

from .importing import Import, choose_import, import_module, import_several
from .using import label_of, uses, value
from .world import Module, Reader, Thing, World

Placement = Callable[[World, Module, Thing], None]


def write_use(world: World, module: Module, thing: Thing) -> None:
    """Let a module import a thing in one of the places, and use it."""
    chosen = MODULE_PLACEMENTS if thing.kind == "module" else PLACEMENTS
    world.weighted(*chosen)(world, module, thing)


def _indented(lines: list[str], by: int = 4) -> list[str]:
    text = "\n".join(lines).split("\n")
    return [" " * by + line if line else line for line in text]


def bind(world: World, module: Module, made: Import, thing: Thing) -> None:
    """Say what an import at module level makes accessible to others."""
    if made.local == "*":
        for access in made.accesses:
            module.bound[access.expression.partition(".")[0]] = access.thing
            module.expose(*access)
        return
    module.bound[made.local] = thing if made.expression == made.local else None
    module.expose(made.expression, thing)
    if "." in made.expression and thing.name:
        head = made.expression.rpartition(".")[0]
        if head.rpartition(".")[2] == thing.module.rpartition(".")[2] or head == made.local:
            _expose_module(world, module, made, head, thing)


def _expose_module(world: World, module: Module, made: Import, head: str, thing: Thing) -> None:
    if made.statement.rstrip().endswith(thing.module) or f"{thing.module} as" in made.statement:
        module.expose(head, Thing(thing.module, "", "module"))


def _plain(world: World, module: Module, thing: Thing) -> None:
    made = choose_import(world, module, thing)
    module.add(made.statement)
    bind(world, module, made, thing)
    _use_or_not(world, module, thing, made.expression)


def _use_or_not(world: World, module: Module, thing: Thing, expression: str) -> None:
    """Use what was imported when the module runs, in a function that looks it up later, or not at all."""
    if thing.kind == "module":
        return
    how = world.weighted(("now", 4), ("later", 4), ("never", 1.5))
    if how == "now":
        module.add(*uses(world, thing, expression))
    elif how == "later":
        write_reader(world, module, thing, expression)


def write_reader(world: World, module: Module, thing: Thing, expression: str) -> None:
    """Write a function that looks the thing up when called."""
    function = world.fresh("ask_")
    module.add(f"def {function}():", f"    return {value(world, thing, expression)}", "")
    world.readers.append(Reader(module, function, expression, thing))


def _in_function(world: World, module: Module, thing: Thing) -> None:
    made = choose_import(world, module, thing, at_module=False)
    function = world.fresh("ask_")
    module.add(f"def {function}():", *_indented([made.statement]))
    if world.chance(0.3):
        module.add(*_indented(uses(world, thing, made.expression)))
    module.add(f"    return {value(world, thing, made.expression)}", "")
    world.readers.append(Reader(module, function, "", thing))


def _in_nested_function(world: World, module: Module, thing: Thing) -> None:
    """``nonlocal``: an inner function imports for the outer one."""
    made = choose_import(world, module, thing, at_module=False)
    function = world.fresh("ask_")
    module.add(
        f"def {function}():",
        f"    {made.local} = None",
        "    def inner():",
        f"        nonlocal {made.local}",
        *_indented([made.statement], 8),
        "    inner()",
        f"    return {value(world, thing, made.expression)}",
        "",
    )
    world.readers.append(Reader(module, function, "", thing))


def _global(world: World, module: Module, thing: Thing) -> None:
    made = choose_import(world, module, thing, at_module=False)
    function = world.fresh("bind_")
    module.add(
        f"def {function}():",
        f"    global {made.local}",
        *_indented([made.statement]),
        f"{function}()",
    )
    bind(world, module, made, thing)
    _use_or_not(world, module, thing, made.expression)


def _in_class(world: World, module: Module, thing: Thing) -> None:
    made = choose_import(world, module, thing, at_module=False)
    holder, first = world.fresh("Holder"), made.local
    module.add(f"class {holder}:", *_indented([made.statement]))
    if world.chance(0.5):
        module.add(
            f"    at_once = {value(world, thing, made.expression)}"
            if "lambda" not in made.statement
            else ""
        )
    is_method = thing.kind in ("function", "decorator", "register") and "." not in made.expression
    reach = f"{holder}.{made.expression}"
    module.add("    def ask(self):", f"        return {value(world, thing, reach)}")
    module.add(f'print("{world.fresh(label_of(thing))}", {holder}().ask())')
    if not is_method:
        module.expose(f"{holder}.{first}" if made.expression == first else reach, thing)
    module.bound[holder] = None


def _guarded(world: World, module: Module, thing: Thing) -> None:
    """``try`` with a fallback, or a condition on version, platform or environment."""
    made = choose_import(world, module, thing, at_module=False)
    local = made.local
    before, after = world.pick(
        (
            (["try:"], ["except ImportError:", f"    {local} = None"]),
            (["try:"], ["except ImportError:", "    raise"]),
            (["import sys", "if sys.version_info >= (3, 8):"], ["else:", f"    {local} = None"]),
            (["import sys", 'if sys.platform != "nowhere":'], []),
            (["import os", 'if os.environ.get("NOPE"):', f"    {local} = None", "else:"], []),
            (["if True:"], []),
            (["import contextlib", "with contextlib.suppress(ImportError):"], []),
            (["for _ in range(2):"], []),
            (["try:", "    pass", "finally:"], []),
        )
    )
    if made.local in module.bound:
        return
    module.add(*before, *_indented([made.statement]), *after)
    bind(world, module, made, thing)
    _use_or_not(world, module, thing, made.expression)


def _two_homes(world: World, module: Module, thing: Thing) -> None:
    """``try`` one way, else another: both are ways to the same thing."""
    first = choose_import(world, module, thing, at_module=False)
    if "." in first.expression or first.local in module.bound or not thing.name:
        return _plain(world, module, thing)
    second = f"from {thing.module} import {thing.name} as {first.local}"
    module.add("try:", *_indented([first.statement]), "except ImportError:", f"    {second}")
    bind(world, module, first, thing)
    _use_or_not(world, module, thing, first.expression)
    return None


def _again(world: World, module: Module, thing: Thing) -> None:
    """Import, use, ``del``, import again."""
    made = choose_import(world, module, thing, at_module=False)
    if made.local in module.bound or thing.kind == "module":
        return _plain(world, module, thing)
    module.add(made.statement, *uses(world, thing, made.expression), f"del {made.local}")
    if world.chance(0.6):
        module.add(made.statement, *uses(world, thing, made.expression))
        bind(world, module, made, thing)
    return None


def _twice(world: World, module: Module, thing: Thing) -> None:
    """Import the same thing in two ways, and compare."""
    one = choose_import(world, module, thing)
    module.add(one.statement)
    bind(world, module, one, thing)
    other = choose_import(world, module, thing)
    module.add(other.statement)
    bind(world, module, other, thing)
    if thing.kind != "module":
        if world.is_compared:
            label = world.fresh("same")
            module.add(f'print("{label}", {one.expression} is {other.expression})')
        module.add(*uses(world, thing, other.expression))


def _typed(world: World, module: Module, thing: Thing) -> None:
    """Import for checkers alone, with annotations that are strings; sometimes at run time too, in a function."""
    made = choose_import(world, module, thing, at_module=False)
    if (
        thing.kind != "class"
        or made.local in module.bound
        or made.statement.startswith("import importlib")
    ):
        return _plain(world, module, thing)
    function = world.fresh("ask_")
    module.add(
        "from typing import TYPE_CHECKING", "if TYPE_CHECKING:", *_indented([made.statement])
    )
    module.add(
        f'def {function}(x: "{made.expression} | None" = None) -> "list[{made.expression}]":'
    )
    inner = choose_import(world, module, thing, at_module=False)
    module.add(
        *_indented([inner.statement]),
        f"    return [x, {value(world, thing, inner.expression)}]",
        "",
    )
    world.readers.append(Reader(module, function, "", thing))
    return None


def _lazily(world: World, module: Module, thing: Thing) -> None:
    """A module's ``__getattr__`` (PEP 562)."""
    made = choose_import(world, module, thing, at_module=False)
    if "__getattr__" in module.bound or not thing.name:
        return _plain(world, module, thing)
    name = world.fresh("lazy_") if thing.name in module.bound or world.chance(0.5) else thing.name
    module.add(
        "def __getattr__(name):",
        f'    if name == "{name}":',
        *_indented([made.statement], 8),
        f"        return {made.expression}",
        "    raise AttributeError(name)",
        "",
    )
    module.bound["__getattr__"] = module.bound[name] = None
    module.expose(name, thing)
    module.lazy.add(name)
    return None


def _derived(world: World, module: Module, thing: Thing) -> None:
    """Define something of the module's own on top of the thing; others take that."""
    made = choose_import(world, module, thing)
    module.add(made.statement)
    bind(world, module, made, thing)
    name = world.fresh("own_")
    if thing.kind == "class":
        name = name.title().replace("_", "")
        module.add(f"class {name}({made.expression}):", "    pass", "")
    elif thing.kind == "function":
        module.add(f"def {name}(x=1):", f"    return {made.expression}(x)", "")
    elif thing.kind in ("constant", "enum", "error"):
        module.add(f"{name} = {made.expression}")
    else:
        return
    module.bound[name] = Thing(module.dotted, name, thing.kind)
    module.expose(name, Thing(module.dotted, name, thing.kind))
    world.owned.append(Thing(module.dotted, name, thing.kind))


def _several(world: World, module: Module, thing: Thing) -> None:
    """One statement for several names of the legacy module."""
    source = world.modules[thing.module]
    others = [
        a.thing
        for a in source.accesses
        if a.expression == a.thing.name and a.thing.module == source.dotted
    ]
    things = [thing, *world.rng.sample(others, min(len(others), world.rng.randint(1, 3)))]
    things = list(dict.fromkeys(things))
    if len(things) < 2:
        return _plain(world, module, thing)
    made = import_several(world, module, things)
    module.add(made[0][0].statement)
    for access, what in made:
        bind(world, module, access, what)
        _use_or_not(world, module, what, access.expression)
    return None


def _clash(world: World, module: Module, thing: Thing) -> None:
    """Have something of the module's own under the name that the thing is called from now on."""
    new = world.renames.get(thing, thing.name)
    if new == thing.name or new in module.bound:
        return _plain(world, module, thing)
    module.bound[new] = None
    own, label = world.fresh("f"), world.fresh(label_of(thing))
    before, after = world.pick(
        (
            ([f'{new} = "mine"'], [f'print("{label}", {new})']),
            (
                [],
                [f"def {own}({new}):", f"    return {new}, EXPR", f'print("{label}", {own}(1)[0])'],
            ),
            ([f'def {new}(): return "mine"'], [f'print("{label}", {new}())']),
            (
                [],
                [
                    f"def {own}():",
                    f"    {new} = 1",
                    "    return EXPR, {new}".replace("{new}", new),
                    f'print("{label}", {own}()[1])',
                ],
            ),
            ([], [f'print("{label}", [({new}, EXPR)[0] for {new} in (1, 2)])']),
        )
    )
    made = choose_import(world, module, thing, at_module=False)
    module.add(*before, made.statement, *(line.replace("EXPR", made.expression) for line in after))
    bind(world, module, made, thing)
    _use_or_not(world, module, thing, made.expression)
    return None


def _doctest(world: World, module: Module, thing: Thing) -> None:
    """Examples in a docstring, which run with the module's names."""
    made = choose_import(world, module, thing, at_module=False)
    function, shown = world.fresh("documented_"), value(world, thing, made.expression)
    imported = world.chance(0.3) and "\n" not in made.statement
    if not imported:
        module.add(made.statement)
        bind(world, module, made, thing)
    inside = [f"    >>> {made.statement}"] if imported else []
    module.add(
        f"def {function}():",
        '    """Do.',
        "",
        *inside,
        f"    >>> bool({shown}) or True",
        "    True",
        '    """',
    )
    module.add(
        "import doctest, sys",
        f'print("{world.fresh(label_of(thing))}", doctest.testmod(sys.modules[__name__]))',
    )


def _by_name(world: World, module: Module, thing: Thing) -> None:
    """Have it by a string."""
    function, constant = world.fresh("ask_"), world.fresh("NAME")
    where, name = thing.module, thing.name
    forms: tuple[str, ...] = (
        f'__import__("importlib").import_module("{where}").{name}',
        f'getattr(__import__("importlib").import_module("{where}"), "{name}")',
        f'__import__("pkgutil").resolve_name("{where}:{name}")',
    )
    if not world.modules[where].is_package:
        forms += (f'__import__("runpy").run_module("{where}")["{name}"]',)
    if thing.kind in ("registry", "register") or world.chance(0.4):
        module.add("import importlib", f'{constant} = "{where}"')
        expression = f"importlib.import_module({constant}).{name}"
    else:
        expression = world.pick(forms)
    module.add(
        f"def {function}():",
        f"    found = {expression}",
        f"    return {value(world, thing, 'found')}",
        "",
    )
    world.readers.append(Reader(module, function, "", thing))


def _through_parent(world: World, module: Module, thing: Thing) -> None:
    """Have a module as an attribute of its package, which somebody else's import has bound there."""
    parent, _, leaf = thing.module.rpartition(".")
    if not parent or not thing.name:
        return _plain(world, module, thing)
    made = import_module(world, module, parent)
    function = world.fresh("ask_")
    first = choose_import(world, module, thing, at_module=False)
    module.add(made.statement)
    module.bound.setdefault(made.local, None)
    module.add(f"def {function}():", *_indented([first.statement]))
    expression = f"{made.expression}.{leaf}.{thing.name}"
    module.add(
        f"    return {value(world, thing, expression)}, {value(world, thing, first.expression)}", ""
    )
    world.readers.append(Reader(module, function, "", thing))
    return None


PLACEMENTS: tuple[tuple[Placement, float], ...] = (
    (_plain, 6),
    (_in_function, 2.5),
    (_in_nested_function, 0.5),
    (_global, 0.6),
    (_in_class, 1),
    (_guarded, 2),
    (_two_homes, 0.5),
    (_again, 0.6),
    (_twice, 1),
    (_typed, 0.8),
    (_lazily, 0.5),
    (_derived, 1),
    (_several, 2),
    (_clash, 1),
    (_doctest, 0.4),
    (_by_name, 0.4),
    (_through_parent, 0.3),
)
MODULE_PLACEMENTS: tuple[tuple[Placement, float], ...] = (
    (_plain, 3),
    (_guarded, 1),
    (_global, 0.5),
)
"""Where a module is imported as a whole, for others to reach names through it."""
