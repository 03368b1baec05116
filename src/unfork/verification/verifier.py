"""All of a tree: which files matter, what is wrong with them, and whose rewrite is to blame."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

from unfork.reading.source import Source
from unfork.verification.across import across
from unfork.verification.facts import FileReport, Moves, Rewrites, Violation
from unfork.verification.files import report_on
from unfork.verification.project import Project, Read
from unfork.verification.quick import Quick
from unfork.verification.states import States
from unfork_codemods.plan import Migration

_PYTHON = (".py", ".pyi")


class Verifier:
    """The project before a run, ready to judge what the run would do. It can be sent to other processes."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Read,
        roots: tuple[str, ...],
        migration: Migration,
        external: Container[str] | None = None,
    ) -> None:
        python = frozenset(path for path in paths if path.endswith(_PYTHON))
        self.project = Project(python, read, roots, migration, external)
        self._states: States | None = None
        self._quick: Quick | None = None

    def __getstate__(self) -> Project:
        return self.project

    def __setstate__(self, project: Project) -> None:
        self.project, self._states, self._quick = project, None, None

    def states(self, rewrites: Rewrites) -> States:
        """Return both states of the tree; those of the last rewrites are kept."""
        if self._states is None or self._states.rewrites is not rewrites:
            self._states = States(self.project, rewrites)
        return self._states

    def quick(self, before: Source, after: Source) -> Moves | None:
        """Return what a file takes from elsewhere now, if its imports alone tell that it is right; else None."""
        if self._quick is None:
            self._quick = Quick(self.project)
        return self._quick.moves(before, after)

    def file(self, path: str, rewrites: Rewrites) -> FileReport:
        """Return what one file comes to in the tree as it will be, read in full."""
        return report_on(self.states(rewrites), path)

    def verify(
        self,
        rewrites: Rewrites,
        quick: Mapping[str, Moves] | None = None,
        reports: Mapping[str, FileReport] | None = None,
        complete: Collection[str] = (),
        candidates: Collection[str] | None = None,
    ) -> list[Violation]:
        """Return what the run would break, sorted."""
        states = self.states(rewrites)
        known = dict(reports or {})
        for path in sorted(rewrites.edits.keys() - rewrites.removed):
            if quick is not None and path in quick:
                known[path] = FileReport(path, accesses=quick[path])
            elif path.endswith(_PYTHON) and path not in known:
                known[path] = report_on(states, path)
        self._read_others(states, known, candidates)
        found = [v for report in known.values() for v in report.violations]
        found += across(states, known, complete)
        return sorted(dict.fromkeys(found))

    # -- files that do not change

    def _read_others(
        self, states: States, reports: dict[str, FileReport], candidates: Collection[str] | None
    ) -> None:
        """Read the files that may take what is not there any more, or name what moved."""
        places = self.project.paths if candidates is None else frozenset(candidates)
        fresh = list(self._having(places - reports.keys(), self.project.may_name_legacy))
        asked: set[str] = set()
        while True:
            for path in fresh:
                if path not in states.rewrites.removed and path in self.project.paths:
                    reports[path] = report_on(states, path)
            words = {word for report in reports.values() for word in _interesting(report)} - asked
            if not words:
                break
            asked |= words
            pattern = _naming(words)
            others = self.project.paths - reports.keys()
            fresh = list(self._having(others, lambda _, data: pattern.search(data) is not None))  # noqa: B023

    def _having(self, paths: Iterable[str], test: Callable[[str, bytes], bool]) -> Iterator[str]:
        for path in sorted(paths):
            try:
                data = self.project.read(path)
            except OSError:
                continue
            if test(path, data):
                yield path


def _interesting(report: FileReport) -> set[str]:
    """Return the words by which files are found that what a file offers concerns."""
    if not any(report.exports):
        return set()
    exports = report.exports
    words = {*exports.gone, *exports.moved}
    if exports.new or exports.gone:
        stem = report.path.rpartition(".")[0].removesuffix("/__init__")
        words.add(f"*{stem.rpartition('/')[2]}")
    return words


def _naming(words: Iterable[str]) -> re.Pattern[bytes]:
    r"""Return the pattern of words where they may be taken; ``*name`` is a module's of which all is taken."""
    plain = [re.escape(word.encode()) for word in words if not word.startswith("*")]
    starred = [re.escape(word[1:].encode()) for word in words if word.startswith("*")]
    ways = []
    if plain:
        ways.append(rb"\b(?:" + b"|".join(plain) + rb")\b")
    if starred:
        ways.append(rb"(?:" + b"|".join(starred) + rb"|\.)\s+import\s+\*")
    return re.compile(b"|".join(ways))
