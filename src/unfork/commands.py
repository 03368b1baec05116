"""What each command does, from its project to the exit code.

Modules that not every run needs are imported late: a check that finds nothing avoids LibCST, rich and the process pool,
and finishes in the time that importing them would take.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from unfork import console
from unfork.errors import UnforkError
from unfork.loading.config import find_project
from unfork.project import Asked, Project
from unfork.signals import in_order

if TYPE_CHECKING:
    from unfork.audit.command import Wanted
    from unfork.reports import Found, Report
    from unfork.reports.baseline import Baseline
    from unfork.values import Finding, Plan


def diff(asked: Asked, form: str, output: Path | None, patch: Path | None) -> int:
    """Show what would change, and write a patch on request."""
    from unfork.files.tree import WorkTree

    project = Project.find(asked)
    _check_places(output, patch)
    _tell_of_cut_off(project.root)
    tree = WorkTree(project.root).begin()
    from unfork.reports import Diff

    report = Diff(project.plan(tree))
    if patch is not None:
        _write_patch(report.plan, patch)
    if str(patch) != "-" or output is not None:
        return _write_report(report, form, output)
    for finding in report.left:
        console.say(str(finding), "left")
    return report.exit_code


def apply(asked: Asked, form: str, branch: str | None, allow_dirty: bool) -> int:
    """Write the changes into the work tree, or as commits on a new branch."""
    from unfork.reports import Applied

    project = Project.find(asked)
    if branch is None:
        plan = _plan_and_write(project, allow_dirty)
    else:
        _tell_of_cut_off(project.root)
        plan, branch = _commit_on_branch(project, branch)
    return _write_final_report(Applied(plan, branch), form, None)


def _plan_and_write(project: Project, allow_dirty: bool) -> Plan:
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
        plan = project.plan(WorkTree(project.root, remembers=True).begin())
        try:
            with in_order():
                write_changes(project.root, plan.changes, allow_dirty, plan.basis)
        except MovedError:
            if not again:
                raise
        else:
            break
    return plan


def _commit_on_branch(project: Project, branch: str) -> tuple[Plan, str | None]:
    """Return the plan, and the branch if the plan has changes."""
    from unfork.files.branch import commit_steps, start_of_branch
    from unfork.files.tree import CommitTree

    head = start_of_branch(project.root, branch)
    tree = CommitTree(project.root, head)
    try:
        plan = project.plan(tree)
    finally:
        tree.close()
    made = commit_steps(project.root, plan, branch, head)
    return plan, branch if made else None


_PLANS = 3
"""How many times to plan if files change meanwhile."""


class Listed(NamedTuple):
    """The baseline file, if any, and whether to rewrite it."""

    file: Path | None
    write: bool

    def read(self) -> Baseline | None:
        """Return the baseline, or None if none was requested. Raises UnforkError."""
        if self.file is None:
            return None
        from unfork.reports.baseline import read_baseline

        return {} if self.write and not self.file.exists() else read_baseline(self.file)


def check(asked: Asked, form: str, output: Path | None, fix: bool, listed: Listed) -> int:
    """Report the uses of legacy modules, except those listed in a baseline."""
    project = Project.find(asked)
    _check_places(output, listed.file if listed.write else None)
    baseline = listed.read()
    _tell_of_cut_off(project.root)
    findings = () if project.is_quiet() else _findings_in_work_tree(project)
    fixed: tuple[str, ...] = ()
    if fix and findings and (fixed := _fix_imports(project, findings)):
        findings = _findings_in_work_tree(project)
    shown = findings or fixed or baseline is not None or output is not None
    if not shown and form in ("rich", "plain"):
        return 0  # the usual case in a hook: nothing to show, so no report to import
    from unfork.reports import Found

    report = Found(project.root, findings, fixed=fixed)
    if baseline is not None:
        report = _report_against_baseline(listed, baseline, project, report)
    return (
        _write_final_report(report, form, output) if fixed else _write_report(report, form, output)
    )


def _findings_in_work_tree(project: Project) -> tuple[Finding, ...]:
    from unfork.files.tree import WorkTree

    return project.findings(WorkTree(project.root).begin())


def _fix_imports(project: Project, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Rewrite imports, and nothing else; return the paths of the changed files.

    Staged files, which a hook checks, have uncommitted changes, so dirty files are allowed.
    """
    from unfork.values import NOTES

    if all(finding.code in NOTES for finding in findings):
        return ()
    importing = [migration.imports_only() for migration in project.migrations]
    plan = _plan_and_write(project._replace(migrations=tuple(importing)), allow_dirty=True)
    return tuple(change.path for change in plan.changes)


