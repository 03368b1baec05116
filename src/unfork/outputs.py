"""Where reports go: stdout, or a file that is written at the end and stays as it was on failure."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from unfork import console
from unfork.errors import UnforkError

if TYPE_CHECKING:
    from unfork.reports import Report
    from unfork.values import Plan


def check_places(*files: Path | None) -> None:
    """Raise UnforkError if a file cannot be written, before any work is done."""
    for file in files:
        if file is None or str(file) == "-":
            continue
        if file.is_dir():
            raise UnforkError(f"{file}: this is a folder; name a file")
        if not file.parent.is_dir():
            raise UnforkError(f"{file}: there is no folder {file.parent}; make it first")
        existed = file.exists()
        if existed and not file.is_file():
            continue  # a pipe, which can be opened only once
        try:
            with file.open("ab"):
                pass
        except OSError as error:
            raise UnforkError(f"{file}: cannot be written: {error.strerror}") from None
        if not existed:
            file.unlink()


def check_migration_place(file: Path | None) -> None:
    """Raise UnforkError if a new migration cannot be written there; `make_folder` makes a missing folder later."""
    if file is None or str(file) == "-" or file.parent.is_dir():
        check_places(file)
        return
    above = next(folder for folder in file.parent.parents if folder.exists())
    if file.parent.exists() or not above.is_dir():
        wrong = file.parent if file.parent.exists() else above
        raise UnforkError(f"{file}: {wrong} is no folder; name a file in a folder")
    if not os.access(above, os.W_OK):
        raise UnforkError(f"{file}: there is no folder {file.parent}, and {above} is read-only")


def make_folder(file: Path | None) -> None:
    """Make the folder of a new migration, such as `migrations`, and those above it. Raises UnforkError."""
    if file is None or str(file) == "-":
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror
        raise UnforkError(f"{file}: the folder {file.parent} cannot be made: {why}") from None


def write_report(report: Report) -> int:
    """Write a report as its user wants it shown, and return its exit code."""
    from unfork.reports import write_report as write

    with open_report_stream(report.shown.output) as out:
        write(report, report.shown.form, out)
    return report.exit_code


def write_final_report(report: Report) -> int:
    """Write the report of completed work; failing to write it undoes nothing."""
    try:
        write_report(report)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        console.drop_stdout()
        console.say(f"all is done, but its report cannot be written: {error.strerror}", "warning")
    return report.exit_code


@contextmanager
def open_report_stream(output: Path | None) -> Iterator[TextIO]:
    """Yield the stream for a report. A file is written at the end, and stays as it was on failure."""
    if output is None or str(output) == "-":
        yield sys.stdout
        return
    from unfork.files.output import write_output

    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") as out:
        yield out
        out.flush()
        buffer = out.buffer
        buffer.seek(0)
        write_output(output, buffer.read())


def write_patch(plan: Plan, file: Path) -> None:
    """Write the patch of a plan into a file, or to stdout for ``-``."""
    data = plan.patch().encode("utf-8", "surrogateescape")
    if str(file) == "-":
        sys.stdout.buffer.write(data)
    else:
        from unfork.files.output import write_output

        write_output(file, data)
