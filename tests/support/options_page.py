"""Write docs/options.md, which lists every option, from click's commands (`make man`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from click_commands import context_of, options_of

from unfork.cli import cli

PAGE = Path(__file__).parents[2] / "docs" / "options.md"
HEAD = """\
# Options

Every option of every command, as `unfork COMMAND --help` and `man unfork` have it. `make man` writes this page.
[command-line.md](command-line.md) shows the options at work, the [README](../README.md#the-two-main-commands) has the
exit codes, and [pyproject.toml](../README.md#configuration) can set some of them permanently.

Options come before or after the paths. `--` ends the options: `unfork diff -- -odd-name.py`.
"""

Row = tuple[str, str]


def options_page() -> str:
    """Return the page: what all commands share, what several share, then what each has alone."""
    commands = {name: _rows(command) for name, command in sorted(cli.commands.items())}
    users: dict[Row, list[str]] = {}
    for name, rows in commands.items():
        for row in rows:
            users.setdefault(row, []).append(name)
    shared = {row: names for row, names in users.items() if 1 < len(names) < len(commands)}
    lines = [HEAD, *_table("Every command", [r for r, n in users.items() if n == [*commands]])]
    lines += ["## Several commands", "", "| option | commands | |", "|---|---|---|"]
    lines += [f"| {row[0]} | {', '.join(names)} | {row[1]} |" for row, names in shared.items()]
    for name, rows in commands.items():
        if own := [row for row in rows if users[row] == [name]]:
            lines += ["", *_table(f"Only `unfork {name}`", own)[:-1]]
    return "\n".join(lines) + "\n"


def _rows(command: click.Command) -> list[Row]:
    options = options_of(context_of(command))
    return [(f"`{_cell(names)}`", _cell(about)) for names, about in options]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(title: str, rows: list[Row]) -> list[str]:
    return [f"## {title}", "", "| option | |", "|---|---|", *_lines(rows), ""]


def _lines(rows: list[Row]) -> Iterator[str]:
    yield from (f"| {names} | {about} |" for names, about in rows)


def main() -> None:
    PAGE.write_text(options_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
