"""What each command does, from its project to the exit code; ``guard`` has check.

Modules that not every run needs are imported late.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unfork import console
from unfork.loading.config import find_project, find_root
from unfork.outputs import (
    check_migration_place,
    check_places,
    make_folder,
    open_report_stream,
    write_final_report,
    write_patch,
    write_report,
)
from unfork.project import Asked, Project, tell_of_cut_off
from unfork.shown import Shown
from unfork.signals import in_order

if TYPE_CHECKING:
    from unfork.audit.command import Wanted
    from unfork.reports import Applied
    from unfork.values import Plan, Step


def diff(asked: Asked, shown: Shown, patch: Path | None) -> int:
    """Show what would change, and write a patch on request."""
    from unfork.files.tree import WorkTree

    project = Project.find(asked)
    check_places(shown.output, patch)
    tell_of_cut_off(project.root)
    tree = WorkTree(project.root).begin(with_sizes=True)
    from unfork.reports import Diff

    report = Diff(project.plan(tree), shown)
    if patch is not None:
        write_patch(report.plan, patch)
    if str(patch) != "-" or shown.output is not None:
        return write_report(report)
    for finding in report.left:
        console.say(str(finding), "left")
    return report.exit_code


class Written(NamedTuple):
    """Where apply writes: on a new ``branch``, each commit of which passes ``test``, or into the work tree."""

    branch: str | None
    test: str | None
    allow_dirty: bool


def apply(asked: Asked, shown: Shown, written: Written) -> int:
    """Write the changes into the work tree, or as commits on a new branch."""
    from unfork.reports import Applied

    project = Project.find(asked)
    if written.branch is not None:
        tell_of_cut_off(project.root)
        return write_final_report(commit_on_branch(project, shown, written.branch, written.test))
    plan = plan_and_write(project, written.allow_dirty)
    following = next_command(project.root) if plan.changes else ""
    return write_final_report(Applied(plan, None, shown, following))


def plan_and_write(project: Project, allow_dirty: bool) -> Plan:
    """Plan the changes and write them; plan again if a file that the plan depends on changes meanwhile."""
    from unfork.files.replacing import MovedError
    from unfork.files.tree import WorkTree
    from unfork.files.undo import recover_from_cut_off
    from unfork.files.write import write_changes

    with in_order():
        mended = recover_from_cut_off(project.root)
    if mended:
        console.say(f"a run that was cut off ({mended.since}) is taken back first", "note")
    for again in range(_PLANS - 1, -1, -1):
        plan = project.plan(WorkTree(project.root, remembers=True).begin(with_sizes=True))
        try:
            with in_order():
                write_changes(project.root, plan.changes, allow_dirty, plan.basis)
        except MovedError:
            if not again:
                raise
        else:
            break
    return plan


def commit_on_branch(
    project: Project, shown: Shown, branch: str, test: str | None, may_exist: bool = False
) -> Applied:
    """Return the report on the new branch, which there is only if the plan has changes.

    A branch that ``may_exist`` may have been made by an earlier run, of just the same commits.
    """
    from unfork.files.branch import commit_steps, start_of_branch
    from unfork.files.tree import CommitTree
    from unfork.reports import Applied

    head = start_of_branch(project.root, branch, may_exist)
    tree = CommitTree(project.root, head)
    try:
        plan = project.plan(tree)
    finally:
        tree.close()
    if test is None:
        commits = commit_steps(project.root, plan, branch, head, may_exist=may_exist)
        failed = ""
    else:
        from unfork.branch_tests import BranchTest  # late: most branches are not tested

        tested = BranchTest(project.root, test, head, at_once=project.jobs or 1)
        with in_order():
            commits = commit_steps(project.root, plan, branch, head, tested, may_exist)
        failed = tested.failure_text(branch if commits else None)
    if failed:
        plan = plan_of_steps(plan, [commit.step for commit in commits])
    following = next_command(project.root, branch) if commits else ""
    return Applied(plan, branch if commits else None, shown, following, failed)


def plan_of_steps(plan: Plan, steps: Sequence[Step]) -> Plan:
    """Return a plan for a report on some of its steps only."""
    from dataclasses import replace  # late: the hook imports no dataclasses

    paths = {path for step in steps for path in step.edits}
    gone = {path for step in steps for path, edits in step.edits.items() if edits is None}
    changes = tuple(
        replace(change, deleted=change.path in gone)
        for change in plan.changes
        if change.path in paths
    )
    return replace(plan, changes=changes, steps=tuple(steps))


def next_command(root: Path, branch: str | None = None) -> str:
    """Return the command that shows what was changed, in the work tree or on a new branch."""
    from unfork.escape import shell_word
    from unfork.files.repository import find_repository

    repository = find_repository(root)
    if repository is None:
        return "unfork undo takes the changes back"
    if branch is None:
        return "git diff shows the changes, unfork undo takes them back"
    name = repository.ask("rev-parse", "--abbrev-ref", "HEAD")[1].decode().strip()
    start = name if name != "HEAD" else repository.head()[:12]
    return f"git diff {shell_word(start)}..{shell_word(branch)}"


_PLANS = 3
"""How many times to plan if files change meanwhile."""


def audit(wanted: Wanted) -> int:
    """Report what is duplicated, dead or broken, and draft a migration on request."""
    from unfork.audit.command import render_report, run_audit, write_draft

    output = wanted.shown.output
    check_places(output)
    check_migration_place(wanted.draft)
    result = run_audit(wanted)
    drafted = ""
    if wanted.draft is not None:
        make_folder(wanted.draft)
        drafted = write_draft(result, wanted.draft)
    with open_report_stream(output) as out:
        out.writelines(render_report(result, wanted, out))
    if drafted:
        sys.stdout.flush()
        console.say(drafted, "draft")  # last: a long report would push it off the screen
    return result.exit_code


def undo(root: Path | None) -> int:
    """Undo the last apply."""
    from unfork.escape import escaped_text, without_ci_commands
    from unfork.files.dirty import file_count_text
    from unfork.files.undo import undo_last_apply as take_back

    with in_order():
        report = take_back(find_root(root, Path.cwd()))
    for line in without_ci_commands(f"{escaped_text(path)}\n" for path in report.paths):
        print(line, end="")
    what = "a run that was cut off" if report.cut_off else "the apply"
    print(f"Took back {what} of {report.since}: {file_count_text(report.paths)} as before.")
    return 0


def list_migrations(root: Path | None) -> int:
    """Show all migrations in a table, the configured ones first."""
    from unfork.escape import escaped_text, without_ci_commands
    from unfork.loading.migrations import bundled_migrations, configured_migrations

    configured = configured_migrations(*find_project(root, Path.cwd()))
    rows = [("NAME", "FILE", "STEPS", "SUMMARY")]
    for migration in (
        *configured,
        *(migration for migration in bundled_migrations() if migration not in configured),
    ):
        steps = ", ".join(f"{len(steps)} {kind.name}" for kind, steps in migration.kinds())
        rows.append((migration.name, escaped_text(migration.file), steps, migration.summary))
    for line in without_ci_commands(f"{line}\n" for line in _table_lines(rows)):
        print(line, end="")
    return 0


def _table_lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows in columns below their heads; on a terminal that is too narrow, a cell on each line instead."""
    import shutil  # late: a hook lists nothing

    from unfork.wrapping import wrapped_text

    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(c.ljust(width) for c, width in zip(row, widths)).rstrip() for row in rows]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if columns is None or max(map(len, lines)) <= columns:
        yield from lines
        return
    for name, *cells in rows[1:]:
        yield name
        yield from (wrapped_text(f"  {cell}", columns, "    ") for cell in cells if cell)
