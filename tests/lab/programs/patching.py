"""Tests that replace what modules look up: by strings and by objects, in mock's ways, pytest's, and by hand."""

from __future__ import annotations

from typing import NamedTuple

from .importing import import_module
from .world import Module, Reader, World

_FAKES = {
    "function": "lambda *_: 'fake'",
    "constant": "'fake'",
    "class": "type('Fake', (), {'KIND': 'fake', 'who': lambda self: 'fake', 'make': classmethod(lambda c: c())})",
}


class Target(NamedTuple):
    """What a test replaces: a name of what is called ``owner`` (dotted; the first part is ``module``)."""

    module: str
    owner: str
    name: str


def patchable(world: World) -> list[Reader]:
    """Return the readers whose thing can be replaced by a fake."""
    return [reader for reader in world.readers if reader.thing.kind in _FAKES]


def write_patch(world: World, test: Module, reader: Reader) -> None:
    """Write one test: replace what a reader looks up, ask it, and ask it again afterwards."""
    target = world.pick(_targets(reader))
    call = f"{reader.function}()"
    if reader.module is not test:
        call = f"{_imported(world, test, reader.module.dotted)}.{call}"
    fake, label = _FAKES[reader.thing.kind], world.fresh("patched")
    style = world.weighted(
        (_by_string, 5),
        (_by_object, 3),
        (_by_store, 1.5),
        (_by_decorator, 1),
        (_multiple, 1),
        (_in_sys_modules, 1.2),
    )
    test.add(*style(world, test, reader, target, fake, f'print("{label}", {call})'))
    test.add(f'print("{label} after", {call})')


def _targets(reader: Reader) -> list[Target]:
    thing = reader.thing
    targets = [Target(thing.module, thing.module, thing.name)]
    if reader.expression:
        owner, _, name = f"{reader.module.runtime_name}.{reader.expression}".rpartition(".")
        targets += [Target(reader.module.runtime_name, owner, name)] * 2
    return targets


def _spelled(world: World, test: Module, target: Target) -> str:
    """Return an expression for the string that names a target."""
    whole = f"{target.owner}.{target.name}"
    how = world.pick(
        ("plain",) * 5 + ("joined", "f-string", "plus", "percent", "format", "named", "dunder")
    )
    if how == "plain":
        return f'"{whole}"'
    if how == "joined":
        return f'"{target.owner}" ".{target.name}"'
    constant = world.fresh("WHERE")
    if how == "named":
        test.add(f'{constant} = "{whole}"')
        return constant
    if how == "dunder":
        if target.module == "__main__":
            return f'__name__ + ".{whole.partition(".")[2]}"'
        rest = f"{target.owner}.{target.name}".removeprefix(target.module)
        return f'f"{{{_imported(world, test, target.module)}.__name__}}{rest}"'
    test.add(f'{constant} = "{target.owner}"')
    return {
        "f-string": f'f"{{{constant}}}.{target.name}"',
        "plus": f'{constant} + ".{target.name}"',
        "percent": f'"%s.{target.name}" % {constant}',
        "format": f'"{{}}.{target.name}".format({constant})',
    }[how]


def _owner(world: World, test: Module, target: Target) -> str:
    if target.module == "__main__":
        test.add("import sys")
        return "sys.modules[__name__]" + target.owner.removeprefix(target.module)
    return _imported(world, test, target.module) + target.owner.removeprefix(target.module)


def _imported(world: World, test: Module, dotted: str) -> str:
    """Import a module into the test, and return the expression for it."""
    made = import_module(world, test, dotted)
    test.add(made.statement)
    test.bound.setdefault(made.local, None)
    return made.expression


