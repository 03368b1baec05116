"""The SARIF 2.1.0 format: the findings for code scanning."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import TextIO
from urllib.parse import quote_from_bytes

from unfork.escape import escaped_text
from unfork.reports import sums
from unfork.reports.report import Found, Report
from unfork.values import CODES, NOTES, Finding

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
BASE = "%SRCROOT%"
"""The base that paths are relative to. Its location is left to the reader of the file."""


def render(report: Report, out: TextIO | None = None) -> Iterator[str]:
    """Yield the findings of ``report`` as one SARIF log, in ASCII."""
    run = {
        "tool": {"driver": _driver_object()},
        "invocations": [_invocation_object(report)],
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the project."}}},
        "columnKind": "unicodeCodePoints",
        "results": list(_result_objects((*report.left, *report.notes))),
    }
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation_object(report: Report) -> dict[str, object]:
    """Return the outcome of the run, with messages that have no location: entries to remove from the baseline."""
    gone = sums.gone_entry_lines(report) if isinstance(report, Found) else ()
    said = [{"level": "error", "message": {"text": line}} for line in gone]
    more = {"toolExecutionNotifications": said} if said else {}
    return {"executionSuccessful": True, "exitCode": report.exit_code, **more}


def _driver_object() -> dict[str, object]:
    return {
        "name": "unfork",
        "semanticVersion": version("unfork"),
        "rules": [_rule_object(code, meaning) for code, meaning in CODES.items()],
    }


def _rule_object(code: str, meaning: str) -> dict[str, object]:
    text = {"text": meaning[0].upper() + meaning[1:] + "."}
    return {
        "id": code,
        "shortDescription": text,
        "fullDescription": text,  # like the help, required by GitHub
        "help": text,
        "defaultConfiguration": {"level": _level_of_code(code)},
    }


def _result_objects(findings: tuple[Finding, ...]) -> Iterator[dict[str, object]]:
    places = {code: index for index, code in enumerate(CODES)}
    seen: Counter[str] = Counter()
    for finding in findings:
        # without its line, to recognize the finding when it moves
        what = "\0".join((finding.path, finding.code, finding.message))
        seen[what] += 1
        named = f"{what}\0{seen[what]}".encode("utf-8", "surrogatepass")
        rule = {"ruleIndex": places[finding.code]} if finding.code in places else {}
        yield {
            "ruleId": finding.code,
            **rule,
            "level": _level_of_code(finding.code),
            "message": {"text": escaped_text(finding.message)},
            "locations": [{"physicalLocation": _location_object(finding)}],
            "partialFingerprints": {"finding/v1": hashlib.sha256(named).hexdigest()},
        }


def _location_object(finding: Finding) -> dict[str, object]:
    return {
        "artifactLocation": {
            "uri": quote_from_bytes(os.fsencode(finding.path), safe="/"),
            "uriBaseId": BASE,
        },
        "region": {"startLine": finding.line, "startColumn": finding.col},
    }


def _level_of_code(code: str) -> str:
    return "note" if code in NOTES else "error"
