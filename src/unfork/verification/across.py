"""What files mean to each other: what is replaced and who reads it, what went, what is still loaded, entry points."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from unfork.verification.entry_points import broken_entry_points
from unfork.verification.facts import FileReport, Violation
from unfork.verification.import_time import early_uses, failing_imports
from unfork.verification.replacements import parted
from unfork.verification.states import States


def across(
    states: States, reports: Mapping[str, FileReport], complete: Collection[str]
) -> Iterator[Violation]:
    """Yield what is wrong between files."""
    yield from parted(states, reports)
    yield from early_uses(states, reports)
    yield from failing_imports(states, reports)
    yield from broken_entry_points(states)
    covered = {path: reports[path] for path in complete if path in reports}
    yield from _still_loaded(states, covered)


def _still_loaded(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield where a redirected module is imported though nothing is said to be left; none of the rewrites is wrong."""
    legacy = {
        path for path, redirect in states.project.redirects.items() if redirect.to is not None
    }
    inside = tuple(f"{p.rpartition('/')[0]}/" for p in legacy if p.endswith("/__init__.py"))
    for report in reports.values():
        if report.path in legacy or report.path.startswith(inside):
            continue
        if _IGNORED.search(states.source_after(report.path).data):
            continue
        preferred = states.project.preferred(report.path)
        for path, line in report.reached:
            if path in preferred:
                continue
            if path in legacy:
                yield Violation(report.path, line, 1, f"it still imports {path}", ())
            elif path.startswith(inside):
                why = f"importing {path} imports the redirected package that it is in"
                yield Violation(report.path, line, 1, why, ())
        for access in report.accesses:
            path, name = access.after or ("", "")
            redirect = states.project.redirects.get(path)
            if redirect is None or path in preferred:
                continue
            if redirect.to is not None or name in redirect.names:
                yield Violation(report.path, access.line, 1, f"it still takes {name} of {path}", ())


_IGNORED = re.compile(rb"#.*(?:unfork: ?ignore|noqa: ?[^#\n]*UF)", re.IGNORECASE)
