"""A kind of step: what a migration file says of it, how that is read, and the codemod that carries it out.

    [[redirect]]                  STEP_KINDS["redirect"] reads a table ...
    from = "a.legacy"             ... into a Redirect, which says what it is about and what has to exist,
    to   = "a.canonical"          ... and makes the codemod that decides where imports go

Each kind is one file of this package. ``unfork_codemods.STEP_KINDS`` lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Never, Protocol

if TYPE_CHECKING:
    from unfork_codemods.project import ImportCodemod, Project

NO_LINES: Mapping[str, Never] = {}


class Target(NamedTuple):
    """Where a name lives from now on: ``name`` of the module with the dotted name ``module``."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


class Step(Protocol):
    """One table of a migration file: a NamedTuple of what it says, its ``line``, and the ``lines`` of its keys."""

    @property
    def kind(self) -> str:
        """The name of its kind, which is that of its table."""

    @property
    def line(self) -> int:
        """The line of the table in the migration file."""

    @property
    def lines(self) -> Mapping[str, int]:
        """The lines of its keys, as ``line_of`` looks them up."""


def line_of(step: Step, key: str, entry: str = "") -> int:
    """Return the line of the migration file that says ``key`` of a step; of ``names``, ``prefer`` and ``modules``, the
    line of an ``entry``: a name, or a module as spelled there. Where nothing says it: the line of the step.
    """
    return step.lines.get(f"{key}.{entry}" if entry else key, step.line)


class StepTable(Protocol):
    """A table of a migration file. What is not as it should be raises MigrationError, with the line."""

    def text(self, key: str) -> str:
        """Return a string that has to be there."""

    def optional_text(self, key: str) -> str | None:
        """Return a string, None where there is none."""

    def flag(self, key: str) -> bool:
        """Return a boolean, false where there is none."""

    def module(self, key: str) -> str:
        """Return the dotted name of a module that has to be there."""

    def optional_module(self, key: str) -> str | None:
        """Return the dotted name of a module, None where there is none."""

    def modules(self, key: str) -> tuple[str, ...]:
        """Return an array of dotted names, empty where there is none."""

    def names(self, to: str | None) -> Mapping[str, Target]:
        """Return the table ``names``: where each name lives; one without a module lives in ``to``."""

    def error(self, message: str, *keys: str | int) -> Exception:
        """Return the error that says ``message`` at the line of what ``keys`` lead to."""

    def line(self) -> int:
        """Return the line of the table."""

    def lines(self) -> Mapping[str, int]:
        """Return the lines of its keys."""


class StepKind:
    """A kind of step, by default one that says nothing. A kind overrides ``read``, and what else it has to say.

    ``name`` is that of its table, ``keys`` are the keys that it may have. ``once`` is what happens to a module, if it
    may happen to each module once only: "removed".
    """

    name: str
    keys: tuple[str, ...]
    once: str | None = None

    def read(self, table: StepTable) -> Any:
        """Return what a table says, whose keys are known to be right. Raises MigrationError by ``table.error``."""
        raise NotImplementedError

    def imported_modules(self, step: Any) -> Iterator[str]:
        """Yield the modules whose imports a step is about: files that may name one are looked at."""
        yield from ()

    def edited_modules(self, step: Any) -> Iterator[str]:
        """Yield the modules whose own text a step changes: their files are looked at, whatever they hold."""
        yield from ()

    def legacy_modules(self, step: Any) -> Iterator[tuple[str, int]]:
        """Yield the modules that a step is about and that may be gone, each with the line that names it."""
        yield from ()

    def required_modules(self, step: Any) -> Iterator[tuple[str, int]]:
        """Yield the modules that have to exist, each with the line that names it."""
        yield from ((target.module, line) for target, line in self.required_names(step))

    def required_names(self, step: Any) -> Iterator[tuple[Target, int]]:
        """Yield the names that have to exist, each with the line that names it."""
        yield from ()

    def codemod(
        self, steps: Sequence[Any], project: Project, earlier: Mapping[str, ImportCodemod]
    ) -> ImportCodemod | None:
        """Return the codemod that rewrites imports for the steps of this kind; None: the kind rewrites no imports.

        ``earlier`` are the codemods of the kinds that run before, by the names of these.
        """
        return None

    @property
    def rewrites_imports(self) -> bool:
        """Whether the kind has a codemod for imports."""
        return type(self).codemod is not StepKind.codemod
