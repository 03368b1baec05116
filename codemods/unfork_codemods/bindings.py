"""Names that the project patches: the patch and all readers must end up at one binding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Never

from unfork_codemods.project import Destination, ImportedName, Key

EVERY = "*"
"""All names of a module, and the module itself."""


_NONE: Mapping[tuple[Key, str], Never] = {}


class Kept(NamedTuple):
    """Why a name is left where it is. ``late``: only for code that looks it up there at run time."""

    why: str
    late: bool = False


class Bindings(NamedTuple):
    """By module and name: where a name is now looked up and patched (``moves``), and which names must stay (``stays``).

    ``swapped`` are modules that code replaces as a whole: whatever imports the replacement from such a module must
    import the same name from the module that takes its place.
    """

    moves: Mapping[tuple[Key, str], Destination] = _NONE
    stays: Mapping[tuple[Key, str], Kept] = _NONE
    swapped: frozenset[Key] = frozenset()

    def kept(self, imported_name: ImportedName) -> str | None:
        """Return why an imported name must stay, or None if it need not."""
        stay = self.stays.get((imported_name.key, EVERY)) or self.stays.get(
            (imported_name.key, imported_name.name or "")
        )
        return stay.why if stay is not None and (imported_name.late or not stay.late) else None

    def moved(self, imported_name: ImportedName) -> Destination | None:
        """Return where a name is now looked up, or None if it did not move."""
        return (
            self.moves.get((imported_name.key, imported_name.name or ""))
            if imported_name.late
            else None
        )
