"""What can still be read of a file that is not valid Python: the statements that parse by themselves."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence

_MOST = 1_000_000
"""Larger files are data, and not worth the time."""
_GOES_ON = re.compile(r"[)\]}]|(?:elif|else|except|finally|case)\b")
"""Matches the start of a line that continues the statement above it, though it is not indented further."""
_DEEPEST = 8


def readable_text(data: bytes) -> bytes | None:
    """Return a file with each line blank that belongs to a statement that does not parse.

    Lines keep their numbers. Of a class or function only the statements in it that do not parse are blank. Returns
    None if nothing can be read.
    """
    if len(data) > _MOST:
        return None
    text = data.decode("utf-8", "replace").replace("\0", " ").replace("\r\n", "\n")
    lines = [line.replace("\r", " ").replace("\f", " ") for line in text.split("\n")]
    kept = _readable_lines(lines, _DEEPEST)
    if not any(line.strip() for line in kept):
        return None
    readable = "\n".join(kept)
    return readable.encode() if _parses(readable) else None


def _readable_lines(lines: Sequence[str], depth: int) -> list[str]:
    """Return the lines of a block, those that cannot be read blank."""
    if _parses(textwrap.dedent("\n".join(lines))):
        return list(lines)
    kept: list[str] = []
    for statement in _statements_of_block(lines):
        kept += _readable_statement(statement, depth)
    return kept


def _readable_statement(lines: Sequence[str], depth: int) -> list[str]:
    text = textwrap.dedent("\n".join(lines))
    if _parses(text):
        return list(lines)
    header, body = _header_and_body(lines)
    blank = [""] * len(lines)
    if not depth or not body or not _parses(textwrap.dedent("\n".join(header)) + " pass"):
        return blank
    inner = _readable_lines(body, depth - 1)
    if any(line.strip() for line in inner):
        return [*header, *inner]
    return [*header[:-1], f"{header[-1]} pass", *blank[: len(body)]]


def _statements_of_block(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines of each statement of a block, by indentation; decorators stay with what they decorate."""
    margin = min((_indent_of(line) for line in lines if line.strip()), default=0)
    statement: list[str] = []
    is_decorated = False
    for line in lines:
        text = line.strip()
        begins = bool(text) and _indent_of(line) <= margin and not _GOES_ON.match(text)
        if begins and statement and not is_decorated:
            yield statement
            statement = []
        if begins:
            is_decorated = text.startswith("@")
        statement.append(line)
    if statement:
        yield statement


def _header_and_body(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a compound statement after the line that ends with its colon."""
    margin = min((_indent_of(line) for line in lines if line.strip()), default=0)
    for at, line in enumerate(lines):
        code = line.partition("#")[0].rstrip()
        if code.endswith(":") and _indent_of(line) <= margin:
            return list(lines[: at + 1]), list(lines[at + 1 :])
    return list(lines), []


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
