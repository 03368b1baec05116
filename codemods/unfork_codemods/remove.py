"""Remove: delete a module once nothing imports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from unfork_codemods.step import NO_LINES, StepKind, StepTable


class Remove(NamedTuple):
    """Delete ``module`` once nothing imports it."""

    module: str
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of the step's kind."""
        return "remove"


class RemoveKind(StepKind):
    """``[[remove]]``: the planner looks for imports of the module, and deletes the module if there are none."""

    name = "remove"
    keys = ("module",)
    about: ClassVar = {"module": "The module, deleted once nothing imports it."}
    once = "removed"

    def read(self, table: StepTable) -> Remove:
        """Return the step that a table defines."""
        return Remove(table.module("module"), table.line(), table.lines())

    def imported_modules(self, step: Remove) -> Iterator[str]:
        """Yield the module: any import of it prevents its removal."""
        yield step.module
