"""A quick check for the usual result of a hook, no findings, in the time it takes to read the files.

Files given by name have no findings if their bytes name no module of a migration. To know that, unfork need not ask git
for the tree or parse a line. In any doubt, the full check runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from unfork.file_kinds import has_escaped_letters, is_notebook
from unfork.reading.prefilter import Prefilter, last_word
from unfork_codemods.migration import Migration

_SUFFIXES = (".py", "/__init__.py")


def names_nothing(root: Path, migration: Migration, paths: Iterable[str]) -> bool:
    """Return True if ``check`` certainly finds nothing in these files, False if the full check has to run.

    ``paths`` are relative to ``root``. The full check also has to run if a module that the migration needs is not found
    immediately, because then the migration may be wrong.
    """
    for roots in _possible_roots(root, migration):
        resolved = _by_module(root, roots, migration)
        if _is_sound(root, roots, resolved):
            return _names_nothing(root, roots, resolved, paths)
    return False


def _by_module(root: Path, roots: tuple[str, ...], migration: Migration) -> Migration:
    """Return the migration with one step for each module in place of each package entry."""
    if not migration.has_packages:
        return migration
    from unfork.planning.packages import FolderModules, migration_by_module  # late: few have one

    return migration_by_module(migration, FolderModules(root, roots))


def _names_nothing(
    root: Path, roots: tuple[str, ...], migration: Migration, paths: Iterable[str]
) -> bool:
    importing = migration.imports_only()
    legacy = tuple(importing.imported_modules())
    own = [
        last_word(module)
        for module in (*legacy, *importing.edited_modules(), *migration.compared_modules())
    ]
    prefilter = Prefilter(
        frozenset(name for module in legacy for name in _possible_names(module, roots))
    )
    return all(_is_quiet(root, path, own, prefilter) for path in paths)


def _possible_roots(root: Path, migration: Migration) -> Iterator[tuple[str, ...]]:
    """Yield the possible roots: those of the migration, or else the usual ones, then those the project declares.

    Reading the latter takes time, and is needed only if the usual roots lack modules of the migration.
    """
    if migration.roots is not None:
        roots = tuple(os.path.normpath(folder).replace(os.sep, "/") for folder in migration.roots)
        if all((root / folder).is_dir() for folder in roots):
            yield roots
        return
    yield (".", "src") if (root / "src").is_dir() else (".",)
    from unfork.planning.project_roots import project_roots

    yield project_roots(root)


def _possible_names(module: str, roots: Iterable[str]) -> Iterator[str]:
    """Yield every name that a module may have, from whichever root it is imported."""
    for base in roots:
        key = os.path.normpath(f"{base}/{module.replace('.', '/')}").replace(os.sep, "/")
        for root in roots:
            inside = root == "." or key.startswith(f"{root}/")
            if inside:
                yield (key if root == "." else key[len(root) + 1 :]).replace("/", ".")


def _is_quiet(root: Path, path: str, own: Iterable[bytes], prefilter: Prefilter) -> bool:
    """Return whether a file is not one of the modules or inside one, and its bytes name none."""
    name = os.fsencode(path)
    if any(word in name for word in own):
        return False
    try:
        file_path = os.path.join(root, path)  # noqa: PTH118 (a Path is slower, here and below)
        if not stat.S_ISREG(os.stat(file_path).st_mode):  # noqa: PTH116
            return False  # opening a pipe would block until something writes to it
        with open(file_path, "rb", buffering=0) as file:  # noqa: PTH123
            data = file.read()
            if is_notebook(path):  # its lines are JSON strings: any word is worth a full check
                return not (prefilter.words.found(data) or has_escaped_letters(data, len(data)))
    except OSError:
        return False  # a folder, or unreadable
    if path.endswith((".py", ".pyi")):
        return not prefilter.matches(data)
    return not prefilter.words.found(data)  # a document may name a module by its path, too


def _is_sound(root: Path, roots: Iterable[str], migration: Migration) -> bool:
    """Return whether everything that the migration needs exists and is not removed."""
    removed = {remove.module for remove in migration.removes}
    if any(module in removed for module, _ in migration.required_modules()):
        return False
    for module, _ in migration.required_modules():
        if not _module_files(root, roots, module):
            return False
    for target, _ in migration.required_names():
        words = target.name.encode().split(b".")
        texts = [file.read_bytes() for file in _module_files(root, roots, target.module)]
        if not any(all(word in text for word in words) for text in texts):
            return False
    named = (module for module, _ in migration.legacy_modules())
    gone = [module for module in named if not _module_files(root, roots, module)]
    if gone and _may_be_elsewhere(root, gone):
        return False
    for redirect in migration.redirects:
        to = _module_files(root, roots, redirect.to) if redirect.to is not None else []
        if any(file in to for file in _module_files(root, roots, redirect.source)):
            return False
    return True


def _module_files(root: Path, roots: Iterable[str], module: str) -> list[Path]:
    stem = module.replace(".", "/")
    candidates = (root / base / f"{stem}{suffix}" for base in roots for suffix in _SUFFIXES)
    return [file for file in candidates if file.is_file()]


def _may_be_elsewhere(root: Path, modules: Iterable[str]) -> bool:
    """Return whether a folder near the root contains a module's top-level name, and so may be an unlisted root."""
    near = _visible_folders(root)
    near += [path for folder in near for path in _visible_folders(folder)]
    tops = {module.partition(".")[0] for module in modules}
    return any(
        (path / top).is_dir() or (path / f"{top}.py").is_file() for path in near for top in tops
    )


def _visible_folders(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."]
    except OSError:
        return []
