"""The command line: what may be asked and how. It parses, hands on, and exits."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unfork import console
from unfork.endings import exit_code
from unfork.options import (
    FILE,
    CommonOptions,
    complete_codes,
    counting_options,
    jobs_option,
    migration_option,
    one_off_options,
    paths_argument,
    project_options,
    root_option,
    shown_options,
)
from unfork.shown import Counted, Shown
from unfork.signals import Stopped

if TYPE_CHECKING:
    from unfork.loading.one_off import OneOff
    from unfork.project import Asked


class _Commands(CommonOptions, click.Group):
    """The commands. How they end is not for click, which would answer Ctrl-C, and closed pipes, with a 1."""

    command_class = CommonOptions

    def invoke(self, ctx: click.Context) -> int:
        run = super().invoke
        its_own = (click.ClickException, click.exceptions.Exit, click.Abort)
        return exit_code(lambda: int(run(ctx) or 0), passing=its_own)


def run() -> int:
    """Do what the command line says; return the exit code. Raises whatever the command does."""
    try:
        return int(cli.main(prog_name="unfork", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        console.say(_message_of(error), "error")
        return error.exit_code
    except click.Abort:  # click's name for Ctrl-C, while it reads the command line
        raise Stopped(signal.SIGINT) from None


def _message_of(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message.rstrip('.')}; see `{error.ctx.command_path} --help`"
    return message


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Bring duplicated Python modules back onto one canonical module.

    Exit codes: 0 nothing to do, or all done; 1 changes, findings, or references left for a
    person; 2 an error, and nothing was written.
    """


@cli.command()
@project_options
@shown_options()
@click.option(
    "--patch",
    type=FILE,
    metavar="FILE",
    help="Also write a patch for `git apply` and `patch -p1`; - is stdout, and nothing else is"
    " printed there.",
)
@click.option("--stat", is_flag=True, help="A line for each file, without its hunks.")
@click.pass_context
def diff(ctx: click.Context, /, asked: Asked, shown: Shown, patch: Path | None, stat: bool) -> int:
    """Show every change as a diff. Nothing is written."""
    from unfork import commands

    if str(patch) == "-" and not shown.output and _is_on_command_line(ctx, "form"):
        raise click.UsageError("--patch - takes stdout: with --format, give an -o FILE too")
    if str(patch) == "-" and str(shown.output) == "-":
        raise click.UsageError("--patch - and -o - cannot both have stdout")
    return commands.diff(asked, shown._replace(stat=stat), patch)


@cli.command()
@project_options
@shown_options(output=False)
@click.option(
    "--branch",
    metavar="NAME",
    help="Build commits on a new branch from HEAD; the work tree, the index and the current"
    " branch stay untouched.",
)
@click.option(
    "--test",
    metavar="COMMAND",
    help="Run a command on each commit of the --branch, in a work tree of its own (-j N: in N at"
    " once); where it fails, the branch ends before that commit.",
)
@click.option(
    "--allow-dirty", is_flag=True, help="Write into files that have uncommitted changes, too."
)
def apply(
    asked: Asked, shown: Shown, branch: str | None, test: str | None, allow_dirty: bool
) -> int:
    """Write the changes, in the work tree or as commits on a new branch."""
    from unfork import commands

    if branch is not None and allow_dirty:
        raise click.UsageError("--branch reads HEAD, not the work tree: leave out --allow-dirty")
    if test is not None and branch is None:
        raise click.UsageError("--test runs on the commits of a branch: give --branch NAME too")
    if test is not None and not test.strip():
        raise click.UsageError("--test is empty: give the command that runs the tests")
    return commands.apply(asked, shown, commands.Written(branch, test, allow_dirty))


