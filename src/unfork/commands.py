"""What each command does, from the project it is asked about to the exit code.

Every import that not all runs need is late: a check that finds nothing starts in a few hundredths
of a second, and stays away from LibCST, rich and the process pool.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from unfork import console
from unfork.config import find_project, relative_paths
from unfork.migrations import migrations_for
from unfork.values import NOTE, Finding, Plan
from unfork_codemods.plan import Migration

if TYPE_CHECKING:
    from unfork.reports import Report
    from unfork.tree import Tree


@dataclass(frozen=True, slots=True)
class Asked:
    """What diff, apply and check are asked alike, as the user wrote it."""

    root: Path | None
    paths: tuple[str, ...]
    migrations: tuple[str, ...]
    jobs: int | None


@dataclass(frozen=True, slots=True)
class Project:
    """What was asked, found: ``paths`` are relative to ``root``, None where all of it is meant."""

    root: Path
    migrations: tuple[Migration, ...]
    paths: tuple[str, ...] | None
    exclude: tuple[str, ...]
    jobs: int | None

    @classmethod
    def find(cls, asked: Asked) -> Project:
        """Find root, migrations and paths. Raises UnforkError where one of them is not there."""
        cwd = Path.cwd()
        root, config = find_project(asked.root, cwd)
        migrations = migrations_for(root, config, asked.migrations, cwd)
        paths = relative_paths(root, cwd, asked.paths) if asked.paths else None
        return cls(root, migrations, paths, config.exclude, asked.jobs)

    def plan(self, tree: Tree) -> Plan:
        """Plan all changes to the files of ``tree``."""
        from unfork.pipeline import make_plan

        return make_plan(
            tree, self.migrations, self.paths, self.exclude, self.jobs, console.progress()
        )

    def findings(self, tree: Tree) -> tuple[Finding, ...]:
        """Find the uses of legacy modules in the files of ``tree``."""
        from unfork.pipeline import check_files

        return check_files(tree, self.migrations, self.paths, self.exclude, self.jobs)

    def covers(self, path: str) -> bool:
        """Return whether a file is among those that are meant."""
        if self.paths is None or "." in self.paths:
            return True
        return any(path == chosen or path.startswith(f"{chosen}/") for chosen in self.paths)


def diff(asked: Asked, form: str, output: Path | None, patch: Path | None) -> int:
    """Show what would change, and write it as a patch where one is asked for."""
    from unfork.reports import Diff
    from unfork.tree import WorkTree

    project = Project.find(asked)
    _tell_of_cut_off(project.root)
    report = Diff(project.plan(WorkTree(project.root)))
    if patch is not None:
        _write_patch(report.plan, patch)
    if str(patch) != "-" or output is not None:
        _show(report, form, output)
    else:
        for finding in report.left:
            console.say(str(finding), "left")
    return report.exit_code


def apply(asked: Asked, form: str, branch: str | None, allow_dirty: bool) -> int:
    """Write what changes: into the work tree, or as commits on a new branch."""
    from unfork.reports import Applied

    project = Project.find(asked)
    if branch is None:
        plan = _write(project, allow_dirty)
    else:
        _tell_of_cut_off(project.root)
        plan, branch = _commit(project, branch)
    report = Applied(plan, branch)
    _show(report, form, None)
    return report.exit_code


def _write(project: Project, allow_dirty: bool) -> Plan:
    from unfork.tree import WorkTree
    from unfork.undo import recover
    from unfork.write import write_changes

    if mended := recover(project.root):
        console.say(f"a run that was cut off ({mended.since}) is taken back first", "note")
    plan = project.plan(WorkTree(project.root))
    write_changes(project.root, plan.changes, allow_dirty)
    return plan


def _commit(project: Project, branch: str) -> tuple[Plan, str | None]:
    """Return the plan, and the branch where there was something for it to hold."""
    from unfork.branch import commit_steps, start_of_branch
    from unfork.tree import CommitTree

    head = start_of_branch(project.root, branch)
    tree = CommitTree(project.root, head)
    try:
        plan = project.plan(tree)
    finally:
        tree.close()
    made = commit_steps(project.root, plan, branch, head)
    return plan, branch if made else None


@dataclass(frozen=True, slots=True)
class Listed:
    """The file of what is known, if there is one, and whether it is to be written anew."""

    file: Path | None
    write: bool


def check(asked: Asked, form: str, output: Path | None, fix: bool, listed: Listed) -> int:
    """Report the uses of legacy modules, those that a baseline lists apart."""
    from unfork.tree import WorkTree

    project = Project.find(asked)
    _tell_of_cut_off(project.root)
    tree = WorkTree(project.root)
    findings = project.findings(tree)
    fixed: tuple[str, ...] = ()
    if fix and any(finding.code != NOTE for finding in findings):
        fixed = _fix(project)
        findings = project.findings(tree)
    report = _against(listed, project, findings, fixed)
    _show(report, form, output)
    return report.exit_code


def _fix(project: Project) -> tuple[str, ...]:
    """Rewrite imports, and nothing but imports; return the paths of the files that changed.

    Staged files, which a hook is about, have changes that are not committed: they may be dirty.
    """
    importing = [replace(each, deprecates=(), removes=()) for each in project.migrations]
    plan = _write(replace(project, migrations=tuple(importing)), allow_dirty=True)
    return tuple(change.path for change in plan.changes)


def _against(
    listed: Listed, project: Project, findings: Sequence[Finding], fixed: tuple[str, ...]
) -> Report:
    from unfork.reports import Found

    if listed.file is None:
        return Found(project.root, tuple(findings), fixed=fixed)
    from unfork import guard

    new = listed.write and not listed.file.exists()
    baseline = {} if new else guard.read_baseline(listed.file)
    if listed.write:
        baseline = guard.baseline_of(findings, baseline, project.covers)
        listed.file.write_text(guard.baseline_text(baseline), encoding="utf-8", newline="\n")
    result = guard.ratchet(findings, baseline, project.covers)
    return Found(project.root, result.new, fixed=fixed, gone=result.gone)


def undo(root: Path | None) -> int:
    """Take the last apply back."""
    from unfork.reports.shown import shown
    from unfork.undo import undo as take_back

    report = take_back(find_project(root, Path.cwd())[0])
    for path in report.paths:
        print(shown(path))
    what = "a run that was cut off" if report.cut_off else "the apply"
    print(f"Took back {what} of {report.since}: {len(report.paths)} files are as before.")
    return 0


def list_migrations(root: Path | None) -> int:
    """Show all migrations in a table, the configured ones first."""
    from unfork.migrations import bundled_migrations, configured_migrations
    from unfork.reports.shown import shown
    from unfork_codemods.plan import STEPS

    configured = configured_migrations(*find_project(root, Path.cwd()))
    rows = [("NAME", "FILE", "STEPS", "SUMMARY")]
    for each in (*configured, *(each for each in bundled_migrations() if each not in configured)):
        kinds = (each.redirects, each.repairs, each.aligns, each.deprecates, each.removes)
        steps = ", ".join(f"{len(kind)} {step}" for step, kind in zip(STEPS, kinds) if kind)
        rows.append((each.name, shown(each.file), steps, each.summary))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return 0


def _tell_of_cut_off(root: Path) -> None:
    """Say so where a run was killed while it wrote. git is asked only where there may be one."""
    for folder in (root, *root.parents):
        if (folder / ".git").is_dir():
            maybe = (folder / ".git/unfork/pending").exists()
            break
        if (folder / ".git").exists():  # a linked work tree, or a submodule
            maybe = True
            break
    else:
        maybe = (root / ".unfork/pending").exists()
    if maybe:
        from unfork.undo import pending

        if cut_off := pending(root):
            console.say(str(cut_off), "warning")


def _show(report: Report, form: str, output: Path | None) -> None:
    from unfork.reports import write

    with _opened(output) as out:
        write(report, form, out)


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None or str(output) == "-":
        yield sys.stdout
    else:
        with output.open("w", encoding="utf-8", newline="\n") as out:
            yield out


def _write_patch(plan: Plan, file: Path) -> None:
    data = plan.patch().encode("utf-8", "surrogateescape")
    if str(file) == "-":
        sys.stdout.buffer.write(data)
    else:
        file.write_bytes(data)
