"""Which modules are similar: each candidate pair is weighed, and one kind of evidence is seldom enough."""

from __future__ import annotations

from dataclasses import replace

from unfork.audit.duplicates.alike_by_design import are_alike_by_design
from unfork.audit.duplicates.candidate_pairs import candidate_pairs
from unfork.audit.duplicates.known_by_name import have_common_libraries, last_name_part, specificity
from unfork.audit.duplicates.layers import are_in_layers
from unfork.audit.duplicates.pair_evidence import (
    BESIDE,
    FAR,
    evidence_of,
    smaller_first,
    statement_count,
)
from unfork.audit.duplicates.shared_features import Pair, SharedFeatures, is_script
from unfork.audit.duplicates.siblings import are_siblings
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.duplicates.subclasses import only_extend
from unfork.audit.duplicates.version_names import (
    are_both_marked,
    are_qualities_beside,
    are_versions_beside,
    is_name_extended,
    stem_of_name,
)
from unfork.audit.file_roles import words_of_name
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import FileFacts
from unfork.reading.layout import parent_folder
from unfork.reading.outside import is_standard
from unfork.reading.path_rules import is_archived, is_aside, is_test
from unfork_codemods.project import Key

_SMALL = 6
"""Modules with fewer statements are compared only with copies of themselves."""
_TRIFLE = 60
"""Modules with fewer characters of text are not compared at all."""
_TEXT = 300
"""Copies that stand under unrelated names are told from a template by this many characters of text."""
_FEW = 3
"""A text in more modules than this is taken for a template."""
_ENOUGH = 0.5
"""The least score of two modules of whose names nothing says that they are one."""
_A_LITTLE = 0.1
"""Two modules with such names need no more than this share of equal statements."""
_STEPS = 10
"""So many common statements make two scripts the same."""
_PLENTY = 16
"""This many common statements are no coincidence."""
_MOST = 40
"""This many common statements, half of a module or more, are enough alone."""
_SPECIFIC = 3.0
"""So many functions and classes of the same names are enough alone, if they are most of a module."""
_OWN_STEPS = 20
"""So many common statements that hardly another module has are one text."""
_SOME_STEPS = 5
"""So many common statements are more than the beginning of a script that any has."""
_KNOWN = 0.44
"""The least score of modules whose names or main definitions say that they are one."""
_FIELDS = 3
"""A class with fewer fields is little more than a name."""
_MUCH = 5
"""This many fingerprints cover a dozen statements or more."""


def comparable_modules(model: ProjectModel) -> dict[Key, FileFacts]:
    """Return the modules to compare: no tests, no examples but those in an archive, and none that is too small."""
    return {
        key: facts
        for key, facts in model.modules.items()
        if facts.path.endswith(".py")
        and (facts.statements >= _SMALL or facts.size >= _TRIFLE)
        and not is_test(facts.path)
        and (not is_aside(facts.path) or is_archived(facts.path))
    }


def similar_pairs(model: ProjectModel) -> list[Alike]:
    """Return the pairs of modules that are likely copies, by descending score."""
    modules = comparable_modules(model)
    features = SharedFeatures.of(model, modules)
    weighed = [_weigh(features, pair) for pair in candidate_pairs(features)]
    sure = [
        result
        for result in weighed
        if result is not None and result.score >= _least_score(features, result)
    ]
    return sorted(sure, key=lambda result: (-result.score, result.left, result.right))


def _weigh(features: SharedFeatures, pair: Pair) -> Alike | None:
    """Return what two modules share; None if that is too little evidence.

    A package and a module inside it are never copies: the package re-exports the module's names.
    """
    if pair[0].startswith(f"{pair[1]}/") or pair[1].startswith(f"{pair[0]}/"):
        return None
    small, _ = smaller_first(*map(features.modules.__getitem__, pair))
    evidence = evidence_of(features, pair)
    if not _is_enough(features, evidence, small):
        return None
    if evidence.kinship < BESIDE and features.names_say.is_one(evidence):
        return replace(evidence, kinship=BESIDE)
    return evidence


def _is_enough(features: SharedFeatures, evidence: Alike, small: FileFacts) -> bool:
    """Return whether there is enough evidence, or more than one kind: a few common lines do not make a fork."""
    if evidence.identical:
        return _is_real_copy(features, evidence, small)
    left, right = (features.modules[key] for key in (evidence.left, evidence.right))
    if small.statements < _SMALL or are_alike_by_design(left, right):
        return False
    if are_in_layers(features.model, features.modules, evidence) or only_extend(
        features.model, evidence
    ):
        return False
    if _are_versions(features, evidence, left, right):
        return True
    if is_script(small):
        return _is_same_script(features, evidence, small)
    if _is_thin(small):
        is_much = len(small.prints) >= _MUCH and evidence.text >= 0.8
        are_versions = evidence.kinship > FAR and evidence.name_share >= 0.8
        return (is_much or are_versions) and bool(evidence.same_name)
    if evidence.kinship > FAR:
        return max(evidence.name_share, 1.75 * evidence.body) >= 0.5 or _is_mixed(
            features, evidence, small
        )
    if are_siblings(features.model, evidence):
        return False
    return (
        _is_one_text(features, evidence, small)
        or _is_enough_alone(features, evidence, small)
        or _is_mixed(features, evidence, small)
        or features.names_say.is_one(evidence)
    )


def _least_score(features: SharedFeatures, evidence: Alike) -> float:
    """Return the least score: names that say that two modules are versions leave less to be shown."""
    pair = evidence.left, evidence.right
    if any(is_script(features.modules[key]) for key in pair) or are_qualities_beside(*pair):
        return _KNOWN
    return _KNOWN if features.names_say.is_one(evidence) else _ENOUGH


