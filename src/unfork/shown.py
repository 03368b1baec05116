"""What a terminal is shown of texts that come from strangers: names, sources, messages.

Nothing that a terminal could take for a command is passed on, nor what turns the direction of
writing or cannot be seen: such characters stand as escapes.
"""

from __future__ import annotations

_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def shown(text: str, keep: str = "") -> str:
    """Return ``text`` with escapes for what is not printable, but for the characters to ``keep``.

    A byte that is no UTF-8 and stands as a surrogate (PEP 383) becomes ``\\xNN``.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def source(text: bytes) -> str:
    """Return a piece of a source line, escaped; tabs stay."""
    return shown(text.decode("utf-8", "backslashreplace"), "\t")


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
