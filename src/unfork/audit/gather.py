"""The facts of all files, read in this process or in several."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from unfork.audit.facts import FileFacts
from unfork.audit.scan import Scanner
from unfork.files.tree import Tree
from unfork.reading.layout import Layout, key_of

_LITTLE = 60
"""Up to so many files, starting a process costs more than it brings."""
_CHUNK = 40

_reader: Reader | None = None
"""The reader of a worker process, made when the process starts."""


@dataclass(frozen=True)
class Reader:
    """Reads the files of a tree. Each process makes its own scanner."""

    tree: Tree
    scanner: Scanner

    def facts(self, path: str) -> FileFacts:
        """Return the facts of one file; one that cannot be read says so."""
        try:
            raw = self.tree.read(path)
        except OSError as error:
            why = f"cannot be read: {error.strerror or error}"
            return FileFacts(path, key_of(path), error=(1, 1, why))
        return self.scanner.facts(path, raw)


def gather(
    tree: Tree,
    layout: Layout,
    paths: Sequence[str],
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, FileFacts]:
    """Return the facts of the files, by path. Raises UnforkError where a worker dies again and again."""
    reader = Reader(tree, Scanner.of(layout))
    found: dict[str, FileFacts] = {}
    count = _processes(jobs, len(paths))
    for each in _alone(reader, paths) if count == 1 else _shared(reader, paths, count):
        found[each.path] = each
        if progress is not None:
            progress(len(found), len(paths))
    return found


def _processes(jobs: int | None, files: int) -> int:
    most = -(-files // _CHUNK)
    if jobs is not None:
        return max(1, min(jobs, most))
    return 1 if files <= _LITTLE else min(most, os.cpu_count() or 1)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the collector of cycles away, afterwards from what there is by then, too.

    What is let go has no cycles, and all else is small and stays to the end.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


def _alone(reader: Reader, paths: Sequence[str]) -> Iterator[FileFacts]:
    yield from map(reader.facts, paths)


def _shared(reader: Reader, paths: Sequence[str], count: int) -> Iterator[FileFacts]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    done = 0
    try:
        with ProcessPoolExecutor(count, initializer=_start, initargs=(reader,)) as pool:
            for facts in pool.map(_work, chunks):
                done += len(facts)
                yield from facts
    except BrokenProcessPool:
        for path in paths[done:]:
            yield _isolated(reader, path)


def _isolated(reader: Reader, path: str) -> FileFacts:
    """Return the facts of a file read in a process of its own; one that kills it is left out."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    try:
        with ProcessPoolExecutor(1, initializer=_start, initargs=(reader,)) as pool:
            return pool.submit(_work, [path]).result()[0]
    except BrokenProcessPool:
        why = "the process that parsed it died (out of memory, or killed)"
        return FileFacts(path, key_of(path), error=(1, 1, why))


def _start(reader: Reader) -> None:
    global _reader
    _reader = reader
    gc.disable()


def _work(paths: Sequence[str]) -> list[FileFacts]:
    assert _reader is not None
    return [_reader.facts(path) for path in paths]
