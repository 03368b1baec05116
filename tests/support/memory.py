"""Small trees that are never on disk: planned over, and imported in this very process, out of everybody's sight."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import sys
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unfork.values import Plan
from unfork_codemods.edits import apply_edits


@dataclass(frozen=True)
class MemoryTree:
    """Files by path, as ``unfork.files.tree.Tree`` has them."""

    files: Mapping[str, bytes]
    root: Path = Path("/nowhere")

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.files if path.endswith(endings)))

    def read(self, path: str) -> bytes:
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None


def planned(files: Mapping[str, bytes], plan: Plan) -> dict[str, bytes]:
    """Return the files that come of a plan."""
    after = dict(files)
    for change in plan.changes:
        if change.deleted:
            del after[change.path]
        else:
            after[change.path] = apply_edits(files[change.path], change.edits)
    return after


@contextlib.contextmanager
def importable(files: Mapping[str, bytes], roots: Sequence[str] = ("",)) -> Iterator[None]:
    """Make the modules of a tree importable, and nothing of them stay in this process."""
    finder = _Finder(files, roots)
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if finder.knows(name)}
    sys.meta_path.insert(0, finder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if finder.knows(name)]:
            del sys.modules[name]
        sys.modules.update(kept)


@dataclass
class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    files: Mapping[str, bytes]
    roots: Sequence[str]

    def _file(self, name: str) -> str | None:
        for root in self.roots:
            stem = "/".join([*([root] if root else []), *name.split(".")])
            for path in (f"{stem}/__init__.py", f"{stem}.py"):
                if path in self.files:
                    return path
        return None

    def knows(self, name: str) -> bool:
        return self._file(name) is not None or self._file(name.partition(".")[0]) is not None

    def find_spec(
        self, name: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        file = self._file(name)
        if file is None:
            return None
        is_package = file.endswith("/__init__.py")
        return importlib.machinery.ModuleSpec(name, self, origin=file, is_package=is_package)

    def exec_module(self, module: types.ModuleType) -> None:
        assert module.__spec__ is not None and module.__spec__.origin is not None
        module.__file__ = module.__spec__.origin
        code = compile(self.files[module.__file__], module.__file__, "exec", dont_inherit=True)
        exec(code, vars(module))