def _by_string(
    world: World, test: Module, reader: Reader, target: Target, fake: str, ask: str
) -> list[str]:
    where = _spelled(world, test, target)
    if world.chance(0.25):
        return [
            "import pytest",
            "with pytest.MonkeyPatch.context() as monkeypatch:",
            f"    monkeypatch.setattr({where}, {fake})",
            f"    {ask}",
        ]
    if world.chance(0.2):
        return [
            "from unittest import mock",
            f"patcher = mock.patch({where}, {fake})",
            "patcher.start()",
            ask,
            "patcher.stop()",
        ]
    given = world.pick((fake, f"new={fake}"))
    if reader.thing.kind == "function" and world.chance(0.4):
        given = 'return_value="fake"'
    mock = world.pick(
        (("from unittest import mock", "mock.patch"), ("from unittest.mock import patch", "patch"))
    )
    return [mock[0], f"with {mock[1]}({where}, {given}):", f"    {ask}"]


def _by_object(
    world: World, test: Module, reader: Reader, target: Target, fake: str, ask: str
) -> list[str]:
    owner = _owner(world, test, target)
    if world.chance(0.3):
        return [
            "import pytest",
            "with pytest.MonkeyPatch.context() as monkeypatch:",
            f'    monkeypatch.setattr({owner}, "{target.name}", {fake})',
            f"    {ask}",
        ]
    return [
        "from unittest import mock",
        f'with mock.patch.object({owner}, "{target.name}", {fake}):',
        f"    {ask}",
    ]


def _by_store(
    world: World, test: Module, reader: Reader, target: Target, fake: str, ask: str
) -> list[str]:
    owner, kept = _owner(world, test, target), world.fresh("kept")
    store, back = world.pick(
        (
            (f"{owner}.{target.name} = {fake}", f"{owner}.{target.name} = {kept}"),
            (
                f'setattr({owner}, "{target.name}", {fake})',
                f'setattr({owner}, "{target.name}", {kept})',
            ),
            (
                f'vars({owner})["{target.name}"] = {fake}',
                f'vars({owner})["{target.name}"] = {kept}',
            ),
        )
    )
    return [f"{kept} = {owner}.{target.name}", store, ask, back]


def _by_decorator(
    world: World, test: Module, reader: Reader, target: Target, fake: str, ask: str
) -> list[str]:
    where, function = _spelled(world, test, target), world.fresh("test_")
    return [
        "from unittest import mock",
        f"@mock.patch({where}, {fake})",
        f"def {function}():",
        f"    {ask}",
        f"{function}()",
    ]


def _multiple(
    world: World, test: Module, reader: Reader, target: Target, fake: str, ask: str
) -> list[str]:
    owner = f'"{target.owner}"' if world.chance(0.6) else _owner(world, test, target)
    return [
        "from unittest import mock",
        f"with mock.patch.multiple({owner}, {target.name}={fake}):",
        f"    {ask}",
    ]


def _in_sys_modules(
    world: World, test: Module, reader: Reader, target: Target, fake: str, ask: str
) -> list[str]:
    """Put another module in the place of the thing's own."""
    module, stand_in = reader.thing.module, world.fresh("stand_in")
    lines = [
        "import sys, types",
        "from unittest import mock",
        f'{stand_in} = types.ModuleType("stand_in")',
    ]
    lines += [f"{stand_in}.{reader.thing.name} = {fake}"]
    how = world.pick(("dict string", "dict object", "pytest", "attribute"))
    if how == "attribute":
        kept = world.fresh("kept")
        name = f'sys.modules["{module}"].{reader.thing.name}'
        return [
            lines[0],
            f"import {module}",
            f"{kept} = {name}",
            f"{name} = {fake}",
            ask,
            f"{name} = {kept}",
        ]
    if how == "pytest":
        return [
            *lines,
            "import pytest",
            "with pytest.MonkeyPatch.context() as monkeypatch:",
            f'    monkeypatch.setitem(sys.modules, "{module}", {stand_in})',
            f"    {ask}",
        ]
    modules = '"sys.modules"' if how == "dict string" else "sys.modules"
    return [*lines, f'with mock.patch.dict({modules}, {{"{module}": {stand_in}}}):', f"    {ask}"]
