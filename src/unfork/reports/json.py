"""The JSON format for programs, as described in docs/json.md. Names and texts are not escaped for terminals."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import TextIO

from unfork.reports import sums
from unfork.reports.report import Applied, Diff, Found, Report
from unfork.values import CODES, Change, Finding, Plan

VERSION = 1
"""Incremented when something that a reader may rely on changes its meaning or is removed."""


def render(report: Report, out: TextIO | None = None) -> Iterator[str]:
    """Yield the text of ``report``: one JSON object, in ASCII."""
    head = {
        "version": VERSION,
        "unfork": version("unfork"),
        "command": report.command,
        "root": str(report.root),
        "exit_code": report.exit_code,
    }
    match report:
        case Diff(plan):
            body = _plan_object(plan)
        case Applied(plan, branch):
            body = {"branch": branch, "failed": report.failed or None} | _plan_object(plan)
        case Found():
            body = _check_object(report)
    yield json.dumps(head | body, indent=2) + "\n"


def _plan_object(plan: Plan) -> dict[str, object]:
    total = sums.plan_summary(plan)
    return {
        "summary": {
            "files": total.files,
            "statements": total.statements,
            "names": total.names,
            "left": total.left,
            "notes": len(plan.notes),
        },
        "steps": [
            {
                "migration": step.migration,
                "step": step.name,
                "summary": step.summary,
                "files": len(step.edits),
                "statements": step.statements,
                "names": step.names,
                "left": len(step.left),
            }
            for step in plan.steps
        ],
        "changes": [_change_object(change) for change in plan.changes],
        "left": [_finding_object(finding) for finding in plan.left],
        "notes": [_finding_object(finding) for finding in plan.notes],
        "caveats": list(plan.caveats),
    }


def _check_object(report: Found) -> dict[str, object]:
    return {
        "summary": {
            "findings": len(report.left),
            "notes": len(report.notes),
            "fixed": len(report.fixed),
            "gone": sum(report.gone.values()),
            "codes": dict(sorted(Counter(finding.code for finding in report.findings).items())),
        },
        "findings": [
            _finding_object(finding) | {"fixable": finding.fixable} for finding in report.left
        ],
        "notes": [_finding_object(finding) for finding in report.notes],
        "fixed": list(report.fixed),
        "gone": [
            {
                "path": known.path,
                "code": known.code,
                "module": known.module,
                "name": known.name,
                "message": f"{CODES.get(known.code, '')}: {known.subject}".strip(": "),
                "count": number,
            }
            for known, number in report.gone.items()
        ],
    }


def _change_object(change: Change) -> dict[str, object]:
    return {
        "path": change.path,
        "sha256": change.before,
        "deleted": change.deleted,
        "edits": [
            {
                "start": edit.start,
                "end": edit.end,
                "text": edit.text.decode("utf-8", "surrogateescape"),
            }
            for edit in change.edits
        ],
        "sites": [_finding_object(finding) for finding in change.sites],
    }


def _finding_object(finding: Finding) -> dict[str, object]:
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.col,
        "code": finding.code,
        "message": finding.message,
        "module": finding.module,
        "name": finding.name,
    }
