"""The plain text format: an uncoloured diff, a line for each finding, and the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from unfork.escape import escaped_source, escaped_text
from unfork.reports import sums
from unfork.reports.hunks import Hunk
from unfork.reports.patches import current_bytes, file_hunks
from unfork.reports.report import Applied, Diff, Found, Report
from unfork.values import Change, Finding


def render(report: Report, out: TextIO | None = None) -> Iterator[str]:
    """Yield the text of ``report``. Raises StaleError if a file changed after it was read."""
    match report:
        case Diff(plan):
            for change in plan.changes:
                yield file_diff(change, current_bytes(plan.root, change))
            yield from _closing_lines(report, "\n" if plan.changes else "")
        case Applied():
            yield from _closing_lines(report, "")
        case Found():
            yield from finding_lines((*report.left, *report.folded_notes))
            yield from (line + "\n" for line in sums.gone_entry_lines(report))
            if not report.empty:
                yield sums.check_summary(report) + "\n"


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield ``path:line:col CODE message`` for each finding, always on one line."""
    return (escaped_text(str(finding)) + "\n" for finding in findings)


def file_diff(change: Change, data: bytes) -> str:
    """Return the unified diff of one file for reading, with control characters escaped."""
    name = escaped_text(change.path)
    parts = [f"--- a/{name}\n", "+++ /dev/null\n" if change.deleted else f"+++ b/{name}\n"]
    for hunk in file_hunks(change, data):
        parts.append(escaped_source(hunk.header) + "\n")
        parts += _hunk_lines(hunk)
    return "".join(parts)


def _hunk_lines(hunk: Hunk) -> Iterator[str]:
    crlf = hunk.has_crlf
    for line in hunk.lines:
        yield f"{line.sign}{escaped_source(line.text[: line.length(crlf)])}\n"
        if line.is_open:
            yield "\\ No newline at end of file\n"


def _closing_lines(report: Diff | Applied, gap: str) -> Iterator[str]:
    for title, findings in ((sums.LEFT, report.left), (sums.NOTES, report.notes)):
        if findings:
            shown = report.folded_notes if title == sums.NOTES else findings
            yield f"{gap}{title} ({len(findings)}):\n"
            yield from finding_lines(shown)
            gap = "\n"
    yield f"{gap}{sums.headline(report)}\n"
    for one in sums.step_summaries(report.plan):
        if one.files or one.left:
            yield f"  {one.migration}, {one.step}: {sums.summary_text(one)}\n"
    yield from (f"  {escaped_text(caveat)}\n" for caveat in report.plan.caveats)
