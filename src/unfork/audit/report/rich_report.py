"""Renders blocks for terminals, with tables, trees and colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text as RichText
from rich.tree import Tree as RichTree

from unfork.audit.blocks import (
    Block,
    Bullets,
    Fold,
    Heading,
    Table,
    Text,
    Tree,
    split_code_spans,
)
from unfork.escape import escaped_text


def rich_text(blocks: Iterable[Block], console: Console) -> Iterator[str]:
    """Yield the text of blocks, rendered for a console."""
    for block in blocks:
        for part in _block_renderables(block):
            with console.capture() as captured:
                console.print(part)
            yield captured.get()


def _block_renderables(block: Block) -> Iterator[RenderableType]:
    match block:
        case Heading(level, text):
            yield _styled_text(text, "bold" if level > 1 else "bold underline")
        case Text(text):
            yield Padding(_styled_text(text), (0, 0, 1, 0))
        case Bullets():
            yield from _bullet_renderables(block)
            yield ""
        case Table(columns, rows):
            yield _rich_table(columns, rows)
        case Tree():
            yield Padding(_rich_tree(block), (0, 0, 1, 0))
        case Fold(summary):
            yield Padding(RichText("+ ", "dim").append_text(_styled_text(summary)), (0, 0, 1, 0))


def _bullet_renderables(block: Bullets) -> Iterator[RenderableType]:
    for number, (text, commands) in enumerate(block.items, 1):
        mark = f"{number}." if block.numbered else "•"
        yield RichText(f"{mark} ").append_text(_styled_text(text))
        for command in commands:
            yield Padding(RichText(escaped_text(command), "green"), (0, 0, 0, 4))


def _rich_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> RichTable:
    table = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(_styled_text, row))
    return table


def _rich_tree(block: Tree) -> RichTree:
    tree = RichTree(_styled_text(block.label), guide_style="dim")
    _add_branches(tree, block)
    return tree


def _add_branches(tree: RichTree, block: Tree) -> None:
    for branch in block.branches:
        _add_branches(tree.add(_styled_text(branch.label)), branch)


def _styled_text(text: str, style: str = "") -> RichText:
    styled = RichText(style=style)
    for piece, is_code in split_code_spans(text):
        styled.append(escaped_text(piece), "cyan" if is_code else "")
    return styled
