"""Worker processes that never outlive this one.

A worker ignores Ctrl-C, which the terminal sends to all processes: its parent decides. The system ends it as soon as
its parent is gone, for whatever reason, even during a long call: it has the reading end of a pipe that nobody writes
to, and closing that pipe sends it a signal. Leaving the pool kills the workers, so nothing waits for them.

`concurrent.futures` does none of this: it has threads and locks that an interrupt can leave in any state, it waits for
work that has begun, and its workers wait forever if their parent is killed.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from types import TracebackType
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_HELD_BACK = frozenset(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_PATIENCE = 1.0
"""Seconds for a killed process to end; the system may still write for it."""


class Died:
    """The result of a task whose worker died: it ran out of memory, or was killed."""


DIED = Died()


class NoProcess(Exception):
    """The system cannot start any process."""


class Pool(Generic[S]):
    """Up to ``count`` processes, each with the same ``state``, set up by ``prepared``. A context manager."""

    def __init__(
        self,
        count: int,
        state: S,
        prepared: Callable[[], None],
        process: type[BaseProcess] = multiprocessing.Process,
    ) -> None:
        """``process`` says how one is started: by default, as the system does."""
        self._count, self._state, self._prepared = count, state, prepared
        self._process = process
        self._workers: dict[Connection, _Worker] = {}

    def __enter__(self) -> Pool[S]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Kill the workers. They have nothing to clean up."""
        for worker in self._workers.values():
            worker.process.kill()
        for link in list(self._workers):
            self._remove_worker(link)

    def begin(self, work: Callable[[S, T], R], task: T) -> Callable[[], R | Died]:
        """Begin a task, and return a function that waits for its result. Raises NoProcess.

        That function raises what the task raises.
        """
        busy: dict[Connection, int] = {}
        self._hand_out(work, [task], [0], busy)
        [link] = busy
        return lambda: self._receive_result(link)

    def run(
        self,
        work: Callable[[S, T], R],
        tasks: Sequence[T],
        done: Callable[[int, R | Died], None] | None = None,
    ) -> list[R | Died]:
        """Return the results of the tasks in order; DIED for each whose worker died.

        ``done`` is called with the number of each task and its result as it comes in. Raises what a task raises, and
        NoProcess.
        """
        results: list[R | Died] = [DIED] * len(tasks)
        waiting = list(range(len(tasks)))[::-1]
        busy: dict[Connection, int] = {}
        try:
            while waiting or busy:
                self._hand_out(work, tasks, waiting, busy)
                for link in _ready_connections(busy):
                    number = busy.pop(link)
                    results[number] = self._receive_result(link)
                    if done is not None:
                        done(number, results[number])
        except BaseException:  # after a signal too: what still runs is no longer needed
            self.end()
            raise
        return results

    def _hand_out(
        self,
        work: Callable[[S, T], R],
        tasks: Sequence[T],
        waiting: list[int],
        busy: dict[Connection, int],
    ) -> None:
        while waiting and len(busy) < self._count:
            link = next(
                (connection for connection in self._workers if connection not in busy), None
            )
            if link is None:
                try:
                    link = self._start_worker()
                except OSError as error:
                    if busy:
                        return
                    raise NoProcess from error
            number = waiting.pop()
            with suppress(BrokenPipeError, ConnectionResetError):  # it died: noticed later
                link.send((work, tasks[number]))
            busy[link] = number

    def _receive_result(self, link: Connection) -> R | Died:
        try:
            failed, came = pickle.loads(link.recv_bytes())
        except (EOFError, OSError):
            self._remove_worker(link)
            return DIED
        if failed is not None:
            raise failed
        result: R = came
        return result

    def _start_worker(self) -> Connection:
        """Start a worker. Ctrl-C is handled before or after, never in between."""
        with _held_back():
            ours, theirs = multiprocessing.Pipe()
            life, end = multiprocessing.Pipe(duplex=False)
            _ours.update((ours, end))
            process = self._process(
                target=_serve_tasks,
                args=(theirs, life, self._state, self._prepared, sys.getrecursionlimit()),
                daemon=True,
            )
            self._workers[ours] = _Worker(process, end)
            try:
                process.start()
            except OSError:
                self._remove_worker(ours)
                raise
            finally:
                theirs.close()
                life.close()
        return ours

    def _remove_worker(self, link: Connection) -> None:
        worker = self._workers.pop(link)
        for connection in (link, worker.end):
            _ours.discard(connection)
            connection.close()
        if worker.process.pid is not None:
            worker.process.kill()
            worker.process.join(_PATIENCE)


