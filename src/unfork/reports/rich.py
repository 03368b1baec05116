"""The terminal format: a coloured diff with line numbers, a table of the totals, and a line for each finding.

Lines are coloured here, because rich takes many seconds for a few thousand files; rich provides the styles, the
capabilities of the terminal, and the table. No line is wrapped or cut to the width of the terminal, and text can be
copied or searched for as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from unfork.escape import escaped_source, escaped_text
from unfork.reports import sums
from unfork.reports.hunks import Hunk, Line
from unfork.reports.patches import current_bytes, file_hunks
from unfork.reports.report import Applied, Diff, Found, Report
from unfork.values import NOTES, Change, Finding

NARROW = 60
"""On a narrower terminal there is one column of line numbers, and no table."""
LONG = 2_000
"""Of a line with more bytes, only the part around its first change is shown."""


@dataclass(frozen=True, slots=True)
class Paint:
    """The escape sequences that turn a style on and off."""

    on: str
    off: str

    def __call__(self, text: str) -> str:
        """Return ``text`` in this style."""
        return f"{self.on}{text}{self.off}" if text else text


@dataclass(frozen=True, slots=True)
class Palette:
    """The styles for the parts of a report."""

    title: Paint
    path: Paint
    quiet: Paint
    hunk: Paint
    removed: Paint
    removed_mark: Paint
    added: Paint
    added_mark: Paint
    code: Paint
    note: Paint


def palette_of(console: Console) -> Palette:
    """Return the styles that a console's terminal supports, which may have no colours."""

    def paint(style: str) -> Paint:
        if console.legacy_windows:  # uses API calls, not escape sequences
            return Paint("", "")
        with console.capture() as captured:
            console.print(Text("x", style), end="")
        on, _, off = captured.get().partition("x")
        return Paint(on, off)

    return Palette(
        title=paint("bold"),
        path=paint("bold"),
        quiet=paint("dim"),
        hunk=paint("cyan"),
        removed=paint("red"),
        removed_mark=paint("bold reverse red"),
        added=paint("green"),
        added_mark=paint("bold reverse green"),
        code=paint("bold red"),
        note=paint("yellow"),
    )


def render(report: Report, out: TextIO) -> Iterator[str]:
    """Yield the text of ``report`` for the terminal ``out``.

    Raises StaleError if a file changed after it was read.
    """
    yield from report_pieces(report, Console(file=out, highlight=False))


def report_pieces(report: Report, console: Console) -> Iterator[str]:
    """Yield the text of ``report`` for a console."""
    palette = palette_of(console)
    match report:
        case Diff(plan):
            for change in plan.changes:
                data = current_bytes(plan.root, change)
                yield file_diff(change, data, palette, console.width) + "\n"
            yield from _closing_lines(report, console, palette)
        case Applied():
            yield from _closing_lines(report, console, palette)
        case Found():
            yield from _finding_lines((*report.left, *report.folded_notes), palette)
            yield from (palette.note(line) + "\n" for line in sums.gone_entry_lines(report))
            yield palette.title(sums.check_summary(report)) + "\n"


def file_diff(change: Change, data: bytes, palette: Palette, width: int) -> str:
    """Return the coloured diff of one file, whose bytes are ``data``, for a terminal's width."""
    hunks = file_hunks(change, data)
    removed = sum(line.sign == "-" for hunk in hunks for line in hunk.lines)
    added = sum(line.sign == "+" for hunk in hunks for line in hunk.lines)
    what = "deleted" if change.deleted else f"+{added} -{removed}"
    parts = [f"{palette.path(escaped_text(change.path))} {palette.quiet(what)}\n"]
    last = hunks[-1] if hunks else None
    most = max(last.old_start + last.old_count, last.new_start + last.new_count) if last else 0
    for hunk in hunks:
        parts.append(palette.hunk(escaped_source(hunk.header)) + "\n")
        parts += _hunk_lines(hunk, palette, len(str(most)), width < NARROW)
    return "".join(parts)


