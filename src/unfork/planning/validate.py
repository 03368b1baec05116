"""Whether what a migration names is there: a misspelt target must never become an import."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.errors import MigrationError
from unfork.nearest import nearest
from unfork.reading.index import Index
from unfork.reading.layout import is_external
from unfork_codemods.plan import Migration, Redirect, Repair, Target, line_of
from unfork_codemods.project import Kind

_Named = tuple[str, int]


def validate(migration: Migration, index: Index) -> None:
    """Check a migration's targets against the project.

    Raises MigrationError for a module whose package is in the root but which is not there, for a name that it does not
    define, and for a redirect of a module to itself under another spelling.
    """
    for dotted, line in _modules(migration):
        located = index.named(dotted)
        if not is_external(located.key) and not located.exists:
            raise MigrationError(
                migration.file, line, f"there is no module '{dotted}'{_meant(index, dotted)}"
            )
    for target, line in _targets(migration):
        _check_name(migration, index, target, line)
    for redirect in migration.redirects:
        same = redirect.to and index.named(redirect.to).key == index.named(redirect.source).key
        if same:
            line = line_of(redirect, "to")
            message = f"circular redirect: {redirect.source} and {redirect.to} are one file"
            raise MigrationError(migration.file, line, message)


def _modules(migration: Migration) -> Iterator[_Named]:
    for redirect in migration.redirects:
        if redirect.to is not None:
            yield redirect.to, line_of(redirect, "to")
    for repair in migration.repairs:
        yield from ((module, line_of(repair, "prefer", module)) for module in repair.prefer)
    for align in migration.aligns:
        yield from ((module, line_of(align, "modules", module)) for module in align.modules)
        if align.surface is not None:
            yield align.surface, line_of(align, "surface")
    for deprecate in migration.deprecates:
        if deprecate.use is not None:
            yield deprecate.use, line_of(deprecate, "use")
    yield from ((target.module, line) for target, line in _targets(migration))


def _targets(migration: Migration) -> Iterator[tuple[Target, int]]:
    steps: tuple[Redirect | Repair, ...] = (*migration.redirects, *migration.repairs)
    for step in steps:
        for name, target in step.names.items():
            yield target, line_of(step, "names", name)


def _check_name(migration: Migration, index: Index, target: Target, line: int) -> None:
    key = index.named(target.module).key
    if is_external(key) or index.origin(key, target.name).kind is not Kind.MISSING:
        return
    near = nearest(target.name, index.names(key))
    meant = f"; did you mean '{near}'?" if near else ""
    raise MigrationError(
        migration.file, line, f"'{target.module}' does not define '{target.name}'{meant}"
    )


def _meant(index: Index, dotted: str) -> str:
    known = [index.dotted(key) for key in index.layout.modules if key]
    near = nearest(dotted, known)
    return f"; did you mean '{near}'?" if near else ""
