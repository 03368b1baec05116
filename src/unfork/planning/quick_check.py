"""What a hook mostly finds, in the time that it takes to read the files: nothing.

Files that are given by name, and whose bytes name no module of a migration, have no findings. To know that, nobody has
to ask git for the tree, nor to parse a line. Whoever is not sure here lets the long way find out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from unfork.reading.prefilter import Prefilter, last_word
from unfork_codemods.migration import Migration

_SUFFIXES = (".py", "/__init__.py")


def names_nothing(root: Path, migration: Migration, paths: Iterable[str]) -> bool:
    """Return True where it is certain that ``check`` finds nothing in these files; False: it has to look.

    ``paths`` are relative to ``root``. It has to look, too, where a module that the migration needs is not seen at
    once: then the migration may be wrong.
    """
    sound = (
        roots for roots in _possible_roots(root, migration) if _is_sound(root, roots, migration)
    )
    roots = next(sound, None)
    return roots is not None and _names_nothing(root, roots, migration, paths)


def _names_nothing(
    root: Path, roots: tuple[str, ...], migration: Migration, paths: Iterable[str]
) -> bool:
    importing = migration.imports_only()
    legacy = tuple(importing.imported_modules())
    own = [last_word(module) for module in (*legacy, *importing.edited_modules())]
    prefilter = Prefilter(
        frozenset(name for module in legacy for name in _possible_names(module, roots))
    )
    return all(_is_quiet(root, path, own, prefilter) for path in paths)


def _possible_roots(root: Path, migration: Migration) -> Iterator[tuple[str, ...]]:
    """Yield the roots: those of the migration, or the usual ones, and then what the project itself says of them.

    To know that takes time, which is needed only where the modules of a migration are not in the usual ones.
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
    """Yield every name that a module may have, from whichever root it is named and imported."""
    for base in roots:
        key = os.path.normpath(f"{base}/{module.replace('.', '/')}").replace(os.sep, "/")
        for root in roots:
            inside = root == "." or key.startswith(f"{root}/")
            if inside:
                yield (key if root == "." else key[len(root) + 1 :]).replace("/", ".")


def _is_quiet(root: Path, path: str, own: Iterable[bytes], prefilter: Prefilter) -> bool:
    """Return whether a file is none of the modules themselves, nor in one, and its bytes name none."""
    name = os.fsencode(path)
    if any(word in name for word in own):
        return False
    try:
        if not stat.S_ISREG((root / path).stat().st_mode):
            return False  # opening a pipe would wait for somebody to write
        with open(root / path, "rb", buffering=0) as file:  # noqa: PTH123 (Path.read_bytes takes longer)
            return not prefilter.matches(file.read())
    except OSError:
        return False  # a folder, or one that cannot be read


def _is_sound(root: Path, roots: Iterable[str], migration: Migration) -> bool:
    """Return whether all that the migration needs is seen to be there, and to stay."""
    removed = {remove.module for remove in migration.removes}
    if any(module in removed for module, _ in migration.required_modules()):
        return False
    for module, _ in migration.required_modules():
        if not _module_files(root, roots, module):
            return False
    for target, _ in migration.required_names():
        word = target.name.encode()
        if not any(word in file.read_bytes() for file in _module_files(root, roots, target.module)):
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
    """Return whether a folder near the root has what a module begins with: it may be a root that is not listed."""
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
