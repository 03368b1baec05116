"""The summary of a fleet: for people, as JSON, and as an HTML page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import TextIO

from unfork.escape import escaped_text, without_ci_commands
from unfork.fleet.values import MEANINGS, STATUSES, Result
from unfork.pages import page_environment
from unfork.reports import is_for_terminal
from unfork.reports.sums import count_text

VERSION = 1
"""Incremented when something that a reader may rely on changes its meaning or is removed."""
_STYLES = {
    "changed": "green",
    "clean": "dim",
    "left": "yellow",
    "tests": "magenta",
    "failed": "red",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The results of a fleet, in the order of the list."""

    branch: str
    results: tuple[Result, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The number of repositories of each status."""
        number = Counter(result.status for result in self.results)
        return {status: number[status] for status in STATUSES}

    @property
    def exit_code(self) -> int:
        """2 if there were errors, 1 if something is left or a test failed, else 0."""
        counts = self.counts
        return 2 if counts["failed"] else int(bool(counts["left"] or counts["tests"]))

    @property
    def headline(self) -> str:
        """One line with all counts."""
        counts = (f"{number} {status}" for status, number in self.counts.items() if number)
        noun = "repository" if len(self.results) == 1 else "repositories"
        return f"{len(self.results)} {noun}: {', '.join(counts)}"


def render(summary: Summary, form: str, color: str, out: TextIO) -> Iterator[str]:
    """Yield the text of a summary in a format. Raises UnforkError if what the format needs is not installed."""
    if form == "json":
        yield json_text(summary)
    elif form == "html":
        yield html_text(summary)
    elif is_for_terminal(out, color):
        _print_table(summary, color, out)
    else:
        yield from without_ci_commands(_plain_lines(summary))


def json_text(summary: Summary) -> str:
    """Return a summary as one JSON object, in ASCII; docs/fleet.md describes it."""
    values = {
        "version": VERSION,
        "unfork": version("unfork"),
        "command": "fleet",
        "branch": summary.branch,
        "exit_code": summary.exit_code,
        "summary": {"repositories": len(summary.results), **summary.counts},
        "repositories": [result._asdict() for result in summary.results],
    }
    return json.dumps(values, indent=2) + "\n"


def html_text(summary: Summary) -> str:
    """Return a summary as a page that needs no other file. Raises UnforkError if Jinja is not installed."""
    environment = page_environment("the HTML summary")
    template = files("unfork.fleet").joinpath("page.html").read_text(encoding="utf-8")
    text = environment.from_string(template).render(summary=summary, meanings=MEANINGS)
    return text.rstrip("\n") + "\n"


def _plain_lines(summary: Summary) -> Iterator[str]:
    rows = [_cells(result) for result in summary.results]
    widths = [max(map(len, column)) for column in zip(*rows)][:2]
    for status, name, message in rows:
        yield f"{status.ljust(widths[0])}  {name.ljust(widths[1])}  {message}\n"
    yield f"\n{summary.headline}.\n"
    yield from (f"{line}\n" for line in _next_lines(summary))


def _cells(result: Result) -> tuple[str, str, str]:
    more = f" (and {result.left - 1} more)" if result.status == "left" and result.left > 1 else ""
    branch = "no branch; " if result.status == "left" and result.branch is None else ""
    return result.status, escaped_text(result.name), branch + escaped_text(result.message) + more


def _next_lines(summary: Summary) -> Iterator[str]:
    made = sum(result.branch is not None for result in summary.results)
    if made:
        yield f"The branch {summary.branch} is in {_repositories(made)}, and not pushed."
    again = sum(not result.is_done for result in summary.results)
    if again:
        yield f"Next: the same command with --resume tries {_repositories(again)} again"


def _repositories(number: int) -> str:
    return count_text(number, "repository").replace("repositorys", "repositories")


def _print_table(summary: Summary, color: str, out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("STATUS", no_wrap=True)
    table.add_column("REPOSITORY", overflow="fold")
    table.add_column("RESULT", overflow="fold")
    for result in summary.results:
        status, name, message = _cells(result)
        table.add_row(Text(status, _STYLES[status]), Text(name), Text(message))
    console = Console(
        file=out,
        highlight=False,
        force_terminal=True if color == "always" else None,
        color_system=None if color == "never" else "auto",
    )
    console.print(table)
    for line in ("", f"{summary.headline}.", *_next_lines(summary)):
        console.print(Text(line))
