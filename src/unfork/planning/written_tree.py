"""The project as a run sees it, in a folder of its own: a language server reads files from the disk.

That is neither the work tree, once an earlier step has changed something, nor a commit. What a rewrite would change or
delete is written there, too, so that a server sees the project as it would be.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from unfork.file_kinds import CODE, NOTEBOOK, is_notebook
from unfork.planning.run import Run
from unfork.signals import in_order
from unfork.toml import toml_string

_SETTINGS = (".toml", ".ini", ".cfg", "pyrightconfig.json", "py.typed")
"""What a type checker may read besides code."""


class WrittenTree:
    """The files of a run below a folder. A notebook is there as the module of its code."""

    def __init__(self, folder: Path, search: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.search = search
        """The folders that imports start from, if not all of them are the root or ``src``."""

    @staticmethod
    def name_of(path: str) -> str:
        """Return the path, below the folder, of a file of the project."""
        return f"{path}.py" if is_notebook(path) else path

    @staticmethod
    def path_of(name: str) -> str:
        """Return the file of the project that is below the folder at ``name``."""
        return name.removesuffix(".py") if name.endswith(f"{NOTEBOOK}.py") else name

    def write(self, texts: Mapping[str, bytes]) -> None:
        """Write files of the project."""
        for path, data in texts.items():
            file = self.folder / self.name_of(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

    def remove(self, paths: Iterable[str]) -> None:
        """Delete files of the project, and folders that are no longer packages."""
        for path in paths:
            file = self.folder / self.name_of(path)
            file.unlink(missing_ok=True)
            for folder in file.relative_to(self.folder).parents:
                with contextlib.suppress(OSError):  # there is something left in it
                    (self.folder / folder).rmdir()


@contextlib.contextmanager
def written_tree(run: Run) -> Iterator[WrittenTree]:
    """Yield the files of a run in a folder, which is removed afterwards. Raises OSError."""
    root = run.tree.root
    temporary = tempfile.TemporaryDirectory(prefix="unfork-types-", ignore_cleanup_errors=True)
    with in_order(), temporary as outer:
        tree = WrittenTree(Path(outer).resolve() / (root.name or "project"), _search(run))
        tree.folder.mkdir()
        tree.write({path: run.read(path) for path in _files(run)})
        _configure_pyrefly(tree)
        for environment in root.glob("*/pyvenv.cfg"):
            with contextlib.suppress(OSError):  # Windows may not allow links
                link = tree.folder / environment.parent.name
                link.symlink_to(environment.parent.resolve(), target_is_directory=True)
        yield tree


def _files(run: Run) -> Iterator[str]:
    for path in run.tree.paths((*CODE, *_SETTINGS)):
        if ".." not in PurePosixPath(path).parts:
            yield path


def _search(run: Run) -> tuple[str, ...]:
    roots = run.engine.index.layout.every_root
    return tuple(filter(None, roots)) if not {"", "src"}.issuperset(roots) else ()


def _configure_pyrefly(tree: WrittenTree) -> None:
    """Tell pyrefly where imports start from, which it reads from a file only."""
    file, project = tree.folder / "pyrefly.toml", tree.folder / "pyproject.toml"
    is_configured = project.exists() and b"[tool.pyrefly" in project.read_bytes()
    if tree.search and not file.exists() and not is_configured:
        paths = ", ".join(map(toml_string, (*tree.search, ".")))
        file.write_text(f"search-path = [{paths}]\n", encoding="utf-8")
