"""What modules do with a thing once they can reach it: values to print, and statements that print them."""

from __future__ import annotations

from .world import Thing, World

VALUES = {
    "function": ("{e}()", "{e}(2)", "list(map({e}, [1]))[0]", "(lambda: {e}())()", 'f"{{{e}()}}"'),
    "class": (
        "{e}().who()",
        "{e}.KIND",
        "{e}.make().who()",
        "[{e}.KIND, isinstance({e}(), {e})]",
        'f"<{{{e}.__module__}}:{{{e}.__name__}}>"',
    ),
    "error": ("{e}.KIND", "issubclass({e}, Exception) and {e}.KIND"),
    "enum": ("{e}.RED.value", '{e}["RED"].value', "[each.value for each in {e}]"),
    "constant": ("{e}", "[{e} for _ in range(1)]", "{e} + '!'", "{{{e}: 1}}"),
    "decorator": ("{e}(lambda: 1).mark", "{e}(lambda: 1)()"),
    "registry": ("sorted({e})", "len({e})"),
    "register": ("{e}(len)('abc')",),
}
STATEMENTS: dict[str, tuple[str, ...]] = {}
"""Statements by kind, where ``LABEL`` stands for what their line begins with and ``{n}`` for a name of their own."""


def label_of(thing: Thing, plain: str = "at") -> str:
    """Return what the line begins with that tells of a thing: what is kept in a module is told apart."""
    return "registry" if thing.kind == "registry" else plain


def value(world: World, thing: Thing, expression: str) -> str:
    """Return an expression that can be printed, by which the thing is used."""
    if world.chance(0.06) and "." in expression:
        head, _, last = expression.rpartition(".")
        expression = f"getattr({head}, '{last}')"
    return world.pick(VALUES[thing.kind]).format(e=expression)


def uses(world: World, thing: Thing, expression: str) -> list[str]:
    """Return statements that use a thing and print."""
    label = world.fresh(label_of(thing))
    simple = [f'print("{label}", {value(world, thing, expression)})']
    if world.chance(0.35):
        return simple
    special = {
        "function": _of_function,
        "class": _of_class,
        "error": _of_error,
        "constant": _of_constant,
        "decorator": _of_decorator,
        "register": _of_register,
        "enum": _of_enum,
    }.get(thing.kind)
    if STATEMENTS.get(thing.kind):
        return _of_statements(world, thing, expression, label)
    return special(world, expression, label) if special else simple


def _of_statements(world: World, thing: Thing, e: str, label: str) -> list[str]:
    text = world.pick(STATEMENTS[thing.kind]).replace("LABEL", label)
    return text.format(e=e, n=world.fresh("own")).split("\n")


def _shadowed(expression: str) -> str:
    """Return a name of the same spelling that may be somebody else's: a parameter, a keyword, an attribute."""
    return expression.rpartition(".")[2]


def _of_function(world: World, e: str, label: str) -> list[str]:
    name, f = _shadowed(e), world.fresh("f")
    return world.pick(
        (
            [f"def {f}(g={e}):", "    return g()", f'print("{label}", {f}())'],
            [f"def {f}({name}):", f"    return {name}", f'print("{label}", {f}(1), {e}())'],
            [
                f"class {f.upper()}:",
                f"    go = staticmethod({e})",
                f'print("{label}", {f.upper()}.go())',
            ],
            [
                f"class {f.upper()}:",
                f"    def __init__(self, {name}=None):",
                f"        self.{name} = {name} or {e}",
                f'print("{label}", {f.upper()}().{name}(), {f.upper()}({name}=len).{name}("ab"))',
            ],
            [f'print("{label}", dict({name}={e})["{name}"]())'],
            [f"if ({f} := {e}) and callable({e}):", f'    print("{label}", {f}())'],
            [
                f"def {f}():",
                f"    {name} = 3",
                f"    return {name}",
                f'print("{label}", {f}(), {e}())',
            ],
            [f'print("{label}", [{name} for {name} in (1, 2)], {e}())'],
            [f"{f} = {{'{name}': {e}}}", f'print("{label}", {f}["{name}"]())'],
            [f"try:\n    print('{label}', {e}())\nfinally:\n    pass"],
            ["import functools", f'print("{label}", functools.partial({e}, 3)())'],
            [
                f"def {f}():",
                f"    yield from ({e}() for _ in range(2))",
                f'print("{label}", list({f}()))',
            ],
        )
    )


