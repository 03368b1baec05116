"""Find the project's root, the contents of its pyproject.toml, and the selected paths."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from unfork.errors import MigrationError, UnforkError
from unfork.loading.migration_file import patterns_of
from unfork.loading.tables import Table, parse_table

FILE = "pyproject.toml"


class Config(NamedTuple):
    """The ``[tool.unfork]`` ``table``: ``migrations`` and ``exclude`` as written, ``baseline`` and ``types`` if any."""

    file: str = FILE
    migrations: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    table: Table | None = None
    baseline: str | None = None
    types: str | None = None

    def line(self, index: int) -> int:
        """Return the line that names a migration, for messages, or 0 if there is none."""
        return self.table.line("migrations", index) if self.table else 0


def load_config(root: Path) -> Config:
    """Return the configuration in the pyproject.toml of ``root``, empty if it has no ``[tool.unfork]``.

    Raises MigrationError, with the line, for an unknown key, a wrong type, or a file that names unfork and cannot be
    read or is not valid TOML.
    """
    table = _unfork_table(root / FILE)
    return _config_of_table(table) if table else Config()


def find_project(given: Path | None, cwd: Path) -> tuple[Path, Config]:
    """Return the project's absolute root and its configuration.

    The root is ``given``, or the nearest folder from ``cwd`` upwards whose pyproject.toml has ``[tool.unfork]``, or the
    top of the git work tree, or ``cwd``. Raises UnforkError if ``given`` is not a folder, GitError for a git folder
    that git does not accept, and the errors of ``load_config``.
    """
    start = cwd.resolve()
    if given is not None:
        root = resolve_root(given, start)
        return root, load_config(root)
    for parent in (start, *start.parents):
        if table := _unfork_table(parent / FILE):
            return parent, _config_of_table(table)
    # late: with a table, git is not needed
    from unfork.files.repository import find_repository

    repository = find_repository(start)
    return repository.top if repository else start, Config()


def find_root(given: Path | None, cwd: Path) -> Path:
    """Return the project's root as ``find_project`` does, even if the configuration there is wrong.

    Raises UnforkError if ``given`` is not a folder, and GitError for a git folder that git does not accept.
    """
    try:
        return find_project(given, cwd)[0]
    except MigrationError as error:
        return resolve_root(given, cwd.resolve()) if given is not None else Path(error.file).parent


def resolve_root(given: Path, cwd: Path) -> Path:
    """Return the root ``given`` relative to ``cwd`` as an absolute path. Raises UnforkError if it is not a folder."""
    root = cwd / given
    if not root.is_dir():
        raise UnforkError(
            f"the root {given} {'is not a folder' if root.exists() else 'is not there'}"
        )
    return root.resolve()


def _unfork_table(file: Path) -> Table | None:
    """Return ``[tool.unfork]``. A file that never mentions unfork is not even parsed."""
    if not file.is_file():
        return None
    try:
        data = file.read_bytes()
    except OSError as error:
        raise MigrationError(str(file), 0, f"cannot be read: {error.strerror}") from None
    if b"unfork" not in data:
        return None
    tool = parse_table(data, str(file)).table("tool")
    return tool.table("unfork") if "unfork" in tool.values else None


def _config_of_table(table: Table) -> Config:
    table.known(("migrations", "exclude", "baseline", "types"))
    migrations, exclude = table.texts("migrations"), patterns_of(table, "exclude")
    baseline, types = table.optional_text("baseline"), table.optional_text("types")
    return Config(table.file, migrations, exclude, table, baseline, types)


def relative_paths(root: Path, cwd: Path, given: Iterable[str]) -> tuple[str, ...]:
    """Return files and folders, given relative to ``cwd``, as paths relative to ``root``, with ``/``.

    The root itself is ``.``. Symbolic links are followed to their targets. Raises UnforkError for a path that does not
    exist or is not in the root.
    """
    return tuple(dict.fromkeys(_path_from_root(root, cwd, path) for path in given))


def _path_from_root(root: Path, cwd: Path, given: str) -> str:
    if not given:
        raise UnforkError(
            "a path is empty: name a file or a folder, or leave it out for the whole project"
        )
    try:
        path = (cwd / given).resolve(strict=True)
    except FileNotFoundError:
        under_root = (root / given).exists()
        where = " here (there is one under the root: paths start from the current folder)"
        raise UnforkError(f"{given}: no such file or folder{where if under_root else ''}") from None
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a null byte
        raise UnforkError(f"{given}: cannot be looked at: {error}") from None
    if not path.is_relative_to(root):
        raise UnforkError(f"{given}: outside the project's root {root}")
    return path.relative_to(root).as_posix()
