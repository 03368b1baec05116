"""Clean up unfinished work when a signal ends the run."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

_LOOK = 0.1
"""How often, in seconds, a run that waits for threads looks for a signal."""
_SOON = 0.01
"""After how many seconds a signal that was lost is raised again."""
_STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(BaseException):
    """A signal asks the run to end; the necessary cleanup runs first."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextmanager
def in_order() -> Iterator[None]:
    """Make SIGTERM and SIGHUP raise Stopped while the block runs, so it can undo what it has begun.

    Elsewhere there is nothing to clean up, and these signals end the process immediately. An ignored signal (nohup)
    stays ignored.
    """
    try:
        before = {signum: signal.getsignal(signum) for signum in _STOPS}
        for signum, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(signum, _raise_stopped)
    except ValueError:  # not in the main thread, which receives signals
        yield
        return
    report = sys.unraisablehook
    sys.unraisablehook = lambda unraisable: _raise_again(unraisable, report)
    try:
        yield
    finally:
        sys.unraisablehook = report
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Hold back Ctrl-C, SIGTERM and SIGHUP while the block runs, and yield a function that lets one through.

    A block that waits for threads calls it again and again. Elsewhere, the exception of a signal could come between
    taking a lock and releasing it, and the threads would wait for that lock forever. Cleaning up inside the block is
    not disturbed either. A signal that is never let through comes when the block has ended, unless an error ended it.
    """
    arrived: list[int] = []
    before: dict[int, Callable[[int, FrameType | None], object]] = {}

    def let_through() -> None:
        if arrived:
            number = arrived.pop(0)
            before[number](number, None)

    try:
        for signum in (signal.SIGINT, *_STOPS):
            handler = signal.getsignal(signum)
            if callable(handler):
                before[signum] = handler
                signal.signal(signum, lambda number, frame: arrived.append(number))
    except ValueError:  # not in the main thread, which receives signals
        yield let_through
        return
    try:
        yield let_through
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    let_through()


def first_done(
    futures: Collection[Future[T]], let_through: Callable[[], None]
) -> tuple[set[Future[T]], set[Future[T]]]:
    """Wait until one of some futures is done, and let signals through meanwhile. Return the done and the others."""
    from concurrent.futures import FIRST_COMPLETED, wait  # late: a hook starts no threads

    while True:
        let_through()
        done, others = wait(futures, _LOOK, FIRST_COMPLETED)
        if done:
            return done, others


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    for signum in _STOPS:  # once is enough: cleanup follows
        signal.signal(signum, signal.SIG_IGN)
    raise Stopped(number)


def _raise_again(
    unraisable: sys.UnraisableHookArgs, report: Callable[[sys.UnraisableHookArgs], object]
) -> None:
    """Raise a signal again whose exception Python lost because it came in a callback, as of a weak reference."""
    from threading import Timer  # late: a hook starts no threads

    stop = unraisable.exc_value
    if isinstance(stop, Stopped):
        signal.signal(stop.number, _raise_stopped)
        number = stop.number
    elif isinstance(stop, KeyboardInterrupt):
        number = signal.SIGINT
    else:
        report(unraisable)
        return
    again = Timer(
        _SOON, signal.raise_signal, [number]
    )  # at once would be inside the callback still
    again.daemon = True
    again.start()