def _is_one_text(features: SharedFeatures, evidence: Alike, small: FileFacts) -> bool:
    """Return whether two modules share many statements that hardly another module has."""
    amount = evidence.own_lines * len(small.telling)
    return (
        evidence.is_mostly_one_text
        and amount >= _OWN_STEPS
        and not features.names_say.is_layer(evidence)
    )


def _are_versions(
    features: SharedFeatures, evidence: Alike, left: FileFacts, right: FileFacts
) -> bool:
    """Return whether two modules of one folder are versions by their names, and have a little in common."""
    pair = evidence.left, evidence.right
    if are_both_marked(*pair) and not (evidence.names or evidence.classes):
        few = min(len(left.telling), len(right.telling))
        return evidence.lines >= _A_LITTLE and evidence.lines * few >= _SOME_STEPS
    if are_versions_beside(*pair):
        return bool(
            evidence.names
            or evidence.classes
            or max(evidence.body, evidence.lines) >= _A_LITTLE
            or _have_common_work(left, right)
        )
    if are_qualities_beside(*pair):
        return evidence.class_share >= 0.5 or evidence.lines >= 1.5 * _A_LITTLE
    return (
        is_name_extended(*pair)
        and evidence.name_share >= 0.9
        and evidence.lines >= 0.3
        and not features.names_say.is_layer(evidence)
    )


def _is_same_script(features: SharedFeatures, evidence: Alike, small: FileFacts) -> bool:
    """Return whether two scripts without functions have the same steps, and not only those that many begin with."""
    if not (evidence.same_name or evidence.own_lines >= _A_LITTLE):
        return False
    is_near = parent_folder(evidence.left) == parent_folder(evidence.right)
    needed = 0.5 if is_near or evidence.same_name else 0.8
    return len(small.telling) * evidence.lines >= _STEPS and evidence.lines >= needed


def _is_real_copy(features: SharedFeatures, evidence: Alike, small: FileFacts) -> bool:
    """Return whether a copy is more than a template: a small one under another name may be a coincidence."""
    if not _is_thin(small) and small.statements >= _SMALL:
        return True
    if evidence.same_name:
        return small.size >= _TRIFLE
    left, right = (features.modules[key] for key in (evidence.left, evidence.right))
    if last_name_part(left) == last_name_part(right) or _imported(left) != _imported(right):
        return False
    number = len(features.copies[features.first[small.key]])
    return small.size >= _TEXT and number <= _FEW


def _is_enough_alone(features: SharedFeatures, evidence: Alike, small: FileFacts) -> bool:
    """Return whether one kind of evidence is enough: much of the text, or nearly all of many rare names."""
    amount = evidence.body * small.statements
    if evidence.body >= 0.8 and (
        amount >= _PLENTY or (evidence.same_name and amount > _SMALL + _FEW)
    ):
        return True
    if evidence.body >= 0.5 and amount >= _MOST:
        return True
    if evidence.body < 0.15 and features.names_say.is_layer(evidence):
        return False
    if evidence.lines >= 0.7 and evidence.lines * len(small.telling) >= _PLENTY:
        return True
    weight = sum(map(specificity, evidence.names))
    body = max(evidence.body, evidence.lines)
    if evidence.same_name and evidence.name_share >= 0.6 and weight >= _SPECIFIC - 1:
        return evidence.name_share >= 0.9 or evidence.class_share > 0 or body >= 0.1
    most = 0.6 if evidence.class_share >= 0.5 else 0.8
    return evidence.name_share >= most and weight >= _SPECIFIC


def _is_mixed(features: SharedFeatures, evidence: Alike, small: FileFacts) -> bool:
    """Return whether there are two kinds of evidence, one of them in the code."""
    body = evidence.body
    kinds = (
        body >= 0.3,
        evidence.name_share >= 0.3,
        evidence.class_share >= 0.5,
        evidence.same_name,
    )
    amount = body * small.statements
    if not evidence.same_name and amount < _PLENTY / 2:
        return False
    if evidence.kinship <= FAR and amount < _PLENTY * 0.6 and not evidence.names:
        return False
    is_one_function = len(evidence.names) < 2 and not (evidence.classes or evidence.same_name)
    if is_one_function and evidence.lines * len(small.telling) < _STEPS:
        return False
    return sum(map(bool, kinds)) >= 2 and (body >= 0.15 or bool(evidence.classes))


def _imported(facts: FileFacts) -> frozenset[tuple[str, str | None]]:
    """Return what a module imports from the project, by the last names."""
    return frozenset((item.key.rpartition("/")[2], item.name) for item in facts.imports)


def _have_common_work(left: FileFacts, right: FileFacts) -> bool:
    """Return whether two modules import mostly the same: from elsewhere than Python, unless their name is telling."""
    is_telling = len(words_of_name(stem_of_name(last_name_part(left)))) > 1
    is_special = not all(map(is_standard, left.externals & right.externals))
    return have_common_libraries(left, right) and (is_telling or is_special)


def _is_thin(facts: FileFacts) -> bool:
    """Return whether a module has only one-step functions and classes with few fields, which are often similar."""
    marks = [[mark for _, mark in item.members] for item in facts.classes]
    if facts.units or any(len(item) - item.count(0) >= _FIELDS for item in marks):
        return False
    methods = sum(item.count(0) for item in marks)
    steps = statement_count(facts) - len(facts.defs) - methods
    functions = len(facts.defs) - len(facts.classes) + methods
    return not functions or steps < 2 * functions
