"""What becomes of names that something in the project replaces: the replacement and all readers end at one binding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Never

from unfork_codemods.project import Destination, ImportedName, Key

EVERY = "*"
"""Stands for all names of a module, and for the module itself."""


_NONE: Mapping[tuple[Key, str], Never] = {}


class Kept(NamedTuple):
    """Why a name stays where it is. ``late``: only for code that looks it up there when it runs."""

    why: str
    late: bool = False


class Bindings(NamedTuple):
    """By module and name: where it is looked up and replaced from now on (``moves``), and which have to stay.

    ``swapped`` are modules that have another module put in their place: what takes that of such a module has to take
    the name that it took, of the one that takes its place.
    """

    moves: Mapping[tuple[Key, str], Destination] = _NONE
    stays: Mapping[tuple[Key, str], Kept] = _NONE
    swapped: frozenset[Key] = frozenset()

    def kept(self, imported_name: ImportedName) -> str | None:
        """Return why a site stays; None where nothing says so."""
        stay = self.stays.get((imported_name.key, EVERY)) or self.stays.get(
            (imported_name.key, imported_name.name or "")
        )
        return stay.why if stay is not None and (imported_name.late or not stay.late) else None

    def moved(self, imported_name: ImportedName) -> Destination | None:
        """Return where a name is looked up from now on; None where nothing says so."""
        return (
            self.moves.get((imported_name.key, imported_name.name or ""))
            if imported_name.late
            else None
        )
