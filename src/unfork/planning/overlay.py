"""A tree as the earlier migrations would leave it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unfork.files.tree import Search, Test, Tree
from unfork.reading.code_tree import CodeTree


@dataclass(frozen=True)
class Overlay:
    """A tree with the changes of the earlier migrations."""

    below: Tree
    texts: Mapping[str, bytes]
    deleted: frozenset[str]

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.below.root

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return the paths of existing files that have one of the endings."""
        return tuple(path for path in self.below.paths(endings) if path not in self.deleted)

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises OSError."""
        text = self.texts.get(path)
        return self.below.read(path) if text is None else text

    def reserve_for(self, files: int) -> None:
        """Cache fewer texts, because many files may change."""
        if isinstance(self.below, CodeTree):
            self.below.reserve_for(files)

    def begin_search(
        self, words: Collection[bytes], skipped: tuple[str, ...], largest: int
    ) -> Search:
        """Begin to search the files of up to ``largest`` bytes, without a ``skipped`` ending, for any of the ``words``.

        The result may have files without any of them. Raises GitError; the result, too.
        """
        tree = self.below if isinstance(self.below, CodeTree) else CodeTree(self.below)
        below = tree.begin_search(words, skipped, largest)
        changed = {path for path in self.texts if not path.endswith(skipped)}
        return lambda: tuple(sorted(changed.union(below()) - self.deleted))

    def scan(
        self, paths: Iterable[str], wanted: Test, largest: int | None = None
    ) -> Iterator[tuple[str, bytes | None]]:
        """Yield the ``wanted`` files with their bytes, or None for files that cannot be read.

        Files of more than ``largest`` bytes are left out.
        """
        rest = paths
        if isinstance(self.below, CodeTree):
            every = tuple(paths)
            yield from self.below.scan((p for p in every if p not in self.texts), wanted, largest)
            rest = (path for path in every if path in self.texts) if self.texts else ()
        for path in rest:
            try:
                data = self.read(path)
            except OSError:
                yield path, None
                continue
            if (largest is None or len(data) <= largest) and wanted(bytearray(data), len(data)):
                yield path, data

    def changed(self, texts: Mapping[str, bytes], deleted: Collection[str]) -> Overlay:
        """Return the tree with more files changed and deleted."""
        return Overlay(self.below, {**self.texts, **texts}, self.deleted | frozenset(deleted))
