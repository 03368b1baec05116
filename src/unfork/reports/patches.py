"""Patches for ``git apply`` and ``patch -p1``, made from the edits.

The headers are the traditional ``---`` and ``+++`` lines, without git's ``diff --git``: ``git apply`` then resolves
paths relative to the folder it runs in, as ``patch -p1`` does. With ``diff --git`` it resolves them from the top of
the repository, and silently does nothing if the root is a folder further down. A traditional patch cannot delete an
empty file; such files come last, in git's format, which GNU patch understands too.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from unfork.errors import UnforkError
from unfork.reports.hunks import Hunk, Line, hunks_of
from unfork.values import Change, Plan
from unfork_codemods.edits import Edit

__all__ = [
    "Hunk",
    "Line",
    "StaleError",
    "current_bytes",
    "file_hunks",
    "file_patch",
    "git_quoted_name",
    "hunks_of",
    "patch_bytes",
    "patch_of",
]

NO_NEWLINE = b"\\ No newline at end of file\n"

_UNUSUAL = re.compile(rb'[\x00-\x1f"\\\x7f-\xff]')
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


class StaleError(UnforkError, ValueError):
    """A file differs from the one that the plan was made for."""


def current_bytes(root: Path, change: Change) -> bytes:
    """Return the bytes of the file under ``root`` that ``change`` applies to.

    Raises StaleError if the file is gone or has changed.
    """
    try:
        data = (root / change.path).read_bytes()
        change.result(data)
    except OSError as error:
        raise StaleError(f"{change.path} changed since it was read: {error.strerror}") from error
    except ValueError as error:
        raise StaleError(str(error)) from error
    return data


def file_hunks(change: Change, data: bytes) -> tuple[Hunk, ...]:
    """Return the hunks that ``change`` makes in ``data``; a deletion removes every line."""
    return hunks_of(data, (Edit(0, len(data), b""),) if change.deleted else change.edits)


def file_patch(change: Change, data: bytes) -> bytes:
    """Return the patch of one file with the bytes ``data``; empty if nothing changes."""
    name = os.fsencode(change.path)
    if change.deleted and not data:
        names = git_quoted_name(b"a/" + name), git_quoted_name(b"b/" + name)
        return b"diff --git %s %s\ndeleted file mode 100644\nindex e69de29..0000000\n" % names
    hunks = file_hunks(change, data)
    if not hunks:
        return b""
    tab = b"\t" if b" " in name else b""  # without it the name would end at the space
    new = b"/dev/null" if change.deleted else git_quoted_name(b"b/" + name) + tab
    parts = [b"--- %s%s\n+++ %s\n" % (git_quoted_name(b"a/" + name), tab, new)]
    for hunk in hunks:
        parts.append(hunk.header + b"\n")
        parts += map(_patch_line, hunk.lines)
    return b"".join(parts)


def patch_bytes(plan: Plan) -> bytes:
    """Return the changes of ``plan`` as a patch, relative to its root.

    Raises StaleError if a file changed after it was read.
    """
    usual: list[bytes] = []
    last: list[bytes] = []
    for change in plan.changes:
        data = current_bytes(plan.root, change)
        (last if change.deleted and not data else usual).append(file_patch(change, data))
    return b"".join(usual + last)


def patch_of(plan: Plan) -> str:
    """Return the same as `patch_bytes` as text, with bytes that are not UTF-8 as surrogate escapes."""
    return patch_bytes(plan).decode("utf-8", "surrogateescape")


def git_quoted_name(name: bytes) -> bytes:
    """Return a file name as git writes it in a patch: as a C string literal, if it has unusual characters.

    A trailing space counts as unusual: GNU patch would lose it.
    """
    if not _UNUSUAL.search(name) and not name.endswith(b" "):
        return name
    return b'"' + _UNUSUAL.sub(_escape_byte, name) + b'"'


def _escape_byte(match: re.Match[bytes]) -> bytes:
    code = match[0][0]
    return f"\\{_ESCAPES.get(code) or f'{code:03o}'}".encode()


def _patch_line(line: Line) -> bytes:
    text = line.sign.encode() + line.text
    return text if text.endswith(b"\n") else text + b"\n" + NO_NEWLINE
