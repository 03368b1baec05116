"""Gather the facts of all files, in this process or in several."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from unfork.audit.scanning.facts import FileFacts
from unfork.audit.scanning.scan import Scanner
from unfork.files.tree import Tree
from unfork.processes import Died, NoProcess, Pool
from unfork.reading.layout import Layout, key_of

_LITTLE = 60
"""Up to this many files, starting processes costs more than it saves."""
_CHUNK = 40


@dataclass(frozen=True)
class Reader:
    """Reads the files of a tree, in this process or in a worker."""

    tree: Tree
    scanner: Scanner

    def facts(self, path: str) -> FileFacts:
        """Return the facts of one file; if it cannot be read, they hold the reason."""
        try:
            raw = self.tree.read(path)
        except OSError as error:
            why = f"cannot be read: {error.strerror or error}"
            return FileFacts(path, key_of(path), error=(1, 1, why))
        return self.scanner.facts(path, raw)


def gather_facts(
    tree: Tree,
    layout: Layout,
    paths: Sequence[str],
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, FileFacts]:
    """Return the facts of the files, by path. Raises UnforkError if a worker keeps dying."""
    reader = Reader(tree, Scanner.of(layout))
    count = _process_count(jobs, len(paths))
    if count > 1:
        with suppress(NoProcess):  # in that case this process reads them all
            return {
                facts.path: facts for facts in _facts_in_parallel(reader, paths, count, progress)
            }
    facts_by_path: dict[str, FileFacts] = {}
    for facts in map(reader.facts, paths):
        facts_by_path[facts.path] = facts
        if progress is not None:
            progress(len(facts_by_path), len(paths))
    return facts_by_path


def _process_count(jobs: int | None, files: int) -> int:
    most = -(-files // _CHUNK)
    if jobs is not None:
        return max(1, min(jobs, most))
    return 1 if files <= _LITTLE else min(most, os.cpu_count() or 1)


@contextmanager
def no_collection() -> Iterator[None]:
    """Disable the cyclic garbage collector, and exempt the objects that exist on exit from later collections.

    What is freed has no cycles; everything else is small and lives until the process ends.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


def _facts_in_parallel(
    reader: Reader, paths: Sequence[str], count: int, progress: Callable[[int, int], None] | None
) -> list[FileFacts]:
    """Return the facts of files, in order. If a worker dies, its chunk is retried one file at a time."""
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    finished = 0

    def tell(number: int, _: object) -> None:
        nonlocal finished
        finished += len(chunks[number])
        if progress is not None:
            progress(finished, len(paths))

    with Pool(count, reader, gc.disable) as pool:
        all_facts: list[FileFacts] = []
        for chunk, facts in zip(chunks, pool.run(_facts_of_chunk, chunks, tell)):
            all_facts += _facts_one_by_one(pool, chunk) if isinstance(facts, Died) else facts
    return all_facts


def _facts_one_by_one(pool: Pool[Reader], paths: Sequence[str]) -> Iterator[FileFacts]:
    """Yield the facts of files, read one at a time; a file that kills its process gets an error."""
    why = "the process that parsed it died (out of memory, or killed)"
    for path, facts in zip(paths, pool.run(_facts_of_chunk, [[path] for path in paths])):
        if isinstance(facts, Died):
            yield FileFacts(path, key_of(path), error=(1, 1, why))
        else:
            yield from facts


def _facts_of_chunk(reader: Reader, paths: Sequence[str]) -> list[FileFacts]:
    return [reader.facts(path) for path in paths]
