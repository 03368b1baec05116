"""What hurts most: which copies are alive in one process, which broken imports are in live code, and the top ten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from unfork.audit.blocks import as_code, comma_list
from unfork.audit.duplicates.folder_forks import FolderFork
from unfork.audit.duplicates.forks import Fork, Group, Standing
from unfork.audit.imports.broken_imports import Broken
from unfork.audit.liveness.entry_points import Entry
from unfork.audit.project_model import ProjectModel
from unfork.audit.report.tables import importer_count
from unfork.audit.result import Audit
from unfork.reading.path_rules import is_live
from unfork.reports.sums import count_text
from unfork.values import Finding
from unfork_codemods.project import Key

TOP = 10
"""The number of items at the head of a report."""


@dataclass(frozen=True, slots=True)
class Pain:
    """A line of the top ten; of one rank, those with more ``weight`` come first."""

    text: str
    weight: int = 0


@dataclass(frozen=True)
class Ranking:
    """The findings of an audit by how much they hurt, each finding in one list.

    ``rival_groups`` have a fork that one process loads beside the canonical module, ``live_groups`` are the others
    with a member in live code, and ``aside_groups`` are all in tests and archives; modules of copied folders are in
    none of them. ``rivals`` are all such forks, each with the program's start.
    """

    audit: Audit
    rival_groups: tuple[Group, ...]
    live_groups: tuple[Group, ...]
    aside_groups: tuple[Group, ...]
    rivals: dict[Key, str]

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups, those that hurt most first."""
        return (*self.rival_groups, *self.live_groups, *self.aside_groups)

    def top(self) -> list[str]:
        """Return the lines of the top ten: what hurts more first, but no kind of finding hides the others."""
        kinds = [sorted(pains(self), key=lambda pain: (-pain.weight, pain.text)) for pains in PAINS]
        counts = [min(len(pains), 1) for pains in kinds]
        for most in (TOP // 2, TOP):
            for at, pains in enumerate(kinds):
                room = counts[at] + TOP - sum(counts)
                counts[at] = max(counts[at], min(len(pains), most, room))
        chosen = (pains[:count] for pains, count in zip(kinds, counts))
        return [pain.text for pains in chosen for pain in pains]


def ranking_of(audit: Audit) -> Ranking:
    """Return the findings of an audit by how much they hurt."""
    rivals = _common_processes(audit)
    rival, live, aside = list[Group](), list[Group](), list[Group]()
    for group in audit.loose_groups:
        if any(fork.key in rivals for fork in group.open):
            rival.append(group)
        else:
            (live if any(is_live(fork.standing.path) for fork in group.forks) else aside).append(
                group
            )
    for groups in (rival, live, aside):
        groups.sort(key=_group_order)
    return Ranking(audit, tuple(rival), tuple(live), tuple(aside), rivals)


def _group_order(group: Group) -> tuple[int, str]:
    return -sum(map(use_count, group.members)), group.canonical.key


def use_count(standing: Standing) -> int:
    """Return the number of live files that import a module."""
    return len({importer.path for importer in standing.live})


def unparsable_findings(audit: Audit) -> list[Finding]:
    """Return the findings on files that cannot be parsed, live code first."""
    unreadable = (finding for finding in audit.findings if finding.code == "UF007")
    return sorted(unreadable, key=lambda finding: not is_live(finding.path))


def split_broken(audit: Audit) -> tuple[list[Broken], list[Broken]]:
    """Return the broken imports in live code, and those in tests, examples and archives."""
    broken = [problem for problem in audit.broken if not problem.expected]
    live = [problem for problem in broken if is_live(problem.path)]
    return live, [problem for problem in broken if not is_live(problem.path)]


# -- two copies in one process


def _common_processes(audit: Audit) -> dict[Key, str]:
    """Return the forks that a program loads beside their canonical module, each with the program's start."""
    pairs = [
        (fork, group.canonical)
        for group in audit.groups
        for fork in group.open
        if fork.standing.reached and group.canonical.reached
    ]
    if not pairs:
        return {}
    entries = sorted(audit.reach.entries, key=lambda entry: not entry.is_program)
    starts = _starts_by_module(audit.model, entries)
    common = {
        fork.key: starts.get(fork.key, 0) & starts.get(canonical.key, 0)
        for fork, canonical in pairs
    }
    return {
        key: audit.dotted(entries[(bits & -bits).bit_length() - 1].key)
        for key, bits in common.items()
        if bits
    }


def _starts_by_module(model: ProjectModel, entries: Sequence[Entry]) -> dict[Key, int]:
    """Return for each module the entry points that reach it, as the bits of a number."""
    starts: dict[Key, int] = {}
    queue: list[Key] = []
    for at, entry in enumerate(entries):
        for key in model.with_packages(entry.key):
            starts[key] = starts.get(key, 0) | 1 << at
            queue.append(key)
    while queue:
        key = queue.pop()
        bits = starts[key]
        for target in model.edges.get(key, ()):
            before = starts.get(target, 0)
            if before | bits != before:
                starts[target] = before | bits
                queue.append(target)
    return starts


# -- the top ten


def _unparsable_pains(ranking: Ranking) -> Iterator[Pain]:
    for finding in unparsable_findings(ranking.audit):
        if is_live(finding.path):
            yield Pain(f"{as_code(f'{finding.path}:{finding.line}')} {finding.message}")


def _rival_pains(ranking: Ranking) -> Iterator[Pain]:
    audit = ranking.audit
    for group in ranking.rival_groups:
        for fork in group.open:
            if fork.key in ranking.rivals:
                yield Pain(rival_line(ranking, group, fork), use_count(fork.standing))
    for item in audit.spellings:
        names = " and ".join(as_code(name) for name, _ in item.spellings)
        path = as_code(audit.model.modules[item.key].path)
        others = [place for _, places in item.spellings[1:] for place in places]
        places = sum(is_live(importer) for importer, _, _ in others)
        if places:
            yield Pain(f"{path} is loaded twice in one process, as {names}", places)


def rival_line(ranking: Ranking, group: Group, fork: Fork) -> str:
    """Return a line on two copies that one process loads."""
    audit = ranking.audit
    own, canonical = (as_code(audit.dotted(key)) for key in (fork.key, group.canonical.key))
    files = count_text(use_count(fork.standing), "file")
    return (
        f"{as_code(ranking.rivals[fork.key])} loads both {own} (used in {files} of live code)"
        f" and {canonical} (used in {use_count(group.canonical)})"
    )


def _pair_of_names(audit: Audit, fork: Fork, group: Group, word: str) -> str:
    """Return the names of a fork and its canonical module; the second one in short, if they are in one package."""
    own, canonical = audit.dotted(fork.key), audit.dotted(group.canonical.key)
    package, _, last = canonical.rpartition(".")
    is_beside = bool(package) and own.rpartition(".")[0] == package
    return f"{as_code(own)} {word} {as_code(last if is_beside else canonical)}"


def _broken_pains(ranking: Ranking) -> Iterator[Pain]:
    by_path: dict[str, list[Broken]] = {}
    for problem in split_broken(ranking.audit)[0]:
        by_path.setdefault(problem.path, []).append(problem)
    for path, problems in by_path.items():
        first = problems[0]
        what = f"{first.spelled}: {first.name}" if first.name else first.spelled
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        place = as_code(f"{path}:{first.line}")
        yield Pain(f"{place} imports {as_code(what)}{more}, which cannot work", len(problems))


def _folder_pains(ranking: Ranking) -> Iterator[Pain]:
    for copy in ranking.audit.folders:
        words = _folder_words(ranking, copy)
        if words:
            names = f"{as_code(copy.name)} duplicates {as_code(copy.canonical)}"
            yield Pain(f"{names}: {words}", len(copy.forks))


def _folder_words(ranking: Ranking, copy: FolderFork) -> str:
    """Return in a few words how much of a live folder is a copy, and which programs load both; empty for an archive."""
    modules = f"{count_text(len(copy.forks), 'module')}, {len(copy.differing)} of them changed"
    starts = sorted({ranking.rivals[key] for key in copy.keys if key in ranking.rivals})
    if starts:
        return f"{modules}; both are loaded by {comma_list(list(map(as_code, starts)), 2)}"
    return modules if is_live(copy.path) else ""


def _copy_pains(ranking: Ranking) -> Iterator[Pain]:
    for group in ranking.live_groups:
        fork = group.forks[0]
        names = _pair_of_names(ranking.audit, fork, group, "duplicates")
        others = len(group.forks) - 1
        more = f", with {others} more {'copy' if others == 1 else 'copies'}" if others else ""
        text = f"{names}{more}: the copy is imported by {importer_count(fork.standing)}"
        yield Pain(text, sum(map(use_count, group.members)))


def _shim_pains(ranking: Ranking) -> Iterator[Pain]:
    shims = ranking.audit.shims
    if shims:
        modules = count_text(len(shims), "module")
        verb = "forwards" if len(shims) == 1 else "forward"
        files = len({item.path for shim in shims for item in shim.importers})
        yield Pain(f"{modules} only {verb} to another, imported by {count_text(files, 'file')}")


def _dead_pains(ranking: Ranking) -> Iterator[Pain]:
    dead = ranking.audit.dead
    if dead:
        lines = sum(module.lines for module in dead)
        modules = count_text(len(dead), "module")
        yield Pain(f"{modules} with {count_text(lines, 'line')} that nothing reachable imports")


PAINS: tuple[Callable[[Ranking], Iterable[Pain]], ...] = (
    _unparsable_pains,
    _rival_pains,
    _broken_pains,
    _folder_pains,
    _copy_pains,
    _shim_pains,
    _dead_pains,
)
"""The kinds of findings, those that hurt most first. A new kind adds a function here."""
