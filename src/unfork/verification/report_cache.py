"""Reports of the last plan that still hold for the next: most files do not depend on what was reverted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from unfork.verification.facts import FileReport, Rewrites
from unfork.verification.states import States


def report_of(states: States, path: str) -> FileReport:
    """Return the report on a file, read in full. What it was parsed into is dropped if there are many files."""
    from unfork.verification.files import report_on  # imported late: the quick way needs less

    try:
        return report_on(states, path)
    finally:
        if states.project.is_crowded:
            states.forget(path)


@dataclass
class Kept:
    """The reports on files under the last rewrites, each with the words of interest at that time."""

    _rewrites: Rewrites = field(default_factory=Rewrites)
    _reports: dict[str, tuple[frozenset[str], FileReport]] = field(default_factory=dict)

    def go_on(self, states: States) -> None:
        """Drop the reports that may no longer hold under the new rewrites."""
        last, now = self._rewrites, states.rewrites
        self._rewrites = now
        if last is now:
            return
        if last.removed != now.removed:
            self._reports.clear()
            return
        edits = last.edits.keys() | now.edits.keys()
        differ = {path for path in edits if last.edits.get(path) != now.edits.get(path)}
        for path, (_, report) in list(self._reports.items()):
            if any(file in differ for file in _rests_on(states, report)):
                del self._reports[path]

    def report(self, states: States, path: str) -> FileReport:
        """Return the report on a file, reading it in full unless it is known, with all words of interest in mind.

        The last round has found more of these than there are where the next begins: what was read with more tells more.
        """
        words = frozenset(states.words)
        known = self._reports.get(path)
        if known is None or not words <= known[0]:
            known = self._reports[path] = words, report_of(states, path)
        return known[1]


def _rests_on(states: States, report: FileReport) -> Iterator[str]:
    """Yield the files that a report may depend on: those that it names or blames, and everything they import."""
    for violation in report.violations:
        yield from violation.blame
    taken = [(entry.before, entry.after) for entry in report.accesses]
    taken += [(entry.before, entry.after) for entry in report.replacements]
    bindings = (binding for pair in taken for binding in pair if binding is not None)
    in_paths = (binding for binding, _ in report.in_paths)
    named = {report.path, *(path for path, _ in chain(bindings, in_paths, report.reached))}
    for path in named & states.project.paths:
        for after in (False, True):
            yield from states.closure(path, after, late=True)
