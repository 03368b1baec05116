"""Where the processes run: on this machine, or where the workers of a dask scheduler are."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

from unfork.errors import UnforkError
from unfork.fleet.spawn import CHILDREN, run_task
from unfork.fleet.values import Result, Task
from unfork.signals import first_done, held_back


def results_here(tasks: Sequence[Task], jobs: int) -> Generator[Result, None, None]:
    """Yield results as they come, with up to ``jobs`` processes at a time. Leaving the loop ends the processes."""
    from concurrent.futures import ThreadPoolExecutor

    with held_back() as let_signals_through, ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(run_task, task) for task in tasks}
        try:
            while waiting:
                done, waiting = first_done(waiting, let_signals_through)
                yield from (future.result() for future in done)
        except (
            BaseException
        ):  # GeneratorExit too: whoever reads the results may stop before the end
            pool.shutdown(wait=False, cancel_futures=True)
            CHILDREN.end()
            raise


def results_from_dask(tasks: Sequence[Task], address: str) -> Generator[Result, None, None]:
    """Yield results as they come from the workers of a running scheduler, which retries what a lost worker had.

    Raises UnforkError if dask is not installed, or no scheduler answers.
    """
    try:
        from dask.distributed import as_completed
    except ModuleNotFoundError:
        what = "--scheduler needs dask: pip install 'unfork[dask]'"
        raise UnforkError(what) from None
    run = uuid4().hex
    with _connected_client(address) as client:
        named = {
            client.submit(run_task, task, key=f"unfork-{run}-{number}", pure=False): task
            for number, task in enumerate(tasks)
        }
        for future in as_completed(named):
            error = future.exception()
            yield future.result() if error is None else _lost(named[future], error)


@contextmanager
def _connected_client(address: str) -> Iterator[Any]:
    from dask.distributed import Client

    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnforkError(f"--scheduler {address}: no dask scheduler answers: {why}") from None
    with closing(client):
        yield client


_PATIENCE = 10
"""Seconds for a scheduler to answer."""


def _lost(task: Task, error: BaseException) -> Result:
    """Return the result of a task whose workers died time and again, or lack unfork."""
    what = " ".join(str(error).split())
    message = f"dask gave up: {type(error).__name__}: {what}"
    return Result(task.name, task.folder, "failed", message)
