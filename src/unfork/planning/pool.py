"""The files of a run, worked on in this process or shared out to others, in chunks.

Small values go in and come out, never syntax trees. Each process makes its own engine, once.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from unfork.errors import UnforkError
from unfork.reading.source import TOO_DEEP
from unfork.rewriting.demands import Demands
from unfork.rewriting.engine import Engine, FileResult, StepResult
from unfork.rewriting.filework import Facts
from unfork.values import Finding

if TYPE_CHECKING:
    from concurrent.futures import Future

Painter = Callable[[int, int], None]
"""Is told how many of how many files are done."""

_LITTLE = 60
"""Up to so many files, starting a process costs more than it brings."""
_CHUNK = 25
_MANY = 100_000
"""So many new objects are looked through for circles that nobody needs any more."""
_NONE = Facts()
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_engine: Engine | None = None
"""The engine of a worker process, made when the process starts."""


def run_files(
    engine: Engine,
    paths: Sequence[str],
    facts: Mapping[str, Facts],
    only_read: Collection[str],
    jobs: int | None,
    progress: Painter | None,
) -> list[FileResult]:
    """Work on files, those of ``only_read`` without rewriting them. Raises ProofError."""

    def one(path: str) -> FileResult:
        return _file(engine, path, facts.get(path, _NONE), path not in only_read)

    count = _processes(jobs, len(paths))
    if count == 1:
        found: list[FileResult] = []
        with _own_cleaning():
            for chunk in _chunks(paths):
                for path in chunk:
                    found.append(one(path))
                    if progress is not None:
                        progress(len(found), len(paths))
                _clean_up()
        return found
    tasks = [
        [(p, facts.get(p, _NONE), p not in only_read) for p in chunk] for chunk in _chunks(paths)
    ]
    return [result for chunk in _share(engine, _work, tasks, count, progress) for result in chunk]


def run_demands(
    engine: Engine, paths: Sequence[str], interest: frozenset[str], jobs: int | None
) -> dict[str, Demands]:
    """Return what each file takes of other modules' names, of those that are of interest."""
    count = _processes(jobs, len(paths))
    if count == 1:
        return {path: _demands(engine, path, interest) for path in paths}
    tasks = [[(path, interest) for path in chunk] for chunk in _chunks(paths)]
    return {
        path: found for chunk in _share(engine, _ask, tasks, count, None) for path, found in chunk
    }


@contextmanager
def _own_cleaning() -> Iterator[None]:
    """Keep Python from looking for circles among the many objects of syntax trees, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _processes(jobs: int | None, files: int) -> int:
    if jobs is not None:
        return max(1, min(jobs, -(-files // _CHUNK)))
    return 1 if files <= _LITTLE else os.cpu_count() or 1


def _chunks(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(paths), _CHUNK):
        yield paths[start : start + _CHUNK]


def _start(engine: Engine) -> None:
    global _engine
    _engine = engine
    gc.freeze()
    gc.disable()  # a syntax tree is many objects, and few are in a circle: chunks clean up


def _work(task: Sequence[tuple[str, Facts, bool]]) -> list[FileResult]:
    assert _engine is not None
    results = [_file(_engine, path, facts, rewrites) for path, facts, rewrites in task]
    _clean_up()
    return results


def _clean_up() -> None:
    """Look for circles where there are enough objects: scopes are in some, what most files need is not."""
    if gc.get_count()[0] > _MANY:
        gc.collect(0)


def _file(engine: Engine, path: str, facts: Facts, rewrites: bool) -> FileResult:
    """Return what comes of a file. One that is too deep for us is left, and may import whatever is to be removed."""
    try:
        return engine.file(path, facts, rewrites)
    except RecursionError:
        left = Finding(path, 1, 1, "UF007", f"cannot be parsed: {TOO_DEEP}")
        steps = (StepResult("redirect", (), left=(left,)),)
        return FileResult(path, steps=steps, imports=tuple((key, left) for key in engine.watched))


def _demands(engine: Engine, path: str, interest: frozenset[str]) -> Demands:
    try:
        return engine.demands(path, interest)
    except RecursionError:
        return Demands()


def _ask(task: Sequence[tuple[str, frozenset[str]]]) -> list[tuple[str, Demands]]:
    assert _engine is not None
    return [(path, _demands(_engine, path, interest)) for path, interest in task]


def _share(
    engine: Engine,
    work: Callable[[Sequence[_Task]], list[_Result]],
    tasks: Sequence[Sequence[_Task]],
    count: int,
    progress: Painter | None,
) -> Iterator[list[_Result]]:
    """Yield what the chunks come to, in order. A chunk whose worker died is tried again, one file at a time."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    total = sum(len(task) for task in tasks)
    done = 0
    broken: list[int] = []
    results: dict[int, list[_Result]] = {}
    with ProcessPoolExecutor(count, initializer=_start, initargs=(engine,)) as pool:
        futures: list[Future[list[_Result]]] = [pool.submit(work, task) for task in tasks]
        for position, future in enumerate(futures):
            try:
                results[position] = future.result()
            except BrokenProcessPool:
                broken.append(position)
                continue
            done += len(tasks[position])
            if progress is not None:
                progress(done, total)
    for position in broken:
        results[position] = [_alone(engine, work, each) for each in tasks[position]]
    yield from (results[position] for position in range(len(tasks)))


def _alone(
    engine: Engine, work: Callable[[Sequence[_Task]], list[_Result]], task: _Task
) -> _Result:
    """Return what one file comes to, in a process of its own. Raises UnforkError where that dies too."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(1, initializer=_start, initargs=(engine,)) as pool:
        try:
            return pool.submit(work, [task]).result()[0]
        except BrokenProcessPool:
            name = task[0] if isinstance(task, tuple) else task
            message = f"{name}: the process that worked on it died (out of memory, or killed); exclude the file"
            raise UnforkError(message) from None
