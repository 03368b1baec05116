"""Deprecate: importing a module warns; as a shim, it only forwards to where its names live now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from unfork_codemods.step import NO_LINES, StepKind, StepTable, line_of


class Deprecate(NamedTuple):
    """Importing ``module`` warns; with ``shim``, its body becomes forwards to where its names live now."""

    module: str
    use: str | None = None
    since: str | None = None
    removal: str | None = None
    shim: bool = False
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return "deprecate"


class DeprecateKind(StepKind):
    """``[[deprecate]]``: ``deprecate_module`` and ``shim_module`` have the LibCST codemods that carry it out."""

    name = "deprecate"
    keys = ("module", "use", "since", "removal", "shim")
    once = "deprecated"

    def read(self, table: StepTable) -> Deprecate:
        """Return what a table says."""
        return Deprecate(
            module=table.module("module"),
            use=table.optional_module("use"),
            since=table.optional_text("since"),
            removal=table.optional_text("removal"),
            shim=table.flag("shim"),
            line=table.line(),
            lines=table.lines(),
        )

    def imported_modules(self, step: Deprecate) -> Iterator[str]:
        """Yield the module: what others take of it, a shim has to offer."""
        yield step.module

    def edited_modules(self, step: Deprecate) -> Iterator[str]:
        """Yield the module."""
        yield step.module

    def legacy_modules(self, step: Deprecate) -> Iterator[tuple[str, int]]:
        """Yield the module, which may be gone by now."""
        yield step.module, line_of(step, "module")

    def required_modules(self, step: Deprecate) -> Iterator[tuple[str, int]]:
        """Yield the module that is to be used instead."""
        if step.use is not None:
            yield step.use, line_of(step, "use")
