"""Which of several similar modules is canonical: points for what speaks for each, with the reasons in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unfork.audit.duplicates.counterparts import Counterpart, coverage, find_counterparts
from unfork.audit.duplicates.equivalence import Sameness
from unfork.audit.duplicates.forks import Standing
from unfork.audit.duplicates.history import Past
from unfork.audit.duplicates.name_versions import version_of_module
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.file_roles import is_marked, is_prose, is_unusable
from unfork.audit.project_model import Importer, ProjectModel
from unfork.reading.layout import parent_folder
from unfork.reading.path_rules import is_archived, is_live, is_test, is_vendored
from unfork_codemods.project import Key

_TIE = 0.25
"""If the points of two modules differ by less than this, neither is the better one."""
_NEWEST = 0.2
"""The points for a name that marks the newer version: less than a tie, as a name alone decides nothing."""
_RUN = 2.0
"""The points for a module that scripts run, or that a program imports which they run; half of it for documents."""
_OFFERED = 4.0
"""The points for a module that offers all of what the others do."""
_NEARLY_ALL = 0.9
"""A module that offers less of what another does cannot replace it: that it offers more than the other way round may
only be due to its size."""
_UNUSABLE = "its name says that it is broken, or only for debugging"
_MARKED = "its name says that it is not the one to use"
_NEWER = "its name says that it is the newer version"


@dataclass(frozen=True)
class Standings:
    """Tells where a module stands among those that it is similar to.

    ``alive`` are the modules that a program reaches, ``runners`` the files with a command that runs a module,
    ``deployed`` what the programs reach that scripts run.
    """

    model: ProjectModel
    pairs: Mapping[tuple[Key, Key], Alike]
    alive: frozenset[Key]
    past: Mapping[str, Past]
    sameness: Sameness
    runners: Mapping[Key, Sequence[str]]
    deployed: frozenset[Key]
    _known: dict[tuple[Key, Key], tuple[Counterpart, ...]] = field(default_factory=dict)

    def of(self, key: Key, keys: Sequence[Key]) -> Standing:
        """Return the standing of a module among those that it is similar to."""
        facts = self.model.modules[key]
        importers = [
            importer
            for importer in self.model.importers.get(key, ())
            if importer.path.rpartition(".")[0] not in keys
        ]
        live = tuple(importer for importer in importers if is_live(importer.path))
        tests = tuple(importer for importer in importers if is_test(importer.path))
        covers = self._mean_coverage(key, keys)
        past = self.past.get(facts.path)
        reached = key in self.alive
        points, reasons = self._points_with_reasons(key, keys, live, tests, covers)
        return Standing(
            key=key,
            path=facts.path,
            lines=facts.lines,
            live=live,
            tests=tests,
            reached=reached,
            deprecated=facts.deprecated,
            covers=covers,
            past=past,
            points=points,
            reasons=reasons,
        )

    def _mean_coverage(self, key: Key, keys: Sequence[Key]) -> float:
        """Return how much of the other modules this one covers on average, from 0 to 1."""
        shares = [
            coverage(self.model, self._names(other, key, keys), other, key)
            for other in keys
            if (key, other) in self.pairs
        ]
        return sum(shares) / len(shares) if shares else 0.0

    def _names(self, fork: Key, canonical: Key, keys: Sequence[Key]) -> tuple[Counterpart, ...]:
        """Return what the names of a fork would become if ``canonical`` were the canonical module."""
        known = self._known.get((fork, canonical))
        if known is None:
            copies = [key for key in keys if (canonical, key) in self.pairs]
            known = find_counterparts(self.sameness, fork, canonical, copies)
            self._known[fork, canonical] = known
        return known

    def _points_with_reasons(
        self,
        key: Key,
        keys: Sequence[Key],
        live: Sequence[Importer],
        tests: Sequence[Importer],
        covers: float,
    ) -> tuple[float, tuple[str, ...]]:
        every = {item: self._live_importing_files(item) for item in keys}
        most = sum(len(files) for files in every.values())
        mine, tested = {item.path for item in live}, {item.path for item in tests}
        path = self.model.modules[key].path
        told: list[tuple[float, str]] = [
            (
                6 * len(mine) / most if most else 0,
                f"it is imported by {_file_count(mine)} of live code",
            ),
            (_OFFERED * covers, f"it offers {covers:.0%} of what the others do"),
            (1.5 if key in self.alive else 0, "it is reached from where the program starts"),
            *self._by_commands(key, keys),
            (0.5 if tested else 0, f"it is imported by {_file_count(tested)} of tests"),
            (-12.0 if self.model.modules[key].deprecated else 0, "it is deprecated"),
            (-20.0 if is_unusable(key.rpartition("/")[2]) else 0, _UNUSABLE),
            (-3.0 if self._is_marked(key, keys) else 0, _MARKED),
            (-4.0 if is_archived(path) else 0, "it lies in an archive"),
            (-2.0 if is_vendored(path) else 0, "it is a vendored copy"),
            (
                _NEWEST if self._is_newest(key, keys) else 0,
                _NEWER,
            ),
            *self._by_past(path, keys),
        ]
        return sum(points for points, _ in told), tuple(why for points, why in told if points)

    def _is_marked(self, key: Key, keys: Sequence[Key]) -> bool:
        """Return whether the parts of a name that the others do not share mark a module as not the one to use."""
        *folders, name = key.split("/")
        if is_archived(f"{key}/"):
            folders = []
        shared = set.intersection(*(set(parent_folder(part).split("/")) for part in keys))
        return is_marked(name) or any(is_marked(part) for part in folders if part not in shared)

    def _is_newest(self, key: Key, keys: Sequence[Key]) -> bool:
        """Return whether, by their names, others are older versions of a module and none is newer."""
        name, mine = version_of_module(key)
        versions = [number for other, number in map(version_of_module, keys) if other == name]
        return mine == max(versions) and mine > min(versions)

    def _live_importing_files(self, key: Key) -> set[str]:
        return {
            importer.path
            for importer in self.model.importers.get(key, ())
            if is_live(importer.path)
        }

    def _by_commands(self, key: Key, keys: Iterable[Key]) -> Iterator[tuple[float, str]]:
        """Yield points for the scripts that run a module, and fewer for the documents that say to, by their share."""
        for points, of_documents in ((_RUN, False), (_RUN / 2, True)):
            mine, every = (self._running_files(item, of_documents) for item in ([key], keys))
            if mine:
                yield points * len(mine) / len(every), _who_runs(mine)
        tells = not self.deployed.issuperset(keys)
        if tells and key in self.deployed and not self._running_files([key], of_documents=False):
            yield _RUN, "a program imports it that a script runs"

    def _running_files(self, keys: Iterable[Key], of_documents: bool) -> list[str]:
        return [
            path
            for key in keys
            for path in self.runners.get(key, ())
            if is_prose(path) == of_documents and not is_archived(path)
        ]

    def _by_past(self, path: str, keys: Iterable[Key]) -> list[tuple[float, str]]:
        """Return points with the git history as the reason: 1 if the others last changed over 90 days earlier."""
        mine = self.past.get(path)
        others = [self.past.get(self.model.modules[key].path) for key in keys]
        last = sorted((past.last for past in others if past is not None), reverse=True)
        if mine is None or len(last) < 2:
            return []
        day = datetime.fromtimestamp(mine.last, UTC).date()
        who = len(mine.authors)
        told = f"{mine.changes} change{'s' * (mine.changes != 1)} by {who} author{'s' * (who != 1)}, last on {day}"
        newest = mine.last == last[0] and last[0] - last[1] > 90 * 86400
        return [(1.0 if newest else 0.01, told)]


def undecided_reason(fork: Standing, canonical: Standing) -> str:
    """Return why the evidence does not tell which of two modules to keep; empty if it does."""
    if is_unusable(fork.key.rpartition("/")[2]) and len(fork.live) > len(canonical.live):
        return "by its name it is the one to go, but more live code imports it"
    ahead = canonical.points - fork.points
    names = ""
    if ahead > 0 and fork.covers < canonical.covers < _NEARLY_ALL:
        names = "each has names that the other lacks; "
        ahead -= _OFFERED * (canonical.covers - fork.covers)
        if ahead <= -_TIE:
            return f"{names}the other one has more of them, but the rest speaks for this one"
    if abs(ahead) >= _TIE:
        return ""
    what = "only its name tells" if _NEWER in canonical.reasons + fork.reasons else "nothing tells"
    return f"{names}{what} which of the two is the one to keep"


def _who_runs(files: Sequence[str]) -> str:
    if len(files) == 1:
        return f"{files[0]} runs it"
    return f"{files[0]} and {len(files) - 1} more file{'s' * (len(files) > 2)} run it"


def _file_count(paths: Collection[str]) -> str:
    return f"{len(paths)} file{'s' * (len(paths) != 1)}"
