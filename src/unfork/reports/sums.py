"""The totals of a report, in words: the same in every human-readable format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from unfork.escape import escaped_text
from unfork.reports.report import Applied, Diff, Found, Report
from unfork.values import CODES, Finding, Plan, Step

NOTHING = "Nothing to change."
LEFT = "Left for a person"
DIFFERENCES = "What a redirect changes"
CHANGED = "Files changed"
FIXABLE = "[*]"
"""The mark of findings that ``--fix`` fixes, as in ruff."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The totals of one step of a migration, or of a whole plan."""

    migration: str
    step: str
    files: int
    statements: int
    names: int
    left: int


def step_summaries(plan: Plan) -> list[Sum]:
    """Return the totals of each step, in order. What later rounds of a migration add to a step counts with it."""
    rounds: dict[tuple[str, str], list[Step]] = {}
    for step in plan.steps:
        rounds.setdefault((step.migration, step.name), []).append(step)
    return [
        Sum(
            escaped_text(migration),
            escaped_text(name),
            len({path for step in steps for path in step.edits}),
            sum(step.statements for step in steps),
            sum(step.names for step in steps),
            sum(len(step.left) for step in steps),
        )
        for (migration, name), steps in rounds.items()
    ]


def plan_summary(plan: Plan) -> Sum:
    """Return the totals of the plan: a file counts once, however many steps change it."""
    return Sum(
        "",
        "",
        len(plan.changes),
        sum(step.statements for step in plan.steps),
        sum(step.names for step in plan.steps),
        len(plan.left),
    )


def summary_text(of: Sum) -> str:
    """Return totals as ``2 files, 3 statements, 1 name``; all but the files are left out if they are zero."""
    parts = (
        count_text(of.files, "file"),
        of.statements and count_text(of.statements, "statement"),
        of.names and count_text(of.names, "name"),
        of.left and f"{of.left} left",
    )
    return ", ".join(part for part in parts if part)


def headline(report: Diff | Applied) -> str:
    """Return a sentence on what would change or has changed."""
    left = f" {len(report.left)} left for a person." if report.left else ""
    if not report.plan.changes:
        is_stopped = isinstance(report, Applied) and report.failed
        return ("Nothing was written." if is_stopped else NOTHING) + left
    did = "Would change" if isinstance(report, Diff) else "Changed"
    branch = report.branch if isinstance(report, Applied) else None
    where = f" on the branch {escaped_text(branch)}" if branch else ""
    return f"{did} {summary_text(replace(plan_summary(report.plan), left=0))}{where}.{left}"


def check_summary(report: Found) -> str:
    """Return a line on how much a check has found."""
    fixable = sum(finding.fixable for finding in report.left)
    parts = (
        report.left and count_text(len(report.left), "finding"),
        fixable and f"{fixable} fixable with --fix",
        report.differences and count_text(len(report.differences), "note"),
        report.gone and f"{sum(report.gone.values())} gone from the baseline",
        report.fixed and f"{count_text(len(report.fixed), 'file')} fixed",
    )
    return ", ".join(part for part in parts if part)


def changed_files(report: Applied | Found) -> list[str]:
    """Return a line for each file that a run changed."""
    if isinstance(report, Found):
        return [escaped_text(path) for path in report.fixed]
    return [
        escaped_text(change.path) + (" (deleted)" if change.deleted else "")
        for change in report.plan.changes
    ]


def counts_by_code(report: Found) -> Iterator[str]:
    """Yield a line with the number of findings for each code, the most frequent first, as ruff's ``--statistics``."""
    counts = Counter(finding.code for finding in report.findings)
    fixable = {finding.code for finding in report.findings if finding.fixable}
    digits = len(str(max(counts.values(), default=0)))
    for code, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        mark = f"{FIXABLE} " if code in fixable else ""
        yield f"{number:{digits}}  {code}  {mark}{CODES.get(code, '')}".rstrip()


def mention_lines(report: Report) -> list[str]:
    """Return the mentions, folded by file, if the user asked for them; else a line with their number."""
    mentions = report.mentions
    if not mentions:
        return []
    files = {mention.path for mention in mentions}
    number = (
        f"{count_text(len(mentions), 'mention')} of what moved in {count_text(len(files), 'file')}"
    )
    if not report.shown.notes:
        return [f"{number} (--notes lists them)."]
    return [f"{number} (UF005):", *_folded_mentions(mentions)]


def _folded_mentions(mentions: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for each file: at its first mention, with the lines of each.

    docs/a.md:3:1 UF005 a.legacy is now a.canonical (lines 3, 9); a/legacy.py is now a/canonical.py (line 12)
    """
    by_file: dict[str, list[Finding]] = {}
    for mention in mentions:
        by_file.setdefault(mention.path, []).append(mention)
    for listed in by_file.values():
        first = min(listed)
        lines: dict[str, list[int]] = {}
        for mention in sorted(listed):
            lines.setdefault(mention.message, []).append(mention.line)
        told = (f"{what}{_line_list(at, len(listed))}" for what, at in lines.items())
        yield escaped_text(str(replace(first, message="; ".join(told))))


def _line_list(lines: Iterable[int], mentions: int) -> str:
    listed = sorted(set(lines))
    if mentions == 1:
        return ""
    return f" (line{'s' * (len(listed) > 1)} {', '.join(map(str, listed))})"


def gone_entry_lines(report: Found) -> Iterator[str]:
    """Yield a line for each baseline entry with findings that no longer occur."""
    for known, number in report.gone.items():
        what = escaped_text(f"{known.path}: {known.code} {known.subject}".rstrip())
        times = f" {number} times" if number > 1 else ""
        yield f"{what} is gone{times}: take it out with --write-baseline"


def count_text(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
