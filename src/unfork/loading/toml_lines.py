"""The line of each key in a TOML text, which ``tomllib`` does not provide.

The scanner takes texts that tomllib has accepted (https://toml.io/en/v1.0.0): it looks only at the structure, and
leaves checking the values to tomllib.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

_DEEPEST = 20
"""How many parts of a key get a line: nothing needed is deeper, and a path is as long as its depth."""

Where = tuple[str | int, ...]
"""The path to a value from the top: keys and array indexes."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # up to two quotes may precede the closing three
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^,\]}#\n]+")  # numbers, booleans, and dates, which may contain a space


def key_lines(text: str) -> Mapping[Where, int]:
    """Return the line (from 1) of every table, key and array element of a valid TOML text.

    A table has the line of its header, or of the first key that creates it. For a text that tomllib does not accept,
    the result is undefined.
    """
    return _Scanner(text).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.line, self.counted = 1, 0  # the line of the place up to which lines are counted
        self.lines: dict[Where, int] = {(): 1}
        self.tables: dict[Where, int] = {}  # number of [[tables]] per name so far

    def document(self) -> dict[Where, int]:
        table: Where = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)
        return self.lines

    def header(self) -> Where:
        start, array = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        *outer, last = self.key()
        self.at = self.text.index("]", self.at) + (2 if array else 1)
        where: Where = ()
        for part in outer:
            self.note((*where, part), start)
            where = self.current_table((*where, part))
        where = (*where, last)
        if array:
            self.note(where, start)
            self.tables[where] = self.tables.get(where, 0) + 1
            where = self.current_table(where)
        self.note(where, start)
        return where

    def current_table(self, where: Where) -> Where:
        """Return the table that a part of a header refers to; for [[tables]], the last one so far."""
        count = self.tables.get(where)
        return (*where, count - 1) if count else where

    def key(self) -> list[str]:
        """Consume a key; return its parts, only the first ones if there are many."""
        parts: list[str] = []
        self.skip(_BLANK)
        while match := _KEY.match(self.text, self.at):
            self.at = match.end()
            if len(parts) < _DEEPEST:
                parts.append(_unquoted_key(match[0]))
            self.skip(_DOT)
        return parts

    def pair(self, table: Where) -> None:
        start = self.at
        for part in self.key():
            table = (*table, part)
            self.note(table, start)
        self.at = self.text.index("=", self.at) + 1
        self.value(table)

    def value(self, where: Where) -> None:
        self.skip(_BLANK)
        if self.text[self.at] in "\"'":
            self.skip(_STRING)
        elif self.text[self.at] in "[{":
            self.items(where)
        else:
            self.skip(_OTHER)

    def items(self, where: Where) -> None:
        """Consume an array or an inline table; only the latter has keys."""
        close = "]" if self.text[self.at] == "[" else "}"
        self.at += 1
        index = 0
        self.skip(_BLANK)
        while self.text[self.at] != close:
            if close == "]":
                self.note((*where, index), self.at)
                self.value((*where, index))
                index += 1
            else:
                self.pair(where)
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self.skip(_BLANK)
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()

    def note(self, where: Where, at: int) -> None:
        """Note the line of a place that does not come before the last one noted."""
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        self.lines.setdefault(where, self.line)


def _unquoted_key(key: str) -> str:
    """Return a key without its quotes, decoded by tomllib, which knows the escapes."""
    return next(iter(tomllib.loads(f"{key}=0"))) if key[0] in "\"'" else key
