"""Clean up unfinished work when a signal ends the run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    for signum in _STOPS:  # once is enough: cleanup follows
        signal.signal(signum, signal.SIG_IGN)
    raise Stopped(number)
