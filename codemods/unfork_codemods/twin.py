"""Twin: copies that cannot be merged yet; the guard fails when one of them changes and the others do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from unfork_codemods.step import NO_LINES, StepKind, StepTable, line_of


class Twin(NamedTuple):
    """Keep ``modules`` alike: each is compared with the first."""

    modules: tuple[str, ...]
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of the step's kind."""
        return "twin"


class TwinKind(StepKind):
    """``[[twin]]``: nothing is rewritten; ``check`` compares the modules."""

    name = "twin"
    keys = ("modules",)
    about: ClassVar = {
        "modules": "Copies that have to stay alike; check compares each with the first."
    }

    def read(self, table: StepTable) -> Twin:
        """Return the step that a table defines. Raises MigrationError for fewer than two modules."""
        modules = table.modules("modules")
        if len(set(modules)) < 2:
            raise table.error("'modules' needs two modules or more, to be compared", "modules")
        return Twin(modules, table.line(), table.lines())

    def compared_modules(self, step: Twin) -> Iterator[str]:
        """Yield the modules."""
        yield from step.modules

    def required_modules(self, step: Twin) -> Iterator[tuple[str, int]]:
        """Yield the modules, all of which must exist."""
        yield from ((module, line_of(step, "modules", module)) for module in step.modules)
