"""Comments that tell unfork to leave a line alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.nearest import spelling_hint
from unfork.reading.source import Source
from unfork.values import CODES, Finding

_CODE = re.compile(  # strings, closed or not, and everything else that is not a comment
    r'"""(?:\\(?:.|\Z)|[^\\])*?(?:"""|\Z)|'
    r"'''(?:\\(?:.|\Z)|[^\\])*?(?:'''|\Z)|"
    r'"(?:\\(?:.|\Z)|[^"\\])*(?:"|\Z)|'
    r"'(?:\\(?:.|\Z)|[^'\\])*(?:'|\Z)|"
    r"[^\"'#]+",
    re.DOTALL,
)
_IGNORE = re.compile(r"#\s*unfork:\s*ignore\s*(?:\[([^\]]*)\])?\s*(?=#|\Z)")
_NOQA = re.compile(r"#\s*noqa\s*:\s*([A-Z]+[0-9]+(?:(?:\s*,\s*|\s+)[A-Z]+[0-9]+)*)", re.IGNORECASE)

_MEANT = re.compile(r"#\s*unfork\b[\s:-]*(?:ignore|noqa|disable|skip)\w*", re.IGNORECASE)
"""What means to be an ignore comment, well-formed or not."""

_MARKS = (b"unfork", b"Unfork", b"UNFORK", b"UF0", b"uf0", b": UF", b":UF", b", UF", b",UF")
"""What every such comment has, whatever its case, and every list of codes that has one of unfork's."""


class IgnoreComment(NamedTuple):
    """A comment that tells unfork to leave a line alone: its line and column (from 1), and the text.

    ``codes`` are those that it names, none for all. ``problem`` says what is wrong with it, and what to write.
    """

    line: int
    col: int
    text: str
    codes: tuple[str, ...]
    problem: str = ""


def ignore_comments(text: str) -> Iterator[IgnoreComment]:
    """Yield the ignore comments of a file, and what only looks like one."""
    for line, col, comment in _comments_of(text):
        matches = [*_IGNORE.finditer(comment)]
        for match in matches:
            codes = _split_codes(match[1]) if match[1] is not None else []
            given = tuple(filter(None, codes))
            problem = _problem_of_codes(given, match[1])
            yield IgnoreComment(line, col + match.start(), match[0].strip(), given, problem)
        for match in _NOQA.finditer(comment):
            ours = tuple(code for code in _split_codes(match[1]) if code.startswith("UF"))
            if ours:
                problem = _problem_of_codes(ours, match[1])
                yield IgnoreComment(line, col + match.start(), match[0].strip(), ours, problem)
        if not matches and (meant := _MEANT.search(comment)):
            codes = re.findall(r"\bUF\d+\b", comment.upper())
            write = f"# unfork: ignore[{', '.join(codes)}]" if codes else "# unfork: ignore"
            said = comment[meant.start() :].strip()
            yield IgnoreComment(
                line, col + meant.start(), said, (), f"has no effect; write {write}"
            )


def _problem_of_codes(codes: Iterable[str], listed: str | None) -> str:
    unknown = [code for code in codes if code not in CODES]
    if listed is not None and not listed.strip():
        return "names no code; write # unfork: ignore[UF001], or # unfork: ignore for all"
    if unknown:
        hint = spelling_hint(unknown[0], CODES) or "; `unfork explain` lists the codes"
        return f"names {unknown[0]}, and there is no such code{hint}"
    return ""


def _comments_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the comments of a text that mention unfork or its codes, with their lines and columns."""
    at, line, start = 0, 1, 0
    while at < len(text):
        match = _CODE.match(text, at)
        end = match.end() if match else text.find("\n", at)
        end = end if end >= 0 else len(text)
        if match is None and re.search(r"unfork|noqa", text[at:end], re.IGNORECASE):
            yield line, at - start + 1, text[at:end].rstrip()
        newlines = text.count("\n", at, end)
        if newlines:
            line, start = line + newlines, text.rfind("\n", at, end) + 1
        at = end


def is_ignored_on_line(line: str, code: str) -> bool:
    """Return whether a comment on ``line`` suppresses findings of ``code``.

    The comment is ``# unfork: ignore``, ``# unfork: ignore[UF001]`` or ``# noqa: UF001``, possibly next to
    other codes and other comments. A ``# noqa`` without codes is for linters, not for unfork.
    """
    if "unfork" not in line and code not in line.upper():
        return False
    comment = _comment_in_line(line)
    for match in _IGNORE.finditer(comment):
        if match[1] is None or code in _split_codes(match[1]):
            return True
    return any(code in _split_codes(match[1]) for match in _NOQA.finditer(comment))


def without_ignored(source: Source, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield a file's findings, except those that a comment on their line suppresses."""
    all_findings = list(findings)
    may_be = bool(all_findings) and has_marks(source.data)
    for finding in all_findings:
        if not may_be or not is_ignored_on_line(
            source.line(finding.line).decode(errors="replace"), finding.code
        ):
            yield finding


def may_have_ignores(buffer: bytearray, size: int) -> bool:
    """Return whether the first ``size`` bytes of a buffer may have an ignore comment, or what only looks like one."""
    return any(buffer.find(mark, 0, size) >= 0 for mark in _MARKS)


def has_marks(data: bytes) -> bool:
    """Return whether a text may have a comment that suppresses findings."""
    return b"unfork:" in data or b"noqa" in data.lower()


def _comment_in_line(line: str) -> str:
    """Return the comment of a line, with its ``#``; a ``#`` in a string does not begin one.

    Scans the line itself, because ``tokenize`` fails on a line taken out of its statement, such as ``b)  # c``.
    """
    at = 0
    while match := _CODE.match(line, at):
        at = match.end()
    return line[at:].rstrip()


def _split_codes(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.upper().strip())