class _Worker(NamedTuple):
    """A process, and the pipe whose closing ends it."""

    process: BaseProcess
    end: Connection


_ours: set[Connection] = set()
"""Pipe ends of this process. A forked worker closes its copies, or our exit would go unnoticed."""


def _ready_connections(busy: dict[Connection, int]) -> list[Connection]:
    ready = wait(list(busy))
    return [link for link in busy if link in ready]


@contextmanager
def _held_back() -> Iterator[None]:
    """Block signals while a process is started; a new process starts without pending ones."""
    if sys.platform == "win32":
        yield
    else:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


_COPY: type[BaseProcess] | None = None
"""How to start a copy of this process; on other systems than Linux, one might crash."""
if sys.platform == "linux":
    from multiprocessing.context import ForkProcess

    _COPY = ForkProcess


@contextmanager
def beside(work: Callable[[], R]) -> Iterator[Callable[[], R]]:
    """Do some work in a copy of this process while the block runs; what is given waits for its result.

    If there can be no copy, or the copy dies, the work is done when the result is asked for. The result is sent, so it
    should be small. What the work changes in memory stays in the copy.
    """
    if _COPY is None or threading.active_count() > 1:  # with threads, a copy might hang
        yield work
        return
    with Pool(1, work, gc.freeze, _COPY) as pool:
        try:
            result = pool.begin(_do_work, None)
        except NoProcess:
            yield work
            return

        def wait_for_result() -> R:
            outcome = result()
            return work() if isinstance(outcome, Died) else outcome

        yield wait_for_result


def _do_work(work: Callable[[], R], _: None) -> R:
    return work()


# -- in the worker


def _serve_tasks(
    link: Connection, life: Connection, state: S, prepared: Callable[[], None], nesting: int
) -> None:
    """Work on tasks until no more arrive; calls may be nested as deeply as where the pool is."""
    sys.setrecursionlimit(nesting)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for signum in _HELD_BACK - {signal.SIGINT}:
        signal.signal(signum, signal.SIG_DFL)
    for end in _ours:
        end.close()
    _end_with(life)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
    prepared()
    with suppress(EOFError, OSError):  # the parent is gone
        while True:
            work, task = link.recv()
            link.send_bytes(_pickled_result(work, state, task))


def _pickled_result(work: Callable[[S, T], R], state: S, task: T) -> bytes:
    try:
        return pickle.dumps((None, work(state, task)))
    except Exception as error:  # noqa: BLE001 (raised again where the result is needed)
        return pickle.dumps((_picklable_error(error), None))


def _picklable_error(error: Exception) -> Exception:
    """Return an error with its traceback as a note, or a substitute with the same message if it cannot be sent."""
    note = "in a worker process:\n" + "".join(traceback.format_exception(error))
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 (pickling an exception may run anything)
        copy = None
    sent = copy if isinstance(copy, Exception) else RuntimeError(f"{type(error).__name__}: {error}")
    sent.add_note(note)
    return sent


def _end_with(life: Connection) -> None:
    """End this process when the other end of ``life`` is closed, that is, with the process that holds it."""
    if sys.platform == "linux":
        import fcntl

        handle = life.fileno()
        signal.signal(signal.SIGIO, signal.SIG_DFL)  # which ends the process, whatever it is doing
        fcntl.fcntl(handle, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(handle, fcntl.F_SETFL, fcntl.fcntl(handle, fcntl.F_GETFL) | os.O_ASYNC)
        if life.poll():
            os._exit(1)
    else:
        from threading import Thread

        Thread(target=_wait_for_end, args=(life,), daemon=True).start()


def _wait_for_end(life: Connection) -> None:
    with suppress(EOFError, OSError):
        life.recv_bytes()
    os._exit(1)
