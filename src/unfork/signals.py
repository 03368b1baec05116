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
        before = {each: signal.getsignal(each) for each in _STOPS}
        for each, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(each, _stop)
    except ValueError:  # not in the main thread, which is the one that signals reach
        yield
        return
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    for each in _STOPS:  # once is enough: what follows is being put in order
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)
