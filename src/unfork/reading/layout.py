"""Which file an import names: modules are files, and a dotted name starts from a root.

A module is known by its key, its path without the suffix (``src/a/b`` for ``src/a/b.py``, ``src/a`` for
``src/a/__init__.py``). A module outside the project is known by its dotted name in angle brackets, ``<os.path>``.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from unfork_codemods.project import Key, Located, external, is_external


def key_of(path: str) -> Key:
    """Return the key of the module that a file holds."""
    stem = path.rpartition(".")[0]
    return (
        stem[: -len("/__init__")]
        if stem.endswith("/__init__")
        else ""
        if stem == "__init__"
        else stem
    )


def join(base: str, dotted: str) -> Key:
    """Return the key of a dotted name that starts from the folder ``base``."""
    tail = dotted.replace(".", "/")
    return f"{base}/{tail}" if base and tail else base or tail


def member(key: Key, name: str) -> Key:
    """Return the key of the submodule ``name`` of a module, in the project or outside."""
    return external(f"{key[1:-1]}.{name}") if is_external(key) else join(key, name)


def parent(key: Key) -> Key:
    """Return the folder of a key; the root is empty."""
    return key.rpartition("/")[0]


@dataclass(frozen=True)
class Layout:
    """The project's modules: the paths of its Python files, the roots, and legacy modules whose files are gone.

    Roots are folders relative to the project's root, which is itself the empty one.
    """

    paths: frozenset[str]
    roots: tuple[str, ...]
    gone: frozenset[Key] = field(default=frozenset())
    _known: dict[tuple[str, str], Located] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def modules(self) -> dict[Key, tuple[str, ...]]:
        """The files of each module: the source, and the stub beside it where there is one."""
        result: dict[Key, tuple[str, ...]] = {}
        for path in sorted(self.paths):
            key = key_of(path)
            result[key] = (*result.get(key, ()), path)
        return result

    @cached_property
    def folders(self) -> frozenset[str]:
        """Folders that hold Python files, at any depth: namespace packages (PEP 420) among them."""
        seen: set[str] = set()
        for path in self.paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in seen:
                seen.add(folder)
                folder = folder.rpartition("/")[0]
        for key in self.gone:
            folder = parent(key)
            while folder and folder not in seen:
                seen.add(folder)
                folder = parent(folder)
        return frozenset(seen)

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package, a folder with ``__init__.py``."""
        prefix = f"{key}/" if key else ""
        return f"{prefix}__init__.py" in self.paths or f"{prefix}__init__.pyi" in self.paths

    def inside(self, packages: Collection[Key]) -> Iterator[Key]:
        """Yield the modules and folders that stand right in one of the packages."""
        if not self.folders.isdisjoint(packages):
            yield from (key for key in {*self.modules, *self.folders} if parent(key) in packages)

    def exists(self, key: Key) -> bool:
        """Return whether a key names a module, a package or a namespace package of the project."""
        return key in self.modules or key in self.folders or key in self.gone

    def absolute(self, dotted: str, importer: str) -> Located:
        """Return what ``import dotted`` names in the file ``importer``."""
        folder = importer.rpartition("/")[0]
        known = self._known.get((dotted, folder))
        if known is None:
            known = self._known[dotted, folder] = self._absolute(dotted, folder)
        return known

    def _absolute(self, dotted: str, folder: str) -> Located:
        """Search the roots.

        As the import system does, a root whose first segment is a module or a regular package is searched alone;
        namespace packages (PEP 420) leave the search to the next root.
        """
        top = dotted.partition(".")[0]
        missing: Located | None = None
        for base in self._bases(folder):
            first = join(base, top)
            if not self.exists(first):
                continue
            key = join(base, dotted)
            if self.exists(key):
                return Located(key, base)
            if self.is_package(first) or first in self.modules:
                return Located(key, base, exists=False)
            missing = missing or Located(key, base, exists=False)
        return missing or Located(external(dotted))

    def _bases(self, folder: str) -> Iterable[str]:
        """Yield the folders to search: that of a file in no package first, as where it is run as a script."""
        own = None if not folder or self.is_package(folder) else folder
        if own is not None:
            yield own
        yield from (base for base in self.roots if base != own)

    def relative(self, level: int, module: str, importer: str) -> Located:
        """Return what ``from ..module import`` names (PEP 328); above the root nothing exists."""
        folder = importer.rpartition("/")[0]
        for _ in range(level - 1):
            if not folder:
                return Located(external("." * level + module), exists=False)
            folder = parent(folder)
        key = join(folder, module)
        return Located(key, None, self.exists(key) or key == folder)

    def named(self, dotted: str) -> Located:
        """Return what a migration means by a dotted name: from the first root where most of it exists."""
        best: tuple[int, Located] | None = None
        for base in self.roots:
            key = join(base, dotted)
            if self.exists(key):
                return Located(key, base)
            depth = self._depth(base, dotted)
            if depth and (best is None or depth > best[0]):
                best = (depth, Located(key, base, exists=False))
        return best[1] if best else Located(external(dotted))

    def _depth(self, base: str, dotted: str) -> int:
        depth, key = 0, base
        for segment in dotted.split("."):
            key = join(key, segment)
            if not self.exists(key):
                break
            depth += 1
        return depth

    def spelled(self, key: Key, base: str) -> str | None:
        """Return the dotted name of a module from the folder ``base``; None where it has none there."""
        if is_external(key):
            return key[1:-1]
        if base and not key.startswith(f"{base}/"):
            return None
        tail = key[len(base) + 1 :] if base else key
        segments = tail.split("/")
        if not tail or not all(s.isidentifier() and not keyword.iskeyword(s) for s in segments):
            return None
        return ".".join(segments)

    def dotted(self, key: Key) -> str:
        """Return the dotted name of a module from the first root that it has one from, for messages."""
        for base in self.roots:
            name = self.spelled(key, base)
            if name:
                return name
        return key

    def relative_name(self, key: Key, importer: str, highest: str) -> str | None:
        """Return a module's name relative to the file ``importer``, dots and all; None where it would be too high.

        ``highest`` is the topmost folder that the dots may reach.
        """
        folder = importer.rpartition("/")[0]
        level = 1
        while not (key == folder or key.startswith(f"{folder}/") or not folder):
            if folder == highest:
                return None
            folder, level = parent(folder), level + 1
        tail = key[len(folder) + 1 :] if folder else key
        if key == folder:
            tail = ""
        if not folder and highest:
            return None
        if tail and not all(s.isidentifier() and not keyword.iskeyword(s) for s in tail.split("/")):
            return None
        return "." * level + tail.replace("/", ".")

    def top_package(self, path: str) -> str:
        """Return the topmost folder that relative imports of the file may reach: its outermost regular package."""
        folder = path.rpartition("/")[0]
        top = folder
        while folder and self.is_package(folder):
            top, folder = folder, parent(folder)
        return top


def roots_of(named: Iterable[str] | None, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that absolute imports start from, as a migration names them.

    Without names: the root, and ``src`` where it exists.
    """
    if named is None:
        has_src = any(path.startswith("src/") for path in paths)
        return ("", "src") if has_src else ("",)
    return tuple(
        "" if PurePosixPath(name) == PurePosixPath(".") else str(PurePosixPath(name))
        for name in named
    )
