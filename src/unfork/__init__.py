"""unfork moves imports of duplicated Python modules onto one canonical module.

    migration = unfork.load_migration("migrations/engines.toml")
    plan = unfork.plan(".", [migration])
    print(plan.patch())
    unfork.apply(plan)

Nothing here prints. User errors raise ``UnforkError``.
"""

import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and "unfork" in sys.orig_argv:
    # `python -m unfork`: the current folder may be untrusted, and have a signal.py in it
    del sys.path[0]

TYPE_CHECKING = False  # importing typing is slow, and Ctrl-C is not handled yet
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike
    from pathlib import Path

    from unfork.errors import MigrationError, ProofError, UnforkError
    from unfork.values import Change, Finding, Plan
    from unfork_codemods.migration import Migration

__all__ = [
    "Change",
    "Finding",
    "Migration",
    "MigrationError",
    "Plan",
    "ProofError",
    "UnforkError",
    "apply",
    "load_migration",
    "plan",
]

_HOMES = {
    "unfork.errors": ("MigrationError", "ProofError", "UnforkError"),
    "unfork.values": ("Change", "Finding", "Plan"),
    "unfork_codemods.migration": ("Migration",),
}


def __getattr__(name: str) -> object:
    """Import a class of ``__all__`` on first access (PEP 562), because a hook has no time for all of them."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            attribute = globals()[name] = getattr(import_module(module), name)
            return attribute
    raise AttributeError(f"module 'unfork' has no attribute {name!r}")


def load_migration(path: "Path | str") -> "Migration":
    """Read a migration file. Raises MigrationError, with the line, if it is wrong."""
    from unfork.loading.migrations import load_migration

    return load_migration(path)


def plan(
    root: "str | PathLike[str]",
    migrations: "Sequence[Migration]",
    paths: "Iterable[str | PathLike[str]] | str | PathLike[str] | None" = None,
    jobs: int | None = None,
) -> "Plan":
    """Plan what the migrations do to the files under ``root``; write nothing.

    ``paths`` are files and folders, or one of them, relative to the root (None: all), ``jobs`` the number of worker
    processes (None: as many as there are cores, or one for small jobs). Raises UnforkError for a root or a path that
    does not exist, MigrationError for a target that does not, ProofError if a rewrite cannot be proved, GitError if git
    fails.
    """
    from dataclasses import replace
    from os import PathLike, fspath
    from pathlib import Path

    from unfork.files.tree import WorkTree
    from unfork.loading.config import relative_paths, resolve_root
    from unfork.planning.pipeline import make_plan

    top = resolve_root(Path(root), Path.cwd())
    several = (paths,) if isinstance(paths, str | PathLike) else paths
    given = None if several is None else [fspath(path) for path in several]
    chosen = None if given is None else relative_paths(top, top, given)
    tree = WorkTree(top, remembers=True)
    return replace(make_plan(tree, migrations, chosen, jobs=jobs), basis=tree.basis)


def apply(plan: "Plan", allow_dirty: bool = False) -> None:
    """Write the changes of a plan into the work tree, all or none of them.

    Raises WriteError if a file that the plan depends on has changed since the plan was made, or if a file to write has
    uncommitted changes (unless ``allow_dirty``) or cannot be written.
    """
    from unfork.files.write import write_changes

    write_changes(plan.root, plan.changes, allow_dirty, plan.basis)
