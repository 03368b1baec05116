"""Modules that extend one another: a class of one inherits from a class of the other."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.duplicates.similarity import Alike
from unfork.audit.project_model import ProjectModel
from unfork_codemods.project import Key

_FEW_LINES = 0.2
"""A smaller share of equal statements is what any two classes of one family have in common."""
Place = tuple[Key, str]
"""A class: its module and its name."""


def only_extend(model: ProjectModel, evidence: Alike) -> bool:
    """Return whether two modules have hardly more in common than classes of which one inherits from the other."""
    left, right = evidence.left, evidence.right
    return (
        bool(evidence.names)
        and not (evidence.classes or evidence.functions or evidence.text)
        and max(evidence.lines, evidence.body) < _FEW_LINES
        and all(
            _inherits(model, (left, one), (right, other))
            or _inherits(model, (right, one), (left, other))
            or _inherits(model, (right, other), (left, one))
            or _inherits(model, (left, other), (right, one))
            for one, other in evidence.names
        )
    )


def _inherits(model: ProjectModel, one: Place, other: Place) -> bool:
    """Return whether a class has another one among its bases, or among theirs."""
    queue = [one]
    for place in queue:
        for base in _bases(model, place):
            if base == other:
                return True
            if base not in queue:
                queue.append(base)
    return False


def _bases(model: ProjectModel, place: Place) -> Iterator[Place]:
    key, name = place
    facts = model.modules.get(key)
    for item in facts.classes if facts else ():
        for base in item.bases if item.name == name else ():
            origin = model.index.origin(key, base)
            yield origin.key, origin.name or base
