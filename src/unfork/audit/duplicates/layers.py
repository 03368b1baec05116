"""Layers: folders side by side that have several file names in common, with other code behind most of them."""

from __future__ import annotations

from collections.abc import Mapping

from unfork.audit.duplicates.similarity import Alike
from unfork.audit.scanning.facts import FileFacts
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key

_LEAST = 3
"""Layers have at least so many file names in common."""
_STEPS = 10
"""Two modules with no more statements than this are not told to be copies."""


def are_in_layers(modules: Mapping[Key, FileFacts], evidence: Alike) -> bool:
    """Return whether two modules have one name in two layers, such as ``models`` and ``schemas``."""
    one, other = parent_folder(evidence.left), parent_folder(evidence.right)
    is_beside = one and other and one != other and parent_folder(one) == parent_folder(other)
    if not is_beside or evidence.text >= 0.5 or not evidence.same_name:
        return False
    names = _names_in(modules, one) & _names_in(modules, other)
    copies = [
        name for name in names if _is_copied(modules[f"{one}/{name}"], modules[f"{other}/{name}"])
    ]
    return len(names) >= _LEAST and 2 * len(copies) < len(names)


def _names_in(modules: Mapping[Key, FileFacts], folder: str) -> set[str]:
    return {key.rpartition("/")[2] for key in modules if parent_folder(key) == folder}


def _is_copied(left: FileFacts, right: FileFacts) -> bool:
    """Return whether half of the smaller of two modules is in the other."""
    smaller = min(len(left.telling), len(right.telling))
    return smaller > _STEPS and 2 * len(left.telling & right.telling) >= smaller
