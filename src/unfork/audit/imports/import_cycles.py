"""Import cycles: modules that need each other while they are being imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unfork.audit.project_model import ProjectModel
from unfork_codemods.project import Key


@dataclass(frozen=True, slots=True)
class ImportCycle:
    """Modules that all import each other, directly or indirectly, and one shortest cycle, with import lines."""

    members: tuple[Key, ...]
    way: tuple[tuple[Key, int], ...]


def import_cycles(model: ProjectModel) -> list[ImportCycle]:
    """Return the import cycles of a project, the largest first."""
    edges = {key: list(targets) for key, targets in model.import_time.items()}
    cycles = [
        ImportCycle(tuple(sorted(part)), _shortest_cycle(model, frozenset(part)))
        for part in _strong_components(edges)
        if len(part) > 1
    ]
    return sorted(cycles, key=lambda cycle: (-len(cycle.members), cycle.members))


def _strong_components(edges: dict[Key, list[Key]]) -> Iterator[list[Key]]:
    """Yield the strongly connected components (Tarjan 1972), without recursion."""
    index: dict[Key, int] = {}
    low: dict[Key, int] = {}
    open_: dict[Key, None] = {}
    for root in edges:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_[root] = None
        trail = [(root, iter(edges[root]))]
        while trail:
            key, rest = trail[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    open_[target] = None
                    trail.append((target, iter(edges.get(target, ()))))
                    break
                if target in open_:
                    low[key] = min(low[key], index[target])
            else:
                trail.pop()
                if trail:
                    above = trail[-1][0]
                    low[above] = min(low[above], low[key])
                if low[key] == index[key]:
                    yield list(_pop_component(key, open_))


def _pop_component(key: Key, open_: dict[Key, None]) -> Iterator[Key]:
    while True:
        last, _ = open_.popitem()
        yield last
        if last == key:
            return


def _shortest_cycle(model: ProjectModel, part: frozenset[Key]) -> tuple[tuple[Key, int], ...]:
    """Return a shortest cycle from the first member, each module with the line of its import."""
    start = min(part)
    back: dict[Key, Key] = {}
    queue = [start]
    for key in queue:
        for target in model.import_time[key]:
            if target == start:
                return _cycle_with_lines(model, back, key, start)
            if target in part and target not in back:
                back[target] = key
                queue.append(target)
    return ()


def _cycle_with_lines(
    model: ProjectModel, back: dict[Key, Key], last: Key, start: Key
) -> tuple[tuple[Key, int], ...]:
    keys = [last]
    while keys[-1] != start:
        keys.append(back[keys[-1]])
    keys.reverse()
    return tuple(
        (key, model.import_time[key][onward]) for key, onward in zip(keys, [*keys[1:], start])
    )
