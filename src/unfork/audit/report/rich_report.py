"""Renders blocks for terminals of any width, with tables, trees and colours; lines break between words only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text as RichText

from unfork.audit.blocks import (
    Block,
    Bullets,
    Fold,
    Heading,
    Table,
    Text,
    Tree,
    split_code_spans,
    without_backticks,
)
from unfork.escape import escaped_text

_GAP = 3
"""The blank columns between two columns of a table."""


def rich_text(blocks: Iterable[Block], console: Console) -> Iterator[str]:
    """Yield the text of blocks, rendered for a console."""
    for block in blocks:
        for part in _block_renderables(block, console.width):
            with console.capture() as captured:
                console.print(part, soft_wrap=isinstance(part, RichText))
            yield captured.get()


def _block_renderables(block: Block, width: int) -> Iterator[RenderableType]:
    match block:
        case Heading(level, text):
            style = "bold" if level > 1 else "bold underline"
            yield from _wrapped_lines(_styled_text(text, style), width)
        case Text(text):
            yield from _wrapped_lines(_styled_text(text), width)
            yield RichText()
        case Bullets():
            yield from _bullet_lines(block, width)
            yield RichText()
        case Table():
            widths = _column_widths(block, width)
            if widths is None:
                yield from _record_lines(block, width)
            else:
                yield _rich_table(block, widths)
                yield RichText()
        case Tree():
            yield from _tree_lines(block, width)
            yield RichText()
        case Fold(summary):
            yield from _wrapped_lines(_styled_text(summary), width, RichText("+ ", "dim"), "  ")
            yield RichText()


def _wrapped_lines(
    text: RichText, width: int, first: RichText | None = None, rest: str = ""
) -> Iterator[RichText]:
    """Yield a text as lines of at most ``width`` columns; a longer word stays whole, on a line of its own.

    ``first`` is put before the first line, and ``rest`` before the others.
    """
    line = RichText() if first is None else first
    is_empty = True
    for word in text.split(" "):
        if not is_empty and line.cell_len + 1 + word.cell_len > width:
            yield line
            line, is_empty = RichText(rest, "dim"), True
        line = RichText.assemble(line, "" if is_empty else " ", word)
        is_empty = False
    yield line


def _bullet_lines(block: Bullets, width: int) -> Iterator[RichText]:
    for number, (text, commands) in enumerate(block.items, 1):
        mark = f"{number}. " if block.numbered else "• "
        yield from _wrapped_lines(_styled_text(text), width, RichText(mark), " " * len(mark))
        for command in commands:
            yield RichText.assemble("    ", (escaped_text(command), "green"))


def _tree_lines(block: Tree, width: int, first: str = "", rest: str = "") -> Iterator[RichText]:
    yield from _wrapped_lines(_styled_text(block.label), width, RichText(first, "dim"), rest)
    for branch in block.branches:
        guides = ("└── ", "    ") if branch is block.branches[-1] else ("├── ", "│   ")
        yield from _tree_lines(branch, width, rest + guides[0], rest + guides[1])


# -- tables


def _column_widths(table: Table, width: int) -> list[int] | None:
    """Return how wide each column may be, so that no word in it is broken; None if the words do not fit."""
    columns = [[name, *cells] for name, cells in zip(table.columns, zip(*table.rows))]
    widths = [max(map(_longest_word, cells)) for cells in columns]
    wanted = [
        max(RichText(without_backticks(cell)).cell_len for cell in cells) for cells in columns
    ]
    spare = width - sum(widths) - _GAP * (len(widths) - 1)
    if spare < 0:
        return None
    for _ in range(min(spare, sum(wanted) - sum(widths))):
        narrow = [at for at in range(len(widths)) if widths[at] < wanted[at]]
        widths[min(narrow, key=widths.__getitem__)] += 1
    return widths


def _longest_word(cell: str) -> int:
    words = without_backticks(cell).split(" ")
    return max(RichText(word).cell_len for word in words)


def _rich_table(block: Table, widths: Sequence[int]) -> RichTable:
    table = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for column, width in zip(block.columns, widths):
        table.add_column(column, width=width)
    for row in block.rows:
        table.add_row(*map(_styled_text, row))
    return table


def _record_lines(block: Table, width: int) -> Iterator[RichText]:
    """Yield the rows of a table that is too wide: the first cell, and the others below it."""
    for row in block.rows:
        yield from _wrapped_lines(_styled_text(row[0]), width, rest="  ")
        for column, cell in list(zip(block.columns, row))[1:]:
            if cell:
                named = RichText.assemble((f"{column}:", "dim"), " ", _styled_text(cell))
                yield from _wrapped_lines(named, width, RichText("  "), "    ")
    yield RichText()


def _styled_text(text: str, style: str = "") -> RichText:
    styled = RichText(style=style)
    for piece, is_code in split_code_spans(text):
        styled.append(escaped_text(piece), "cyan" if is_code else "")
    return styled
