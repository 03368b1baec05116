"""The guard: `unfork check`, for hooks and CI.

A check that finds nothing avoids LibCST, rich and the process pool, and finishes in the time that importing them would
take.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unfork import console
from unfork.errors import UnforkError
from unfork.outputs import check_places, write_final_report, write_report
from unfork.project import CLEAN, Asked, Project, tell_of_cut_off
from unfork.shown import Counted, Shown

if TYPE_CHECKING:
    from unfork.reports import Found
    from unfork.reports.baseline import Baseline, Known
    from unfork.values import Finding


class Checked(NamedTuple):
    """What a check does besides looking: ``fix`` imports, compare with a baseline or write it, warn of ``unused``."""

    fix: bool = False
    baseline: Path | None = None
    write_baseline: bool = False
    unused: bool = False
    counted: Counted = Counted()


def check(asked: Asked, shown: Shown, wanted: Checked) -> int:
    """Report the uses of legacy modules, except those listed in a baseline."""
    project = Project.find(asked)
    listed = _Listed.of(wanted, project)
    check_places(shown.output, listed.file if listed.write else None)
    baseline = listed.read()
    tell_of_cut_off(project.root)
    is_quiet = not wanted.unused and project.is_quiet()
    findings = () if is_quiet else _findings_in_work_tree(project, wanted)
    fixed: tuple[str, ...] = ()
    if wanted.fix and findings and (fixed := _fix_imports(project, findings)):
        findings = _findings_in_work_tree(project, wanted)
    is_worth_showing = findings or fixed or baseline is not None or shown.output is not None
    if not is_worth_showing and shown.is_for_people:
        return _end_clean(shown)  # the usual case in a hook: no report to import
    from dataclasses import replace  # late: a check that finds nothing imports no dataclasses

    from unfork.reports import Found

    report = Found(project.root, findings, "check", fixed, {}, shown, wanted.counted)
    known = 0
    if baseline is not None:
        report = _report_against_baseline(listed, baseline, project, report)
        known = len(findings) - len(report.findings)
    if fixed:
        from unfork.commands import next_command

        return write_final_report(replace(report, next_command=next_command(project.root)))
    if not (report.left or report.gone) and shown.is_for_people and shown.output is None:
        _end_clean(shown, known)
        if report.empty:
            return 0
    return write_report(_with_fixable(project, report))


def _end_clean(shown: Shown, known: int = 0) -> int:
    """Say on a terminal that all is clean, but for ``known`` findings of the baseline; elsewhere nothing is said."""
    if sys.stdout.isatty() and not (shown.quiet or shown.statistics):
        from unfork.reports.sums import count_text  # late: most hooks have no terminal

        listed = count_text(known, "finding")
        print(f"Nothing new: the baseline lists {listed}." if known else CLEAN)
    return 0


class _Listed(NamedTuple):
    """The baseline file, if any, and whether to rewrite it."""

    file: Path | None
    write: bool

    @classmethod
    def of(cls, wanted: Checked, project: Project) -> _Listed:
        """Return the baseline that the user or pyproject.toml names; the latter may not be written yet."""
        file = wanted.baseline or project.baseline
        if wanted.write_baseline and file is None:
            raise UnforkError(
                "--write-baseline needs --baseline FILE, or [tool.unfork] baseline in pyproject.toml"
            )
        return cls(file, wanted.write_baseline)

    def read(self) -> Baseline | None:
        """Return the baseline, or None if none was requested. Raises UnforkError."""
        if self.file is None:
            return None
        from unfork.reports.baseline import read_baseline

        return {} if self.write and not self.file.exists() else read_baseline(self.file)


def _findings_in_work_tree(project: Project, wanted: Checked) -> tuple[Finding, ...]:
    """Return the findings that count; warn of ignore comments on the way."""
    from unfork.files.tree import WorkTree

    tree = WorkTree(project.root).begin()
    result = project.check(tree)
    for warning in project.ignore_warnings(tree, result.paths, wanted.unused):
        console.say(warning, "warning")
    return tuple(finding for finding in result.findings if wanted.counted.counts(finding.code))


def _importing(project: Project) -> Project:
    """Return the project with the steps that --fix carries out."""
    importing = [migration.imports_only() for migration in project.migrations]
    return project._replace(migrations=tuple(importing))


def _fix_imports(project: Project, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Rewrite imports, and nothing else; return the paths of the changed files.

    Staged files, which a hook checks, have uncommitted changes, so dirty files are allowed.
    """
    from unfork.commands import plan_and_write
    from unfork.values import NOTES

    if all(finding.code in NOTES for finding in findings):
        return ()
    plan = plan_and_write(_importing(project), allow_dirty=True)
    return tuple(change.path for change in plan.changes)


def _with_fixable(project: Project, report: Found) -> Found:
    """Return the report with a mark on each finding that --fix would fix, as a plan says it, with all proofs."""
    is_read = report.shown.is_for_people or report.shown.form == "json"
    if not report.left or not is_read:
        return report
    from dataclasses import replace

    from unfork.files.tree import WorkTree

    plan = _importing(project)._replace(strict=False).plan(WorkTree(project.root).begin())
    sites = {site for change in plan.changes for site in change.sites}
    places = {(site.path, site.line, site.col, site.code) for site in sites}
    marked = (
        replace(finding, fixable=(finding.path, finding.line, finding.col, finding.code) in places)
        for finding in report.findings
    )
    return replace(report, findings=tuple(marked))


def _report_against_baseline(
    listed: _Listed, baseline: Baseline, project: Project, report: Found
) -> Found:
    """Return the report without known findings; write the baseline first if requested."""
    from dataclasses import replace

    from unfork.files.output import write_output
    from unfork.reports.baseline import baseline_of, baseline_text, compare_to_baseline
    from unfork.reports.sums import count_text

    def covered(known: Known) -> bool:
        return project.covers(known.path) and report.counted.counts(known.code)

    if listed.write and listed.file is not None:
        baseline = baseline_of(report.findings, baseline, covered)
        write_output(listed.file, baseline_text(baseline).encode())
        listed_now = count_text(sum(baseline.values()), "finding")
        cwd = Path.cwd()
        file = listed.file.relative_to(cwd) if listed.file.is_relative_to(cwd) else listed.file
        console.say(f"{file}: {listed_now} listed", "baseline")
    result = compare_to_baseline(report.findings, baseline, covered)
    return replace(report, findings=result.new, gone=result.gone)
