"""Programs whose canonical module is a copy that has changed: a field, a base, a parameter, what a function gives.

Each is a ``Twist``: a definition before and after, and what programs do with it: some of that works with both. Names
are reached directly, through another module, a star, a package, a subclass; instances also through factories,
parameters, attributes and containers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import count
from textwrap import indent
from typing import NamedTuple

from .model import Program
from .more_twists import MORE_TWISTS
from .twist import Twist
from .twists import TWISTS

FIRST_SEED_OF_MORE = 5000
"""From this seed on, the definitions are those of ``more_twists``."""

_MIGRATION = """[migration]
name = "m"

[[redirect]]
from = "app.old"
to = "app.new"
"""


class Reached(NamedTuple):
    """How something is reached: the import, the expression, and the modules that stand between."""

    statement: str
    expression: str
    modules: dict[str, str]


def generate_differing(seed: int) -> Program:
    """Return the program of a seed, in which the canonical copy differs. Whether it runs is for the oracle to say."""
    chance = random.Random(f"differing.{seed}")
    known = TWISTS if seed < FIRST_SEED_OF_MORE else MORE_TWISTS
    twists = chance.sample(known, chance.choice((1, 1, 2, 3)))
    files = {"app/__init__.py": ""}
    numbers = count(1)
    lines: dict[str, list[str]] = {"use.py": []}
    for twist in twists:
        for _ in range(chance.choice((1, 1, 2))):
            number = next(numbers)
            path = chance.choice(("use.py", "use.py", f"app/part{number}.py"))
            made = _use(chance, twist, number)
            lines.setdefault(path, []).append(made.expression)
            for module, text in made.modules.items():
                files[module] = files.get(module, "") + text
            if path != "use.py":
                lines["use.py"].insert(0, f"import {path.removesuffix('.py').replace('/', '.')}\n")
    old, new = (_module(twists, at) for at in ("old", "new"))
    files |= {"app/old.py": old, "app/new.py": new}
    files |= {path: "".join(parts) for path, parts in lines.items()}
    return Program(
        files=files,
        migration=_MIGRATION,
        runs=("use.py",),
        moved={"app.old": "app.new"},
        legacy=("app/old.py",),
        seed=seed,
    )


def _module(twists: Sequence[Twist], at: str) -> str:
    texts = [getattr(twist, at).strip() + "\n" for twist in twists]
    imports = [line for text in texts for line in text.splitlines() if _is_import(line)]
    bodies = ["\n".join(li for li in t.splitlines() if not _is_import(li)) for t in texts]
    return "\n".join([*dict.fromkeys(imports), "", *bodies, ""])


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from "))


def _use(chance: random.Random, twist: Twist, number: int) -> Reached:
    """Return the text of a use, as the expression, and the modules that it needs besides."""
    is_of_instance = bool(twist.instance_uses) and (not twist.uses or chance.random() < 0.6)
    if not is_of_instance:
        reached = chance.choice(_WAYS)(twist, number)
        if twist.kind == "class" and "(" not in twist.make and chance.random() < 0.15:
            reached = _subclass(twist, number)
        use = chance.choice(twist.uses)
        return reached._replace(expression=reached.statement + _printed(use, reached, number))
    reached = chance.choice(_INSTANCE_WAYS)(chance, twist, number)
    use = chance.choice(twist.instance_uses)
    if chance.random() < 0.4:
        text = _in_function(chance, twist, use, reached, number)
        return reached._replace(expression=reached.statement + text)
    return reached._replace(expression=reached.statement + _printed(use, reached, number))


def _printed(use: str, reached: Reached, number: int) -> str:
    text = use.replace("EXPR", reached.expression).replace("NUM", str(number))
    return text + "\n" if "\n" in text else f'print("at{number}", {text})\n'


def _in_function(
    chance: random.Random, twist: Twist, use: str, reached: Reached, number: int
) -> str:
    """Return a function that an instance is handed to, and a call of it."""
    inner = reached._replace(expression="part")
    hint = ""
    if chance.random() < 0.3 and reached.expression == twist.made(twist.name):
        hint = f": {twist.name}"
    body = indent(_printed(use, inner, number), "    ")
    imports = "".join(line + "\n" for line in ("import asyncio", "import dataclasses"))
    head = imports if "asyncio" in body or "dataclasses" in body else ""
    return f"{head}def do{number}(part{hint}):\n{body}do{number}({reached.expression})\n"


# -- ways to a name


def _direct(twist: Twist, number: int) -> Reached:
    return Reached(f"from app.old import {twist.name}\n", twist.name, {})


def _alias(twist: Twist, number: int) -> Reached:
    return Reached(f"from app.old import {twist.name} as _p{number}\n", f"_p{number}", {})


def _dotted(twist: Twist, number: int) -> Reached:
    return Reached("import app.old\n", f"app.old.{twist.name}", {})


def _module_import(twist: Twist, number: int) -> Reached:
    return Reached("from app import old\n", f"old.{twist.name}", {})


def _star(twist: Twist, number: int) -> Reached:
    return Reached("from app.old import *\n", twist.name, {})


def _reexport(twist: Twist, number: int) -> Reached:
    between = {f"app/pub{number}.py": f"from app.old import {twist.name}\n"}
    return Reached(f"from app.pub{number} import {twist.name}\n", twist.name, between)


def _reexport_module(twist: Twist, number: int) -> Reached:
    between = {f"app/pub{number}.py": f"from app.old import {twist.name} as Own\n"}
    return Reached(f"from app import pub{number}\n", f"pub{number}.Own", between)


def _reexport_star(twist: Twist, number: int) -> Reached:
    between = {f"app/pub{number}.py": "from app.old import *\n"}
    return Reached(f"from app.pub{number} import {twist.name}\n", twist.name, between)


def _package(twist: Twist, number: int) -> Reached:
    between = {"app/__init__.py": f"from app.old import {twist.name}\n"}
    return Reached("import app\n", f"app.{twist.name}", between)


def _assigned(twist: Twist, number: int) -> Reached:
    between = {f"app/pub{number}.py": f"from app import old\nOwn = old.{twist.name}\n"}
    return Reached(f"from app.pub{number} import Own as _o{number}\n", f"_o{number}", between)


def _imported_by_name(twist: Twist, number: int) -> Reached:
    statement = f'import importlib\n_m{number} = importlib.import_module("app.old")\n'
    return Reached(statement, f"_m{number}.{twist.name}", {})


def _by_getattr(twist: Twist, number: int) -> Reached:
    return Reached("from app import old\n", f'getattr(old, "{twist.name}")', {})


def _local_variable(twist: Twist, number: int) -> Reached:
    statement = f"from app.old import {twist.name}\n_v{number} = {twist.name}\n"
    return Reached(statement, f"_v{number}", {})


def _subclass(twist: Twist, number: int) -> Reached:
    between = {
        f"app/sub{number}.py": f"from app.old import {twist.name}\n"
        f"class Sub{number}({twist.name}):\n    pass\n"
    }
    return Reached(f"from app.sub{number} import Sub{number}\n", f"Sub{number}", between)


_WAYS = (
    _direct,
    _direct,
    _alias,
    _dotted,
    _module_import,
    _star,
    _reexport,
    _reexport_module,
    _reexport_star,
    _package,
    _assigned,
    _imported_by_name,
    _by_getattr,
    _local_variable,
)


# -- ways to an instance


def _made(chance: random.Random, twist: Twist, number: int) -> Reached:
    reached = chance.choice(_WAYS)(twist, number)
    return reached._replace(expression=twist.made(reached.expression))


def _variable(chance: random.Random, twist: Twist, number: int) -> Reached:
    reached = chance.choice(_WAYS)(twist, number)
    made = f"_i{number} = {twist.made(reached.expression)}\n"
    return reached._replace(statement=reached.statement + made, expression=f"_i{number}")


def _factory(chance: random.Random, twist: Twist, number: int) -> Reached:
    hint = f" -> {twist.name}" if chance.random() < 0.3 else ""
    text = (
        f"from app.old import {twist.name}\n"
        f"def make{number}(){hint}:\n    return {twist.made(twist.name)}\n"
    )
    path, module = f"app/factory{number}.py", f"app.factory{number}"
    return Reached(f"from {module} import make{number}\n", f"make{number}()", {path: text})


def _factory_chain(chance: random.Random, twist: Twist, number: int) -> Reached:
    first = _factory(chance, twist, number)
    text = f"{first.statement}def again{number}():\n    return {first.expression}\n"
    modules = {**first.modules, f"app/more{number}.py": text}
    return Reached(f"from app.more{number} import again{number}\n", f"again{number}()", modules)


def _method_factory(chance: random.Random, twist: Twist, number: int) -> Reached:
    text = (
        f"from app.old import {twist.name}\nclass Maker{number}:\n"
        f"    def make(self):\n        return {twist.made(twist.name)}\n"
    )
    statement = f"from app.maker{number} import Maker{number}\n"
    return Reached(statement, f"Maker{number}().make()", {f"app/maker{number}.py": text})


def _shared_instance(chance: random.Random, twist: Twist, number: int) -> Reached:
    text = f"from app.old import {twist.name}\nshared = {twist.made(twist.name)}\n"
    statement = f"from app import shared{number}\n"
    return Reached(statement, f"shared{number}.shared", {f"app/shared{number}.py": text})


def _holder(chance: random.Random, twist: Twist, number: int) -> Reached:
    statement = (
        f"from app.old import {twist.name}\nclass Holder{number}:\n"
        f"    def __init__(self):\n        self.part = {twist.made(twist.name)}\n"
    )
    return Reached(statement, f"Holder{number}().part", {})


def _holder_given(chance: random.Random, twist: Twist, number: int) -> Reached:
    text = f"class Holder{number}:\n    def __init__(self, part):\n        self.part = part\n"
    statement = f"from app.old import {twist.name}\nfrom app.holder{number} import Holder{number}\n"
    held = f"Holder{number}({twist.made(twist.name)}).part"
    return Reached(statement, held, {f"app/holder{number}.py": text})


def _container(chance: random.Random, twist: Twist, number: int) -> Reached:
    statement = f"from app.old import {twist.name}\n"
    made = twist.made(twist.name)
    form = chance.choice(('{{"k": {0}}}["k"]', "[{0}][0]", "next(iter([{0}]))", "({0},)[-1]"))
    return Reached(statement, form.format(made), {})


def _inherited(chance: random.Random, twist: Twist, number: int) -> Reached:
    if not twist.can_inherit:
        return _made(chance, twist, number)
    reached = _subclass(twist, number)
    return reached._replace(expression=twist.made(reached.expression))


_INSTANCE_WAYS = (
    _made,
    _made,
    _variable,
    _variable,
    _factory,
    _factory_chain,
    _method_factory,
    _shared_instance,
    _holder,
    _holder_given,
    _container,
    _inherited,
)