@cli.command()
@project_options
@shown_options("github", "sarif")
@counting_options
@click.option("--fix", is_flag=True, help="Rewrite what can be, and report what is left.")
@click.option(
    "--baseline",
    type=FILE,
    metavar="FILE",
    help="Findings listed there do not fail; those that are gone have to leave the list."
    "  [default: what [tool.unfork] baseline names]",
)
@click.option("--write-baseline", is_flag=True, help="Write all findings into the baseline.")
@click.option(
    "--warn-unused-ignores", "unused", is_flag=True, help="Warn of ignore comments without effect."
)
def check(
    asked: Asked,
    shown: Shown,
    counted: Counted,
    fix: bool,
    baseline: Path | None,
    write_baseline: bool,
    unused: bool,
) -> int:
    """Find uses of legacy modules: for pre-commit and CI."""
    from unfork import guard

    wanted = guard.Checked(fix, baseline, write_baseline, unused, counted)
    return guard.check(asked, shown, wanted)


@cli.command()
@paths_argument
@root_option
@jobs_option
@shown_options("github", "sarif", "markdown", "html", notes=False)
@counting_options
@click.option(
    "--draft",
    type=FILE,
    metavar="FILE",
    help="Also write a migration that mends what can be, with questions where a person decides.",
)
def audit(
    paths: tuple[str, ...],
    root: Path | None,
    jobs: int | None,
    shown: Shown,
    counted: Counted,
    draft: Path | None,
) -> int:
    """Find what is duplicated, dead or broken; of single files, tell all there is to know."""
    from unfork import commands
    from unfork.audit.command import Wanted

    return commands.audit(Wanted(root, paths, jobs, shown, draft, counted))


@cli.command()
@one_off_options
@root_option
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="Write it there, not to stdout; a new file."
)
@click.option("--schema", is_flag=True, help="Write the JSON Schema of migration files instead.")
def init(one_off: OneOff | None, root: Path | None, output: Path | None, schema: bool) -> int:
    """Write a commented migration to begin with."""
    from unfork import starter

    if schema and one_off is not None:
        raise click.UsageError("--schema takes no --from, --to and --name")
    return starter.write_schema(output) if schema else starter.init(one_off, root, output)


@cli.command()
@click.argument("code", required=False, metavar="CODE", shell_complete=complete_codes)
@click.option("--root", type=FILE, metavar="DIR", hidden=True, expose_value=False)
def explain(code: str | None) -> int:
    """Say what a finding means, why it is one, and what to do about it."""
    from unfork import explanations

    return explanations.explain(code)


@cli.command()
@click.argument("repos", type=FILE, metavar="REPOS")
@migration_option
@click.option("--branch", metavar="NAME", required=True, help="The new branch in each repository.")
@click.option(
    "--test",
    metavar="COMMAND",
    help="Run a command on each commit, in a work tree of its own, as apply --branch does.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Repositories at a time, each in a process.  [default: the number of cores]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Have the workers of a running dask scheduler do the work: tcp://HOST:PORT.",
)
@click.option(
    "--resume", is_flag=True, help="Go on where the last run stopped; what failed is tried again."
)
@shown_options("json", "html", notes=False, common=("rich",))
def fleet(
    repos: Path,
    migrations: tuple[str, ...],
    branch: str,
    test: str | None,
    jobs: int | None,
    scheduler: str | None,
    resume: bool,
    shown: Shown,
) -> int:
    """Make the same branch in many repositories: REPOS lists a path or URL a line.

    A folder beside it, REPOS.fleet, has the clones and what --resume needs. Nothing is pushed.
    """
    from unfork.fleet.command import Asked as FleetAsked
    from unfork.fleet.command import fleet as run_fleet

    if test is not None and not test.strip():
        raise click.UsageError("--test is empty: give the command that runs the tests")
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs is for this machine: with --scheduler, the workers decide")
    return run_fleet(FleetAsked(repos, migrations, branch, test, jobs, scheduler, resume), shown)


@cli.command()
@root_option
def undo(root: Path | None) -> int:
    """Take the last apply back."""
    from unfork import commands

    return commands.undo(root)


@cli.command("list")
@root_option
def list_(root: Path | None) -> int:
    """Show the bundled and the configured migrations."""
    from unfork import commands

    return commands.list_migrations(root)


def _is_on_command_line(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
