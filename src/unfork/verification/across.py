"""What files mean to each other: what is replaced and who reads it, what went, what is still loaded, entry points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.verification.entry_points import broken_entry_points
from unfork.verification.facts import FileReport, Violation
from unfork.verification.import_time import early_uses
from unfork.verification.replacements import parted
from unfork.verification.states import States
from unfork.verification.values import Module, plain


def across(
    states: States, reports: Mapping[str, FileReport], complete: bool
) -> Iterator[Violation]:
    """Yield what is wrong between files."""
    yield from parted(states, reports)
    yield from early_uses(states, reports)
    yield from broken_entry_points(states)
    if complete:
        yield from _still_loaded(states, reports)


def _still_loaded(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield where a redirected module is imported though nothing is said to be left; none of the rewrites is wrong."""
    legacy = {path for path, redirect in states.project.redirects.items() if redirect.to is not None}
    gone = {path for path in states.rewrites.removed}
    for report in reports.values():
        if report.path in legacy | gone or _is_inside(report.path, legacy):
            continue
        for path, line in _loaded(states, report):
            if path in legacy:
                yield Violation(report.path, line, 1, f"it still imports {path}", ())


def _is_inside(path: str, legacy: set[str]) -> bool:
    """Return whether a file is in a redirected package: what is in it may import it."""
    folders = (p.rpartition("/")[0] for p in legacy if p.endswith("/__init__.py"))
    return any(path.startswith(f"{folder}/") for folder in folders)


def _loaded(states: States, report: FileReport) -> Iterator[tuple[str, int]]:
    """Yield the modules that a file loads, with the line: packages on the way included where they are what is meant."""
    for path, _, line in report.imports:
        if plain(Module(path)) == Module(path):
            yield path, line
