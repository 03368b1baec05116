"""Deprecate: make importing a module warn; a shim only forwards to where its names live now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from unfork_codemods.packages import Modules, by_module, is_package_entry, module_of_entry
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
        module, use = table.module_or_package("module"), table.optional_module_or_package("use")
        if use is not None and is_package_entry(use) and not is_package_entry(module):
            why = f"'{use}' is a package with everything in it, and 'module' is not"
            raise table.error(f"{why}: leave out its '.*'", "use")
        return Deprecate(
            module=module,
            use=use,
            since=table.optional_text("since"),
            removal=table.optional_text("removal"),
            shim=table.flag("shim"),
            line=table.line(),
            lines=table.lines(),
        )

    def imported_modules(self, step: Deprecate) -> Iterator[str]:
        """Yield the module: a shim must offer every name that others import from it."""
        yield module_of_entry(step.module)

    def edited_modules(self, step: Deprecate) -> Iterator[str]:
        """Yield the module."""
        yield module_of_entry(step.module)

    def legacy_modules(self, step: Deprecate) -> Iterator[tuple[str, int]]:
        """Yield the module, which may be gone by now."""
        yield module_of_entry(step.module), line_of(step, "module")

    def required_modules(self, step: Deprecate) -> Iterator[tuple[str, int]]:
        """Yield the module to use instead."""
        if step.use is not None:
            yield module_of_entry(step.use), line_of(step, "use")

    def is_package(self, step: Deprecate) -> bool:
        """Return whether a step is about a package with everything in it."""
        return is_package_entry(step.module)

    def steps_by_module(
        self, steps: Sequence[Deprecate], modules: Modules, file: str
    ) -> tuple[Deprecate, ...]:
        """Return a step for each module: each in a package warns, and names its own counterpart."""
        return by_module(
            steps, lambda step: step.module, lambda step: _step_by_module(step, modules)
        )


def _step_by_module(step: Deprecate, modules: Modules) -> Iterator[tuple[str, Deprecate]]:
    package = module_of_entry(step.module)
    for module in modules.inside(package) or (package,):
        use = step.use
        if use is not None and is_package_entry(use):
            counterpart = module_of_entry(use) + module[len(package) :]
            is_there = module == package or modules.exists(counterpart)
            use = counterpart if is_there else None
        yield module, step._replace(module=module, use=use)
