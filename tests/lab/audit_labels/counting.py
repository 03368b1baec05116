"""Count what the audit reports of one project against its labels. README.md has the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from labels import Folders, Group, Labels

Groups = Sequence[Sequence[str]]
Pairs = Collection[tuple[str, str]]


@dataclass
class Score:
    """Counts of one project, the disagreements in words, and the findings that no label knows."""

    counts: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)

    def add(self, key: str, number: float = 1) -> None:
        """Count something."""
        self.counts[key] = self.counts.get(key, 0) + number


def components(members: Iterable[str], joined: Iterable[tuple[str, str]]) -> list[Group]:
    """Split the members into the sets that the joined pairs connect."""
    sets = {member: frozenset({member}) for member in members}
    for one, other in joined:
        if one in sets and other in sets:
            union = sets[one] | sets[other]
            sets.update(dict.fromkeys(union, union))
    return sorted(set(sets.values()), key=sorted)


def judge_group(labels: Labels, members: Sequence[str]) -> tuple[int, int, int]:
    """Count the links of a reported group: right, debatable, wrong."""
    pairs = [(pair, labels.relation(*pair)) for pair in combinations(members, 2)]
    strict = len(components(members, [pair for pair, answer in pairs if answer]))
    lenient = len(components(members, [pair for pair, answer in pairs if answer is not False]))
    return len(members) - strict, strict - lenient, lenient - 1


def score_groups(labels: Labels, groups: Groups, kind: str, score: Score) -> None:
    """How many of the reported groups, and of their links, are right."""
    for members in _once_a_folder(labels, groups):
        right, debatable, wrong = judge_group(labels, members)
        verdict = "wrong" if wrong else "right" if right else "debatable"
        score.add(f"{kind} groups {verdict}")
        score.add(f"{kind} links right", right)
        score.add(f"{kind} links debatable", debatable)
        score.add(f"{kind} links wrong", wrong)
        if wrong:
            score.notes.append(f"{kind} wrong: {' | '.join(members)}")
        if wrong and not labels.is_judged(list(members)):
            score.unlabelled.append(f"{kind} {' | '.join(members)}")


def _once_a_folder(labels: Labels, groups: Groups) -> Iterator[Sequence[str]]:
    """The groups, where the one-to-one copies of a folder are one group of two."""
    seen: set[Folders] = set()
    for members in groups:
        pairs = {
            pair
            for pair in labels.folders
            if len(members) == 2 and pair.are_twins(*sorted(members))
        }
        if not pairs or not seen.issuperset(pairs):
            yield members
        seen |= pairs


def score_found(labels: Labels, groups: Groups, kind: str, score: Score) -> None:
    """How many of the labelled forks, and of their links, the reported groups connect."""
    originals = [[labels.original(member) for member in members] for members in groups]
    joined = [pair for members in originals for pair in combinations(members, 2)]
    for fork in labels.forks:
        if fork.debatable:
            continue
        parts = components(fork.modules, joined)
        _add_found(kind, len(fork.modules) - len(parts), len(fork.modules) - 1, score)
        if len(parts) > 1:
            extent = " in part" if len(parts) < len(fork.modules) else ""
            texts = "  //  ".join(" | ".join(sorted(part)) for part in parts)
            score.notes.append(f"{kind} missed{extent}: {texts}")
    _score_folders(labels, groups, kind, score)


def _score_folders(labels: Labels, groups: Groups, kind: str, score: Score) -> None:
    pairs = [pair for members in groups for pair in combinations(members, 2)]
    for folders in labels.folders:
        if folders.debatable:
            continue
        twins = {min(pair, key=len) for pair in pairs if folders.are_twins(*pair)}
        wanted = sum(1 for _ in labels.twins(folders))
        is_found = len(twins) * 2 >= wanted
        _add_found(kind, int(is_found), 1, score)
        if not is_found:
            names = f"{folders.original or '.'} and {folders.copy}"
            score.notes.append(f"{kind} missed: folders {names} ({len(twins)} of {wanted})")


def _add_found(kind: str, hits: int, links: int, score: Score) -> None:
    score.add(f"{kind} forks")
    score.add(f"{kind} forks found", bool(hits))
    score.add(f"{kind} fork links", links)
    score.add(f"{kind} fork links found", hits)


def score_canonical(labels: Labels, groups: Groups, asked: Pairs, score: Score) -> None:
    """Where a label says which module to keep: whether the audit keeps it. It is the first of its group.

    ``asked`` are the pairs of canonical module and fork where the audit leaves the choice to a person: if it asks
    about the right module, or about all others, that is no answer, neither right nor wrong.
    """
    for members in groups:
        for fork in labels.forks:
            inside = [path for path in members if path in fork.modules]
            if fork.debatable or len(inside) < 2:
                continue
            first, others = members[0], [path for path in inside if path != members[0]]
            is_asked = (first, fork.canonical) in asked or all((first, o) in asked for o in others)
            if fork.canonical == "unclear":
                score.add("unclear")
                score.add("unclear asked", is_asked)
                continue
            is_right = first == fork.canonical
            verdict = "asked" if is_asked else "right" if is_right else "wrong"
            score.add(f"canonical {verdict}")
            if verdict != "right":
                what = "which of the two" if is_asked else "instead of"
                score.notes.append(f"canonical: {first} {what} {fork.canonical}")


def score_dead(labels: Labels, report: dict[str, Any], score: Score) -> None:
    """UF102 against the sample of modules that nothing imports."""
    reported = {finding["path"] for finding in report["findings"] if finding["code"] == "UF102"}
    for path in sorted(reported):
        if path in labels.dead:
            _add_verdict("UF102", labels.dead[path], path, score)
        else:
            score.unlabelled.append(f"UF102 {path}")
    for path, answer in labels.dead.items():
        if answer:
            _add_wanted("dead", path in reported, path, score)


def score_broken(labels: Labels, report: dict[str, Any], score: Score) -> None:
    """UF002 and UF003 against the labels, if there are any."""
    if labels.broken is None:
        return
    reported = {
        (entry["path"], entry["name"] or entry["module"])
        for entry in report["broken"]
        if not entry["expected"]
    }
    for path, name in sorted(reported):
        label = (path, name) if (path, name) in labels.broken else (path, "*")
        if label in labels.broken:
            _add_verdict("broken", labels.broken[label], f"{path} {name}", score)
        else:
            score.unlabelled.append(f"UF002/3 {path} {name}")
    for (path, name), answer in labels.broken.items():
        if answer and (path, name) not in labels.guarded:
            is_found = any(p == path and name in (n, "*") for p, n in reported)
            _add_wanted("broken imports", is_found, f"{path} {name}", score)


def _add_verdict(kind: str, answer: bool | None, text: str, score: Score) -> None:
    verdict = "debatable" if answer is None else "right" if answer else "wrong"
    score.add(f"{kind} {verdict}")
    if verdict == "wrong":
        score.notes.append(f"{kind} wrong: {text}")


def _add_wanted(kind: str, is_found: bool, text: str, score: Score) -> None:
    score.add(kind)
    score.add(f"{kind} found", is_found)
    if not is_found:
        score.notes.append(f"{kind} missed: {text}")
