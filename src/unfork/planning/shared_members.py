"""Definitions of a legacy module that use objects of one of its classes, though they do not name it.

class Source: def search_for(self, text)        class Palette: ... [source.search_for(text) for source in self.sources]

Where the class stays, and the counterpart of such a definition asks for a member by its new name, both stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from unfork.planning.run import Run
from unfork.reading.reads import attributes_taken
from unfork.rewriting.altered_members import gone_members
from unfork_codemods.project import Destination, ImportedName, Key, Located


def users_of_members(run: Run, key: Key) -> dict[str, frozenset[str]]:
    """Return the classes of a legacy module with the definitions there that take what only the legacy class has.

    A definition whose counterpart takes the same member, of whatever it is, is none of these.
    """
    index, codemod = run.engine.index, run.redirect_codemod
    taken = index.told(key, attributes_taken) or {}
    by_counterpart = _taken_by_counterparts(run, key, taken)
    users: dict[str, frozenset[str]] = {}
    for name in taken:
        imported = ImportedName("", Located(key), index.dotted(key), name)
        destination = codemod.destination(imported)
        old = index.interfaces.interface(key, name)
        if old is None or old.members is None or not isinstance(destination, Destination):
            continue
        new = index.interfaces.interface(destination.key, destination.name or name)
        gone = gone_members(old, new, codemod.call_changes(imported))
        users[name] = frozenset(
            other for other in taken.keys() - {name} if gone & taken[other] - by_counterpart[other]
        )
    return {name: others for name, others in users.items() if others}


def _taken_by_counterparts(run: Run, key: Key, names: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the attributes that the counterpart of each of a module's ``names`` takes."""
    index = run.engine.index
    taken_in: dict[Key, Mapping[str, frozenset[str]]] = {}
    by_counterpart = dict.fromkeys(names, frozenset[str]())
    for name in names:
        imported = ImportedName("", Located(key), index.dotted(key), name)
        destination = run.redirect_codemod.destination(imported)
        if isinstance(destination, Destination) and index.has_file(destination.key):
            if destination.key not in taken_in:
                taken_in[destination.key] = index.told(destination.key, attributes_taken) or {}
            taken = taken_in[destination.key]
            by_counterpart[name] = taken.get(destination.name or name, frozenset())
    return by_counterpart
