"""Comments that tell unfork to leave a line alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unfork.reading.source import Source
from unfork.values import Finding

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
