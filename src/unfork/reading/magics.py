"""Scripts that jupytext keeps as notebooks, in which lines for IPython are no comments: these files are not Python."""

from __future__ import annotations

import re

from unfork.reading.cells import ipython_lines, is_ipython_line

_NOTEBOOK = re.compile(rb"^#[ \t]*(?:%%|\+|jupytext:|jupyter:)", re.MULTILINE)
"""A cell in jupytext's percent or light format, or the header of such a file."""
_LISTED = 5
"""So many line numbers are given."""


def magics_reason(path: str, raw: bytes, error_line: int) -> str:
    """Return how to make a script with lines for IPython into Python; empty if it has none, or is no notebook.

    ``error_line`` is the number of the line at which it does not parse.
    """
    if not _NOTEBOOK.search(raw):
        return ""
    lines = raw.splitlines()
    command = f"jupytext --to py:percent --opt comment_magics=true {path}"
    numbers = ipython_lines(raw)
    if not numbers:
        at_fault = b"".join(lines[error_line - 1 : error_line])
        return f"this line is IPython's: run {command}" if is_ipython_line(at_fault) else ""
    line = lines[numbers[0] - 1].decode("utf-8", "replace").strip()
    listed = ", ".join(map(str, numbers[:_LISTED])) + (", ..." if len(numbers) > _LISTED else "")
    many = f"lines {listed} are" if len(numbers) > 1 else f"line {listed} is"
    return f"{many} IPython's: write each as a comment (# {line}), which jupytext runs all the same, or run {command}"
