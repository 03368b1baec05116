"""The GitHub format: a workflow command for each finding, which GitHub shows as an annotation on the line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from unfork.escape import escaped_text
from unfork.reports import sums
from unfork.reports.report import Found, Report
from unfork.values import CODES, Finding


def render(report: Report, out: TextIO | None = None) -> Iterator[str]:
    """Yield a workflow command for each finding in ``report``: notes as notices, all others as errors."""
    folder = _path_prefix(report.root, os.environ)
    yield from (_workflow_command("error", finding, folder) for finding in report.left)
    yield from (_workflow_command("notice", finding, folder) for finding in report.notes)
    if isinstance(report, Found):
        yield from (
            f"::error title=unfork baseline::{_escape_data(line)}\n"
            for line in sums.gone_entry_lines(report)
        )


def _path_prefix(root: Path, environ: Mapping[str, str]) -> str:
    """Return the prefix for paths: annotations need them relative to the top of the checkout."""
    top = environ.get("GITHUB_WORKSPACE")
    if not top or not root.resolve().is_relative_to(Path(top).resolve()):
        return ""
    inside = root.resolve().relative_to(Path(top).resolve()).as_posix()
    return "" if inside == "." else f"{inside}/"


def _workflow_command(kind: str, finding: Finding, folder: str) -> str:
    properties = {
        "file": folder + finding.path,
        "line": str(finding.line),
        "col": str(finding.col),
        "title": f"{finding.code} {CODES.get(finding.code, '')}".rstrip(),
    }
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{kind} {listed}::{_escape_data(finding.message)}\n"


def _escape_data(text: str) -> str:
    return escaped_text(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
