"""What has begun and is half done, when a signal says that the run should end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(BaseException):
    """A signal says that the run should end; it is put in order what has to be."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextmanager
def in_order() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise Stopped while the block runs: what it has begun, it can take back.

    Elsewhere there is nothing to be put in order, and these signals end the process at once. One that is ignored
    (nohup) stays so.
    """
    try:
        before = {signum: signal.getsignal(signum) for signum in _STOPS}
        for signum, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(signum, _raise_stopped)
    except ValueError:  # not in the main thread, which is the one that signals reach
        yield
        return
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    for signum in _STOPS:  # once is enough: what follows is being put in order
        signal.signal(signum, signal.SIG_IGN)
    raise Stopped(number)
