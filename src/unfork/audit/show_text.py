"""Blocks as plain text, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unfork.audit.blocks import Block, Bullets, Heading, Table, Text, Tree, pieces, plain
from unfork.escape import escaped_text

_SPECIAL = re.compile(r"[\\*<>\[\]|#]|_{2,}|(?<!\w)_|_(?!\w)")


def plain_text(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield blocks as text for any terminal, pipe or file."""
    for block in blocks:
        match block:
            case Heading(level, text):
                yield f"{plain(text)}\n" + ("=" * len(plain(text)) + "\n" if level == 1 else "")
            case Text(text):
                yield f"{_line(text)}\n\n"
            case Bullets():
                yield from _points(block)
                yield "\n"
            case Table(columns, rows):
                yield from _aligned((columns, *rows))
                yield "\n"
            case Tree():
                yield from _outline(block, "")
                yield "\n"


def _line(text: str) -> str:
    """Return a text in a line of its own, however long: programs that read lines get whole ones."""
    return escaped_text(plain(text))


def _points(block: Bullets) -> Iterator[str]:
    for number, (text, commands) in enumerate(block.items, 1):
        mark = f"{number}." if block.numbered else "-"
        yield f"{mark} {_line(text)}\n"
        yield from (f"       {escaped_text(command)}\n" for command in commands)


def _aligned(rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    cells = [[escaped_text(plain(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        yield "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() + "\n"


def _outline(tree: Tree, indent: str) -> Iterator[str]:
    yield f"{indent}- {_line(tree.label)}\n" if indent else f"{_line(tree.label)}\n"
    for branch in tree.branches:
        yield from _outline(branch, f"{indent}  ")


def markdown(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield blocks as Markdown."""
    for block in blocks:
        match block:
            case Heading(level, text):
                yield f"{'#' * level} {_escaped(text)}\n\n"
            case Text(text):
                yield f"{_escaped(text)}\n\n"
            case Bullets():
                yield from _markdown_points(block)
                yield "\n"
            case Table(columns, rows):
                yield _row(columns) + "|" + "---|" * len(columns) + "\n"
                yield from map(_row, rows)
                yield "\n"
            case Tree():
                yield from _markdown_outline(block, 0)
                yield "\n"


def _markdown_points(block: Bullets) -> Iterator[str]:
    for number, (text, commands) in enumerate(block.items, 1):
        mark = f"{number}. " if block.numbered else "- "
        yield f"{mark}{_escaped(text)}\n"
        if commands:
            indent = " " * len(mark)
            yield (
                "\n"
                + "".join(f"{indent}    {escaped_text(command)}\n" for command in commands)
                + "\n"
            )


def _row(cells: Iterable[str]) -> str:
    return "|" + "|".join(f" {_escaped(cell)} " for cell in cells) + "|\n"


def _markdown_outline(tree: Tree, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {_escaped(tree.label)}\n"
    for branch in tree.branches:
        yield from _markdown_outline(branch, depth + 1)


def _escaped(text: str) -> str:
    """Return a text whose pieces of code stay, and whose other characters mean themselves."""
    return "".join(
        f"`{piece.replace('|', chr(92) + '|')}`"
        if is_code
        else _SPECIAL.sub(_backslashed, escaped_text(piece))
        for piece, is_code in pieces(text)
    )


def _backslashed(match: re.Match[str]) -> str:
    return "".join(f"\\{char}" for char in match[0])
