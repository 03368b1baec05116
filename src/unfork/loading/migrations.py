"""Find migrations by file or by name, and read them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from unfork.errors import MigrationError, UnforkError
from unfork.loading.config import Config
from unfork.loading.migration_file import check_redirects, migration_of
from unfork.loading.tables import parse_table, read_table
from unfork.nearest import spelling_hint
from unfork_codemods.migration import Migration

_MAGIC = frozenset("*?[")


def load_migration(path: Path | str) -> Migration:
    """Read a migration file: inert TOML, no code runs.

    Raises MigrationError, with the file, the line and the likely intent, if the file cannot be read, is not valid TOML,
    has an unknown key, a wrong type, a malformed name, one module redirected twice, or redirects in a circle. Does not
    check whether the modules exist.
    """
    return migration_of(read_table(Path(path), str(path)))


def bundled_migrations() -> tuple[Migration, ...]:
    """Return the migrations that come with unfork, by name."""
    from importlib.resources import files  # late: not needed without bundled migrations

    migrations = []
    for entry in files("unfork_codemods").joinpath("migrations").iterdir():
        if entry.name.endswith(".toml"):
            shown = f"unfork_codemods/migrations/{entry.name}"
            migrations.append(migration_of(parse_table(entry.read_bytes(), shown)))
    return tuple(sorted(migrations, key=lambda migration: migration.name))


def configured_migrations(root: Path, config: Config) -> tuple[Migration, ...]:
    """Return the migrations in ``[tool.unfork] migrations``: files and globs from the root, and bundled names.

    Raises MigrationError for an entry that is neither, for a migration that is wrong, and for two with the same name.
    """
    return _distinct_migrations(
        migration
        for index, entry in enumerate(config.migrations)
        for migration in _migrations_of_entry(root, config, index, entry)
    )


def _migrations_of_entry(root: Path, config: Config, index: int, entry: str) -> list[Migration]:
    pattern = bool(_MAGIC & set(entry))
    file_paths = (
        [candidate for candidate in _matching_paths(root, entry) if (root / candidate).is_file()]
        if pattern
        else []
    )
    if not file_paths and (root / entry).is_file():
        file_paths = [entry]
    if file_paths:
        shown = {match.replace(os.sep, "/"): root / match for match in file_paths}
        return [migration_of(read_table(path, name)) for name, path in shown.items()]
    if pattern or "/" in entry or entry.endswith(".toml"):
        meant = "; write '/' between folders" if "\\" in entry else ""
        what = f"'migrations': there is no file '{entry}' in {root}{meant}"
        raise MigrationError(config.file, config.line(index), what)
    bundled = {migration.name: migration for migration in bundled_migrations()}
    if entry not in bundled:
        what = f"'migrations': '{entry}' is neither a file nor a bundled migration"
        raise MigrationError(config.file, config.line(index), what + spelling_hint(entry, bundled))
    return [bundled[entry]]


def _matching_paths(root: Path, pattern: str) -> list[str]:
    from unfork.files.globs import glob_paths  # late: most projects list names

    return glob_paths(root, pattern)


def _distinct_migrations(migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """Return each migration once. Raises MigrationError if two different ones share a name."""
    named: dict[str, Migration] = {}
    for migration in migrations:
        first = named.setdefault(migration.name, migration)
        if first._replace(file=migration.file) != migration:
            what = f"the name '{migration.name}' is that of {first.file} already"
            raise MigrationError(migration.file, 0, what)
    return tuple(named.values())


def find_migration(name_or_file: str, cwd: Path, root: Path, config: Config) -> Migration:
    """Return the migration in a file (from ``cwd``), or else the configured or bundled migration with that name.

    Raises UnforkError, with the nearest name, if there is none, and the errors of ``load_migration`` and
    ``configured_migrations``.
    """
    if (cwd / name_or_file).is_file():
        return migration_of(read_table(cwd / name_or_file, name_or_file))
    known = (*bundled_migrations(), *configured_migrations(root, config))
    named = {migration.name: migration for migration in known}
    if name_or_file in named:
        return named[name_or_file]
    what = f"there is no migration file and no migration named '{name_or_file}'"
    raise UnforkError(
        what + (spelling_hint(name_or_file, named) or "; `unfork list` shows the names")
    )


def migrations_for(
    root: Path, config: Config, names: Sequence[str] = (), cwd: Path | None = None
) -> tuple[Migration, ...]:
    """Return the migrations of a run, each once.

    These are ``names`` (as ``find_migration`` takes them), or else all configured ones. Raises UnforkError if there is
    none, and MigrationError if one is wrong or two contradict each other.
    """
    if names:
        start = cwd or Path.cwd()
        migrations = _distinct_migrations(
            find_migration(name, start, root, config) for name in names
        )
    else:
        migrations = configured_migrations(root, config)
    if not migrations:
        raise UnforkError(
            "no migration: name one with -m, or list them in pyproject.toml under"
            " [tool.unfork] migrations; `unfork list` shows the bundled ones"
        )
    check_redirects(migrations)
    return migrations
