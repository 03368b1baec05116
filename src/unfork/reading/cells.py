"""A code cell as Python: IPython's own lines become comments, which keep their text.

An opaque line is one that Python does not run as it stands: a magic, a shell line, a question for help, or any line of
a cell that does not parse. In the text that is analysed it becomes a comment that begins with ``OPAQUE``, so that it
parses, is never edited, and still shows which names it uses. The code after ``%time`` and its like is Python, and kept.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

OPAQUE = b"#\x1f"
"""Begins each comment that stands for an opaque line. A control character, which code does not hold otherwise."""

BROKEN = OPAQUE + b"\x1f\x1f"
"""The same, for the lines of a cell that does not parse."""
TEXT = b"#\x1e"
"""Begins each comment that stands for a line of a cell that is no code."""
MARKER = OPAQUE + b"\x1fcell "
"""Begins the line before each cell, which ends in the cell's number."""

_NO_COMMENT = re.compile(rb"\0|\r(?!\n)")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_CELL_MAGIC = re.compile(rb"\s*%%(!|[\w.]*)")
_PYTHON_CELLS = frozenset({b"time", b"timeit", b"capture", b"prun", b"memit", b"debug", b"skip"})
"""Magics of a cell whose rest is Python that runs in the notebook's own namespace."""
_MAGIC = re.compile(
    rb"(?P<indent>[ \t]*)(?P<code>[\w.]+(?:[ \t]*,[ \t]*[\w.]+)*[ \t]*=[ \t]*)?[%!?]"
)
_HELP = re.compile(rb"(?P<indent>[ \t]*)[\w.*%\[\]]+\?{1,2}[ \t]*;?[ \t]*(?:#.*)?\r?\n?$")
_CODE_MAGIC = re.compile(
    rb"(?:%time|%{1,2}(?:timeit|prun|memit))(?:[ \t]+-[A-Za-z]+(?:[ \t]*\d+)?+)*+[ \t]+(?=[^\s-])"
)
"""A magic whose rest is Python that runs in the notebook's own namespace; of a cell's magic, before the cell."""


class Part(NamedTuple):
    """A part of a cell's Python text: the ``text``, and how many bytes of the cell's own text it stands for."""

    text: bytes
    length: int

    @property
    def is_same(self) -> bool:
        """Whether it is the cell's own text, which may be edited."""
        return len(self.text) == self.length


def python_parts(cell: bytes, is_first: bool = True) -> tuple[Part, ...]:
    """Return a cell as Python text, in parts.

    ``cell`` is its source in UTF-8; ``is_first``: no cell before it has code.
    """
    lines = _LINE.findall(cell)
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[first]) if lines else None
    if magic is not None and magic[1] not in _PYTHON_CELLS:
        return tuple(_opaque_lines(lines))
    opaque = {first} if magic else set[int]()
    while True:
        text, parts = _with_opaque(lines, opaque)
        error = syntax_error(text)
        if error is None:
            late = _late_future_lines(text, is_first)
            if not late:
                return parts
            opaque |= late
            continue
        line = _magic_line(lines, opaque, error[0])
        if line is None:
            return tuple(_opaque_lines(lines, BROKEN))
        opaque.add(line)
        while _goes_on(lines[line]) and line + 1 < len(lines):
            line += 1
            opaque.add(line)


def _magic_line(lines: list[bytes], opaque: set[int], number: int) -> int | None:
    """Return the index of IPython's own line that explains a syntax error in line ``number``."""
    index = min(number, len(lines)) - 1
    if index in opaque or index < 0:
        return None
    return index if is_ipython_line(lines[index]) else None


def ipython_lines(text: bytes) -> list[int]:
    """Return the numbers of the lines that are IPython's own, if these alone keep a text from being Python."""
    parts = python_parts(text)
    if any(part.text.startswith(BROKEN) for part in parts):
        return []
    changed: set[int] = set()
    number = 1
    for part in parts:
        changed |= set() if part.is_same else {number}
        number += part.text.count(b"\n")
    lines = enumerate(_LINE.findall(text), 1)
    return [number for number, line in lines if number in changed and is_ipython_line(line)]


def is_ipython_line(line: bytes) -> bool:
    """Return whether a line that is not Python may be a magic, a shell line or a question for help."""
    return (_MAGIC.match(line) or _HELP.match(line)) is not None


def has_code(parts: Iterable[Part]) -> bool:
    """Return whether a cell has code other than imports from ``__future__``."""
    text = b"".join(part.text for part in parts)
    lines = (line.strip() for line in text.splitlines())
    return any(line and not line.startswith((b"#", b"from __future__ ")) for line in lines)


def _late_future_lines(text: bytes, is_first: bool) -> set[int]:
    """Return the indexes of the lines that import from ``__future__`` below other code.

    IPython compiles each statement by itself, and takes them anywhere; a module has them at its beginning.
    """
    if b"__future__" not in text:
        return set()
    late: set[int] = set()
    last = 0
    is_late = not is_first
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = ast.parse(text).body
    for node, following in zip(body, [*body[1:], None]):
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        end = node.end_lineno or node.lineno
        is_alone = node.lineno > last and (following is None or following.lineno > end)
        if is_future and is_late and is_alone:
            late |= set(range(node.lineno - 1, end))
        is_late |= not is_future
        last = end
    return late


def _goes_on(line: bytes) -> bool:
    return line.rstrip(b"\r\n").endswith(b"\\")


def _with_opaque(lines: list[bytes], opaque: set[int]) -> tuple[bytes, tuple[Part, ...]]:
    parts: list[Part] = []
    for number, line in enumerate(lines):
        if number in opaque:
            parts += _opaque_statement(line, number - 1 in opaque and _goes_on(lines[number - 1]))
        else:
            parts.append(Part(line, len(line)))
    return b"".join(part.text for part in parts), tuple(parts)


def _opaque_statement(line: bytes, goes_on: bool) -> Iterator[Part]:
    """Yield a line as a statement with a comment: a block may need a statement, and a name a value."""
    match = _MAGIC.match(line) or _HELP.match(line)
    if match is None or goes_on:
        yield from _opaque_lines([line])
        return
    kept = match.end("indent")
    if match.groupdict().get("code"):
        kept = match.end("code")
    code = _CODE_MAGIC.match(line, kept)
    yield Part(line[:kept], kept)
    if code is not None and syntax_error(b"0;" + line[code.end() :]) is None:
        yield Part(b"0;" if kept == match.end("indent") else b"", code.end() - kept)
        yield Part(line[code.end() :], len(line) - code.end())
        return
    needs_value = kept > 0
    yield Part((b"0" if needs_value else b"") + OPAQUE, 0)
    yield Part(line[kept:], len(line) - kept)


def text_parts(cell: bytes) -> tuple[Part, ...]:
    """Return a cell that is no code as comments, in parts: what it says may name a module.

    Return none of a cell that has characters which no comment can hold.
    """
    if _NO_COMMENT.search(cell):
        return ()
    lines = _LINE.findall(cell)
    return tuple(part for line in lines for part in (Part(TEXT, 0), Part(line, len(line))))


def _opaque_lines(lines: list[bytes], mark: bytes = OPAQUE) -> Iterator[Part]:
    for line in lines:
        if line.strip():
            yield Part(mark, 0)
        yield Part(line, len(line))


def syntax_error(text: bytes) -> tuple[int, str] | None:
    """Return the line and the reason why a text does not parse; None if it does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, MemoryError, RecursionError) as error:
        return 1, str(error)
    return None
