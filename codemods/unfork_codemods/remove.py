"""Remove: a module is deleted once nothing imports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from unfork_codemods.step import NO_LINES, StepKind, StepTable


class Remove(NamedTuple):
    """``module`` is deleted once nothing imports it."""

    module: str
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return "remove"


class RemoveKind(StepKind):
    """``[[remove]]``: what imports the module is found by the planner, which deletes it where nothing does."""

    name = "remove"
    keys = ("module",)
    once = "removed"

    def read(self, table: StepTable) -> Remove:
        """Return what a table says."""
        return Remove(table.module("module"), table.line(), table.lines())

    def imported_modules(self, step: Remove) -> Iterator[str]:
        """Yield the module: who imports it keeps it."""
        yield step.module
