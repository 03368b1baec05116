"""How a user wants results to be shown, and which of them count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from unfork.errors import UnforkError
from unfork.nearest import spelling_hint


class Shown(NamedTuple):
    """How results are shown: in which format, where, in colour or not, and how much of them.

    ``notes``: all mentions instead of their number. ``stat``: a line for each file instead of its hunks. ``quiet``:
    only findings. ``statistics``: counts by code instead of findings.
    """

    form: str = "rich"
    output: Path | None = None
    color: str = "auto"
    notes: bool = False
    stat: bool = False
    quiet: bool = False
    statistics: bool = False

    @property
    def is_for_people(self) -> bool:
        """Whether a person reads the output, and it has no fixed form."""
        return self.form in ("rich", "plain")


class Counted(NamedTuple):
    """Which codes count, by prefixes of codes (none: all), and whether findings make a run fail."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exit_zero: bool = False

    def counts(self, code: str) -> bool:
        """Return whether findings of a code count. The longest prefix decides, as in ruff."""
        chosen = max((len(p) for p in self.select if code.startswith(p)), default=-1)
        ignored = max((len(p) for p in self.ignore if code.startswith(p)), default=-1)
        return chosen > ignored if self.select else ignored < 0


SHOWN, ALL_COUNT = Shown(), Counted()
"""What a user gets who asks for nothing else."""


def prefixes_of(given: Iterable[str], option: str, codes: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes in the values of an option, separated by commas or blanks; ``UF1`` is all that begin so.

    Raises UnforkError, with what was meant, for one with which no code begins.
    """
    prefixes = [part.upper() for value in given for part in value.replace(",", " ").split()]
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in codes):
            hint = spelling_hint(prefix, codes) or "; `unfork explain` lists the codes"
            raise UnforkError(f"{option} {prefix}: there is no such code{hint}")
    return tuple(dict.fromkeys(prefixes))
