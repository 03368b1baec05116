"""A migration file as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from unfork_codemods import STEP_KINDS, StepKind
from unfork_codemods.step import NO_LINES, Step, Target

if TYPE_CHECKING:
    from unfork_codemods.align import Align
    from unfork_codemods.deprecate import Deprecate
    from unfork_codemods.packages import Modules
    from unfork_codemods.redirect import Redirect
    from unfork_codemods.remove import Remove
    from unfork_codemods.repair import Repair
    from unfork_codemods.twin import Twin

Steps = Mapping[str, tuple[Any, ...]]
"""Steps by the name of their kind, in the order in which they run; steps of one kind are in file order."""

_NO_STEPS: Steps = {}
_Said = TypeVar("_Said")


class Migration(NamedTuple):
    """A parsed migration file. ``file`` is its path.

    ``roots`` are the folders that absolute imports start from, or None for the project's default. ``outside`` are
    packages that are not in the project. ``lines`` are the lines of the entries of both. ``reports_references``: exact
    references that are no imports are reported, not rewritten. ``first`` are the roots of the member of a workspace
    that the migration is about: its modules come before others of the same name.
    """

    name: str
    file: str
    summary: str = ""
    roots: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    steps: Steps = _NO_STEPS
    outside: tuple[str, ...] = ()
    lines: Mapping[str, int] = NO_LINES
    reports_references: bool = False
    first: tuple[str, ...] = ()

    @property
    def redirects(self) -> tuple[Redirect, ...]:
        """The redirects."""
        return cast("tuple[Redirect, ...]", self.steps.get("redirect", ()))

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """The repairs."""
        return cast("tuple[Repair, ...]", self.steps.get("repair", ()))

    @property
    def aligns(self) -> tuple[Align, ...]:
        """The alignments."""
        return cast("tuple[Align, ...]", self.steps.get("align", ()))

    @property
    def deprecates(self) -> tuple[Deprecate, ...]:
        """The deprecations."""
        return cast("tuple[Deprecate, ...]", self.steps.get("deprecate", ()))

    @property
    def removes(self) -> tuple[Remove, ...]:
        """The removals."""
        return cast("tuple[Remove, ...]", self.steps.get("remove", ()))

    @property
    def twins(self) -> tuple[Twin, ...]:
        """The twins."""
        return cast("tuple[Twin, ...]", self.steps.get("twin", ()))

    def kinds(self) -> Iterator[tuple[StepKind, tuple[Any, ...]]]:
        """Yield each kind that has steps, with its steps."""
        return ((STEP_KINDS[name], steps) for name, steps in self.steps.items() if steps)

    def only(self, is_meant: Callable[[StepKind], bool]) -> Migration:
        """Return the migration with only the steps of the kinds that ``is_meant`` selects."""
        return self._replace(steps={kind.name: s for kind, s in self.kinds() if is_meant(kind)})

    @property
    def has_packages(self) -> bool:
        """Whether some step is about a package with everything in it (``old.*``)."""
        return any(kind.is_package(step) for kind, steps in self.kinds() for step in steps)

    def by_module(self, modules: Modules) -> Migration:
        """Return the migration with one step for each module in place of each package entry."""
        steps = {k.name: k.steps_by_module(s, modules, self.file) for k, s in self.kinds()}
        return self._replace(steps={name: listed for name, listed in steps.items() if listed})

    @property
    def keeps_inside(self) -> bool:
        """Whether the modules of some legacy package go on importing each other."""
        return any(redirect.keeps_inside for redirect in self.redirects)

    def with_packages_in_use(self) -> Migration:
        """Return the migration for a project that still uses modules of its legacy packages."""
        redirects = tuple(
            step._replace(package=step.package._replace(is_in_use=True)) if step.package else step
            for step in self.redirects
        )
        steps = {**self.steps, "redirect": redirects} if redirects else self.steps
        return self._replace(steps=steps)

    def imports_only(self) -> Migration:
        """Return the migration with only the steps that rewrite imports."""
        return self.only(lambda kind: kind.rewrites_imports)

    def imported_modules(self) -> Iterator[str]:
        """Yield the modules whose imports some step rewrites or checks."""
        return self._of_each_step(lambda kind: kind.imported_modules)

    def edited_modules(self) -> Iterator[str]:
        """Yield the modules whose own text some step changes."""
        return self._of_each_step(lambda kind: kind.edited_modules)

    def compared_modules(self) -> Iterator[str]:
        """Yield the modules whose texts some step compares."""
        return self._of_each_step(lambda kind: kind.compared_modules)

    def legacy_modules(self) -> Iterator[tuple[str, int]]:
        """Yield the modules that some step names and that may no longer exist, each with the line that names it."""
        return self._of_each_step(lambda kind: kind.legacy_modules)

    def required_modules(self) -> Iterator[tuple[str, int]]:
        """Yield the dotted names of modules that must exist, each with the line that names it."""
        return self._of_each_step(lambda kind: kind.required_modules)

    def required_names(self) -> Iterator[tuple[Target, int]]:
        """Yield the names that must exist, each with the line that names it."""
        return self._of_each_step(lambda kind: kind.required_names)

    def _of_each_step(
        self, what: Callable[[StepKind], Callable[[Any], Iterator[_Said]]]
    ) -> Iterator[_Said]:
        for kind, steps in self.kinds():
            for step in steps:
                yield from what(kind)(step)


def by_kind(steps: Iterable[Step]) -> Steps:
    """Return steps grouped by the name of their kind, in the order in which they run."""
    steps_by_kind: dict[str, list[Step]] = {name: [] for name in STEP_KINDS}
    for step in steps:
        steps_by_kind[step.kind].append(step)
    return {name: tuple(listed) for name, listed in steps_by_kind.items() if listed}