def _hunk_lines(hunk: Hunk, palette: Palette, digits: int, narrow: bool) -> Iterator[str]:
    crlf = hunk.has_crlf
    old, new = hunk.old_start, hunk.new_start
    none = " " * digits
    for line in hunk.lines:
        was = f"{old:{digits}}" if line.sign != "+" else none
        now = f"{new:{digits}}" if line.sign != "-" else none
        number = (was if line.sign == "-" else now) if narrow else f"{was} {now}"
        yield f"{palette.quiet(number)}{_painted_line(line, line.length(crlf), palette)}\n"
        if line.is_open:
            yield palette.quiet(f"{' ' * len(number)} \\ No newline at end of file") + "\n"
        old += line.sign != "+"
        new += line.sign != "-"


def _painted_line(line: Line, end: int, palette: Palette) -> str:
    """Return a line up to an offset, with its sign and colours, to follow the line number."""
    match line.sign:
        case "-":
            paint, mark = palette.removed, palette.removed_mark
        case "+":
            paint, mark = palette.added, palette.added_mark
        case _:
            return f"   {_clip_line(line, end)}".rstrip()
    if end > LONG:
        return paint(f" {line.sign} {_clip_line(line, end)}")
    parts = [paint(f" {line.sign} ")]
    at = 0
    for low, high in _word_marks(line, end):
        parts += (
            paint(escaped_source(line.text[at:low])),
            mark(escaped_source(line.text[low:high])),
        )
        at = high
    parts.append(paint(escaped_source(line.text[at:end])))
    return "".join(parts)


def _clip_line(line: Line, end: int) -> str:
    if end <= LONG:
        return escaped_source(line.text[:end])
    first = line.marks[0][0] if line.marks else 0
    start = max(0, min(first - LONG // 4, end - LONG))
    return (
        f"{escaped_source(line.text[start : start + LONG])} [of {end} bytes, {LONG} from {start}]"
    )


def _word_marks(line: Line, end: int) -> list[tuple[int, int]]:
    """Return the marks up to an offset, if they add to what the sign of the line shows; otherwise none.

    A mark of several words does not: there were no single words to compare.
    """
    marks = [(low, min(high, end)) for low, high in line.marks if low < end]
    if any(b" " in line.text[low:high] for low, high in marks):
        return []
    marked = sum(high - low for low, high in marks)
    return marks if marked < len(line.text[:end].strip()) else []


def _finding_lines(findings: Iterable[Finding], palette: Palette) -> Iterator[str]:
    for finding in findings:
        code = (palette.note if finding.code in NOTES else palette.code)(escaped_text(finding.code))
        place = palette.quiet(f":{finding.line}:{finding.col}")
        yield f"{palette.path(escaped_text(finding.path))}{place} {code} {escaped_text(finding.message)}\n"


def _closing_lines(report: Diff | Applied, console: Console, palette: Palette) -> Iterator[str]:
    for title, findings in ((sums.LEFT, report.left), (sums.NOTES, report.notes)):
        if findings:
            yield palette.title(f"{title} ({len(findings)})") + "\n"
            shown = report.folded_notes if title == sums.NOTES else findings
            yield from _finding_lines(shown, palette)
            yield "\n"
    steps = [one for one in sums.step_summaries(report.plan) if one.files or one.left]
    if console.width < NARROW:
        yield from (f"{one.migration}, {one.step}: {sums.summary_text(one)}\n" for one in steps)
    elif steps:
        yield _step_table(steps, console)
    yield palette.title(sums.headline(report)) + "\n"
    yield from (palette.quiet(escaped_text(caveat)) + "\n" for caveat in report.plan.caveats)


def _step_table(steps: Iterable[sums.Sum], console: Console) -> str:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    table.add_column("Step", overflow="fold")
    for title in ("Files", "Statements", "Names", "Left"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in steps:
        numbers = (one.files, one.statements, one.names, one.left)
        cells = [Text(str(number), "" if number else "dim") for number in numbers]
        table.add_row(Text(f"{one.migration}, {one.step}"), *cells)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
