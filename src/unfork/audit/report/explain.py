"""The explanation of one module: its importers, what it duplicates, and what its names would become."""

from __future__ import annotations

from dataclasses import dataclass

from unfork.audit.duplicates.forks import Fork, Group
from unfork.audit.imports.broken_imports import Broken, TwoSpellings, two_spellings
from unfork.audit.imports.import_cycles import ImportCycle
from unfork.audit.liveness.reachability import Dead
from unfork.audit.project_model import Importer
from unfork.audit.result import Audit
from unfork.audit.scanning.facts import FileFacts
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key


@dataclass(frozen=True, slots=True)
class Explanation:
    """One module: ``fork`` is set if it duplicates another, and ``dead`` if the program does not reach it.

    ``way`` is the path of imports by which the program reaches it, from the entry point.
    """

    key: Key
    dotted: str
    facts: FileFacts
    importers: tuple[Importer, ...]
    group: Group | None
    fork: Fork | None
    way: tuple[Key, ...]
    entry: str
    dead: Dead | None
    broken: tuple[Broken, ...]
    spellings: TwoSpellings | None
    cycles: tuple[ImportCycle, ...]

    @property
    def is_canonical(self) -> bool:
        """Whether it is the canonical module of its group."""
        return self.group is not None and self.fork is None


def explain(audit: Audit, path: str) -> Explanation:
    """Return the explanation of the module in the file ``path``, which must be part of the audit."""
    facts = audit.model.files[path]
    key = facts.key
    group = next((g for g in audit.groups if key in {item.key for item in g.members}), None)
    forks = group.forks if group else ()
    way = _shortest_path(audit, key)
    whys = {entry.key: entry.why for entry in audit.reach.entries}
    return Explanation(
        key=key,
        dotted=audit.dotted(key),
        facts=facts,
        importers=tuple(audit.model.importers.get(key, ())),
        group=group,
        fork=next((fork for fork in forks if fork.key == key), None),
        way=way,
        entry=whys.get(way[0], "") if way else "",
        dead=next((dead for dead in audit.reach.dead if dead.key == key), None),
        broken=tuple(item for item in audit.broken if item.path == path),
        spellings=next((item for item in two_spellings(audit.model) if item.key == key), None),
        cycles=tuple(cycle for cycle in audit.cycles if key in cycle.members),
    )


def _shortest_path(audit: Audit, key: Key) -> tuple[Key, ...]:
    """Return a shortest path of imports to a module from an entry point; empty if there is none."""
    back: dict[Key, Key | None] = {entry.key: None for entry in audit.reach.entries}
    for entry in audit.reach.entries:
        for package in audit.model.with_packages(parent_folder(entry.key)):
            back.setdefault(package, entry.key)
    queue = list(back)
    for current in queue:
        if current == key:
            break
        for target in audit.model.runs(current):
            if target not in back:
                back[target] = current
                queue.append(target)
    if key not in back:
        return ()
    way: list[Key] = []
    step: Key | None = key
    while step is not None:
        way.append(step)
        step = back[step]
    return tuple(reversed(way))
