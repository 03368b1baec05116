"""Read untrusted TOML in time proportional to its length, or raise an error; write strings of it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_KEY = r"""(?:[\w-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')"""
_LONG = 100
_LONG_KEY = rf"(?:^|[{{,\[])[ \t]*+(?:{_KEY}[ \t]*+\.[ \t]*+){{{_LONG}}}"
"""A key of more than a hundred parts, for which tomllib needs quadratic time."""


class TooDeepError(ValueError):
    """A TOML text is nested too deeply, at a known line or (0) at an unknown one."""

    def __init__(self, line: int = 0) -> None:
        self.line = line
        super().__init__("nested too deeply to be read")


def loads(text: str) -> dict[str, Any]:
    """Return the contents of a TOML text. Raises ValueError, with the problem and the place, like tomllib."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") >= _LONG and re.search(_LONG_KEY, line):
            raise TooDeepError(number)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TooDeepError from None


def toml_key(key: str) -> str:
    """Return a key as TOML: quoted, unless it consists of letters, digits, ``_`` and ``-``."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_string(key)


def toml_string(text: str) -> str:
    """Return a printable text as a TOML string: a JSON string is one."""
    import json  # late: a hook reads TOML, and writes none

    return json.dumps(text, ensure_ascii=False)