def _of_class(world: World, e: str, label: str) -> list[str]:
    name, k, f = _shadowed(e), world.fresh("Sub"), world.fresh("f")
    return world.pick(
        (
            [
                f"class {k}({e}):",
                "    def who(self):",
                "        return 'sub ' + super().who()",
                f'print("{label}", {k}().who(), issubclass({k}, {e}))',
            ],
            [f"def {f}(x: {e}) -> {e}:", "    return x", f'print("{label}", {f}({e}()).who())'],
            [
                "import typing",
                f'def {f}(x: "{e}") -> "list[{e}]": return [x]',
                f'print("{label}", typing.get_type_hints({f})["x"].KIND)',
            ],
            [
                "import dataclasses",
                "@dataclasses.dataclass",
                f"class {k}:",
                f"    part: {e} = dataclasses.field(default_factory={e})",
                f'print("{label}", {k}().part.who())',
            ],
            [
                f"match {e}():",
                f"    case {e}():",
                f'        print("{label}", {e}.KIND)',
                "    case _:",
                f'        print("{label}", "nothing")',
            ],
            [
                f"class {k}:",
                f"    {name} = {e}",
                f"    def make(self, {name}=None):",
                f"        return self.{name}()",
                f'print("{label}", {k}().make().who())',
            ],
            [
                "import typing",
                f'{f} = typing.TypeVar("{f}", bound="{e}")',
                f'print("{label}", typing.cast("{e}", {e}()).who())',
            ],
            [
                f"def {f}(kind=None):",
                f"    kind = kind or {e}",
                "    return kind().who()",
                f'print("{label}", {f}())',
            ],
        )
    )


def _of_error(world: World, e: str, label: str) -> list[str]:
    return world.pick(
        (
            [
                "try:",
                f"    raise {e}('x')",
                f"except {e} as error:",
                f'    print("{label}", error.KIND)',
            ],
            [
                "try:",
                f"    raise {e}",
                f"except (KeyError, {e}):",
                f'    print("{label}", {e}.KIND)',
            ],
            [
                "import contextlib",
                f"with contextlib.suppress({e}):",
                f"    raise {e}()",
                f'print("{label}")',
            ],
        )
    )


def _of_constant(world: World, e: str, label: str) -> list[str]:
    name, f = _shadowed(e), world.fresh("f")
    return world.pick(
        (
            [
                f"def {f}({name}={e}, *, x={e}):",
                f"    return {name}, x",
                f'print("{label}", {f}(), {f}(1, x=2))',
            ],
            [f"{f} = {e}", f'print("{label}", {f})'],
            [f'print("{label}", f"{{{e}}} {{{e}!r:>3}}")'],
            [f"class {f.upper()}:", f"    {name} = {e}", f'print("{label}", {f.upper()}.{name})'],
            [f"def {f}():", f"    return {e} if {e} else None", f'print("{label}", {f}())'],
        )
    )


def _of_decorator(world: World, e: str, label: str) -> list[str]:
    f = world.fresh("f")
    return world.pick(
        (
            [f"@{e}", f"def {f}(): ...", f'print("{label}", {f}.mark)'],
            [
                f"@{e}",
                f"class {f.upper()}:",
                f"    @{e}",
                "    def m(self): ...",
                f'print("{label}", {f.upper()}.m.mark)',
            ],
        )
    )


def _of_register(world: World, e: str, label: str) -> list[str]:
    f = world.fresh("plugin")
    return [f"@{e}", f"def {f}(): return 1", f'print("{label}", {f}())']


def _of_enum(world: World, e: str, label: str) -> list[str]:
    f = world.fresh("f")
    return world.pick(
        (
            [
                f"def {f}(x={e}.RED):",
                f"    return x is {e}.RED",
                f'print("{label}", {f}(), {e}("" + {e}.RED.value).value)',
            ],
            [f"match {e}.RED:", f"    case {e}.RED:", f'        print("{label}", {e}.RED.value)'],
        )
    )
