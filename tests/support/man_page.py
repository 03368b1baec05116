"""Write the man page from click's commands: share/man/man1/unfork.1 (`make man`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
from click_commands import context_of, options_of, top_context

from unfork.cli import cli

END = r"""
.SH EXIT STATUS
.TP
.B 0
Nothing to do, or everything is done and nothing is left.
.TP
.B 1
Changes, findings, or references that are left for a person.
.TP
.B 2
An error. Nothing was written.
.TP
.B 130
Interrupted by Ctrl\-C.
.TP
.B 141
The reader of the output closed the pipe.
.SH FILES
.TP
.B pyproject.toml
The table [tool.unfork] lists migrations, and sets exclude, baseline and types.
.TP
.B *.toml
Migration files; unfork init writes one.
.SH ENVIRONMENT
.TP
.B NO_COLOR, FORCE_COLOR
Turn colours off or on, unless \-\-color does.
.TP
.B UNFORK_DEBUG
If it is 1, an unexpected error shows its traceback.
"""
"""What the commands do not say of themselves."""

MAN_PAGE = Path(__file__).parents[2] / "share" / "man" / "man1" / "unfork.1"


def man_page() -> str:
    """Return the page: the group's help, then a section for each command."""
    context = top_context()
    lines = ['.TH UNFORK 1 "" unfork "User Commands"', ".SH NAME"]
    lines += [rf"unfork \- {_text((cli.help or '').partition('.')[0])}", ".SH SYNOPSIS"]
    lines += [r".B unfork", r"\fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]", ".SH DESCRIPTION"]
    lines += [*_paragraphs(cli.help), *_options(context), ".SH COMMANDS"]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = context_of(command)
        usage = " ".join(command.collect_usage_pieces(inner))
        lines += [f".SS unfork {_text(name)} {_text(usage)}", *_paragraphs(command.help)]
        lines += _options(inner)
    return "\n".join(lines) + END


def _paragraphs(text: str | None) -> Iterator[str]:
    for number, paragraph in enumerate((text or "").replace("\b\n", "").split("\n\n")):
        if number:
            yield ".PP"
        yield _text(" ".join(paragraph.split()))


def _options(context: click.Context) -> Iterator[str]:
    for names, about in options_of(context):
        yield from (".TP", rf"\fB{_text(names)}\fR", _text(" ".join(about.split())))


def _text(text: str) -> str:
    """Return a text that roff takes as it is: no escapes, no requests, plain hyphens for options."""
    plain = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", plain)


def main() -> None:
    MAN_PAGE.parent.mkdir(parents=True, exist_ok=True)
    MAN_PAGE.write_bytes(man_page().encode())


if __name__ == "__main__":
    main()
