"""Make untrusted text safe for a terminal: names, sources, messages.

Control sequences, bidirectional formatting and invisible characters are escaped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

_COMMAND = re.compile(r"(?m)^([ \t]*)([:#])(?=:|#\[)|(#)(?=#vso\[|#teamcity\[)")
"""What CI systems treat as commands: ``::error``, ``##[error]`` at the start of a line, ``##vso[`` anywhere."""
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def escaped_text(text: str, keep: str = "") -> str:
    """Return ``text`` with unprintable characters escaped, except those in ``keep``.

    An invalid UTF-8 byte, represented by a surrogate (PEP 383), becomes ``\\xNN``.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep else _escape_sequence(char) for char in text
    )


def shell_word(text: str) -> str:
    """Return a text as one word of a command line, for the user's shell."""
    if sys.platform == "win32":
        from subprocess import list2cmdline  # both late: few commands are proposed

        return list2cmdline([text])  # in double quotes, which cmd and PowerShell take
    from shlex import quote

    return quote(text)


def without_ci_commands(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of a text for people, escaping any line that would be a command to a CI system.

    A piece starts at the beginning of a line, or within a line that already has text.
    """
    fresh = True
    for piece in pieces:
        safe = _COMMAND.sub(_escaped_command, piece if fresh else f"x{piece}")
        yield safe if fresh else safe[1:]
        fresh = piece.endswith("\n") or (fresh and not piece.strip())


def _escaped_command(match: re.Match[str]) -> str:
    return f"{match[1] or ''}{_escape_sequence(match[2] or match[3])}"


def escaped_source(text: bytes) -> str:
    """Return a piece of a source line, escaped; tabs stay."""
    return escaped_text(text.decode("utf-8", "backslashreplace"), "\t")


def _escape_sequence(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
