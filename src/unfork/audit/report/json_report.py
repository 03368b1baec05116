"""The audit as JSON for programs, as described in docs/audit.md."""

from __future__ import annotations

import json
from importlib.metadata import version

from unfork.audit.duplicates.folder_forks import FolderFork
from unfork.audit.duplicates.forks import Group, Standing
from unfork.audit.imports.broken_imports import Broken
from unfork.audit.imports.hand_shims import HandShim
from unfork.audit.liveness.reachability import Dead
from unfork.audit.project_model import Importer
from unfork.audit.report.explain import Explanation
from unfork.audit.result import Audit
from unfork.values import Finding

VERSION = 1
"""Incremented when something that a reader may rely on changes its meaning or is removed."""


def json_text(audit: Audit, about: tuple[Explanation, ...] = ()) -> str:
    """Return the audit as one JSON object, in ASCII."""
    body: dict[str, object] = {
        "version": VERSION,
        "unfork": version("unfork"),
        "command": "audit",
        "root": str(audit.root),
        "exit_code": audit.exit_code,
        "summary": {
            "files": audit.scope.files,
            "lines": audit.scope.lines,
            "findings": len(audit.findings),
            "codes": audit.counts,
        },
        "findings": [_finding_object(item) for item in audit.findings],
        "notes": [],
        "groups": [_group_object(audit, group) for group in audit.groups],
        "folders": [_folder_object(audit, copy) for copy in audit.folders],
        "shims": [_shim_object(audit, shim) for shim in audit.shims],
        "dead": [_dead_module_object(audit, item) for item in (*audit.dead, *audit.doubtful)],
        "broken": [_broken_import_object(audit, item) for item in audit.broken],
        "spellings": [
            {
                "path": audit.model.modules[item.key].path,
                "names": [
                    {"name": name, "imports": [_place_object(*place) for place in places]}
                    for name, places in item.spellings
                ],
            }
            for item in audit.spellings
        ],
        "cycles": [
            {
                "modules": [audit.dotted(key) for key in cycle.members],
                "way": [{"module": audit.dotted(key), "line": line} for key, line in cycle.way],
            }
            for cycle in audit.cycles
        ],
    }
    if about:
        body["modules"] = [_explanation_object(audit, item) for item in about]
    return json.dumps(body, indent=2) + "\n"


def _place_object(path: str, line: int, column: int) -> dict[str, object]:
    return {"path": path, "line": line, "column": column}


def _finding_object(finding: Finding) -> dict[str, object]:
    place = _place_object(finding.path, finding.line, finding.col)
    said = {"code": finding.code, "message": finding.message}
    return {**place, **said, "module": finding.module, "name": finding.name}


def _group_object(audit: Audit, group: Group) -> dict[str, object]:
    return {
        "canonical": _standing_object(audit, group.canonical),
        "forks": [
            {
                **_standing_object(audit, fork.standing),
                "score": round(fork.alike.score, 3),
                "evidence": fork.evidence(audit.dotted),
                "undecided": fork.undecided or None,
                "names": [
                    {
                        "name": counterpart.name,
                        "line": counterpart.line,
                        "to": f"{audit.dotted(counterpart.module)}:{counterpart.target}"
                        if counterpart.module
                        else None,
                        "moves": counterpart.moves,
                        "tied": counterpart.tied or None,
                        "why": counterpart.why,
                    }
                    for counterpart in fork.names
                ],
            }
            for fork in group.forks
        ],
    }


def _folder_object(audit: Audit, copy: FolderFork) -> dict[str, object]:
    return {
        "folder": copy.name,
        "canonical": copy.canonical,
        "certain": copy.folder.is_certain,
        "why": copy.folder.why or None,
        "modules": [audit.dotted(fork.key) for fork in copy.forks],
        "differing": [
            {
                "module": audit.dotted(fork.key),
                "path": fork.standing.path,
                "canonical": audit.dotted(fork.canonical),
                "score": round(fork.alike.score, 3),
                "evidence": fork.evidence(audit.dotted),
            }
            for fork in copy.differing
        ],
        "only": [audit.dotted(key) for key in copy.folder.only],
    }


def _shim_object(audit: Audit, shim: HandShim) -> dict[str, object]:
    return {
        "module": audit.dotted(shim.key),
        "path": shim.path,
        "line": shim.line,
        "to": audit.dotted(shim.target),
        "renamed": dict(shim.renamed),
        "importers": [_importer_object(item) for item in shim.importers],
    }


def _standing_object(audit: Audit, standing: Standing) -> dict[str, object]:
    return {
        "module": audit.dotted(standing.key),
        "path": standing.path,
        "lines": standing.lines,
        "reached": standing.reached,
        "deprecated": standing.deprecated,
        "reasons": list(standing.reasons),
        "importers": [_importer_object(importer) for importer in standing.live],
        "tests": [_importer_object(importer) for importer in standing.tests],
    }


def _importer_object(importer: Importer) -> dict[str, object]:
    return {
        "path": importer.path,
        "line": importer.line,
        "spelled": importer.spelled,
        "names": list(importer.names),
        "via": importer.via or None,
    }


def _dead_module_object(audit: Audit, dead: Dead) -> dict[str, object]:
    return {
        "module": audit.dotted(dead.key),
        "path": dead.path,
        "lines": dead.lines,
        "why": dead.why,
        "users": list(dead.users),
        "doubts": list(dead.doubts),
    }


def _broken_import_object(audit: Audit, problem: Broken) -> dict[str, object]:
    return {
        **_place_object(problem.path, problem.line, problem.col),
        "code": problem.code,
        "module": problem.spelled,
        "name": problem.name or None,
        "defined_in": [audit.dotted(key) for key in problem.definers],
        "expected": problem.expected,
    }


def _explanation_object(audit: Audit, about: Explanation) -> dict[str, object]:
    return {
        "module": about.dotted,
        "path": about.facts.path,
        "importers": [_importer_object(item) for item in about.importers],
        "reached_by": [audit.dotted(key) for key in about.way],
        "canonical": audit.dotted(about.group.canonical.key) if about.group else None,
        "group": [audit.dotted(item.key) for item in about.group.members] if about.group else [],
    }
