"""Renders blocks as plain text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

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

_SPECIAL = re.compile(r"[\\*<>\[\]|#]|_{2,}|(?<!\w)_|_(?!\w)")


def plain_text(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield blocks as plain text, for any terminal, pipe or file."""
    for block in blocks:
        match block:
            case Heading(level, text):
                yield f"{without_backticks(text)}\n" + (
                    "=" * len(without_backticks(text)) + "\n" if level == 1 else ""
                )
            case Text(text):
                yield f"{_single_line(text)}\n\n"
            case Bullets():
                yield from _bullet_lines(block)
                yield "\n"
            case Table(columns, rows):
                yield from _aligned_rows((columns, *rows))
                yield "\n"
            case Tree():
                yield from _tree_lines(block, "")
                yield "\n"
            case Fold(summary):
                yield f"+ {_single_line(summary)}\n\n"


def _single_line(text: str) -> str:
    """Return a text as a single line, however long: programs that read lines get it whole."""
    return escaped_text(without_backticks(text))


def _bullet_lines(block: Bullets) -> Iterator[str]:
    for number, (text, commands) in enumerate(block.items, 1):
        mark = f"{number}." if block.numbered else "-"
        yield f"{mark} {_single_line(text)}\n"
        yield from (f"       {escaped_text(command)}\n" for command in commands)


def _aligned_rows(rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    cells = [[escaped_text(without_backticks(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        yield "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() + "\n"


def _tree_lines(tree: Tree, indent: str) -> Iterator[str]:
    yield f"{indent}- {_single_line(tree.label)}\n" if indent else f"{_single_line(tree.label)}\n"
    for branch in tree.branches:
        yield from _tree_lines(branch, f"{indent}  ")


def markdown_text(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield blocks as Markdown."""
    for block in blocks:
        match block:
            case Heading(level, text):
                yield f"{'#' * level} {_escape_markdown(text)}\n\n"
            case Text(text):
                yield f"{_escape_markdown(text)}\n\n"
            case Bullets():
                yield from _markdown_points(block)
                yield "\n"
            case Table(columns, rows):
                yield _markdown_row(columns) + "|" + "---|" * len(columns) + "\n"
                yield from map(_markdown_row, rows)
                yield "\n"
            case Tree():
                yield from _markdown_outline(block, 0)
                yield "\n"
            case Fold(summary, inner):
                yield f"<details><summary>{_summary_html(summary)}</summary>\n\n"
                yield from markdown_text(inner)
                yield "</details>\n\n"


def _summary_html(text: str) -> str:
    """Return a text as HTML: Markdown does not read what stands between the tags of a summary."""
    pieces = ((escape(escaped_text(piece)), code) for piece, code in split_code_spans(text))
    return "".join(f"<code>{piece}</code>" if code else piece for piece, code in pieces)


def _markdown_points(block: Bullets) -> Iterator[str]:
    for number, (text, commands) in enumerate(block.items, 1):
        mark = f"{number}. " if block.numbered else "- "
        yield f"{mark}{_escape_markdown(text)}\n"
        if commands:
            indent = " " * len(mark)
            yield (
                "\n"
                + "".join(f"{indent}    {escaped_text(command)}\n" for command in commands)
                + "\n"
            )


def _markdown_row(cells: Iterable[str]) -> str:
    return "|" + "|".join(f" {_escape_markdown(cell)} " for cell in cells) + "|\n"


def _markdown_outline(tree: Tree, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {_escape_markdown(tree.label)}\n"
    for branch in tree.branches:
        yield from _markdown_outline(branch, depth + 1)


def _escape_markdown(text: str) -> str:
    """Return a text with its code spans kept and all other Markdown characters escaped."""
    return "".join(
        f"`{piece.replace('|', chr(92) + '|')}`"
        if is_code
        else _SPECIAL.sub(_add_backslashes, escaped_text(piece))
        for piece, is_code in split_code_spans(text)
    )


def _add_backslashes(match: re.Match[str]) -> str:
    return "".join(f"\\{char}" for char in match[0])
