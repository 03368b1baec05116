"""What goes to the standard streams beside the reports: errors, notes, and how far a run is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable


def say(text: str, kind: str = "") -> None:
    """Write lines to the standard error stream, headed by ``unfork:`` and the kind of message."""
    from unfork.reports.shown import shown  # late: most runs have nothing to say here

    head = f"unfork: {kind}: " if kind else "unfork: "
    print(head + shown(text, keep="\n\t"), file=sys.stderr)


def steady_streams() -> None:
    """Make the standard streams take any character: what an encoding lacks stands as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def drop_stdout() -> None:
    """Drop what is still to be written: nobody reads it, and Python's exit should be silent."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def progress() -> Callable[[int, int], None] | None:
    """Return what paints how many files of how many are done: on a terminal, after a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    start = painted = time.monotonic()

    def paint(done: int, total: int) -> None:
        nonlocal painted
        now = time.monotonic()
        if done >= total and painted > start:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        elif now - start > 1 and now - painted > 0.1:
            painted = now
            print(f"\r{done} of {total} files", end="", file=sys.stderr, flush=True)

    return paint
