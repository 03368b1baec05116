"""Progress of a run: one line on a terminal once the run takes longer than a moment."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

PATIENCE = 1.0
"""Seconds before anything is shown."""
PAUSE = 0.1
"""Seconds between two updates."""


class Progress:
    """A line like ``reading: 1200 of 6739 files``, updated as the work advances.

    A context manager. It paints only from `advance`, so it needs no thread and never appears in the middle of other
    output; leaving it clears the line. If the stream is not a terminal, it prints nothing.
    """

    def __init__(
        self,
        total: int,
        label: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Count to ``total``; ``stream`` defaults to the standard error stream."""
        self._total, self._label, self._clock = total, label, clock
        stream = sys.stderr if stream is None else stream
        self._stream = stream if _takes_progress(stream) else None
        self._done = self._painted = 0
        self._next = clock() + PATIENCE

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._paint_line("")

    def advance(self, number: int = 1) -> None:
        """Record that ``number`` more are done."""
        self._done += number
        if self._stream and (now := self._clock()) >= self._next:
            self._next = now + PAUSE
            self._paint_line(f"{self._label}: {self._done} of {self._total} files")

    def _paint_line(self, text: str) -> None:
        """Overwrite the line with spaces, because not every terminal can erase."""
        if not self._stream or not (text or self._painted):
            return
        text = text[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + text.ljust(self._painted) + ("" if text else "\r"))
        self._stream.flush()
        self._painted = len(text)


def _takes_progress(stream: TextIO | None) -> bool:
    # under pythonw there is no standard error stream
    if stream is None or not stream.isatty():
        return False
    return os.environ.get("TERM", "") not in ("dumb", "unknown")
