"""Package entries of a migration (``old.*``), resolved into the modules that a project has."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from unfork.loading.migration_file import check_redirects
from unfork.reading.layout import Layout, join_key
from unfork.reading.projects import is_nowhere
from unfork_codemods.migration import Migration
from unfork_codemods.packages import Modules
from unfork_codemods.project import is_external

Scan = Callable[[bytes], Iterator[bytes]]
"""Yields the texts of the project's files that contain a word."""

_LISTED = re.compile(
    rb"\b(?:from|import)\b[ \t]+([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w. \t]+)*)"
)
_QUOTED = re.compile(rb"\b(?:import_module|__import__)\([ \t]*[\"']([\w.]+)[\"']")
_SUFFIXES = (".py", ".pyi")


def migration_by_module(migration: Migration, modules: Modules) -> Migration:
    """Return a migration with one step for each module in place of each package entry.

    Raises MigrationError if the redirects of modules and packages together lead in a circle.
    """
    if not migration.has_packages:
        return migration
    resolved = migration.by_module(modules)
    check_redirects([resolved])
    return resolved


class ProjectModules:
    """The modules of a project's layout, and of installed packages."""

    def __init__(self, layout: Layout, scan: Scan) -> None:
        self._layout, self._scan = layout, scan
        self._imported: dict[str, frozenset[str]] = {}

    def inside(self, package: str) -> Collection[str]:
        """Return the modules that a package has: those of the project, else those of an installed one."""
        located = self._layout.named(package)
        if is_external(located.key):
            return self._layout.outside.modules_inside(package)
        keys = [join_key(base, self._layout.by_folder(package)) for base in self._layout.roots]
        return frozenset(
            package + key[len(prefix) :].replace("/", ".")
            for prefix in keys
            for key in self._keys
            if (key == prefix or key.startswith(f"{prefix}/")) and _is_dotted(key[len(prefix) :])
        )

    @cached_property
    def _keys(self) -> Collection[str]:
        """The modules with a file, and folders without ``__init__.py`` (PEP 420)."""
        return frozenset((*self._layout.modules, *self._layout.folders))

    def exists(self, module: str) -> bool:
        """Return whether the project has a module, or it is outside, where it may be."""
        if is_nowhere(self._layout, module):
            return False
        located = self._layout.named(module)
        return not is_external(located.key) or self._layout.outside.may_have(module)

    def imported(self, package: str) -> Collection[str]:
        """Return the modules in a package that the texts of the project's files import, as they spell them."""
        if package not in self._imported:
            texts = self._scan(package.rpartition(".")[2].encode())
            names = {name for text in texts for name in _names_imported(text)}
            inside = frozenset(name for name in names if name.startswith(f"{package}."))
            self._imported[package] = inside
        return self._imported[package]


class FolderModules:
    """The modules in the folders of a project on disk, found without listing all of its files."""

    def __init__(self, root: Path, roots: Iterable[str]) -> None:
        self._bases = [root / base for base in roots]

    def inside(self, package: str) -> Collection[str]:
        """Return the modules that a package has in the project."""
        tail = package.replace(".", "/")
        return frozenset(
            package + name for base in self._bases for name in _modules_below(base / tail)
        )

    def exists(self, module: str) -> bool:
        """Return whether the project has a module."""
        path = module.replace(".", "/")
        return any(
            (base / path).is_dir() or (base / f"{path}.py").is_file() for base in self._bases
        )

    def imported(self, package: str) -> Collection[str]:
        """Return nothing: whatever is imported from a package names the package."""
        return ()


def _names_imported(text: bytes) -> Iterator[str]:
    """Yield the dotted names of the modules that a text imports by their full names."""
    for match in _LISTED.finditer(text):
        for part in match[1].split(b","):
            yield part.split()[0].decode(errors="replace") if part.split() else ""
    yield from (match[1].decode(errors="replace") for match in _QUOTED.finditer(text))


def _is_dotted(tail: str) -> bool:
    return all(part.isidentifier() for part in tail.split("/")[1:])


def _modules_below(folder: Path) -> Iterator[str]:
    """Yield the names below a package's own, each with its dots, and the package's own: empty."""
    if any(folder.with_name(folder.name + suffix).is_file() for suffix in _SUFFIXES):
        yield ""
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name.isidentifier() and name != "__pycache__"]
        parts = Path(path).relative_to(folder).parts
        stems = {Path(name).stem for name in files if name.endswith(_SUFFIXES)}
        if stems:
            yield from (
                "".join(f".{part}" for part in parts[:end]) for end in range(len(parts) + 1)
            )
        yield from (
            "".join(f".{part}" for part in (*parts, stem))
            for stem in stems - {"__init__"}
            if stem.isidentifier()
        )
