"""Process the files of a run in chunks, in this process or in workers.

Small values go in and come out, never syntax trees. Each process creates its own engine once.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from unfork.errors import UnforkError
from unfork.garbage import collect_garbage, without_collection
from unfork.reading.source import TOO_DEEP
from unfork.rewriting.constraints import Constraints, ExternalReferences, Taken, Wrapper
from unfork.rewriting.engine import Engine
from unfork.rewriting.file_results import FileResult, StepResult
from unfork.values import Finding
from unfork_codemods.bindings import Bindings
from unfork_codemods.edits import Edit
from unfork_codemods.project import Key

if TYPE_CHECKING:
    from unfork.processes import Pool
    from unfork.verification.cross_file import Beside

Painter = Callable[[int, int], None]
"""Called with the number of finished files and the total."""

_LITTLE = 100
"""Up to this many files, starting a process costs more than it saves."""
_CHUNK = 25
_NONE = Constraints()
_Task = TypeVar("_Task", bound=tuple[str, *tuple[object, ...]])
_Result = TypeVar("_Result")


class Workers:
    """Processes the files of one run in this process, or in workers that are started once when they pay off.

    The workers live until the end of the ``with`` block and reuse what they have read of the project.
    """

    def __init__(self, engine: Engine, jobs: int | None) -> None:
        self._engine, self._jobs = engine, jobs
        self._pool: Pool[Engine] | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.end()

    @property
    def beside(self) -> Beside:
        """How to run a check alongside others: in another process, if workers pay off."""
        if self._pool is None:
            return nullcontext
        from unfork.processes import beside

        return beside

    def files(
        self,
        paths: Sequence[str],
        facts: Mapping[str, Constraints] = MappingProxyType({}),
        only_read: Collection[str] = (),
        progress: Painter | None = None,
    ) -> list[FileResult]:
        """Process files; those in ``only_read`` are not rewritten. Raises ProofError."""
        tasks = [(path, facts.get(path, _NONE), path not in only_read) for path in paths]
        return self._run_tasks(_work_on_file, tasks, progress)

    def demands(
        self,
        paths: Sequence[str],
        interest: frozenset[str],
        edits: Mapping[str, Sequence[Edit]] = MappingProxyType({}),
        unchanged: Collection[str] = (),
        bindings: Bindings = _NONE.bindings,
        wrappers: tuple[Wrapper, ...] = (),
    ) -> dict[str, ExternalReferences]:
        """Return which names of interest each file takes from other modules: now, or after its ``edits``.

        Files in ``unchanged`` are not rewritten themselves.
        """
        tasks = [
            (path, interest, edits.get(path), path in unchanged, bindings, wrappers)
            for path in paths
        ]
        return dict(zip(paths, self._run_tasks(_demands_of_file, tasks, None)))

    def still_taken(
        self,
        edits: Mapping[str, Sequence[Edit]],
        keys: frozenset[Key],
        wrappers: tuple[Wrapper, ...] = (),
    ) -> dict[str, frozenset[Taken]]:
        """Return what each file takes from certain modules after its ``edits``."""
        tasks = [(path, file_edits, keys, wrappers) for path, file_edits in sorted(edits.items())]
        return dict(zip(sorted(edits), self._run_tasks(_still_taken, tasks, None)))

    def _run_tasks(
        self,
        function: Callable[[Engine, _Task], _Result],
        tasks: Sequence[_Task],
        progress: Painter | None,
    ) -> list[_Result]:
        count = _process_count(self._jobs, len(tasks), started=self._pool is not None)
        chunks = list(_split_into_chunks(tasks, count))
        if count > 1:
            from unfork.processes import NoProcess  # late: small jobs run in this process

            with suppress(NoProcess):  # then this process does everything
                return self._run_in_pool(function, chunks, count, progress)
        return self._run_in_process(function, chunks, progress)

    def _run_in_process(
        self,
        function: Callable[[Engine, _Task], _Result],
        chunks: Sequence[Sequence[_Task]],
        progress: Painter | None,
    ) -> list[_Result]:
        results: list[_Result] = []
        with without_collection():
            for chunk in chunks:
                results += _run_chunk(self._engine, (function, chunk))
                if progress is not None:
                    progress(len(results), sum(map(len, chunks)))
        return results

    def _run_in_pool(
        self,
        function: Callable[[Engine, _Task], _Result],
        chunks: Sequence[Sequence[_Task]],
        count: int,
        progress: Painter | None,
    ) -> list[_Result]:
        """Return the results of the tasks, in order. If a worker dies, its chunk is retried one file at a time."""
        from unfork.processes import Died, Pool

        finished, total = 0, sum(map(len, chunks))

        def tell(number: int, _: object) -> None:
            nonlocal finished
            finished += len(chunks[number])
            if progress is not None:
                progress(finished, total)

        if self._pool is None:
            if self._engine.verifies:
                self._engine.verifier  # noqa: B018 (imports what it needs once, before workers start)
            self._engine.moved  # noqa: B018 (each worker needs it, and where it is forked, has it)
            self._pool = Pool(count, self._engine, _prepare_process)
        pool = self._pool
        outcomes = pool.run(_run_chunk, [(function, chunk) for chunk in chunks], tell)
        chunk_results = [
            self._run_one_by_one(pool, function, chunk) if isinstance(results, Died) else results
            for chunk, results in zip(chunks, outcomes)
        ]
        return [result for results in chunk_results for result in results]

    def _run_one_by_one(
        self,
        pool: Pool[Engine],
        function: Callable[[Engine, _Task], _Result],
        tasks: Sequence[_Task],
    ) -> list[_Result]:
        """Return the results of files, one at a time. Raises UnforkError if the worker dies again."""
        from unfork.processes import Died

        results: list[_Result] = []
        for task, outcome in zip(
            tasks, pool.run(_run_chunk, [(function, [task]) for task in tasks])
        ):
            if isinstance(outcome, Died):
                why = "the process that worked on it died (out of memory, or killed)"
                raise UnforkError(f"{task[0]}: {why}; exclude the file")
            results += outcome
        return results


def _process_count(jobs: int | None, tasks: int, started: bool) -> int:
    """Return how many processes are worthwhile; 1 means this process only."""
    if started or (jobs is None and tasks > _LITTLE):
        return max(1, min(jobs or os.cpu_count() or 1, tasks))
    return max(1, min(jobs or 1, -(-tasks // _CHUNK)))


def _split_into_chunks(tasks: Sequence[_Task], count: int) -> Iterator[Sequence[_Task]]:
    size = max(1, min(_CHUNK, len(tasks) // (count * 4)))
    for start in range(0, len(tasks), size):
        yield tasks[start : start + size]


def _prepare_process() -> None:
    gc.freeze()
    gc.disable()  # a syntax tree has many objects, few of them in cycles: chunks clean up


def _run_chunk(
    engine: Engine, asked: tuple[Callable[[Engine, _Task], _Result], Sequence[_Task]]
) -> list[_Result]:
    function, tasks = asked
    results = [function(engine, task) for task in tasks]
    collect_garbage()
    return results


def _work_on_file(engine: Engine, task: tuple[str, Constraints, bool]) -> FileResult:
    """Return the result for a file. One nested too deeply is left, and may import anything that is to be removed."""
    from unfork.rewriting.file_migration import migrate_file, step_of  # late: most runs need none

    path, facts, rewrites = task
    try:
        return migrate_file(engine, path, facts, rewrites)
    except RecursionError:
        left = Finding(path, 1, 1, "UF007", f"cannot be parsed: {TOO_DEEP}")
        steps = (StepResult(step_of(engine, path, engine.tree.read(path)), (), left=(left,)),)
        return FileResult(path, steps=steps, imports=tuple((key, left) for key in engine.watched))


def _still_taken(
    engine: Engine, task: tuple[str, Sequence[Edit], frozenset[Key], tuple[Wrapper, ...]]
) -> frozenset[Taken]:
    """Return what a file still takes; one nested too deeply may take everything."""
    from unfork.rewriting.file_needs import names_still_taken

    try:
        return names_still_taken(engine, *task)
    except RecursionError:
        return frozenset(Taken(key, None) for key in task[2])


def _demands_of_file(
    engine: Engine,
    task: tuple[str, frozenset[str], Sequence[Edit] | None, bool, Bindings, tuple[Wrapper, ...]],
) -> ExternalReferences:
    from unfork.rewriting.file_needs import external_references_of

    try:
        return external_references_of(engine, *task)
    except RecursionError:
        return ExternalReferences()
