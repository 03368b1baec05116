"""Classes that have no body to read: those of Python itself, and those that a call makes."""

from __future__ import annotations

import ast

from unfork.reading.field_classes import (
    Options,
    constructor_arguments,
    fields_of_call,
    methods_made,
    names_in_call,
)
from unfork.reading.interface import Interface
from unfork.reading.signatures import Signature
from unfork.reading.standard_classes import (
    ENUMERATIONS,
    MAKE_DATACLASS,
    NAMED_TUPLE,
    NAMED_TUPLE_CLASS,
    NAMED_TUPLES,
    catching,
    exception_arguments,
    standard_members,
)


def class_made_by_call(name: str, call: ast.Call, dotted: str) -> Interface | None:
    """Return the interface of a class that a call makes: ``namedtuple("Point", "x y")``, ``Enum("Hue", "A")``.

    ``dotted`` is the name of what is called.
    """
    base = NAMED_TUPLE_CLASS if dotted == NAMED_TUPLE else dotted
    if dotted != MAKE_DATACLASS and base not in NAMED_TUPLES | ENUMERATIONS:
        return None
    inherited = standard_members(base) or frozenset({*methods_made(Options()), "__dict__"})
    names = names_in_call(call)
    members = dict.fromkeys([*sorted(inherited), *(names or ())])
    if names is None:
        return Interface("class", members=members)
    if base in ENUMERATIONS:
        return Interface("class", None, members, True, choices=dict.fromkeys(names))
    fields = fields_of_call(call) or ()
    made = Signature(name, constructor_arguments(fields))
    return Interface("class", made, members, True, fields=fields, matched=tuple(names))


def standard_class(dotted: str, members: frozenset[str]) -> Interface:
    """Return the interface of a class of Python's own, by its dotted name and its members."""
    arguments = exception_arguments(dotted)
    return Interface(
        "class",
        None if arguments is None else Signature(dotted, arguments),
        dict.fromkeys(members),
        complete=True,
        fields=() if dotted in NAMED_TUPLES else None,
        caught_by=catching(dotted),
    )
