"""The commands as click has them: with the settings of the command line, or click would keep other help options."""

from __future__ import annotations

from collections.abc import Iterator

import click

from unfork.cli import cli


def top_context() -> click.Context:
    """Return the context of ``unfork`` itself."""
    return click.Context(cli, info_name="unfork", **cli.context_settings)


def context_of(command: click.Command) -> click.Context:
    """Return the context of one of its commands."""
    return click.Context(command, info_name=command.name, parent=top_context())


def options_of(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the options of a context's command, each with its help, as ``--help`` has them."""
    for parameter in context.command.get_params(context):
        names, about = parameter.get_help_record(context) or ("", "")
        if about:
            yield names, about
