"""Names that the project patches: the patch and all readers must end up at one binding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Never

from unfork_codemods.project import Destination, ImportedName, Key

EVERY = "*"
"""All names of a module, and the module itself."""


_NONE: Mapping[tuple[Key, str], Never] = {}
_NO_REASONS: Mapping[Key, Never] = {}


class Kept(NamedTuple):
    """Why a name is left where it is. ``late``: only for code that looks it up there at run time."""

    why: str
    late: bool = False


class Bindings(NamedTuple):
    """By module and name: where a name is now looked up and patched (``moves``), and which names must stay (``stays``).

    ``swapped`` are modules that code replaces as a whole: whatever imports the replacement from such a module must
    import the same name from the module that takes its place. ``acting`` are modules that nothing can
    replace because of what importing them does, with the reason.
    """

    moves: Mapping[tuple[Key, str], Destination] = _NONE
    stays: Mapping[tuple[Key, str], Kept] = _NONE
    swapped: frozenset[Key] = frozenset()
    acting: Mapping[Key, str] = _NO_REASONS

    def differing(self, other: Bindings) -> frozenset[Key]:
        """Return the modules about which the two differ."""
        names = {*_differing_names(self.moves, other.moves)}
        names |= {*_differing_names(self.stays, other.stays)}
        acting = {key for key, _ in self.acting.items() ^ other.acting.items()}
        return (self.swapped ^ other.swapped) | {key for key, _ in names} | acting

    def holds(self, key: Key) -> bool:
        """Return whether any name of a module must stay."""
        return any(module == key for module, _ in self.stays)

    def is_swapped(self, key: Key) -> bool:
        """Return whether code replaces a module as a whole."""
        return key in self.swapped

    def kept(self, imported_name: ImportedName) -> str | None:
        """Return why an imported name must stay, or None if it need not.

        A module that acts when it is imported keeps its importers, but may still forward a name (which has none).
        """
        if imported_name.importer and imported_name.key in self.acting:
            return self.acting[imported_name.key]
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


def _differing_names(
    names: Mapping[tuple[Key, str], object], other: Mapping[tuple[Key, str], object]
) -> Iterator[tuple[Key, str]]:
    return (name for name in names.keys() | other.keys() if names.get(name) != other.get(name))


class AskedBindings(Bindings):
    """Bindings that note which modules they are ``asked`` about: what they say about others does not matter."""

    asked: set[Key]

    @classmethod
    def of(cls, bindings: Bindings) -> AskedBindings:
        """Return the same bindings, with no module asked about yet."""
        new = cls(*bindings)
        new.asked = set()
        return new

    def holds(self, key: Key) -> bool:
        """Return whether any name of a module must stay."""
        self.asked.add(key)
        return super().holds(key)

    def is_swapped(self, key: Key) -> bool:
        """Return whether code replaces a module as a whole."""
        self.asked.add(key)
        return super().is_swapped(key)

    def kept(self, imported_name: ImportedName) -> str | None:
        """Return why an imported name must stay, or None if it need not."""
        self.asked.add(imported_name.key)
        return super().kept(imported_name)

    def moved(self, imported_name: ImportedName) -> Destination | None:
        """Return where a name is now looked up, or None if it did not move."""
        self.asked.add(imported_name.key)
        return super().moved(imported_name)
