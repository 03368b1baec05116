"""The blocks that a report is made of, which each format renders in its own way.

Texts have names and commands between backticks, as in Markdown; `as_code` puts any text between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.escape import escaped_text


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; the title of the report has level 1."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points, or of steps if ``numbered``; each item may have commands under it."""

    items: tuple[tuple[str, tuple[str, ...]], ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """An item with branches, which are items too."""

    label: str
    branches: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Fold:
    """Details on demand: a terminal shows the summary only, Markdown and HTML let readers open the rest."""

    summary: str
    blocks: tuple[Block, ...]


Block = Heading | Text | Bullets | Table | Tree | Fold


def as_code(text: str) -> str:
    """Return a name or a command between backticks, safe to print."""
    return f"`{escaped_text(text).replace('`', chr(39))}`"


def bullet_list(items: Sequence[str]) -> Bullets:
    """Return a list of points."""
    return Bullets(tuple((item, ()) for item in items))


def split_code_spans(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, each with whether it was between backticks."""
    for at, piece in enumerate(re.split(r"`([^`]*)`", text)):
        if piece:
            yield piece, at % 2 == 1


def without_backticks(text: str) -> str:
    """Return a text without its backticks."""
    return "".join(piece for piece, _ in split_code_spans(text))


def comma_list(items: Sequence[str], most: int = 5) -> str:
    """Return items joined with commas; after ``most`` items only the number of the rest follows."""
    if len(items) <= most:
        return ", ".join(items)
    return ", ".join(items[:most]) + f" and {len(items) - most} more"
