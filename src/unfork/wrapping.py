"""Break lines of prose for a narrow terminal, between words only."""

from __future__ import annotations

import re
import textwrap

_NARROW = 60
"""On a wider terminal, what is to be pasted stays on one line."""
_SNIPPET = re.compile(r'[\w."]+ = (?:"[^"]*"|\[[^\]]*\])|`[^`]*`')
_JOINT = "\x00"


def wrapped_text(text: str, width: int | None, indent: str = "  ") -> str:
    """Return ``text`` with lines of at most ``width`` columns, the second and later ones indented.

    A word stays whole even where it is too long, and so does an assignment to be pasted, unless the terminal is narrow.
    Without a width, the text stays as it is.
    """
    if width is None or len(text) <= width:
        return text
    joined = text if width < _NARROW else _SNIPPET.sub(_with_joints, text)
    lines = textwrap.wrap(
        joined,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(_JOINT, " ")


def _with_joints(match: re.Match[str]) -> str:
    return match[0].replace(" ", _JOINT)
