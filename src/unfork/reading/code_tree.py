"""A tree whose notebooks are read as the Python text of their cells, and whose other files are read once if wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from unfork.file_kinds import CODE, has_escaped_letters, is_notebook
from unfork.files.tree import Search, Test, Tree, WorkTree

_FOR_EACH = 3_000
"""Bytes of the room for texts which go for each file that may change: what is known of it has to be kept, too."""


ROOM_OF_RUNS = 16_000_000
"""How many bytes of code a run keeps, since planner and verifier read those that matter several times."""


class CodeTree:
    """The files of the tree ``below``, as code. A file that is no notebook, in spite of its name, does not parse.

    ``room``: how many bytes of code that has been read are kept, in case they are needed again.
    """

    def __init__(self, below: Tree, room: int = 0) -> None:
        self.below = below
        self._room = self._free = room
        self._texts: dict[str, bytes] = {}
        self._notebooks: dict[str, bytes] = {}

    def __reduce__(self) -> tuple[type[CodeTree], tuple[Tree, int]]:
        return CodeTree, (self.below, self._room)

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""
        return self.below.root

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return the paths of the files that have one of the endings."""
        return self.below.paths(endings)

    def read(self, path: str) -> bytes:
        """Return a file's bytes, of a notebook its Python text. Raises OSError."""
        if is_notebook(path):
            text = self._notebooks.get(path)
            if text is None:
                text = self._notebooks[path] = notebook_text(self.below.read(path))
            return text
        text = self._texts.get(path)
        return self._keep_text(path, self.below.read(path)) if text is None else text

    def reserve_for(self, files: int) -> None:
        """Keep less, since so many files may change."""
        room = max(self._room - files * _FOR_EACH, 0)
        kept = sum(map(len, self._texts.values()))
        if kept > room:
            self._texts.clear()
            kept = 0
        self._free = room - kept

    def begin_search(
        self, words: Collection[bytes], skipped: tuple[str, ...], largest: int
    ) -> Search:
        """Begin to search the files of up to ``largest`` bytes, without a ``skipped`` ending, for any of the ``words``.

        The result may have files without any of them. Raises GitError; the result, too.
        """
        if isinstance(self.below, WorkTree):
            return self.below.begin_search(words, skipped, largest)
        return lambda: tuple(path for path in self.below.paths() if not path.endswith(skipped))

    def scan(
        self, paths: Iterable[str], wanted: Test, largest: int | None = None
    ) -> Iterator[tuple[str, bytes | None]]:
        """Yield the ``wanted`` files with their bytes, or None for files that cannot be read.

        Files of more than ``largest`` bytes are left out; notebooks are read whatever their size.
        """
        notebooks: list[str] = []
        kept: list[str] = []
        others = _set_aside(is_notebook, paths, notebooks)
        if self._texts:
            others = _set_aside(self._texts.__contains__, others, kept)
        for path, data in self._scan_below(others, wanted, largest):
            yield path, data if data is None else self._keep_text(path, data)
        for path in kept:
            text = self._texts[path]
            is_small = largest is None or len(text) <= largest
            if is_small and wanted(bytearray(text), len(text)):
                yield path, text
        for path, data in self._scan_below(notebooks, _may_be(wanted)):
            code = None if data is None else self.read(path)
            if code is None or wanted(bytearray(code), len(code)):
                yield path, code

    def _keep_text(self, path: str, text: bytes) -> bytes:
        """Return the text of a file, and keep it from now on if it is code, and there is room."""
        if path.endswith(CODE) and len(text) <= self._free and path not in self._texts:
            self._texts[path] = text
            self._free -= len(text)
        return text

    def _scan_below(
        self, paths: Iterable[str], wanted: Test, largest: int | None = None
    ) -> Iterator[tuple[str, bytes | None]]:
        if isinstance(self.below, WorkTree):
            yield from self.below.scan(paths, wanted, largest)
            return
        for path in paths:
            try:
                data = self.below.read(path)
            except OSError:
                yield path, None
                continue
            if (largest is None or len(data) <= largest) and wanted(bytearray(data), len(data)):
                yield path, data


def notebook_text(raw: bytes) -> bytes:
    """Return the Python text of a notebook. What is no notebook becomes a text that does not parse."""
    # late: most projects have no notebook of interest
    from unfork.reading.notebook_json import NotebookError
    from unfork.reading.notebooks import Notebook

    try:
        return Notebook.read(raw).text
    except NotebookError:
        return b"?\n" + raw


def _set_aside(
    is_special: Callable[[str], bool], paths: Iterable[str], special: list[str]
) -> Iterator[str]:
    """Yield the other paths, and put the special ones aside."""
    for path in paths:
        if is_special(path):
            special.append(path)
        else:
            yield path


def _may_be(wanted: Test) -> Test:
    """Return a test that holds for the bytes of a notebook if ``wanted`` may hold for its text."""

    def may_be(buffer: bytearray, size: int) -> bool:
        return wanted(buffer, size) or has_escaped_letters(buffer, size)

    return may_be
