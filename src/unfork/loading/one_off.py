"""One redirect from the command line, as a migration: ``--from a.b --to a.c --name Old=New``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.errors import UnforkError
from unfork.loading.migration_file import migration_of
from unfork.loading.tables import spoken_table
from unfork_codemods.migration import Migration

NAME = "one-off"


class OneOff(NamedTuple):
    """The options as the user wrote them: ``source`` and ``to`` are modules, ``names`` are ``OLD=NEW``."""

    source: str
    to: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = "".join(f" --name {name}" for name in self.names)
        return f"--from {self.source} --to {self.to}{names}"


def migration_of_one_off(one_off: OneOff) -> Migration:
    """Return the migration with the one redirect.

    Raises UnforkError for a ``--name`` without ``=`` or given twice, and MigrationError for whatever a migration file
    could not say either.
    """
    redirect: dict[str, object] = {"from": one_off.source, "to": one_off.to}
    if one_off.names:
        redirect["names"] = dict(_pairs(one_off.names))
    head = {"name": NAME, "summary": f"{one_off.source} becomes {one_off.to}"}
    said = {"migration": head, "redirect": [redirect]}
    return migration_of(spoken_table(said, str(one_off)))


def _pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name in names:
        old, equals, new = name.partition("=")
        if not equals:
            raise UnforkError(f"--name {name}: write OLD=NEW, as in --name {name}=NewName")
        if old in seen:
            raise UnforkError(f"--name {name}: {old} is given twice")
        seen.add(old)
        yield old, new
