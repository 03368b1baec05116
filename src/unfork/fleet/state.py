"""The state of a fleet, from which ``--resume`` goes on: a line for the run, and then one for each result.

A line is on the disk before the next result is looked at. A run that is killed leaves at most one half line, at the
end, which is not read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from unfork.errors import UnforkError
from unfork.fleet.values import Result

_VERSION = 1


class Purpose(NamedTuple):
    """What a run is for. Only a run for the same may go on with its results."""

    branch: str
    test: str | None
    migrations: str


def read_state(file: Path, purpose: Purpose) -> dict[str, Result]:
    """Return the results of the run that ended early, the last one of each repository; none without a state file.

    Raises UnforkError if that run was for something else.
    """
    if not file.exists():
        return {}
    head, *rows = _whole_rows(file)
    if head != _head(purpose):
        raise UnforkError(
            f"{file}: this run had other migrations, or another --test; leave out --resume to start over"
        )
    return {result.name: result for result in map(Result.of, rows)}


def _whole_rows(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    try:
        rows = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
    except ValueError as error:
        raise UnforkError(f"{file}: is not the state of a fleet: {error}") from None
    return rows or [{}]


def _head(purpose: Purpose) -> dict[str, object]:
    return {"version": _VERSION, **purpose._asdict()}


class State:
    """The state file of a run, open for more results."""

    def __init__(self, file: Path, handle: int) -> None:
        self._file, self._handle = file, handle

    def add(self, result: Result) -> None:
        """Write a result down, for good."""
        self._add_row(result._asdict())

    def _add_row(self, row: dict[str, object]) -> None:
        os.write(self._handle, json.dumps(row).encode() + b"\n")
        os.fsync(self._handle)


@contextmanager
def open_state(file: Path, purpose: Purpose, done: dict[str, Result]) -> Iterator[State]:
    """Yield a state file that begins with the results that are ``done``; it replaces the one that was there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    rows = [_head(purpose), *(result._asdict() for result in done.values())]
    new.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8", newline="\n")
    new.replace(file)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        yield State(file, handle)
    finally:
        os.close(handle)
