"""The audit for programs: JSON, as docs/audit.md describes it."""

from __future__ import annotations

import json
from importlib.metadata import version

from unfork.audit.broken import Broken
from unfork.audit.explain import Explanation
from unfork.audit.forks import Group, Standing
from unfork.audit.reach import Dead
from unfork.audit.result import Audit
from unfork.audit.world import Importer
from unfork.values import Finding

VERSION = 1
"""Rises when something that a reader may rely on changes its meaning or goes."""


def json_text(found: Audit, about: tuple[Explanation, ...] = ()) -> str:
    """Return one JSON object, in ASCII."""
    body: dict[str, object] = {
        "version": VERSION,
        "unfork": version("unfork"),
        "command": "audit",
        "root": str(found.root),
        "exit_code": found.exit_code,
        "summary": {
            "files": found.scope.files,
            "lines": found.scope.lines,
            "findings": len(found.findings),
            "codes": found.counts,
        },
        "findings": [_finding(each) for each in found.findings],
        "notes": [],
        "groups": [_group(found, group) for group in found.groups],
        "dead": [_dead(found, each) for each in (*found.dead, *found.doubtful)],
        "broken": [_broken(found, each) for each in found.broken],
        "spellings": [
            {
                "path": found.world.modules[each.key].path,
                "names": [
                    {"name": name, "imports": [_place(*place) for place in places]}
                    for name, places in each.spellings
                ],
            }
            for each in found.spellings
        ],
        "cycles": [
            {
                "modules": [found.dotted(key) for key in ring.members],
                "way": [{"module": found.dotted(key), "line": line} for key, line in ring.way],
            }
            for ring in found.rings
        ],
    }
    if about:
        body["modules"] = [_module(found, each) for each in about]
    return json.dumps(body, indent=2) + "\n"


def _place(path: str, line: int, column: int) -> dict[str, object]:
    return {"path": path, "line": line, "column": column}


def _finding(finding: Finding) -> dict[str, object]:
    place = _place(finding.path, finding.line, finding.col)
    return {**place, "code": finding.code, "message": finding.message}


def _group(found: Audit, group: Group) -> dict[str, object]:
    return {
        "canonical": _standing(found, group.canonical),
        "forks": [
            {
                **_standing(found, fork.standing),
                "score": round(fork.alike.score, 3),
                "evidence": fork.evidence(found.dotted),
                "names": [
                    {
                        "name": each.name,
                        "line": each.line,
                        "to": f"{found.dotted(each.module)}:{each.target}" if each.module else None,
                        "moves": each.moves,
                        "tied": each.tied or None,
                        "why": each.why,
                    }
                    for each in fork.names
                ],
            }
            for fork in group.forks
        ],
    }


def _standing(found: Audit, each: Standing) -> dict[str, object]:
    return {
        "module": found.dotted(each.key),
        "path": each.path,
        "lines": each.lines,
        "reached": each.reached,
        "deprecated": each.deprecated,
        "reasons": list(each.reasons),
        "importers": [_importer(importer) for importer in each.live],
        "tests": [_importer(importer) for importer in each.tests],
    }


def _importer(each: Importer) -> dict[str, object]:
    return {
        "path": each.path,
        "line": each.line,
        "spelled": each.spelled,
        "names": list(each.names),
        "via": each.via or None,
    }


def _dead(found: Audit, each: Dead) -> dict[str, object]:
    return {
        "module": found.dotted(each.key),
        "path": each.path,
        "lines": each.lines,
        "why": each.why,
        "users": list(each.users),
        "doubts": list(each.doubts),
    }


def _broken(found: Audit, each: Broken) -> dict[str, object]:
    return {
        **_place(each.path, each.line, each.col),
        "code": each.code,
        "module": each.spelled,
        "name": each.name or None,
        "defined_in": [found.dotted(key) for key in each.definers],
        "expected": each.expected,
    }


def _module(found: Audit, about: Explanation) -> dict[str, object]:
    return {
        "module": about.dotted,
        "path": about.facts.path,
        "importers": [_importer(each) for each in about.importers],
        "reached_by": [found.dotted(key) for key in about.way],
        "canonical": found.dotted(about.group.canonical.key) if about.group else None,
        "group": [found.dotted(each.key) for each in about.group.members] if about.group else [],
    }
