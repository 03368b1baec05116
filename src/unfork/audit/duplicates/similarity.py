"""Two similar modules and what they share, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unfork_codemods.project import Key

_ONE_TEXT = 0.4
"""This share of the smaller module's statements, which hardly another module has, makes two modules one text."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Two modules and what they share. Shares are of the smaller module, from 0 to 1.

    ``names`` are the public names that both define, apart from words like ``Enhanced`` and ``V2``, ``classes`` the
    pairs with the same members, whatever their names, ``functions`` the pairs that do the same, and ``code`` the share
    of these; ``text`` is the share of equal statements, ``same_name`` says how the file names are alike, and
    ``kinship`` is the weight of that. ``identical``: they are equal, apart from imports, comments and layout.
    ``lines`` is the share of equal statements wherever they stand, one by one; it counts where nothing else does, or
    where ``own_lines``, the share of those that hardly another module has, is large.
    """

    left: Key
    right: Key
    names: tuple[tuple[str, str], ...]
    name_share: float
    classes: tuple[tuple[str, str, int, int], ...]
    class_share: float
    functions: tuple[tuple[str, str], ...]
    code: float
    text: float
    same_name: str
    kinship: float
    identical: bool = False
    lines: float = 0.0
    own_lines: float = 0.0

    @property
    def is_mostly_one_text(self) -> bool:
        """Whether a large part of the smaller module's statements is in these two modules and in hardly another."""
        return self.own_lines >= _ONE_TEXT

    @property
    def body(self) -> float:
        """The share of equal code, by statements or by functions."""
        return max(self.text, self.code)

    @property
    def score(self) -> float:
        """The confidence that the two are copies, from 0 to 1: each kind of evidence reduces the remaining doubt."""
        has_definitions = self.names or self.classes or self.functions
        spread = 0.9 if self.is_mostly_one_text else 0.0 if has_definitions else 0.8
        body = max(self.body, spread * self.lines)
        doubt: float = (
            (1 - 0.92 * body**0.8) * (1 - 0.65 * self.name_share) * (1 - 0.4 * self.class_share)
        )
        return 1 - doubt * (1 - self.kinship)

    def words(self) -> str:
        """Return the evidence in words, strongest first."""
        body = self.body
        is_scattered = body < 0.1 <= self.lines or (self.is_mostly_one_text and body < self.lines)
        names, functions = map(_renamed, self.names), map(_renamed, self.functions)
        classes = map(_class_evidence, self.classes)
        parts = [
            f"{body:.0%} of the smaller one's code is the same"
            if body >= 0.1 and not is_scattered
            else "",
            f"{self.lines:.0%} of the smaller one's statements are in the other one"
            if is_scattered
            else "",
            _names_with_count("a public name in common", "public names in common", names),
            _names_with_count(
                "a class with the same members", "classes with the same members", classes
            ),
            _names_with_count(
                "a function that does the same", "functions that do the same", functions
            ),
            self.same_name,
        ]
        return "; ".join(part for part in parts if part)


def _names_with_count(one: str, many: str, items: Iterable[str]) -> str:
    names = list(items)
    if not names:
        return ""
    what = one if len(names) == 1 else f"{len(names)} {many}"
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return f"{what} ({shown})"


def _class_evidence(class_pair: tuple[str, str, int, int]) -> str:
    left, right, shared, total = class_pair
    return f"{left if left == right else f'{left} as {right}'}, {shared} of {total}"


def _renamed(name_pair: tuple[str, str]) -> str:
    return name_pair[0] if name_pair[0] == name_pair[1] else f"{name_pair[0]} as {name_pair[1]}"
