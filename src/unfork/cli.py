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


_WHOLE = 1_000
"""More letters than the first sentence of any command's help has."""


class _Commands(CommonOptions, click.Group):
    """The commands. How they end is not for click, which would answer Ctrl-C, and closed pipes, with a 1."""

    command_class = CommonOptions

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a list of the commands; unlike click's, it breaks long lines instead of cutting them."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

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
@click.option("--stat", is_flag=True, help="Print a line for each file instead of its hunks.")
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
    help="Run a command on each commit of the --branch, in a work tree of its own (-j N: N at a"
    " time); where it fails, the branch ends before that commit.",
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
@click.option("--fix", is_flag=True, help="Rewrite what can be rewritten, and report what is left.")
@click.option(
    "--baseline",
    type=FILE,
    metavar="FILE",
    help="Findings listed in FILE do not fail; entries that no longer occur are reported."
    "  [default: what [tool.unfork] baseline names]",
)
@click.option("--write-baseline", is_flag=True, help="Write all findings into the baseline.")
@click.option(
    "--warn-unused-ignores",
    "unused",
    is_flag=True,
    help="Warn about ignore comments that have no effect.",
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

    if str(baseline) == "-":
        raise click.UsageError("--baseline - is no file: name the file that lists the findings")
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
    help="Also write a migration that fixes what it can, with questions where a person decides.",
)
def audit(
    paths: tuple[str, ...],
    root: Path | None,
    jobs: int | None,
    shown: Shown,
    counted: Counted,
    draft: Path | None,
) -> int:
    """Find what is duplicated, dead or broken; for single files, report all that is known about them."""
    from unfork import commands
    from unfork.audit.command import Wanted

    if str(draft) == "-":
        raise click.UsageError("--draft - is no file: the report has stdout; name a file")
    return commands.audit(Wanted(root, paths, jobs, shown, draft, counted))


@cli.command()
@one_off_options
@root_option
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="Write to this new file, not to stdout."
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
    help="Work on N repositories at a time, each in a process.  [default: the number of cores]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let the workers of a running dask scheduler do the work: tcp://HOST:PORT.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Continue where the last run stopped; what failed is tried again.",
)
@click.option(
    "--root",
    type=FILE,
    metavar="DIR",
    help="The project's root in each repository.  [default: found as for apply]",
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
    root: Path | None,
    shown: Shown,
) -> int:
    """Make the same branch in many repositories; the file REPOS lists them, a path or URL on each line.

    The folder REPOS.fleet next to it holds the clones and what --resume needs. Nothing is pushed.
    """
    from unfork.fleet.command import Asked as FleetAsked
    from unfork.fleet.command import fleet as run_fleet

    if test is not None and not test.strip():
        raise click.UsageError("--test is empty: give the command that runs the tests")
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs is for this machine: with --scheduler, the workers decide")
    if root is not None and (root.is_absolute() or ".." in root.parts):
        raise click.UsageError(
            f"--root {root} is a folder inside each repository: write its path there"
        )
    asked = FleetAsked(repos, migrations, branch, test, jobs, scheduler, resume, root)
    return run_fleet(asked, shown)


@cli.command()
@root_option
def undo(root: Path | None) -> int:
    """Undo the last apply."""
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
