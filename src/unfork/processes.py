"""Processes that work for this one, and never outlive it.

A worker ignores Ctrl-C, which the terminal sends to all: who started it decides. It is ended by the system as soon
as the process that started it is gone, however that went, even in the middle of a long call: it has the reading end
of a pipe that nobody writes to, and whose closing is a signal to it. Leaving the pool kills the workers, so nobody
waits for one.

`concurrent.futures` has none of this: it has threads and locks that an interrupt can leave in any state, it waits
for the work that has begun, and its workers wait for ever where their parent was killed.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_HELD_BACK = frozenset(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_PATIENCE = 1.0
"""Seconds that a killed process has to be gone; the system may still write for it."""


class Died:
    """What came of a task whose worker died: it ran out of memory, or was killed."""


DIED = Died()


class NoProcess(Exception):
    """The system gives no process at all."""


class Pool(Generic[S]):
    """Up to ``count`` processes, each with the same ``state`` to work with, and ``prepared``. A context manager."""

    def __init__(self, count: int, state: S, prepared: Callable[[], None]) -> None:
        self._count, self._state, self._prepared = count, state, prepared
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
        """Kill the workers. They have nothing that would have to be put in order."""
        for worker in self._workers.values():
            worker.process.kill()
        for link in list(self._workers):
            self._remove_worker(link)

    def run(
        self,
        work: Callable[[S, T], R],
        tasks: Sequence[T],
        done: Callable[[int, R | Died], None] | None = None,
    ) -> list[R | Died]:
        """Return what the tasks come to, in their order; DIED for each whose worker died.

        ``done`` is told of each as it comes in, with its number. Raises what a task raises, NoProcess.
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
        except BaseException:
            self.end()  # what still works, works on what nobody will ask for
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
            with suppress(BrokenPipeError, ConnectionResetError):  # it died: that is seen later
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
        """Start a worker. Ctrl-C comes before or after, and finds all of it or nothing."""
        with _held_back():
            ours, theirs = multiprocessing.Pipe()
            life, end = multiprocessing.Pipe(duplex=False)
            _ours.update((ours, end))
            process = multiprocessing.Process(
                target=_serve_tasks, args=(theirs, life, self._state, self._prepared), daemon=True
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
"""The ends of pipes that belong to this process: a forked worker closes its copies, or nobody would notice our end."""


def _ready_connections(busy: dict[Connection, int]) -> list[Connection]:
    return [connection for connection in wait(list(busy)) if isinstance(connection, Connection)]


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold signals back while a process is started: a new one begins without them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# -- in the worker


def _serve_tasks(
    link: Connection, life: Connection, state: S, prepared: Callable[[], None]
) -> None:
    """Work on what comes, until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for signum in _HELD_BACK - {signal.SIGINT}:
        signal.signal(signum, signal.SIG_DFL)
    for end in _ours:
        end.close()
    _end_with(life)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
    prepared()
    with suppress(EOFError, OSError):  # whoever started it is gone
        while True:
            work, task = link.recv()
            link.send_bytes(_pickled_result(work, state, task))


def _pickled_result(work: Callable[[S, T], R], state: S, task: T) -> bytes:
    try:
        return pickle.dumps((None, work(state, task)))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is raised where the result was wanted)
        return pickle.dumps((_picklable_error(error), None))


def _picklable_error(error: Exception) -> Exception:
    """Return an error with its traceback as a note; where it cannot be sent, one that says the same."""
    note = "in a worker process:\n" + "".join(traceback.format_exception(error))
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 (an exception may do anything when it is pickled)
        copy = None
    sent = copy if isinstance(copy, Exception) else RuntimeError(f"{type(error).__name__}: {error}")
    sent.add_note(note)
    return sent


def _end_with(life: Connection) -> None:
    """Have this process end when the other end of ``life`` is closed: with the process that has it."""
    if sys.platform == "linux":
        import fcntl

        handle = life.fileno()
        signal.signal(signal.SIGIO, signal.SIG_DFL)  # which ends the process, whatever it does
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
