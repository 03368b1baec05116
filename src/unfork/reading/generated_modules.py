"""Modules without a Python file in the tree: extension modules, and modules that a build writes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from unfork.errors import GitError
from unfork.files.repository import find_repository
from unfork.files.tree import Tree
from unfork.reading.layout import join_key, key_of, parent_folder
from unfork_codemods.project import Key

_BINARIES = (".so", ".pyd")
_SOURCES = (".pyx", ".c", ".cc", ".cpp", ".cxx", ".rs", ".f90")
_BUILDERS = frozenset(
    {"setup.py", "setup.cfg", "pyproject.toml", "meson.build", "CMakeLists.txt", "Cargo.toml"}
)
_BUILT = re.compile(
    r"""Extension\(\s*(?:name\s*=\s*)?["']([\w.]+)["']"""
    r"""|extension_module\(\s*["'](\w+)["']"""
    r"""|(?:pybind11|nanobind)_add_module\(\s*(\w+)"""
    r"""|\[lib\](?:\n(?!\[).*)*?\nname\s*=\s*"(\w+)\""""
    r"""|\b(?:module[-_]name|write[-_]to|version[-_]file|versionfile_source)\s*=\s*["']?([\w./-]+)"""
)
"""Matches what setuptools, meson, CMake, Cargo and maturin build, and the file that tools write the version to."""


def generated_modules(tree: Tree, paths: Iterable[str], missing: Collection[Key]) -> frozenset[Key]:
    """Return the ``missing`` modules that a build generates from other files, or whose files git ignores."""
    if not missing:
        return frozenset()
    places, names = _modules_from_sources(paths)
    told = tuple(
        f"/{key}"
        for path in paths
        if _is_builder(path)
        for key in _modules_in_build_file(tree, path)
    )
    generated = {
        key
        for key in missing
        if key in places or key.rpartition("/")[2] in names or f"/{key}".endswith(told)
    }
    return frozenset(generated | _git_ignored_modules(tree, missing))


def _modules_from_sources(paths: Iterable[str]) -> tuple[set[Key], set[str]]:
    """Return the modules next to their source or binary, and the names of modules that may be anywhere.

    Only a private name, as in ``csrc/_speed.c``, is distinctive enough for the latter.
    """
    places: set[Key] = set()
    names: set[str] = set()
    for path in paths:
        if path.endswith(_SOURCES) or path.endswith(_BINARIES):
            folder, _, file = path.rpartition("/")
            name = file.partition(".")[0]
            places.update((join_key(folder, name), join_key(folder, name.removesuffix("module"))))
            if name.startswith("_"):
                names.update((name, name.removesuffix("module")))
        elif path.endswith(".proto"):
            name = path.rpartition("/")[2].removesuffix(".proto")
            names.update((f"{name}_pb2", f"{name}_pb2_grpc"))
    return places, names


def _is_builder(path: str) -> bool:
    return path.rpartition("/")[2] in _BUILDERS


def _modules_in_build_file(tree: Tree, path: str) -> Iterator[Key]:
    """Yield the modules that a build tool's configuration file declares."""
    try:
        text = tree.read(path).decode("utf-8", "replace")
    except OSError:
        return
    for match in _BUILT.finditer(text):
        word = next(filter(None, match.groups()))
        if word.endswith(".py"):
            yield key_of(f"{parent_folder(path)}/{word}".lstrip("/"))
        elif "/" not in word:
            yield word.replace(".", "/")


def _git_ignored_modules(tree: Tree, keys: Collection[Key]) -> set[Key]:
    """Return the modules whose files git ignores: something generates them locally."""
    files = {f"{key}.py": key for key in keys}
    try:
        repository = find_repository(tree.root)
        told = repository.ignored(tree.root, (".", *files)) if repository else set()
    except GitError:
        return set()
    return set() if "." in told else {key for file, key in files.items() if file in told}
