"""The command line: what may be asked and how. It parses, hands on, and exits."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from unfork.endings import exit_code
from unfork.signals import Stopped

Command = TypeVar("Command", bound=Callable[..., object])
_FORMATS = ("rich", "plain", "json")
_FILE = click.Path(path_type=Path)


class _Commands(click.Group):
    """The commands. How they end is not for click, which would answer Ctrl-C, and closed pipes, with a 1."""

    def invoke(self, ctx: click.Context) -> int:
        run = super().invoke
        its_own = (click.ClickException, click.exceptions.Exit, click.Abort)
        return exit_code(lambda: int(run(ctx) or 0), passing=its_own)


def run() -> int:
    """Do what the command line says; return the exit code. Raises whatever the command does."""
    try:
        return int(cli.main(prog_name="unfork", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # click's name for Ctrl-C, while it reads the command line
        raise Stopped(signal.SIGINT) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="unfork", prog_name="unfork", message="%(prog)s %(version)s")
def cli() -> None:
    """Bring duplicated Python modules back onto one canonical module.

    Exit codes: 0 nothing to do, or all done; 1 changes, findings, or references left for a
    person; 2 an error, and nothing was written.
    """


_root = click.option(
    "--root",
    type=_FILE,
    metavar="DIR",
    help="The project's root.  [default: the nearest folder upwards whose pyproject.toml has"
    " [tool.unfork], else the top of the git work tree, else the current folder]",
)
_paths = click.argument("paths", nargs=-1, type=click.Path())
_migrations = click.option(
    "-m",
    "--migration",
    "migrations",
    multiple=True,
    metavar="NAME_OR_FILE",
    help="A migration file, or the name of a configured or bundled migration; repeatable."
    "  [default: all that [tool.unfork] migrations lists]",
)
_jobs = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Worker processes.  [default: the number of cores, 1 for little work]",
)
_strict = click.option(
    "--strict-proofs",
    "strict",
    is_flag=True,
    help="Stop with exit code 2 where a rewrite cannot be proved, instead of leaving its file.",
)
_output = click.option(
    "-o", "--output", type=_FILE, metavar="FILE", help="Write the output there, not to stdout."
)


def _format_option(*more: str) -> Callable[[Command], Command]:
    return click.option(
        "--format",
        "form",
        type=click.Choice([*_FORMATS, *more]),
        default="rich",
        show_default=True,
        help="The shape of the output.",
    )


@cli.command()
@_paths
@_migrations
@_root
@_jobs
@_strict
@_format_option()
@_output
@click.option(
    "--patch",
    type=_FILE,
    metavar="FILE",
    help="Also write a patch for `git apply` and `patch -p1`; - is stdout, and nothing else is"
    " printed there.",
)
@click.pass_context
def diff(
    ctx: click.Context,
    paths: Sequence[str],
    migrations: Sequence[str],
    root: Path | None,
    jobs: int | None,
    strict: bool,
    form: str,
    output: Path | None,
    patch: Path | None,
) -> int:
    """Show every change as a diff. Nothing is written."""
    from unfork import commands
    from unfork.project import Asked

    if str(patch) == "-" and not output and _is_on_command_line(ctx, "form"):
        raise click.UsageError("--patch - takes stdout: with --format, give an -o FILE too")
    if str(patch) == "-" and str(output) == "-":
        raise click.UsageError("--patch - and -o - cannot both have stdout")
    asked = Asked(root, tuple(paths), tuple(migrations), jobs, strict)
    return commands.diff(asked, form, output, patch)


@cli.command()
@_paths
@_migrations
@_root
@_jobs
@_strict
@_format_option()
@click.option(
    "--branch",
    metavar="NAME",
    help="Build commits on a new branch from HEAD; the work tree, the index and the current"
    " branch stay untouched.",
)
@click.option(
    "--allow-dirty", is_flag=True, help="Write into files that have uncommitted changes, too."
)
def apply(
    paths: Sequence[str],
    migrations: Sequence[str],
    root: Path | None,
    jobs: int | None,
    strict: bool,
    form: str,
    branch: str | None,
    allow_dirty: bool,
) -> int:
    """Write the changes, in the work tree or as commits on a new branch."""
    from unfork import commands
    from unfork.project import Asked

    if branch is not None and allow_dirty:
        raise click.UsageError("--branch reads HEAD, not the work tree: leave out --allow-dirty")
    asked = Asked(root, tuple(paths), tuple(migrations), jobs, strict)
    return commands.apply(asked, form, branch, allow_dirty)


@cli.command()
@_paths
@_migrations
@_root
@_jobs
@_strict
@_format_option("github", "sarif")
@_output
@click.option("--fix", is_flag=True, help="Rewrite what can be, and report what is left.")
@click.option(
    "--baseline",
    type=_FILE,
    metavar="FILE",
    help="Findings listed there do not fail; those that are gone have to leave the list.",
)
@click.option("--write-baseline", is_flag=True, help="Write all findings into the --baseline FILE.")
def check(
    paths: Sequence[str],
    migrations: Sequence[str],
    root: Path | None,
    jobs: int | None,
    strict: bool,
    form: str,
    output: Path | None,
    fix: bool,
    baseline: Path | None,
    write_baseline: bool,
) -> int:
    """Find uses of legacy modules: for pre-commit and CI."""
    from unfork import commands
    from unfork.project import Asked

    if write_baseline and baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE")
    asked = Asked(root, tuple(paths), tuple(migrations), jobs, strict)
    return commands.check(asked, form, output, fix, commands.Listed(baseline, write_baseline))


@cli.command()
@_paths
@_root
@_jobs
@_format_option("github", "sarif", "markdown", "html")
@_output
@click.option(
    "--draft",
    type=_FILE,
    metavar="FILE",
    help="Also write a migration that mends what can be, with questions where a person decides.",
)
def audit(
    paths: Sequence[str],
    root: Path | None,
    jobs: int | None,
    form: str,
    output: Path | None,
    draft: Path | None,
) -> int:
    """Find what is duplicated, dead or broken; of single files, tell all there is to know."""
    from unfork import commands
    from unfork.audit.command import Wanted

    return commands.audit(Wanted(root, tuple(paths), jobs, form, draft), output)


@cli.command()
@_root
def undo(root: Path | None) -> int:
    """Take the last apply back."""
    from unfork import commands

    return commands.undo(root)


@cli.command("list")
@_root
def list_(root: Path | None) -> int:
    """Show the bundled and the configured migrations."""
    from unfork import commands

    return commands.list_migrations(root)


def _is_on_command_line(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
