"""Remove: delete a module once nothing imports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from unfork_codemods.packages import Modules, by_module, is_package_entry, module_of_entry
from unfork_codemods.step import NO_LINES, StepKind, StepTable, line_of


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
        return Remove(table.module_or_package("module"), table.line(), table.lines())

    def imported_modules(self, step: Remove) -> Iterator[str]:
        """Yield the module: any import of it prevents its removal."""
        yield module_of_entry(step.module)

    def legacy_modules(self, step: Remove) -> Iterator[tuple[str, int]]:
        """Yield the module, which is gone once it is removed."""
        yield module_of_entry(step.module), line_of(step, "module")

    def is_package(self, step: Remove) -> bool:
        """Return whether a step is about a package with everything in it."""
        return is_package_entry(step.module)

    def steps_by_module(
        self, steps: Sequence[Remove], modules: Modules, file: str
    ) -> tuple[Remove, ...]:
        """Return a step for each module: a package goes with everything in it."""
        return by_module(
            steps, lambda step: step.module, lambda step: _step_by_module(step, modules)
        )


def _step_by_module(step: Remove, modules: Modules) -> Iterator[tuple[str, Remove]]:
    package = module_of_entry(step.module)
    for module in modules.inside(package) or (package,):
        yield module, step._replace(module=module)
