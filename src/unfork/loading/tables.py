"""Read a TOML file strictly; errors give the file, the line and the likely intent."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from unfork.errors import MigrationError
from unfork.loading.toml_lines import Where, key_lines
from unfork.nearest import spelling_hint
from unfork.toml import TooDeepError, loads, toml_key

_AT_LINE = r" \(at line (\d+), column (\d+)\)$"
_KINDS: tuple[tuple[type, str], ...] = (  # the first match counts: a bool is an int
    (bool, "a boolean"),
    (str, "a string"),
    (int, "an integer"),
    (float, "a number"),
    (date, "a date"),
    (time, "a time"),
    (list, "an array"),
    (dict, "a table"),
)


def read_table(path: Path, shown: str | None = None) -> Table:
    """Read a TOML file; messages call it ``shown``, or ``path`` by default.

    Raises MigrationError for a file that cannot be read or is not valid TOML.
    """
    file = shown or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MigrationError(file, 0, f"cannot be read: {error.strerror or error}") from None
    return parse_table(data, file)


def parse_table(data: bytes, file: str) -> Table:
    """Read a TOML text. Raises MigrationError if it is not valid."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MigrationError(file, line, "not UTF-8, which TOML requires") from None
    try:
        return Table(_Text(file, text), loads(text))
    except TooDeepError as error:
        raise MigrationError(file, error.line, str(error)) from None
    except ValueError as error:
        raise _syntax_error(file, text, str(error)) from None


def _syntax_error(file: str, text: str, message: str) -> MigrationError:
    if match := re.search(_AT_LINE, message):
        where = f"{message[: match.start()]} (column {match[2]})"
        return MigrationError(file, int(match[1]), f"not valid TOML: {where}")
    line = text.rstrip().count("\n") + 1 if "end of document" in message else 0
    return MigrationError(file, line, f"not valid TOML: {message}")


class _Text:
    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text

    @cached_property
    def lines(self) -> Mapping[Where, int]:
        return key_lines(self.text)


class _Spoken(_Text):
    """Values that were not read from a file, and so have no lines."""

    def __init__(self, said: str) -> None:
        super().__init__(said, "")

    @cached_property
    def lines(self) -> Mapping[Where, int]:
        return {(): 0}


def spoken_table(values: Mapping[str, object], said: str) -> Table:
    """Return a table of values that come from elsewhere; errors name ``said`` and no line."""
    return Table(_Spoken(said), values)


class Table(NamedTuple):
    """A table of a TOML file: its ``values`` by key, and ``where`` it is in the file."""

    source: _Text
    values: Mapping[str, object]
    where: Where = ()

    @property
    def file(self) -> str:
        """The file name used in messages."""
        return self.source.file

    def line(self, *keys: str | int) -> int:
        """Return the line of the value that ``keys`` lead to, or of the nearest enclosing value."""
        where = (*self.where, *keys)
        while where not in self.source.lines:
            where = where[:-1]
        return self.source.lines[where]

    def error(self, message: str, *keys: str | int) -> MigrationError:
        """Return an error with ``message`` at the line of the value that ``keys`` lead to."""
        return MigrationError(self.file, self.line(*keys), message)

    def known(self, keys: Sequence[str]) -> None:
        """Raise MigrationError for the first key not among ``keys``, suggesting the nearest one."""
        for key in self.values:
            if key not in keys:
                raise self.error(
                    f"unknown key {quoted_value(key)} in {self.title}{spelling_hint(key, keys)}",
                    key,
                )

    @property
    def title(self) -> str:
        """The table's header as written."""
        names = ".".join(str(part) for part in self.where if isinstance(part, str))
        array = any(isinstance(part, int) for part in self.where[-1:])
        return f"[[{names}]]" if array else f"[{names}]" if names else "the top level"

    def text(self, key: str) -> str:
        """Return a required string: one line of printable characters."""
        if key not in self.values:
            raise self.error(f"{self.title} has no {quoted_value(key)}")
        return self._checked_text(self.values[key], key)

    def optional_text(self, key: str) -> str | None:
        """Return a string like ``text``, or None if the key is missing."""
        return self.text(key) if key in self.values else None

    def _checked_text(self, value: object, *keys: str | int) -> str:
        name = keys[0]
        if not isinstance(value, str):
            quotes = ": put it in quotes" if not isinstance(value, list | dict) else ""
            where = f"an entry of '{name}'" if len(keys) > 1 else f"'{name}'"
            raise self.error(f"{where} must be a string, not {_type_name(value)}{quotes}", *keys)
        if not value.strip() or not value.isprintable():
            what = "is empty" if not value.strip() else "has characters that cannot be printed"
            raise self.error(f"'{name}' {what}", *keys)
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean, False if the key is missing."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"'{key}' must be true or false, not {_type_name(value)}", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of strings, empty if the key is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            like = f": write {key} = [{quoted_value(value)}]" if isinstance(value, str) else ""
            raise self.error(
                f"'{key}' must be an array of strings, not {_type_name(value)}{like}", key
            )
        return tuple(self._checked_text(entry, key, index) for index, entry in enumerate(value))

    def table(self, key: str) -> Table:
        """Return a table, empty if the key is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            names = (part for part in (*self.where, key) if isinstance(part, str))
            header = ".".join(map(toml_key, names))
            raise self.error(
                f"'{key}' must be a table, not {_type_name(value)}: write [{header}]", key
            )
        return Table(self.source, value, (*self.where, key))

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            kind = (
                _type_name(value) if not isinstance(value, list) else "an array of something else"
            )
            raise self.error(f"'{key}' must be tables, not {kind}: write [[{key}]]", key)
        for index, entry in enumerate(value):
            yield Table(self.source, entry, (*self.where, key, index))


def quoted_value(value: object) -> str:
    """Return a value for a message: quoted, escaped, and not too long."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _type_name(value: object) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "something else")
