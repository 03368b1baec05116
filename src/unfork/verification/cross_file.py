"""Checks across files: replacements and their readers, removed names, redirected modules still loaded, entry points."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager

from unfork.verification.entry_points import broken_entry_points
from unfork.verification.facts import FileReport, Violation
from unfork.verification.failing_definitions import failing_definitions
from unfork.verification.import_time import early_uses, failing_imports, names_of_early_stars
from unfork.verification.module_values import lost_by_values
from unfork.verification.replacements import unmet_replacements
from unfork.verification.states import States
from unfork.verification.unimportable import failing_targets
from unfork.verification.values import Module

Check = Callable[[], list[Violation]]
Beside = Callable[[Check], AbstractContextManager[Check]]
"""How to do one check beside others: the function that the context gives returns its result."""


def cross_file_violations(
    states: States, reports: Mapping[str, FileReport], complete: Collection[str], beside: Beside
) -> Iterator[Violation]:
    """Yield the violations between files."""
    with beside(lambda: list(_violations_of_order(states, reports))) as of_order:
        yield from failing_targets(states, reports)
        yield from failing_definitions(states, reports)
        yield from unmet_replacements(states, _in_use(states, reports))
        yield from lost_by_values(states, reports)
        yield from broken_entry_points(states)
        covered = {path: reports[path] for path in complete if path in reports}
        yield from _still_loaded(states, covered)
        yield from of_order()


def _violations_of_order(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    yield from early_uses(states, reports)
    yield from failing_imports(states, reports)
    yield from names_of_early_stars(states, reports)


def _in_use(states: States, reports: Mapping[str, FileReport]) -> Mapping[str, FileReport]:
    """Return the reports except those on legacy packages that keep to themselves: nothing else may import these."""
    redirects = states.project.redirects
    kept = {path for path, redirect in redirects.items() if redirect.keeps_inside}
    return {path: report for path, report in reports.items() if path not in kept}


def _still_loaded(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield where a redirected module is imported although the file is claimed complete; no rewrite is to blame."""
    legacy = {
        path for path, redirect in states.project.redirects.items() if redirect.to is not None
    }
    packages = [path for path in legacy if path.endswith("/__init__.py")]
    around = frozenset(path for path in packages if _leads_into_itself(states, path))
    inside = tuple(f"{p.rpartition('/')[0]}/" for p in packages if p not in around)
    for report in reports.values():
        if report.path in legacy or report.path.startswith(inside):
            continue
        if _IGNORED.search(states.text_after(report.path)):
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
        taken = ((access.after, access.line) for access in report.accesses if access.after)
        for (path, name), line in (*taken, *report.in_paths):
            redirect = states.project.redirects.get(path)
            if redirect is None or path in preferred:
                continue
            if path in around and _is_module(states, path, name):
                continue
            if redirect.to is not None or name in redirect.names:
                why = f"it still takes {name} of {path}"
                yield Violation(report.path, line, 1, why, (), taken=(path, name))


def _leads_into_itself(states: States, package: str) -> bool:
    """Return whether a package is redirected to a module inside it: importing that module imports the package."""
    finder = states.project.finder
    to = finder.absolute(states.project.redirects[package].to or "")
    folder = f"{package.rpartition('/')[0]}/"
    return isinstance(to, Module) and to.path != package and to.path.startswith(folder)


def _is_module(states: States, package: str, name: str) -> bool:
    return states.project.finder.submodule(Module(package), name) is not None


_IGNORED = re.compile(rb"#.*(?:unfork: ?ignore|noqa: ?[^#\n]*UF)", re.IGNORECASE)
