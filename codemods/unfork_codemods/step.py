"""A kind of step: its table in a migration file, how the table is read, and the codemod that carries it out.

    [[redirect]]                  STEP_KINDS["redirect"] reads a table ...
    from = "a.legacy"             ... into a Redirect, which names its modules and what must exist,
    to   = "a.canonical"          ... and creates the codemod that decides where imports go

Each kind is one file of this package. ``unfork_codemods.STEP_KINDS`` lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Never, Protocol

if TYPE_CHECKING:
    from unfork_codemods.calls import CallChange
    from unfork_codemods.packages import Modules
    from unfork_codemods.project import ImportCodemod, Project

NO_LINES: Mapping[str, Never] = {}
NO_TEXTS: Mapping[str, Never] = {}


class Target(NamedTuple):
    """Where a name lives now: ``name`` of the module with the dotted name ``module``.

    ``Outer.Inner`` is an attribute of the module's ``Outer``.
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


class Step(Protocol):
    """One table of a migration file: a NamedTuple of its values, its ``line``, and the ``lines`` of its keys."""

    @property
    def kind(self) -> str:
        """The name of the step's kind and of its table."""

    @property
    def line(self) -> int:
        """The line of the table in the migration file."""

    @property
    def lines(self) -> Mapping[str, int]:
        """The lines of the table's keys, as ``line_of`` looks them up."""


def line_of(step: Step, key: str, entry: str = "") -> int:
    """Return the line of a step's ``key`` in the migration file, or the step's line if it lacks the key.

    For ``names``, ``prefer`` and ``modules``, return the line of an ``entry``: a name, or a module as spelled there.
    """
    return step.lines.get(f"{key}.{entry}" if entry else key, step.line)


def names_advice(kind: str, name: str, target: str) -> str:
    """Return the line, and the table it belongs to, that says in a migration where a name lives; ready to be pasted."""
    return f'write {name} = "{target}" under [{kind}.names]'


def named_targets(step: Step, names: Mapping[str, Target]) -> Iterator[tuple[Target, int]]:
    """Yield the targets of a step's table ``names``, each with the line that names it."""
    for name, target in names.items():
        yield target, line_of(step, "names", name)


class StepTable(Protocol):
    """A table of a migration file. Invalid values raise MigrationError, with the line."""

    def text(self, key: str) -> str:
        """Return a required string."""

    def optional_text(self, key: str) -> str | None:
        """Return an optional string, or None."""

    def flag(self, key: str) -> bool:
        """Return a boolean, false by default."""

    def module(self, key: str) -> str:
        """Return the dotted name of a required module."""

    def optional_module(self, key: str) -> str | None:
        """Return the dotted name of an optional module, or None."""

    def module_or_package(self, key: str) -> str:
        """Return a required module's dotted name, or a package entry (``old.*``)."""

    def optional_module_or_package(self, key: str) -> str | None:
        """Return an optional module's dotted name, or a package entry, or None."""

    def modules_or_packages(self, key: str) -> tuple[str, ...]:
        """Return an array of dotted names and package entries, empty by default."""

    def modules(self, key: str) -> tuple[str, ...]:
        """Return an array of dotted names, empty by default."""

    def names(self, to: str | None) -> Mapping[str, Target]:
        """Return the table ``names``: where each name lives. A name without a module lives in ``to``."""

    def calls(self) -> Mapping[str, CallChange]:
        """Return the table ``calls``: how members and arguments change, by the legacy name."""

    def has(self, key: str) -> bool:
        """Return whether the table has a key."""

    def error(self, message: str, *keys: str | int) -> Exception:
        """Return an error with ``message`` at the line of the value that ``keys`` lead to."""

    def line(self) -> int:
        """Return the line of the table."""

    def lines(self) -> Mapping[str, int]:
        """Return the lines of the table's keys."""


class StepKind:
    """A kind of step. Each kind overrides ``read``; the other methods yield nothing by default.

    ``name`` is the name of its table, ``keys`` are the keys that the table may have, and ``about`` says what they mean
    (editors show it). ``once`` names what happens to a module if it can happen to each module only once: "removed".
    """

    name: str
    keys: tuple[str, ...]
    about: ClassVar[Mapping[str, str]] = NO_TEXTS
    once: str | None = None

    def read(self, table: StepTable) -> Any:
        """Return the step that a table with valid keys defines. Raises MigrationError by ``table.error``."""
        raise NotImplementedError

    def imported_modules(self, step: Any) -> Iterator[str]:
        """Yield the modules whose imports a step rewrites or checks: files that may name one are read."""
        yield from ()

    def edited_modules(self, step: Any) -> Iterator[str]:
        """Yield the modules whose own text a step changes: their files are always read."""
        yield from ()

    def compared_modules(self, step: Any) -> Iterator[str]:
        """Yield the modules whose text ``check`` compares: a hook on one of them reads the others as well."""
        yield from ()

    def legacy_modules(self, step: Any) -> Iterator[tuple[str, int]]:
        """Yield the modules that a step names and that may no longer exist, each with the line that names it."""
        yield from ()

    def required_modules(self, step: Any) -> Iterator[tuple[str, int]]:
        """Yield the modules that must exist, each with the line that names it."""
        yield from ((target.module, line) for target, line in self.required_names(step))

    def required_names(self, step: Any) -> Iterator[tuple[Target, int]]:
        """Yield the names that must exist, each with the line that names it."""
        yield from ()

    def is_package(self, step: Any) -> bool:
        """Return whether a step is about a package with everything in it (``old.*``)."""
        return False

    def steps_by_module(self, steps: Sequence[Any], modules: Modules, file: str) -> tuple[Any, ...]:
        """Return the steps of this kind with one step for each module in place of each package entry.

        ``modules`` are those of the project, ``file`` is the migration file, for messages.
        """
        return tuple(steps)

    def codemod(
        self, steps: Sequence[Any], project: Project, earlier: Mapping[str, ImportCodemod]
    ) -> ImportCodemod | None:
        """Return the codemod that rewrites imports for the steps of this kind, or None if the kind rewrites no imports.

        ``earlier`` are the codemods of the kinds that run before, by the name of the kind.
        """
        return None

    @property
    def rewrites_imports(self) -> bool:
        """Whether the kind has a codemod for imports."""
        return type(self).codemod is not StepKind.codemod
