"""The project of a command: its root, its migrations, and the selected files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unfork import console
from unfork.loading.config import Config, find_project, relative_paths
from unfork.loading.migrations import migrations_for
from unfork_codemods.migration import Migration

if TYPE_CHECKING:
    from unfork.errors import UnforkError
    from unfork.files.tree import Tree
    from unfork.loading.one_off import OneOff
    from unfork.planning.checking import Check
    from unfork.values import Plan


CLEAN = "All clean: nothing uses a legacy module."
"""What a check says on a terminal if it finds nothing."""


class Asked(NamedTuple):
    """The options that diff, apply and check share, as the user wrote them."""

    root: Path | None
    paths: tuple[str, ...]
    migrations: tuple[str, ...]
    jobs: int | None
    strict: bool = False
    one_off: OneOff | None = None
    types: str | None = None


class Project(NamedTuple):
    """The resolved options: ``paths`` are relative to ``root``, None for the whole project.

    ``baseline`` is the file that pyproject.toml names, ``types`` are the type checkers to ask about receivers.
    """

    root: Path
    migrations: tuple[Migration, ...]
    paths: tuple[str, ...] | None
    exclude: tuple[str, ...]
    jobs: int | None
    strict: bool = False
    baseline: Path | None = None
    types: tuple[str, ...] = ()

    @classmethod
    def find(cls, asked: Asked) -> Project:
        """Find root, migrations and paths. Raises UnforkError if one of them does not exist."""
        cwd = Path.cwd()
        root, config = find_project(asked.root, cwd)
        migrations = _migrations_asked(asked, root, config, cwd)
        chosen = relative_paths(root, cwd, asked.paths)
        paths = chosen if chosen and "." not in chosen else None
        baseline = root / config.baseline if config.baseline else None
        engines = (asked.types if asked.types is not None else config.types) or ""
        types = tuple(engine.strip() for engine in engines.split(",") if engine.strip())
        options = (config.exclude, asked.jobs, asked.strict, baseline, types)
        return cls(root, migrations, paths, *options)

    def plan(self, tree: Tree) -> Plan:
        """Plan all changes to the files of ``tree``."""
        from dataclasses import replace  # late: the hook imports no dataclasses

        from unfork.files.tree import WorkTree
        from unfork.planning.pipeline import make_plan

        with console.progress_display("reading") as paint:
            plan = make_plan(
                tree,
                self.migrations,
                self.paths,
                self.exclude,
                self.jobs,
                paint,
                self.strict,
                self.types,
            )
        return replace(plan, basis=tree.basis if isinstance(tree, WorkTree) else None)

    def check(self, tree: Tree) -> Check:
        """Find the uses of legacy modules in the files of ``tree``."""
        from unfork.planning.checking import check_tree

        options = (self.exclude, self.jobs, self.strict, self.types)
        return check_tree(tree, self.migrations, self.paths, *options)

    def ignore_warnings(self, tree: Tree, paths: Iterable[str], unused: bool) -> Iterator[str]:
        """Yield a warning for each malformed ignore comment in ``paths``, and for each ``unused`` one in all files."""
        from unfork.planning.ignored import malformed_ignores, unused_ignores

        yield from malformed_ignores(tree, paths)
        if unused:
            yield from unused_ignores(tree, self.migrations, self.paths, self.exclude, self.jobs)

    def is_quiet(self) -> bool:
        """Return whether the quick check is enough to see that the selected files have no findings."""
        if self.paths is None:
            return False
        from unfork.planning.quick_check import names_nothing

        return all(names_nothing(self.root, migration, self.paths) for migration in self.migrations)

    def covers(self, path: str) -> bool:
        """Return whether a file is selected."""
        if self.paths is None:
            return True
        return any(path == chosen or path.startswith(f"{chosen}/") for chosen in self.paths)


def _migrations_asked(asked: Asked, root: Path, config: Config, cwd: Path) -> tuple[Migration, ...]:
    if asked.one_off is None:
        return migrations_for(root, config, asked.migrations, cwd)
    from unfork.loading.one_off import migration_of_one_off  # late: a hook has a file

    return (migration_of_one_off(asked.one_off),)


def may_be_cut_off(root: Path) -> bool:
    """Return whether a run may have been killed while it wrote. git is not asked."""
    places = (root, *root.parents, Path.cwd(), *Path.cwd().parents)
    return any(os.path.lexists(folder / ".unfork/pending") for folder in places)


def tell_of_cut_off(root: Path) -> None:
    """Report a run that was killed while it wrote. git runs only if there may be one."""
    if not may_be_cut_off(root):
        return
    from unfork.errors import WriteError
    from unfork.files.undo import pending_error

    try:
        cut_off: UnforkError | None = pending_error(root)
    except WriteError as error:
        cut_off = error  # an untrusted journal; commands that only read can go on
    if cut_off is not None:
        console.say(str(cut_off), "warning")
