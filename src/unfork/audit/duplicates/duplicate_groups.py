"""Groups of modules that duplicate each other, each with its canonical module and the reasons for that choice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from unfork.audit.duplicates.counterparts import Counterpart, coverage, find_counterparts
from unfork.audit.duplicates.equivalence import Sameness
from unfork.audit.duplicates.history import Past
from unfork.audit.duplicates.name_versions import are_parallel, version_of_module
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.file_roles import is_marked, is_prose, is_unusable
from unfork.audit.project_model import Importer, ProjectModel
from unfork.reading.layout import parent_folder
from unfork.reading.path_rules import is_archived, is_live, is_test, is_vendored
from unfork.values import Finding
from unfork_codemods.project import Key, Kind

_RIVAL = 0.12
"""A pair is dropped if both modules match others better, by more than this."""
_GOOD = 0.65
"""From this score on, a module that no group has is one with its best match, whatever the two are called."""
_GOOD_BY_NAME = 0.55
"""The same for two modules that are also one by their names."""
_SURE = 0.75
"""From this score on, a module is in the group if it is similar to a copy of the canonical module only."""
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


@dataclass(frozen=True, slots=True)
class Standing:
    """A module's position in its group: its importers, how much it covers of the others, and its git history.

    The module with the most ``points`` is canonical; ``reasons`` explain the points in words.
    """

    key: Key
    path: str
    lines: int
    live: tuple[Importer, ...]
    tests: tuple[Importer, ...]
    reached: bool
    deprecated: bool
    covers: float
    past: Past | None
    points: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """A module that duplicates the ``canonical`` one, and what each of its public names would become.

    ``alike`` is what it shares with the canonical module, or with another copy of that. ``differing`` are its other
    names that may be in use and that differ in the canonical module. ``parallel``: both are in use, in packages that
    are versions of one another. ``undecided`` says why a person has to tell which one to keep.
    """

    standing: Standing
    canonical: Key
    alike: Alike
    names: tuple[Counterpart, ...]
    differing: tuple[str, ...] = ()
    parallel: bool = False
    undecided: str = ""

    @property
    def key(self) -> Key:
        """The key of the fork."""
        return self.standing.key

    @property
    def moves(self) -> bool:
        """Whether a draft redirects the whole module."""
        return not (self.differing or self.parallel or self.undecided) and all(
            counterpart.moves for counterpart in self.names
        )

    def evidence(self, dotted: Callable[[Key], str]) -> str:
        """Return the evidence in words, with the copy it was compared with, if that is not the canonical module."""
        pair = (self.alike.left, self.alike.right)
        words = self.alike.words()
        if self.canonical in pair:
            return words
        other = next(key for key in pair if key != self.key)
        return f"compared with {dotted(other)}: {words}"

    def finding(self, dotted: Callable[[Key], str]) -> Finding:
        """Return the finding; ``dotted`` returns the name of a module for messages."""
        score, evidence = self.alike.score, self.evidence(dotted)
        why = f"{dotted(self.key)} duplicates {dotted(self.canonical)} (score {score:.2f}): {evidence}"
        return Finding(self.standing.path, 1, 1, "UF101", why)


@dataclass(frozen=True, slots=True)
class Group:
    """The canonical module and its forks."""

    canonical: Standing
    forks: tuple[Fork, ...]

    @property
    def members(self) -> tuple[Standing, ...]:
        """All modules of the group, canonical module first."""
        return (self.canonical, *(fork.standing for fork in self.forks))

    @property
    def is_undecided(self) -> bool:
        """Whether a person has to tell which module to keep."""
        return all(fork.undecided for fork in self.forks)

    @property
    def open(self) -> tuple[Fork, ...]:
        """The forks that are not deprecated yet."""
        return tuple(fork for fork in self.forks if not fork.standing.deprecated)


def connected_components(pairs: Iterable[Alike]) -> list[list[Key]]:
    """Return the sets of modules that pairs connect, largest first."""
    top: dict[Key, Key] = {}

    def find(key: Key) -> Key:
        while top.setdefault(key, key) != key:
            top[key] = top[top[key]]
            key = top[key]
        return key

    for pair in pairs:
        top[find(pair.left)] = find(pair.right)
    sets: dict[Key, list[Key]] = {}
    for key in sorted(top):
        sets.setdefault(find(key), []).append(key)
    return sorted(sets.values(), key=lambda keys: (-len(keys), keys))


def groups_of(
    model: ProjectModel,
    pairs: Sequence[Alike],
    alive: frozenset[Key],
    past: Mapping[str, Past],
    counterparts: Mapping[Key, Key] = MappingProxyType({}),
    runners: Mapping[Key, Sequence[str]] = MappingProxyType({}),
    deployed: frozenset[Key] = frozenset(),
) -> list[Group]:
    """Return the groups of modules that duplicate each other, by descending score.

    ``counterparts`` are what the modules of copied folders correspond to: a module gives way to its counterpart.
    ``runners`` are the files with a command that runs a module, ``deployed`` what the programs reach that scripts run.
    """
    pairs = _without_rivals(pairs)
    by_pair = {(pair.left, pair.right): pair for pair in pairs}
    by_pair |= {(pair.right, pair.left): pair for pair in pairs}
    judge = _Judge(model, by_pair, alive, past, Sameness(model), counterparts, runners, deployed)
    groups: list[Group] = []
    for keys in connected_components(pairs):
        groups += judge.split(keys)
    legacy = frozenset(fork.key for group in groups for fork in group.forks)
    groups = [
        replace(group, forks=tuple(judge.named(fork, legacy) for fork in group.forks))
        for group in groups
    ]
    return sorted(groups, key=lambda group: (-group.forks[0].alike.score, group.canonical.key))


def _without_rivals(pairs: Sequence[Alike]) -> list[Alike]:
    """Drop pairs where both modules have a much better match, such as `a` and `b` next to `a_v2` and `b_v2`.

    Names tell which belong together. The same file in another folder is no rival: where a whole folder is a copy,
    each module has one.
    """
    best: dict[Key, float] = {}
    for pair in pairs:
        if pair.same_name and _last_part(pair.left) != _last_part(pair.right):
            for key in (pair.left, pair.right):
                best[key] = max(best.get(key, 0.0), pair.score)
    return [
        pair
        for pair in pairs
        if pair.score >= min(best.get(pair.left, 0.0), best.get(pair.right, 0.0)) - _RIVAL
    ]


@dataclass(frozen=True)
class _Judge:
    model: ProjectModel
    pairs: Mapping[tuple[Key, Key], Alike]
    alive: frozenset[Key]
    past: Mapping[str, Past]
    sameness: Sameness
    counterparts: Mapping[Key, Key]
    runners: Mapping[Key, Sequence[str]]
    deployed: frozenset[Key]
    known: dict[tuple[Key, Key], tuple[Counterpart, ...]] = field(default_factory=dict)

    def split(self, keys: list[Key]) -> Iterator[Group]:
        """Yield the groups among connected modules.

        A module left alone forms a group with its best match if the score is high enough, even if that match is in a
        group already. But no module is a fork in two groups: it can be redirected to only one module.
        """
        rest, alone = keys, []
        grouped: set[Key] = set()
        taken: set[Key] = set()
        while rest:
            group, after = self.group(rest)
            if group is None:
                alone.append(next(key for key in rest if key not in after))
            else:
                grouped.update(standing.key for standing in group.members)
                taken.update(fork.key for fork in group.forks)
                yield group
            rest = after
        for key in alone:
            partners = [other for other in keys if (key, other) in self.pairs]
            best = max(partners, key=lambda other: self.pairs[key, other].score)
            match = self.pairs[key, best]
            if key in grouped or match.score < (_GOOD_BY_NAME if match.kinship else _GOOD):
                continue
            group, _ = self.group([key, best], canonical=best if best in taken else None)
            if group is not None:
                grouped.update((key, best))
                taken.update(fork.key for fork in group.forks)
                yield group

    def group(
        self, keys: list[Key], canonical: Key | None = None
    ) -> tuple[Group | None, list[Key]]:
        """Return the group around a given canonical module, or the one with the most points, and the modules left."""
        standings = {key: self._module_standing(key, keys) for key in keys}
        copied = {key for key in keys if self.counterparts.get(key) in standings}
        order = sorted(
            standings.values(),
            key=lambda each: (each.key != canonical, each.key in copied, -each.points, each.key),
        )
        first = order[0]
        inside = self._modules_around(first.key, keys)
        forks = [
            self._build_fork(standing, first, alike)
            for standing in order[1:]
            if (alike := inside.get(standing.key)) is not None
        ]
        rest = [key for key in keys if key not in inside and key != first.key]
        if not forks:
            return None, rest
        forks.sort(key=lambda fork: (-fork.alike.score, fork.key))
        return Group(first, tuple(forks)), rest

    def _build_fork(self, standing: Standing, canonical: Standing, alike: Alike) -> Fork:
        key = standing.key
        folders = key.count("/") + self.model.layout.is_package(key)
        in_use = all(member.live or member.reached for member in (standing, canonical))
        parallel = in_use and are_parallel(key, canonical.key, folders)
        differing = tuple(self._differing_names(standing, canonical.key))
        is_values = in_use and not self.model.modules[key].defs
        undecided = _VALUES if is_values else _undecided_reason(standing, canonical)
        return Fork(standing, canonical.key, alike, (), differing, parallel, undecided)

    def named(self, fork: Fork, legacy: frozenset[Key]) -> Fork:
        """Return a fork with what its names would become, never a name in a ``legacy`` module, as those go too."""
        names = find_counterparts(
            self.sameness, fork.key, fork.canonical, legacy | {fork.canonical}
        )
        if fork.parallel or fork.undecided:
            names = tuple(replace(counterpart, same=False, tied="") for counterpart in names)
        return replace(fork, names=names)

    def _modules_around(self, canonical: Key, keys: Iterable[Key]) -> dict[Key, Alike]:
        """Return the modules similar to the canonical one, or very similar to one that is certainly a copy of it."""
        inside = {key: self.pairs[canonical, key] for key in keys if (canonical, key) in self.pairs}
        for key in keys:
            if key in inside or key == canonical:
                continue
            near = [
                self.pairs[key, other]
                for other, link in list(inside.items())
                if (key, other) in self.pairs and (link.score >= _SURE or link.same_name)
            ]
            best = max(near, key=lambda pair: pair.score, default=None)
            if best is not None and best.score >= _SURE:
                inside[key] = best
        return inside

    def _module_standing(self, key: Key, keys: Sequence[Key]) -> Standing:
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
            key,
            facts.path,
            facts.lines,
            live,
            tests,
            reached,
            facts.deprecated,
            covers,
            past,
            points,
            reasons,
        )

    def _mean_coverage(self, key: Key, keys: Sequence[Key]) -> float:
        """Return how much of the other modules this one covers on average, from 0 to 1."""
        shares = [
            coverage(self.model, self.names(other, key, keys), other, key)
            for other in keys
            if (key, other) in self.pairs
        ]
        return sum(shares) / len(shares) if shares else 0.0

    def names(self, fork: Key, canonical: Key, keys: Sequence[Key]) -> tuple[Counterpart, ...]:
        """Return what the names of a fork would become if ``canonical`` were the canonical module."""
        known = self.known.get((fork, canonical))
        if known is None:
            copies = [key for key in keys if (canonical, key) in self.pairs]
            known = find_counterparts(self.sameness, fork, canonical, copies)
            self.known[fork, canonical] = known
        return known

    def _differing_names(self, fork: Standing, canonical: Key) -> Iterator[str]:
        """Yield the private names of a fork that may be in use and that differ in the canonical module."""
        users = (*fork.live, *fork.tests)
        used = {name for importer in users for name in importer.names}
        for name in self.sameness.private_names(fork.key):
            if name == "__all__" or not (
                name in used or any(not importer.names for importer in users)
            ):
                continue
            origin = self.model.index.origin(canonical, name)
            if origin.kind is Kind.MISSING:
                continue
            target = origin.key, origin.name or ""
            if not (
                origin.kind is Kind.OWN and self.sameness.verdict((fork.key, name), target).same
            ):
                yield name

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


_VALUES = "both are in use and hold only values, which may be equal by chance"
_UNUSABLE = "its name says that it is broken, or only for debugging"
_MARKED = "its name says that it is not the one to use"
_NEWER = "its name says that it is the newer version"


def _undecided_reason(fork: Standing, canonical: Standing) -> str:
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


def _last_part(key: Key) -> str:
    return key.rpartition("/")[2]


def _who_runs(files: Sequence[str]) -> str:
    if len(files) == 1:
        return f"{files[0]} runs it"
    return f"{files[0]} and {len(files) - 1} more file{'s' * (len(files) > 2)} run it"


def _file_count(paths: Collection[str]) -> str:
    return f"{len(paths)} file{'s' * (len(paths) != 1)}"
