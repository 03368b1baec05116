"""Groups of modules that duplicate each other: which belong together, and which of them is canonical."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from unfork.audit.duplicates.counterparts import find_counterparts
from unfork.audit.duplicates.equivalence import Sameness
from unfork.audit.duplicates.forks import Fork, Group, Standing
from unfork.audit.duplicates.history import Past
from unfork.audit.duplicates.name_versions import are_parallel
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.duplicates.standings import Standings, undecided_reason
from unfork.audit.project_model import ProjectModel
from unfork_codemods.project import Key, Kind

_RIVAL = 0.12
"""A pair is dropped if both modules match others better, by more than this."""
_GOOD = 0.65
"""From this score on, a module that no group has is one with its best match, whatever the two are called."""
_GOOD_BY_NAME = 0.55
"""The same for two modules that are also one by their names."""
_SURE = 0.75
"""From this score on, a module is in the group if it is similar to a copy of the canonical module only."""
_VALUES = "both are in use and hold only values, which may be equal by chance"


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
    sameness = Sameness(model)
    standings = Standings(model, by_pair, alive, past, sameness, runners, deployed)
    judge = _Judge(model, by_pair, sameness, counterparts, standings)
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
    """Splits similar modules into groups."""

    model: ProjectModel
    pairs: Mapping[tuple[Key, Key], Alike]
    sameness: Sameness
    counterparts: Mapping[Key, Key]
    standings: Standings

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
        standings = {key: self.standings.of(key, keys) for key in keys}
        copied = {key for key in keys if self.counterparts.get(key) in standings}
        order = sorted(
            standings.values(),
            key=lambda member: (
                member.key != canonical,
                member.key in copied,
                -member.points,
                member.key,
            ),
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
        undecided = _VALUES if is_values else undecided_reason(standing, canonical)
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


def _last_part(key: Key) -> str:
    return key.rpartition("/")[2]
