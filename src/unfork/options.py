"""The options that several commands share, what completes them in a shell, and how help is laid out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unfork.errors import UnforkError
from unfork.shown import Counted, Shown

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]
FILE = click.Path(path_type=Path)
FORMATS = ("rich", "plain", "json")
_NARROW = 60
"""On a narrower terminal, help stands below its option."""


_COLOR = "unfork.color"


class _HelpFormatter(click.HelpFormatter):
    """Help that breaks lines between words only, on narrow terminals too."""

    def __init__(self, width: int | None = None, max_width: int | None = None) -> None:
        import shutil

        columns = shutil.get_terminal_size().columns
        super().__init__(width=min(columns, max_width or 80) - 2, max_width=max_width)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        if self.width >= _NARROW:
            super().write_dl(list(rows), col_max, col_spacing)
            return
        for term, text in rows:
            with self.indentation():
                self.write(f"{'':{self.current_indent - self.indent_increment}}{term}\n")
                if text:
                    self.write_text(text)


class Context(click.Context):
    """A context whose help has the width of the terminal."""

    formatter_class = _HelpFormatter


def _note_color(ctx: click.Context, param: click.Parameter, when: str | None) -> None:
    if when is not None:
        ctx.meta[_COLOR] = when


@functools.cache
def _common_options() -> tuple[click.Parameter, ...]:
    """Return the options of every command. click asks for them several times a run."""
    color = click.Option(
        ("--color",),
        type=click.Choice(("auto", "always", "never")),
        metavar="WHEN",
        expose_value=False,
        callback=_note_color,
        help="Colours: auto (on a terminal), always, never.  [default: auto]",
    )
    return color, _version_option()


def _version_option() -> click.Parameter:
    @click.version_option(
        None, "-V", "--version", package_name="unfork", message="unfork %(version)s"
    )
    def carrier() -> None:
        """Only carry the option."""

    parameters: list[click.Parameter] = getattr(carrier, "__click_params__")  # noqa: B009
    return parameters[0]


class CommonOptions(click.Command):
    """A command with the options of every command."""

    context_class = Context

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, the common ones, and ``--help``."""
        *own, the_help = super().get_params(ctx)
        return [*own, *_common_options(), the_help]


def complete_migrations(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of the bundled and configured migrations, and files, that begin so."""
    from click.shell_completion import CompletionItem  # late: a hook completes nothing

    from unfork.loading.config import find_project
    from unfork.loading.migrations import bundled_migrations, configured_migrations

    known = [*bundled_migrations()]
    with suppress(UnforkError):
        known += configured_migrations(*find_project(ctx.params.get("root"), Path.cwd()))
    named = {migration.name: migration.summary for migration in known}
    items = [
        CompletionItem(name, help=summary)
        for name, summary in sorted(named.items())
        if name.startswith(incomplete)
    ]
    return items or [CompletionItem(incomplete, type="file")]


def complete_codes(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the codes that begin so, each behind the codes that are there already, up to a comma."""
    from click.shell_completion import CompletionItem

    from unfork.values import CODES

    given, comma, begun = incomplete.rpartition(",")
    return [
        CompletionItem(f"{given}{comma}{code}", help=meaning)
        for code, meaning in CODES.items()
        if code.startswith(begun.upper())
    ]


root_option = click.option(
    "--root",
    type=FILE,
    metavar="DIR",
    help="The project's root.  [default: the nearest folder upwards whose pyproject.toml has"
    " [tool.unfork], else the top of the git work tree, else the current folder]",
)
jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Worker processes.  [default: the number of cores, 1 for little work]",
)
paths_argument = click.argument("paths", nargs=-1, type=click.Path())
_one_off = (
    click.option(
        "--from",
        "source",
        metavar="MODULE",
        help="The legacy module of one redirect without a migration file.",
    ),
    click.option(
        "--to", metavar="MODULE", help="The canonical module that takes the place of --from."
    ),
    click.option(
        "--name",
        "names",
        multiple=True,
        metavar="OLD=NEW",
        help="A name that is called differently, or that lives elsewhere (OLD=module:New); repeatable.",
    ),
)
migration_option = click.option(
    "-m",
    "--migration",
    "migrations",
    multiple=True,
    metavar="NAME_OR_FILE",
    shell_complete=complete_migrations,
    help="A migration file, or the name of a configured or bundled migration; repeatable."
    "  [default: all that [tool.unfork] migrations lists]",
)
_strict = click.option(
    "--strict-proofs",
    "strict",
    is_flag=True,
    help="Stop with exit code 2 where a rewrite cannot be proved, instead of leaving its file.",
)
_types = click.option(
    "--types",
    metavar="ENGINE",
    help="Ask a type checker for the classes of receivers: ty, pyrefly, basedpyright, or a command"
    " that starts a language server. Several, separated by commas, have to agree."
    "  [default: [tool.unfork] types]",
)
_output = click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="Write the output to FILE, not to stdout."
)
_notes = click.option(
    "--notes", is_flag=True, help="List all mentions (UF005) by file, not just their number."
)


