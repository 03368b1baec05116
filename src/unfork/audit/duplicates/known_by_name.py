"""Modules that are one by what they are called: their places, titles, main classes and main functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

from unfork.audit.duplicates.similarity import Alike
from unfork.audit.duplicates.titles import are_close_titles, are_equal_titles, title_words
from unfork.audit.duplicates.version_names import are_versions_of_kin, stem_of_name
from unfork.audit.file_roles import identifier_without_variants, words_of_name
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import ClassFact, FileFacts
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key

_FEW = 3
_SOME = 0.2
"""Two modules with one main function need this share of equal statements."""
_KIN_STEPS = 20
"""So many common statements make two modules with kindred names versions."""
_TITLES = 3
"""A title of more modules than this is a header that they all have."""


@dataclass(frozen=True)
class NameEvidence:
    """What the names in two modules say. ``crowded`` names and ``common`` members are those of too many modules."""

    model: ProjectModel
    modules: Mapping[Key, FileFacts]
    crowded: frozenset[str]
    common: frozenset[str]
    headers: frozenset[frozenset[str]]

    def is_one(self, evidence: Alike) -> bool:
        """Return whether places, titles, main classes or main functions say that two modules are one."""
        if self.is_layer(evidence):
            return False
        return (
            self._is_moved(evidence)
            or self._has_one_main_class(evidence)
            or self._has_one_main_function(evidence)
            or self._has_one_title(evidence)
            or self._are_versions_of_kin(evidence)
        )

    def is_layer(self, evidence: Alike) -> bool:
        """Return whether one module imports the other: then their equal names are those of two layers."""
        edges = self.model.edges
        left, right = evidence.left, evidence.right
        return right in edges.get(left, ()) or left in edges.get(right, ())

    def _has_one_title(self, evidence: Alike) -> bool:
        """Return whether two modules say that they are the same, by one title or by close ones of one file name.

        An equal title under another file name needs common names or libraries beside it.
        """
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        if self.have_close_titles(left, right):
            return True
        is_alike = bool(evidence.names) or have_common_libraries(left, right)
        return is_alike and self.have_equal_titles(left, right)

    def have_equal_titles(self, left: FileFacts, right: FileFacts) -> bool:
        """Return whether two modules have one title that is theirs alone."""
        return (
            title_words(left.doc) not in self.headers
            and not _speaks_of_package(left)
            and are_equal_titles(left.doc, right.doc)
        )

    def have_close_titles(self, left: FileFacts, right: FileFacts) -> bool:
        """Return whether two modules of one telling file name have close titles, and are no layers of one another."""
        names = {stem_of_name(last_name_part(facts)) for facts in (left, right)}
        is_telling = len(names) == 1 and len(words_of_name(names.pop())) > 1
        return (
            is_telling
            and title_words(left.doc) not in self.headers
            and are_close_titles(left.doc, right.doc)
            and not _differ_by_role(left, right)
        )

    def _is_moved(self, evidence: Alike) -> bool:
        """Return whether two modules have one telling file name, one of them in a folder above the other's.

        They do the same if they also have a telling name in common and use the same libraries. Any file name will do
        for a folder within one of its own name, ``server/server``: it is an unpacked copy.
        """
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        stem = stem_of_name(last_name_part(left))
        folders = f"{parent_folder(left.key)}/", f"{parent_folder(right.key)}/"
        is_above = any(
            one.startswith(other) or other == "/" for one, other in permutations(folders)
        )
        is_telling = len(words_of_name(stem)) > 1 or _is_within_itself(left.key, right.key)
        return (
            bool(evidence.same_name)
            and is_above
            and is_telling
            and any(specificity(pair) >= 1 for pair in evidence.names)
            and not self.is_layer(evidence)
            and have_common_libraries(left, right)
        )

    def _has_one_main_class(self, evidence: Alike) -> bool:
        """Return whether two modules define a class of one telling name, after which one file is named.

        Two words are a coincidence unless some members are the same as well. Three are none in one folder, whatever
        the files are called.
        """
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        theirs = {bare_name(item): item for item in right.classes}
        for item in left.classes:
            name, other = bare_name(item), theirs.get(bare_name(item))
            words = words_of_name(name)
            if other is None or len(words) < 2 or name in self.crowded:
                continue
            if item.bases and other.bases and set(item.bases).isdisjoint(other.bases):
                continue
            is_meant = are_of_one_name_beside(item.name, other.name, left.key, right.key)
            is_telling = (
                is_meant or len(words) > 2 or len(item.names & other.names - self.common) >= _FEW
            )
            is_alike = bool(evidence.same_name) or have_common_libraries(left, right)
            is_main = _is_main_class(item, left) and _is_main_class(other, right)
            is_named = is_meant or is_any_named_after(name, left, right)
            if is_telling and is_alike and is_main and is_named:
                return True
        return False

    def _has_one_main_function(self, evidence: Alike) -> bool:
        """Return whether two modules define a function of one telling name, after which one file is named."""
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        if left.error or right.error or evidence.lines < _SOME:
            return False
        classes = {item.name for item in (*left.classes, *right.classes)}
        functions = (left.defs & right.defs) - classes
        return have_common_libraries(left, right) and any(
            one == other
            and one in functions
            and len(words_of_name(one)) > 1
            and is_any_named_after(one, left, right)
            for one, other in evidence.names
        )

    def _are_versions_of_kin(self, evidence: Alike) -> bool:
        """Return whether the names of two modules beside each other differ by words for versions and one word more."""
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        return (
            are_versions_of_kin(evidence.left, evidence.right)
            and evidence.lines >= _SOME
            and evidence.lines * min(len(left.telling), len(right.telling)) >= _KIN_STEPS
        )


def are_of_one_name_beside(one: str, other: str, left: Key, right: Key) -> bool:
    """Return whether definitions of two modules in one folder have the same name, of three words or more."""
    is_beside = parent_folder(left) == parent_folder(right)
    return is_beside and one == other and len(words_of_name(one)) > 2


def _is_within_itself(left: Key, right: Key) -> bool:
    """Return whether one of two modules is in a folder that has the name of the folder around it, with the other."""
    inner, outer = sorted((parent_folder(left), parent_folder(right)), key=len, reverse=True)
    return bool(outer) and inner == f"{outer}/{outer.rpartition('/')[2]}"


def _differ_by_role(left: FileFacts, right: FileFacts) -> bool:
    """Return whether only one of two titles has the name of a folder of theirs: ``Payment routes`` in ``routes``."""
    folders = (parent_folder(facts.key).rpartition("/")[2] for facts in (left, right))
    roles = {word for folder in folders for word in words_of_name(folder)}
    return bool((title_words(left.doc) ^ title_words(right.doc)) & roles)


def _speaks_of_package(facts: FileFacts) -> bool:
    """Return whether a title says what the package is, and not what the module is: ``Shop is a web server``."""
    name, verb, *_ = *facts.doc.lower().split(" ", 2), "", ""
    return verb == "is" and name in parent_folder(facts.key).lower().split("/")


def _is_main_class(item: ClassFact, facts: FileFacts) -> bool:
    """Return whether a module is named after a class, or has at least half of its methods in that class."""
    total = sum(map(_method_count, facts.classes))
    return 2 * _method_count(item) >= total or is_any_named_after(bare_name(item), facts, facts)


def _method_count(item: ClassFact) -> int:
    return sum(not mark for _, mark in item.members)


def titles_of_many(modules: Iterable[FileFacts]) -> frozenset[frozenset[str]]:
    """Return the titles that more than a few modules have: headers, which say nothing of one module."""
    counts = Counter(title_words(facts.doc) for facts in modules)
    return frozenset(title for title, count in counts.items() if count > _TITLES)


def is_any_named_after(name: str, left: FileFacts, right: FileFacts) -> bool:
    """Return whether one of two files is named after a definition, in whatever order of words."""
    stems = (stem_of_name(last_name_part(facts)) for facts in (left, right))
    return any(
        len(words_of_name(stem)) > 1
        and (
            stem.replace("_", "") == name.replace("_", "").lower()
            or set(words_of_name(stem)) <= set(words_of_name(name))
        )
        for stem in stems
    )


def bare_name(item: ClassFact) -> str:
    """Return the name of a class without words for versions."""
    return identifier_without_variants(item.name)


def specificity(pair: tuple[str, str]) -> float:
    """Return how much a common name says: one word like ``run`` may be the name of anything."""
    words = len(words_of_name(pair[0]))
    return 1.0 if words > 1 and not pair[0].isupper() else 0.25


def have_common_libraries(left: FileFacts, right: FileFacts) -> bool:
    """Return whether two modules import mostly the same from outside the project."""
    common = len(left.externals & right.externals)
    return common > 1 and common * 2 >= min(len(left.externals), len(right.externals))


def last_name_part(facts: FileFacts) -> str:
    """Return the file name of a module; of a package, the name of its folder."""
    name = facts.path.rpartition("/")[2].rpartition(".")[0]
    return name if name != "__init__" else facts.key.rpartition("/")[2]
