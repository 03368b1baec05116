"""Output to the standard streams besides reports: errors, notes, and progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


def say(text: str, kind: str = "", wraps: bool = True) -> None:
    """Write a line to the standard error stream, prefixed with ``unfork:`` and the kind of message.

    It is a single line, whatever file names it contains, because CI systems read commands from separate lines. On a
    terminal, it is broken between words, unless it quotes a program and does not wrap.
    """
    from unfork.escape import escaped_text  # late: most runs print nothing here

    head = f"unfork: {kind}: " if kind else "unfork: "
    line = head + escaped_text(text, keep="\t")
    if wraps and sys.stderr.isatty():
        import shutil

        from unfork.wrapping import wrapped_text

        line = wrapped_text(line, shutil.get_terminal_size().columns)
    print(line, file=sys.stderr)


def steady_streams() -> None:
    """Make the standard streams accept any character; what an encoding lacks is escaped.

    A closed stream (``>&-``) accepts everything and discards it.
    """
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 (to the end)
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def drop_stdout() -> None:
    """Discard unwritten output: nobody reads it, and Python's exit should be silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress_display(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that shows, on a terminal, how many files of how many are done."""
    from unfork.progress import Progress

    with ExitStack() as stack:
        bar: Progress | None = None
        before = 0

        def paint(done: int, total: int) -> None:
            nonlocal bar, before
            if bar is None:
                bar = stack.enter_context(Progress(total, label))
            bar.advance(done - before)
            before = done

        yield paint
