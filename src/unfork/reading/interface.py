"""What callers see of one function, class or value, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from unfork.reading.field_classes import Field
from unfork.reading.signatures import Signature
from unfork.reading.value_types import Value
from unfork_codemods.project import Key


@dataclass(frozen=True, eq=False)
class Interface:
    """A function or class. ``call`` are the parameters of calling it, None where they are not known.

    ``members`` are those of a class by name, each with its parameters where it is a plain method; None: it is neither
    a class nor a value whose class is known.
    ``complete``: the class has no others. ``enters``: ``with`` gives the instance itself.
    ``itself`` is a class by its module and name, ``bases`` are the classes of the project that it inherits from,
    directly or not.
    ``values`` are members that are certainly no methods, ``fixed`` those that cannot be set, and ``abstract`` those
    that a subclass has to define. ``fields`` are those of a data class or named tuple, and ``choices`` the members of
    an enumeration with their values, where these are literals (else None). ``caught_by`` are the built-in classes
    that it inherits from, which catch an exception, ``asks`` what its methods take of ``self``, which a subclass may
    define. ``kind``: "function", "class", "partial" or "value". ``gives`` is what a value is, or what a call of a
    function gives, if it is of a type of Python's own; None if the text does not tell. ``subclasses`` are the classes
    of its module that inherit from it directly, ``attributes`` those that its module sets on a function, and ``held``
    what members are that hold a plain value. ``on_instances`` are members that the class itself does not have,
    ``matched`` those that patterns take by position (PEP 634).
    ``checked`` says what ``isinstance`` asks besides inheritance: of a protocol, of registered classes (PEP 544, 3119).
    ``of_metaclass`` are the members that the class itself has from its metaclass.
    ``decorated`` has the parameters of what unknown decorators stand on, by member, those of a function itself by "".
    """

    kind: str = ""
    call: Signature | None = None
    members: dict[str, Signature | None] | None = None
    complete: bool = False
    enters: bool = False
    itself: tuple[Key, str] | None = None
    bases: frozenset[tuple[Key, str]] = frozenset()
    values: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    abstract: frozenset[str] = frozenset()
    fields: tuple[Field, ...] | None = None
    choices: Mapping[str, object] | None = None
    caught_by: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    gives: Value | None = None
    subclasses: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    held: Mapping[str, Value] = field(default_factory=dict)
    on_instances: frozenset[str] = frozenset()
    matched: tuple[str, ...] = ()
    checked: frozenset[str] = frozenset()
    of_metaclass: frozenset[str] = frozenset()
    decorated: Mapping[str, Signature] = field(default_factory=dict)

    def beside(self, other: Interface) -> Interface:
        """Return this with the parameters of what the same unknown decorators stand on in another one.

        Whatever they do with a call, they do it there, too.
        """
        same = {
            name: call
            for name, call in self.decorated.items()
            if name in other.decorated and other.decorated[name].under == call.under
        }
        if not same:
            return self
        members = self.members and self.members | {n: call for n, call in same.items() if n}
        return replace(self, call=same.get("", self.call), members=members)

    def bases_missed(self, new: Interface) -> frozenset[str]:
        """Return the classes by whose names instances are caught here, or asked for, and not there.

        Those of the project count where the new class inherits from none: it may be called differently there. It may
        be one of them itself.
        """
        if not new.complete:
            return frozenset()
        others = self.bases - {new.itself}
        own = {name for _, name in others} if not new.bases else set()
        return (self.caught_by | own) - new.caught_by

    @cached_property
    def shape(self) -> object:
        """What two interfaces have in common that take the same."""
        arguments = self.call and (ast.unparse(self.call.arguments), self.call.result)
        if self.members is None:
            return self.kind, arguments, self.gives, self.attributes
        members = sorted(
            (
                name,
                signature
                and (str(signature), signature.of_class, signature.bound, signature.result),
                signature and signature.gives,
            )
            for name, signature in self.members.items()
        )
        held = sorted(self.held.items())
        choices = self.choices and sorted(self.choices.items(), key=repr)
        ways = self.values, self.fixed, self.abstract, choices, self.caught_by, self.asks
        rest = self.gives, self.subclasses, held, self.on_instances
        asked = self.matched, self.checked, self.of_metaclass, bool(self.bases)
        return self.kind, arguments, members, self.complete, ways, rest, asked
