"""Siblings: modules that stand beside each other behind one interface, and are no forks of one another."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator

from unfork.audit.duplicates.similarity import Alike
from unfork.audit.duplicates.version_names import QUALITIES
from unfork.audit.file_roles import (
    VARIANTS,
    identifier_without_variants,
    name_without_variants,
    words_of_name,
)
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import ClassFact, FileFacts
from unfork.reading.layout import parent_folder
from unfork.reading.path_rules import is_archive_name, is_test
from unfork_codemods.project import Key

_COPIED = 0.9
"""From this share of equal statements on, a module is a copy, whatever it stands beside."""
_RENAMED = 0.85
"""The same for many statements that hardly another module has, if no file imports both: names may have been changed."""
_OWN_STEPS = 40
"""So many of these: short implementations of one interface are much alike, too."""
_MOSTLY_COPIED = 0.8
"""The same for modules that have a class in common."""
_ONE_TEXT = 0.5
"""From this share of statements that hardly another module has, modules in one folder are more than of one form."""
_PARTLY_COPIED = 0.4
"""The same for the share of equal code in one piece."""
_FAMILY = 3
"""So many modules are a family: by one class name, or by classes of one form with so many members."""
_PLAIN_BASES = frozenset(dir(builtins)) | {
    "ABC",
    "BaseModel",
    "Enum",
    "Generic",
    "IntEnum",
    "NamedTuple",
    "Protocol",
    "StrEnum",
    "TypedDict",
}
"""Bases that say what a class is made of, rather than which interface it is one of many to offer."""


def are_siblings(model: ProjectModel, evidence: Alike) -> bool:
    """Return whether two similar modules are siblings, each under a name of its own.

    They are if each has a class of another name for the same base class or with the same members, if each names its
    own subject in what it defines (``train_gru`` in ``train_gru.py``), or if one file imports both.
    """
    left, right = model.modules[evidence.left], model.modules[evidence.right]
    is_taken_together = _have_common_importer(model, left.key, right.key)
    if evidence.text >= _COPIED:
        return False
    if not is_taken_together and _is_renamed_copy(evidence, left, right):
        return False
    if _classes_in_common(left, right):
        return evidence.text < _MOSTLY_COPIED and _are_implementations(model, left, right)
    if _are_named_after_themselves(left, right):
        return evidence.text < _MOSTLY_COPIED
    is_one_class = evidence.class_share >= 0.5 and evidence.body >= _PARTLY_COPIED
    if not is_one_class and _have_own_subjects(model, left.key, right.key):
        return True
    if any(_implementations_of_one_base(left, right)):
        return True
    is_beside = parent_folder(left.key) == parent_folder(right.key)
    is_copied = evidence.own_lines >= _ONE_TEXT or evidence.body >= _PARTLY_COPIED
    if evidence.classes and is_beside and (not is_copied or _is_of_family(model, left, right)):
        return True
    if evidence.classes and is_taken_together:
        return True
    return is_taken_together and evidence.text < 0.5


def _is_renamed_copy(evidence: Alike, left: FileFacts, right: FileFacts) -> bool:
    amount = evidence.own_lines * min(len(left.telling), len(right.telling))
    return evidence.lines >= _RENAMED and amount >= _OWN_STEPS


def _are_implementations(model: ProjectModel, left: FileFacts, right: FileFacts) -> bool:
    """Return whether modules in neighbouring places implement one base class, though they have a class in common.

    They do if each has another class of its own for that base, or if the class is called so in every such place, as
    where each backend has its ``Connection``.
    """
    if not _are_neighbours(left.key, right.key):
        return False
    common = _classes_in_common(left, right)
    if _bases_of(left, common) & _bases_of(right, common):
        return True
    theirs = {item.name: item.bases for item in right.classes}
    return any(
        set(item.bases) & set(theirs.get(item.name, ())) - _PLAIN_BASES
        and _neighbours_with_class(model, left.key, item.name) >= _FAMILY
        for item in left.classes
    )


def _is_of_family(model: ProjectModel, left: FileFacts, right: FileFacts) -> bool:
    """Return whether several modules in the folder of two have the form of their classes, each under another name."""
    forms = [
        one.names & other.names
        for one in left.classes
        for other in right.classes
        if len(one.names & other.names) >= _FAMILY
    ]
    names = {
        identifier_without_variants(item.name)
        for facts in model.by_folder.get(parent_folder(left.key), ())
        for item in facts.classes
        if any(form <= item.names for form in forms)
    }
    return len(names) >= _FAMILY


def _neighbours_with_class(model: ProjectModel, key: Key, name: str) -> int:
    """Return how many modules define a class of this name: this one, and those in neighbouring places."""
    return 1 + sum(_are_neighbours(key, other) for other in model.definers.get(name, ()))


def _are_neighbours(left: Key, right: Key) -> bool:
    """Return whether two modules' places differ in one part, below a common one, and not by a word for a variant."""
    one, other = left.split("/"), right.split("/")
    differing = [pair for pair in zip(one, other) if pair[0] != pair[1]]
    if len(one) != len(other) or len(differing) != 1 or one[0] != other[0]:
        return False
    first, second = differing[0]
    if is_archive_name(first) or is_archive_name(second):
        return False
    return name_without_variants(first) != name_without_variants(second)


def _have_own_subjects(model: ProjectModel, left: Key, right: Key) -> bool:
    """Return whether two modules of one folder each name in their definitions what their file names differ by."""
    if parent_folder(left) != parent_folder(right):
        return False
    words_aside = VARIANTS | QUALITIES
    one, other = (set(words_of_name(key.rpartition("/")[2])) - words_aside for key in (left, right))
    return bool(one & other) and all(
        _is_named_in_definitions(model, key, words)
        for key, words in ((left, one - other), (right, other - one))
    )


def _is_named_in_definitions(model: ProjectModel, key: Key, words: set[str]) -> bool:
    """Return whether a function or class has one of the words; the variables of a script say little."""
    names = model.modules[key].defs or model.own_names(key)
    return any(words & set(words_of_name(name)) for name in names)


def _are_named_after_themselves(left: FileFacts, right: FileFacts) -> bool:
    """Return whether each of two modules has a function by its own file name, as commands with one task each have.

    Names that are equal but for words for versions are the same task.
    """
    one, other = (facts.key.rpartition("/")[2] for facts in (left, right))
    if name_without_variants(one) == name_without_variants(other):
        return False
    return one in left.defs and other in right.defs


def _classes_in_common(left: FileFacts, right: FileFacts) -> frozenset[str]:
    return _bare_names(left.classes) & _bare_names(right.classes)


def _bare_names(classes: Iterable[ClassFact]) -> frozenset[str]:
    return frozenset(identifier_without_variants(item.name).lstrip("_") for item in classes)


def _implementations_of_one_base(left: FileFacts, right: FileFacts) -> Iterator[str]:
    """Yield the bases that a class of either module has."""
    one, other = _bases_of(left), _bases_of(right)
    yield from sorted(one & other)


def _bases_of(facts: FileFacts, besides: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the telling bases of a module's classes, those with the bare names ``besides`` aside."""
    own = {item.name for item in facts.classes}
    bases = (
        base for item in facts.classes if not _bare_names([item]) & besides for base in item.bases
    )
    return frozenset(bases) - _PLAIN_BASES - own


def _have_common_importer(model: ProjectModel, left: Key, right: Key) -> bool:
    one, other = (
        {item.path for item in model.importers.get(key, ()) if not is_test(item.path)}
        for key in (left, right)
    )
    return not one.isdisjoint(other)
