"""The patterns of ``exclude``, similar to those of a .gitignore.

A pattern is compared case-sensitively with paths relative to the root, with ``/``:

- ``*`` matches any characters within one name, ``?`` one, ``[a-z]`` and ``[!a-z]`` one of a set; ``**`` matches any
  number of folders.
- A pattern with a ``/`` before its end starts at the root: ``archive/**``, ``/setup.py``. Any other matches in every
  folder: ``conftest.py``, ``*_pb2.py``, ``vendor/``.
- A pattern that matches a folder covers everything in it; with a ``/`` at the end, it matches only folders.

Unlike in a .gitignore, ``!`` does not re-include, and ``\\`` is an error: it would have a different meaning on Windows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_TOKEN = re.compile(r"\[[!^]?\]?[^\]]*\]|\*+|.", re.DOTALL)


def path_matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that tells whether one of ``patterns`` matches a path.

    Raises ValueError, with a message for the user, for an invalid pattern.
    """
    sources = [_pattern_regex(pattern) for pattern in patterns]
    if not sources:
        return lambda path: False
    match = re.compile("|".join(sources), re.DOTALL).match
    return lambda path: match(path) is not None


def _pattern_regex(pattern: str) -> str:
    """Return the regular expression for one pattern, which matches a path from its start.

    Every ``*`` and ``**`` matches as little as possible and never backtracks (``(?>...)``): what follows can start
    later just as well, so trying again would only cost time.
    """
    names = pattern.strip("/").split("/")
    _check_pattern(pattern, names)
    if "/" not in pattern.rstrip("/"):
        names.insert(0, "**")
    if names[-1] == "**":
        names[-1] = "*"  # match something in the folder, not the folder alone
    end = "/" if pattern.endswith("/") else r"(?:/|\Z)"
    first, *others = _between_stars(names, end)
    source = first + "".join(rf"(?>(?:[^/]+/)*?{other})" for other in others)
    try:
        re.compile(source)
    except re.error:
        raise ValueError(f"{pattern!r} has a set of characters that makes no sense") from None
    return source


def _between_stars(names: list[str], end: str) -> list[str]:
    """Return the regular expressions for the runs of names between ``**``, with ``end``."""
    runs = [""]
    for index, name in enumerate(names):
        if name == "**":
            runs.append("")
        else:
            runs[-1] += _name_regex(name) + (end if index == len(names) - 1 else "/")
    return runs


def _check_pattern(pattern: str, names: list[str]) -> None:
    if "\\" in pattern:
        raise ValueError(f"{pattern!r} has a '\\\\': write '/' between folders")
    if pattern.startswith("!"):
        raise ValueError(f"{pattern!r} starts with '!', which has no meaning here")
    if any(name in ("", ".", "..") for name in names):
        raise ValueError(f"{pattern!r} has an empty, '.' or '..' part: write it from the root")


def _name_regex(pattern: str) -> str:
    """Return the regular expression for one name between slashes."""
    pieces = [""]
    for token in _TOKEN.findall(pattern):
        if token[0] == "*":
            pieces.append("")
        elif token == "?":
            pieces[-1] += "[^/]"
        else:
            pieces[-1] += _character_set_regex(token) if len(token) > 1 else re.escape(token)
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + f"[^/]*{last}"


def _character_set_regex(token: str) -> str:
    negated = token[1] in "!^"
    inner = re.sub(r"[^\w-]", r"\\\g<0>", token[2 if negated else 1 : -1])
    return f"[^/{inner}]" if negated else f"(?!/)[{inner}]"
