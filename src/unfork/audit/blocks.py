"""A report as blocks, which each format writes in its own way.

Texts hold names and commands between backticks, as in Markdown; `code` makes such a piece of any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.escape import escaped_text


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; the report's own has level 1."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points, or of steps where it is ``numbered``; a step may have commands under it."""

    items: tuple[tuple[str, tuple[str, ...]], ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A point with others under it."""

    label: str
    branches: tuple[Tree, ...] = ()


Block = Heading | Text | Bullets | Table | Tree


def as_code(text: str) -> str:
    """Return a name or a command as a piece of a text, safe to print."""
    return f"`{escaped_text(text).replace('`', chr(39))}`"


def bullet_list(items: Sequence[str]) -> Bullets:
    """Return a list of points."""
    return Bullets(tuple((item, ()) for item in items))


def split_code_spans(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, each with whether it stood between backticks."""
    for at, piece in enumerate(re.split(r"`([^`]*)`", text)):
        if piece:
            yield piece, at % 2 == 1


def without_backticks(text: str) -> str:
    """Return a text without its backticks."""
    return "".join(piece for piece, _ in split_code_spans(text))


def comma_list(items: Sequence[str], most: int = 5) -> str:
    """Return items with commas between them, the last of many as a number."""
    if len(items) <= most:
        return ", ".join(items)
    return ", ".join(items[:most]) + f" and {len(items) - most} more"
