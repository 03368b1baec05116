"""Deprecate: make importing a module warn; a shim only forwards to where its names live now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from unfork_codemods.step import NO_LINES, StepKind, StepTable, line_of


class Deprecate(NamedTuple):
    """Make importing ``module`` warn; with ``shim``, replace its body with forwards to where its names live now."""

    module: str
    use: str | None = None
    since: str | None = None
    removal: str | None = None
    shim: bool = False
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of the step's kind."""
        return "deprecate"


class DeprecateKind(StepKind):
    """``[[deprecate]]``; the LibCST codemods that carry it out are in ``deprecate_module`` and ``shim_module``."""

    name = "deprecate"
    keys = ("module", "use", "since", "removal", "shim")
    about: ClassVar = {
        "module": "The module; importing it warns.",
        "use": "What to import instead, for the warning.",
        "since": "When it was deprecated, for the warning.",
        "removal": "When it will be removed, for the warning.",
        "shim": "Whether the body is replaced by lazy forwards to where each name lives now.",
    }
    once = "deprecated"

    def read(self, table: StepTable) -> Deprecate:
        """Return the step that a table defines."""
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
        """Yield the module: a shim must offer every name that others import from it."""
        yield step.module

    def edited_modules(self, step: Deprecate) -> Iterator[str]:
        """Yield the module."""
        yield step.module

    def legacy_modules(self, step: Deprecate) -> Iterator[tuple[str, int]]:
        """Yield the module, which may be gone by now."""
        yield step.module, line_of(step, "module")

    def required_modules(self, step: Deprecate) -> Iterator[tuple[str, int]]:
        """Yield the module to use instead."""
        if step.use is not None:
            yield step.use, line_of(step, "use")
