"""Modules that duplicate each other, as plain values: a group, its forks, and where each module stands in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unfork.audit.duplicates.counterparts import Counterpart
from unfork.audit.duplicates.history import Past
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.project_model import Importer
from unfork.values import Finding
from unfork_codemods.project import Key


@dataclass(frozen=True, slots=True)
class Standing:
    """A module's position in its group: its importers, how much it covers of the others, and its git history.

    The module with the most ``points`` is canonical; ``reasons`` explain the points in words.
    """

    key: Key
    path: str
    lines: int
    live: tuple[Importer, ...]
    tests: tuple[Importer, ...]
    reached: bool
    deprecated: bool
    covers: float
    past: Past | None
    points: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """A module that duplicates the ``canonical`` one, and what each of its public names would become.

    ``alike`` is what it shares with the canonical module, or with another copy of that. ``differing`` are its other
    names that may be in use and that differ in the canonical module. ``parallel``: both are in use, in packages that
    are versions of one another. ``undecided`` says why a person has to tell which one to keep.
    """

    standing: Standing
    canonical: Key
    alike: Alike
    names: tuple[Counterpart, ...]
    differing: tuple[str, ...] = ()
    parallel: bool = False
    undecided: str = ""

    @property
    def key(self) -> Key:
        """The key of the fork."""
        return self.standing.key

    @property
    def moves(self) -> bool:
        """Whether a draft redirects the whole module."""
        return not (self.differing or self.parallel or self.undecided) and all(
            counterpart.moves for counterpart in self.names
        )

    def evidence(self, dotted: Callable[[Key], str]) -> str:
        """Return the evidence in words, with the copy it was compared with, if that is not the canonical module."""
        pair = (self.alike.left, self.alike.right)
        words = self.alike.words()
        if self.canonical in pair:
            return words
        other = next(key for key in pair if key != self.key)
        return f"compared with {dotted(other)}: {words}"

    def finding(self, dotted: Callable[[Key], str]) -> Finding:
        """Return the finding; ``dotted`` returns the name of a module for messages."""
        score, evidence = self.alike.score, self.evidence(dotted)
        why = f"{dotted(self.key)} duplicates {dotted(self.canonical)} (score {score:.2f}): {evidence}"
        return Finding(self.standing.path, 1, 1, "UF101", why)


@dataclass(frozen=True, slots=True)
class Group:
    """The canonical module and its forks."""

    canonical: Standing
    forks: tuple[Fork, ...]

    @property
    def members(self) -> tuple[Standing, ...]:
        """All modules of the group, canonical module first."""
        return (self.canonical, *(fork.standing for fork in self.forks))

    @property
    def is_undecided(self) -> bool:
        """Whether a person has to tell which module to keep."""
        return all(fork.undecided for fork in self.forks)

    @property
    def open(self) -> tuple[Fork, ...]:
        """The forks that are not deprecated yet."""
        return tuple(fork for fork in self.forks if not fork.standing.deprecated)
