"""The reports of a run, and the formats they can be written in.

A format is a module with one function, ``render``; `formatter` selects it by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol, TextIO

from unfork.escape import without_ci_commands
from unfork.reports.report import Applied, Diff, Found, Report

__all__ = ["FORMATS", "Applied", "Diff", "Format", "Found", "Report", "write_report"]

FORMATS = ("rich", "plain", "json", "github", "sarif")
"""The names of the formats. ``github`` and ``sarif`` contain only findings, not changes."""


class Format(Protocol):
    """A way to write a report."""

    def __call__(self, report: Report, out: TextIO, /) -> Iterator[str]:
        """Yield the text of ``report``, in pieces; ``out`` only shows what the terminal is capable of."""


def write_report(report: Report, name: str, out: TextIO) -> None:
    """Write ``report`` to ``out`` in the format ``name``.

    ``rich`` is for terminals: for a pipe or a file, it writes the same as ``plain``. Characters that the encoding of
    ``out`` lacks are written as escapes. Raises KeyError for an unknown name, and StaleError if a file in a diff
    changed after it was read.
    """
    encoding = (out.encoding or "utf-8").lower()
    universal = encoding.startswith(("utf-8", "utf8"))
    pieces = formatter(name, report, out)(report, out)
    for piece in without_ci_commands(pieces) if name in ("rich", "plain") else pieces:
        out.write(piece if universal else _escape_unencodable(piece, encoding))


def formatter(name: str, report: Report, out: TextIO) -> Format:
    """Return the function that renders ``report`` for ``out``, importing only that format. Raises KeyError."""
    if name == "rich" and (report.empty or not is_for_terminal(out, report.shown.color)):
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


def is_for_terminal(out: TextIO, color: str = "auto") -> bool:
    """Return whether a stream gets what is for terminals: it is one, or the user wants colours in any case."""
    if color == "always" or (color == "auto" and os.environ.get("FORCE_COLOR")):
        return True
    return out.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def _escape_unencodable(text: str, encoding: str) -> str:
    return text.encode(encoding, "backslashreplace").decode(encoding)
