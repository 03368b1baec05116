"""Comments that tell unfork to leave a line alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unfork.reading.source import Source
from unfork.values import Finding

_CODE = re.compile(  # strings, closed or not, and all else that is no comment
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
    """Return whether a comment on ``line`` says to leave findings of ``code`` alone.

    It says so with ``# unfork: ignore``, ``# unfork: ignore[UF001]`` or ``# noqa: UF001``, beside
    other codes and other comments. A ``# noqa`` without codes speaks to linters, not to unfork.
    """
    if "unfork" not in line and code not in line.upper():
        return False
    comment = _comment_in_line(line)
    for match in _IGNORE.finditer(comment):
        if match[1] is None or code in _split_codes(match[1]):
            return True
    return any(code in _split_codes(match[1]) for match in _NOQA.finditer(comment))


def without_ignored(source: Source, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings of a file but for those whose line says to leave them alone."""
    all_findings = list(findings)
    may_be = bool(all_findings) and has_marks(source.data)
    for finding in all_findings:
        if not may_be or not is_ignored_on_line(
            source.line(finding.line).decode(errors="replace"), finding.code
        ):
            yield finding


def has_marks(data: bytes) -> bool:
    """Return whether some comment of a text may say to leave a line alone."""
    return b"unfork:" in data or b"noqa" in data.lower()


def _comment_in_line(line: str) -> str:
    """Return the comment of a line, with its ``#``; a ``#`` in a string begins none.

    A scan instead of ``tokenize``: that gives up on a line out of its statement, like ``b)  # c``.
    """
    at = 0
    while match := _CODE.match(line, at):
        at = match.end()
    return line[at:].rstrip()


def _split_codes(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.upper().strip())
