"""A file with conflict markers, left by git after a failed merge: not valid Python, but two texts that may be."""

from __future__ import annotations

import re

_MARKER = re.compile(rb"^(<{7}|\|{7}|={7}|>{7})(?:[ \t\r\n]|\Z)", re.MULTILINE)
_OURS, _BASE, _THEIRS = b"<", b"|", b"="


def conflict_sides(data: bytes) -> tuple[bytes, bytes] | None:
    """Return the two sides of a file's conflicts, each line by line as long as the file itself.

    Lines of the other side, and the markers, become empty. Returns None if there are no conflicts, or if the markers
    are not in the order ``<<<<<<<``, optionally ``|||||||``, ``=======``, ``>>>>>>>``.
    """
    if b"<<<<<<<" not in data:
        return None
    ours: list[bytes] = []
    theirs: list[bytes] = []
    part, has_conflict = b"", False
    for line in data.splitlines(keepends=True):
        marker = _MARKER.match(line)
        if marker is None:
            blank = line[len(line.rstrip(b"\r\n")) :]
            ours.append(line if part in (b"", _OURS) else blank)
            theirs.append(line if part in (b"", _THEIRS) else blank)
            continue
        following = _next_part(part, marker[1][:1])
        if following is None:
            return None
        part, has_conflict = following, True
        ours.append(b"\n")
        theirs.append(b"\n")
    return (b"".join(ours), b"".join(theirs)) if has_conflict and not part else None


def conflict_line(data: bytes) -> int | None:
    """Return the line of the first conflict marker, counted from 1; None if there are no well-ordered conflicts."""
    if conflict_sides(data) is None:
        return None
    marker = _MARKER.search(data)
    return data.count(b"\n", 0, marker.start()) + 1 if marker else None


def _next_part(part: bytes, sign: bytes) -> bytes | None:
    """Return the part of a conflict that a marker begins, empty after its end; None if the marker is out of order."""
    after = {
        b"": {b"<": _OURS},
        _OURS: {b"|": _BASE, b"=": _THEIRS},
        _BASE: {b"=": _THEIRS},
        _THEIRS: {b">": b""},
    }
    return after[part].get(sign)
