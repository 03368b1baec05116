"""Definitions of a legacy module that use objects of one of its classes, though they do not name it.

class Source: def search_for(self, text)        class Palette: ... [source.search_for(text) for source in self.sources]

Where the class stays, and the counterpart of such a definition asks for a member by its new name, both stay.
"""

from __future__ import annotations

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
            other
            for other in taken.keys() - {name}
            if gone & taken[other] - _taken_by_counterpart(run, key, other)
        )
    return {name: others for name, others in users.items() if others}


def _taken_by_counterpart(run: Run, key: Key, name: str) -> frozenset[str]:
    index = run.engine.index
    imported = ImportedName("", Located(key), index.dotted(key), name)
    destination = run.redirect_codemod.destination(imported)
    if not isinstance(destination, Destination) or not index.has_file(destination.key):
        return frozenset()
    taken = index.told(destination.key, attributes_taken) or {}
    return taken.get(destination.name or name, frozenset())