def _report_against_baseline(
    listed: Listed, baseline: Baseline, project: Project, report: Found
) -> Found:
    """Return the report without known findings; write the baseline first if requested."""
    from dataclasses import replace

    from unfork.files.output import write_output
    from unfork.reports.baseline import baseline_of, baseline_text, compare_to_baseline

    if listed.write and listed.file is not None:
        baseline = baseline_of(report.findings, baseline, project.covers)
        write_output(listed.file, baseline_text(baseline).encode())
    result = compare_to_baseline(report.findings, baseline, project.covers)
    return replace(report, findings=result.new, gone=result.gone)


def audit(wanted: Wanted, output: Path | None) -> int:
    """Report what is duplicated, dead or broken, and draft a migration on request."""
    from unfork.audit.command import render_report, run_audit, write_draft

    _check_places(output, wanted.draft)
    result = run_audit(wanted)
    if wanted.draft is not None:
        write_draft(result, wanted.draft)
    with _open_report_stream(output) as out:
        out.writelines(render_report(result, wanted.form, out))
    return result.exit_code


def undo(root: Path | None) -> int:
    """Undo the last apply."""
    from unfork.escape import escaped_text, without_ci_commands
    from unfork.files.dirty import file_count_text
    from unfork.files.undo import undo_last_apply as take_back

    top = find_project(root, Path.cwd())[0]
    with in_order():
        report = take_back(top)
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
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join(c.ljust(width) for c, width in zip(row, widths)).rstrip() for row in rows)
    for line in without_ci_commands(f"{line}\n" for line in lines):
        print(line, end="")
    return 0


def _check_places(*files: Path | None) -> None:
    """Raise UnforkError if a file cannot be written, before any work is done."""
    for file in files:
        if file is None or str(file) == "-":
            continue
        if file.is_dir():
            raise UnforkError(f"{file}: this is a folder; name a file")
        if not file.parent.is_dir():
            raise UnforkError(f"{file}: there is no folder {file.parent}; make it first")
        existed = file.exists()
        if existed and not file.is_file():
            continue  # a pipe, which can be opened only once
        try:
            with file.open("ab"):
                pass
        except OSError as error:
            raise UnforkError(f"{file}: cannot be written: {error.strerror}") from None
        if not existed:
            file.unlink()


def _tell_of_cut_off(root: Path) -> None:
    """Report a run that was killed while it wrote. git runs only if there may be one."""
    places = (root, *root.parents, Path.cwd(), *Path.cwd().parents)
    if not any(os.path.lexists(folder / ".unfork/pending") for folder in places):
        return
    from unfork.errors import WriteError
    from unfork.files.undo import pending_error

    try:
        cut_off: UnforkError | None = pending_error(root)
    except WriteError as error:
        cut_off = error  # an untrusted journal; commands that only read can go on
    if cut_off is not None:
        console.say(str(cut_off), "warning")


def _write_report(report: Report, form: str, output: Path | None) -> int:
    """Write a report, and return its exit code."""
    from unfork.reports import write_report

    with _open_report_stream(output) as out:
        write_report(report, form, out)
    return report.exit_code


def _write_final_report(report: Report, form: str, output: Path | None) -> int:
    """Write the report of completed work; failing to write it undoes nothing."""
    try:
        _write_report(report, form, output)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        console.drop_stdout()
        console.say(f"all is done, but its report cannot be written: {error.strerror}", "warning")
    return report.exit_code


@contextmanager
def _open_report_stream(output: Path | None) -> Iterator[TextIO]:
    """Yield the stream for a report. A file is written at the end, and stays as it was on failure."""
    if output is None or str(output) == "-":
        yield sys.stdout
        return
    from unfork.files.output import write_output

    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") as out:
        yield out
        out.flush()
        buffer = out.buffer
        buffer.seek(0)
        write_output(output, buffer.read())


def _write_patch(plan: Plan, file: Path) -> None:
    data = plan.patch().encode("utf-8", "surrogateescape")
    if str(file) == "-":
        sys.stdout.buffer.write(data)
    else:
        from unfork.files.output import write_output

        write_output(file, data)
