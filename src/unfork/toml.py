"""TOML that may be a stranger's: it is read in a time that goes with its length, or it is an error."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_KEY = r"""(?:[\w-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?:^|[{{,\[])[ \t]*+(?:{_KEY}[ \t]*+\.[ \t]*+){{100}}", re.MULTILINE)
"""A key of more than a hundred parts, for which tomllib takes the square of its length."""


class TooDeepError(ValueError):
    """A TOML text is nested too deeply, at a line of its own or (0) somewhere."""

    def __init__(self, line: int = 0) -> None:
        self.line = line
        super().__init__("is nested too deeply to be read")


def loads(text: str) -> dict[str, Any]:
    """Return what a TOML text holds. Raises ValueError, which says what is wrong and where, as tomllib does."""
    if match := _LONG_KEY.search(text):
        raise TooDeepError(text.count("\n", 0, match.end()) + 1)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TooDeepError from None
