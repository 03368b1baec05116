"""What goes to the process of a repository, and what comes back. Imports nothing heavy: dask's workers load it."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Status = Literal["changed", "clean", "left", "tests", "failed"]
STATUSES: tuple[Status, ...] = ("changed", "clean", "left", "tests", "failed")
MEANINGS: dict[Status, str] = {
    "changed": "a branch, and nothing is left",
    "clean": "nothing to change",
    "left": "references are left that need a person",
    "tests": "the test failed; the branch, if any, ends before that step",
    "failed": "an error; nothing was written",
}


class Migrations(NamedTuple):
    """The migrations of a fleet: ``names``, which each repository looks up, and the texts of ``files`` by name.

    Without either, each repository's own pyproject.toml says which.
    """

    names: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


class Task(NamedTuple):
    """One repository: a ``folder``, which is cloned from ``url`` if that is not empty, and what to do there.

    ``root`` is where the project is in it; empty: it is found, as for any command.
    """

    name: str
    folder: str
    url: str
    branch: str
    test: str | None
    migrations: Migrations
    refresh: bool = False
    root: str = ""

    @classmethod
    def of(cls, values: dict[str, Any]) -> Task:
        """Return the task that went through JSON."""
        names, files = values.pop("migrations")
        migrations = Migrations(tuple(names), tuple((name, text) for name, text in files))
        return cls(**values, migrations=migrations)


class Result(NamedTuple):
    """What became of one repository.

    ``branch`` is None if none was made. ``message`` is one line for a person; ``findings`` are the lines of what is
    left; ``log`` has the end of what the tests, or the error, said.
    """

    name: str
    folder: str
    status: Status
    message: str
    branch: str | None = None
    commits: int = 0
    files: int = 0
    statements: int = 0
    names: int = 0
    left: int = 0
    findings: tuple[str, ...] = ()
    log: str = ""

    @classmethod
    def of(cls, values: dict[str, Any]) -> Result:
        """Return the result that went through JSON."""
        return cls(**{**values, "findings": tuple(values["findings"])})

    @property
    def is_done(self) -> bool:
        """Whether a later run need not try again."""
        return self.status in ("changed", "clean", "left")
