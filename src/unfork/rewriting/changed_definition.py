"""A function, class or value of a legacy module whose counterpart may take other arguments or have other members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from unfork.reading.interface import Interface
from unfork.rewriting.altered_members import Alteration, altered_members, gone_members
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_rewrite import DecidedFile
from unfork.rewriting.receivers import Receivers
from unfork_codemods.calls import CallChange


@dataclass(eq=False)
class ChangedDefinition:
    """What a file needs to know to use ``new`` in place of ``old``, the legacy definition with this ``name``.

    ``changes`` is what ``[redirect.calls]`` says of it, by member. ``errors_missed`` are the built-in exceptions that
    catch what the legacy one raises, and not what the new one does. ``new`` is None if nothing is known of it.
    """

    context: DecidedFile
    old: Interface
    new: Interface | None
    changes: Mapping[str, CallChange]
    name: Name
    errors_missed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        origin = self.context.index.origin(*self.name)
        own_name = (origin.key, origin.name) if origin.name is not None else self.name
        self.receivers = Receivers(self.context.inference, own_name)

    @property
    def is_value(self) -> bool:
        """Whether the name is an instance, so that its uses are uses of an instance."""
        return self.old.kind == "value"

    @cached_property
    def altered(self) -> dict[str, Alteration]:
        """The members that are of another kind in the new definition."""
        return altered_members(self.old, self.new)

    @cached_property
    def gone(self) -> frozenset[str]:
        """The members that the new class lacks, and for which the migration names no other."""
        return frozenset() if self.is_value else gone_members(self.old, self.new, self.changes)

    @property
    def lost(self) -> frozenset[str]:
        """The members that cannot be used in the new class as they are."""
        return frozenset() if self.is_value else self.gone | self.altered.keys()
