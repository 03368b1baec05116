"""What a run has to say, and the formats it can be said in.

A format is a module with one function, ``render``; the table of them is `formatter`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol, TextIO

from unfork.escape import without_ci_commands
from unfork.reports.report import Applied, Diff, Found, Report

__all__ = ["FORMATS", "Applied", "Diff", "Format", "Found", "Report", "write_report"]

FORMATS = ("rich", "plain", "json", "github", "sarif")
"""The names of the formats. ``github`` and ``sarif`` hold findings only, not what would change."""


class Format(Protocol):
    """A way to write a report."""

    def __call__(self, report: Report, out: TextIO, /) -> Iterator[str]:
        """Yield the text of ``report``, in pieces; ``out`` only tells what a terminal can show."""


def write_report(report: Report, name: str, out: TextIO) -> None:
    """Write ``report`` to ``out`` in the format ``name``.

    ``rich`` is for terminals: into a pipe or a file it writes what ``plain`` does. Characters that
    the encoding of ``out`` does not have are written as escapes. Raises KeyError for an unknown
    name, and StaleError where a diff is to be shown of a file that changed since it was read.
    """
    encoding = (out.encoding or "utf-8").lower()
    universal = encoding.startswith(("utf-8", "utf8"))
    pieces = formatter(name, report, out)(report, out)
    for piece in without_ci_commands(pieces) if name in ("rich", "plain") else pieces:
        out.write(piece if universal else _escape_unencodable(piece, encoding))


def formatter(name: str, report: Report, out: TextIO) -> Format:
    """Return the function that renders ``report`` for ``out``; no other format is imported."""
    if name == "rich" and (report.empty or not _is_terminal(out)):
        name = "plain"
    match name:
        case "rich":
            from unfork.reports import rich

            return rich.render
        case "plain":
            from unfork.reports import plain

            return plain.render
        case "json":
            from unfork.reports import json

            return json.render
        case "github":
            from unfork.reports import github

            return github.render
        case "sarif":
            from unfork.reports import sarif

            return sarif.render
        case _:
            raise KeyError(name)


def _is_terminal(out: TextIO) -> bool:
    if os.environ.get("FORCE_COLOR"):
        return True
    return out.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def _escape_unencodable(text: str, encoding: str) -> str:
    return text.encode(encoding, "backslashreplace").decode(encoding)
