"""The plain text format: an uncoloured diff, a line for each finding, and the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
                data = current_bytes(plan.root, change)
                yield file_stat(change, data) if report.shown.stat else file_diff(change, data)
            yield from _closing_lines(report, "\n" if plan.changes else "")
        case Applied():
            yield from _section(sums.CHANGED, sums.changed_files(report), "")
            yield from _closing_lines(report, "\n" if report.plan.changes else "")
        case Found():
            yield from _check_lines(report)


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield ``path:line:col CODE message`` for each finding, always on one line; ``[*]`` marks those fixable."""
    for finding in findings:
        place = f"{finding.path}:{finding.line}:{finding.col}"
        mark = f"{sums.FIXABLE} " if finding.fixable else ""
        yield escaped_text(f"{place} {finding.code} {mark}{finding.message}") + "\n"


def file_stat(change: Change, data: bytes) -> str:
    """Return a line with the numbers of lines that a change adds and removes."""
    if change.deleted:
        return f"{escaped_text(change.path)} deleted\n"
    lines = [line for hunk in file_hunks(change, data) for line in hunk.lines]
    added, removed = (sum(line.sign == sign for line in lines) for sign in "+-")
    return f"{escaped_text(change.path)} +{added} -{removed}\n"


def _check_lines(report: Found) -> Iterator[str]:
    if report.shown.statistics:
        yield from (line + "\n" for line in sums.counts_by_code(report))
        return
    yield from finding_lines(report.left)
    yield from (line + "\n" for line in sums.gone_entry_lines(report))
    if report.shown.quiet:
        return
    yield from finding_lines(report.differences)
    yield from (line + "\n" for line in sums.mention_lines(report))
    yield from _section(sums.CHANGED, sums.changed_files(report), "")
    summary = sums.check_summary(report)
    yield f"{summary}\n" if summary else ""
    yield f"Next: {report.next_command}\n" if report.next_command else ""


def _section(title: str, lines: Sequence[str], gap: str) -> Iterator[str]:
    if lines:
        yield f"{gap}{title} ({len(lines)}):\n"
        yield from (f"{line}\n" for line in lines)


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
    for title, findings in ((sums.LEFT, report.left), (sums.DIFFERENCES, report.differences)):
        if findings:
            yield f"{gap}{title} ({len(findings)}):\n"
            yield from finding_lines(findings)
            gap = "\n"
    if mentions := sums.mention_lines(report):
        yield gap
        yield from (f"{line}\n" for line in mentions)
        gap = "\n"
    yield f"{gap}{sums.headline(report)}\n"
    for one in sums.step_summaries(report.plan):
        if one.files or one.left:
            yield f"  {one.migration}, {one.step}: {sums.summary_text(one)}\n"
    yield from (f"  {escaped_text(caveat)}\n" for caveat in report.plan.caveats)
    if isinstance(report, Applied):
        yield f"{escaped_text(report.failed)}\n" if report.failed else ""
        yield f"Next: {report.next_command}\n" if report.next_command else ""
