"""A definition that differs between a module and its copy, and how the tables of them are written."""

from __future__ import annotations

from typing import NamedTuple

ENUM_IMPORT = "import enum\n"
RAISED = "try:\n    raise {}\nexcept {}:\n    print('atNUM', 'caught')"


class Twist(NamedTuple):
    """A definition in the legacy module and in the canonical one, and uses.

    ``EXPR`` in a use is the name, or an instance, by which it is reached; ``NUM`` a number of its own. A use of several
    lines prints by itself. ``make`` makes an instance.
    """

    kind: str
    name: str
    old: str
    new: str
    uses: tuple[str, ...] = ()
    instance_uses: tuple[str, ...] = ()
    make: str = "EXPR()"
    can_inherit: bool = True

    def made(self, expression: str) -> str:
        """Return how an instance is made of the class that an expression is."""
        return self.make.replace("EXPR", expression)


def class_text(name: str, body: str, bases: str = "") -> str:
    lines = body.strip("\n") or "    pass"
    return f"class {name}{bases}:\n{lines}\n"


def method_text(name: str, arguments: str, result: str) -> str:
    return f"    def {name}(self{arguments}):\n        return {result}\n"


def method_twist(
    name: str, old: str, new: str, *uses: str, of_class: tuple[str, ...] = ()
) -> Twist:
    return Twist("class", name, class_text(name, old), class_text(name, new), of_class, uses)


def special_twist(name: str, method: str, *uses: str, more: str = "") -> Twist:
    body = "    x = 1\n" + more
    return Twist(
        "class",
        name,
        class_text(name, body + method),
        class_text(name, body),
        (),
        ("EXPR.x", *uses),
    )


def function_twist(name: str, old: str, new: str, *uses: str) -> Twist:
    return Twist("function", name, f"def {name}{old}\n", f"def {name}{new}\n", uses)


def value_twist(
    name: str, old: str, new: str, *uses: str, before: str = "", after: str = ""
) -> Twist:
    return Twist("value", name, f"{before}{name} = {old}\n", f"{after}{name} = {new}\n", uses)
