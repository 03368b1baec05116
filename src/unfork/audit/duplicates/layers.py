"""Layers: folders side by side that have several file names in common, with other code behind most of them."""

from __future__ import annotations

from collections.abc import Collection

from unfork.audit.duplicates.similarity import Alike
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import FileFacts
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key

_LEAST = 3
"""Layers have at least so many file names in common."""
_STEPS = 10
"""Two modules with no more statements than this are not told to be copies."""


def are_in_layers(model: ProjectModel, compared: Collection[Key], evidence: Alike) -> bool:
    """Return whether two modules have one name in two layers, such as ``models`` and ``schemas``.

    Only the modules that are ``compared`` count.
    """
    one, other = parent_folder(evidence.left), parent_folder(evidence.right)
    is_beside = one and other and one != other and parent_folder(one) == parent_folder(other)
    if not is_beside or evidence.text >= 0.5 or not evidence.same_name:
        return False
    left, right = (
        {
            facts.key.rpartition("/")[2]: facts
            for facts in model.by_folder[folder]
            if facts.key in compared
        }
        for folder in (one, other)
    )
    names = left.keys() & right.keys()
    copies = [name for name in names if _is_copied(left[name], right[name])]
    return len(names) >= _LEAST and 2 * len(copies) < len(names)


def _is_copied(left: FileFacts, right: FileFacts) -> bool:
    """Return whether half of the smaller of two modules is in the other."""
    smaller = min(len(left.telling), len(right.telling))
    return smaller > _STEPS and 2 * len(left.telling & right.telling) >= smaller