def _with_options(command: Function, options: Sequence[Decorator]) -> Function:
    """Return a command with options, the first of which its help lists first."""
    for option in reversed(options):
        command = option(command)
    return command


def one_off_options(command: Function) -> Function:
    """Give a command ``--from``, ``--to`` and ``--name``, as the argument ``one_off``: a OneOff, or None."""

    @functools.wraps(command)
    def with_one_off(
        source: str | None, to: str | None, names: tuple[str, ...], **others: object
    ) -> object:
        if source is None and to is None and not names:
            return command(one_off=None, **others)
        if source is None or to is None:
            missing = "--from" if source is None else "--to"
            raise click.UsageError(f"{missing} MODULE is missing: a redirect needs --from and --to")
        from unfork.loading.one_off import OneOff

        return command(one_off=OneOff(source, to, names), **others)

    return _with_options(with_one_off, _one_off)


def project_options(command: Function) -> Function:
    """Give a command the options on project and migrations, as the argument ``asked``."""

    @one_off_options
    @functools.wraps(command)
    def with_project(
        paths: tuple[str, ...],
        migrations: tuple[str, ...],
        root: Path | None,
        jobs: int | None,
        strict: bool,
        types: str | None,
        one_off: Any,
        **others: object,
    ) -> object:
        from unfork.project import Asked

        if one_off is not None and migrations:
            raise click.UsageError("--from and -m exclude each other: one redirect, or a migration")
        asked = Asked(root, paths, migrations, jobs, strict, one_off, types)
        return command(asked=asked, **others)

    options = (paths_argument, migration_option, root_option, jobs_option, _strict, _types)
    return _with_options(with_project, options)


def shown_options(
    *more: str, output: bool = True, notes: bool = True, common: tuple[str, ...] = FORMATS
) -> Decorator:
    """Return what gives a command the options on its output, as the argument ``shown``.

    ``more`` are formats besides the ``common`` ones.
    """
    formats = (*common, *more)
    options = (
        click.option(
            "--format",
            "--output-format",
            "form",
            type=click.Choice(formats),
            default="rich",
            show_default=True,
            metavar="FORMAT",
            help=f"The format of the output: {', '.join(formats)}.",
        ),
        *((_output,) if output else ()),
        *((_notes,) if notes else ()),
    )

    def decorate(command: Function) -> Function:
        @functools.wraps(command)
        def with_shown(
            form: str, output: Path | None = None, notes: bool = False, **others: object
        ) -> object:
            color = click.get_current_context().meta.get(_COLOR, "auto")
            return command(shown=Shown(form, output, color, notes), **others)

        return _with_options(with_shown, options)

    return decorate


def counting_options(command: Function) -> Function:
    """Give a command the options on what counts, as ``counted``, and on how much is shown, in ``shown``."""

    @functools.wraps(command)
    def with_counting(
        shown: Shown,
        quiet: bool,
        statistics: bool,
        exit_zero: bool,
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        **others: object,
    ) -> object:
        counted = Counted((), (), exit_zero)
        if select or ignore:
            from unfork.shown import prefixes_of
            from unfork.values import CODES

            chosen = prefixes_of(select, "--select", CODES)
            counted = Counted(chosen, prefixes_of(ignore, "--ignore", CODES), exit_zero)
        shown = shown._replace(quiet=quiet, statistics=statistics)
        return command(shown=shown, counted=counted, **others)

    codes = functools.partial(
        click.option, multiple=True, metavar="CODES", shell_complete=complete_codes
    )
    options = (
        click.option(
            "-q", "--quiet", is_flag=True, help="Print only findings; nothing if there are none."
        ),
        click.option(
            "--statistics", is_flag=True, help="Print counts by code instead of findings."
        ),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
        codes(
            "--select",
            help="Only these codes count, separated by commas; UF1 means all that begin so.",
        ),
        codes("--ignore", help="These codes do not count."),
    )
    return _with_options(with_counting, options)
