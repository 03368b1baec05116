"""What two modules have in common: names, classes, functions, text."""

from __future__ import annotations

from collections.abc import Iterable

from unfork.audit.duplicates.known_by_name import last_name_part
from unfork.audit.duplicates.shared_features import Pair, SharedFeatures, is_large, is_rare
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.duplicates.version_names import are_qualities_beside, stem_of_name
from unfork.audit.file_roles import (
    identifier_without_variants,
    place_without_variants,
    words_of_name,
)
from unfork.audit.scanning.facts import ClassFact, FileFacts
from unfork.nodes import is_special
from unfork_codemods.project import Key

FAR = 0.2
"""The weight of the same file name in two unrelated folders."""
BESIDE = 0.45
"""The weight of a name that differs from that of a module beside it by words for versions, and the least score then."""
_STEP = 5
"""The least number of code units that a statement stands for."""


def smaller_first(left: FileFacts, right: FileFacts) -> tuple[FileFacts, FileFacts]:
    """Return two modules by their number of statements."""
    small, large = sorted((left, right), key=lambda facts: (facts.statements, facts.key))
    return small, large


def evidence_of(features: SharedFeatures, pair: Pair) -> Alike:
    """Return what two modules share, as shares of the smaller one."""
    left, right = (features.modules[key] for key in pair)
    small, large = smaller_first(left, right)
    names, name_share = _shared_names(features, small, large)
    classes, class_share = _shared_classes(features, small, large)
    functions, code = _shared_functions(features, small, large)
    text = _ratio_of_counts(_rare_prints(features, small.prints & large.prints), small.prints)
    identical = features.first[left.key] == features.first[right.key]
    if identical:
        functions, code, text = tuple((unit.name, unit.name) for unit in left.units), 1.0, 1.0
    same = _same_name(features, left, right)
    return Alike(
        left=left.key,
        right=right.key,
        names=names,
        name_share=name_share,
        classes=classes,
        class_share=class_share,
        functions=functions,
        code=code,
        text=text,
        same_name=same,
        kinship=_kinship_of_names(*pair) if same else 0.0,
        identical=identical,
        lines=_ratio_of_counts(small.telling & large.telling, small.telling),
        own_lines=_ratio_of_counts(
            (small.telling & large.telling).intersection(features.by_statement), small.telling
        ),
    )


def _rare_prints(features: SharedFeatures, prints: Iterable[int]) -> list[int]:
    """Return the fingerprints that few modules have."""
    return [fingerprint for fingerprint in prints if is_rare(features.by_print.get(fingerprint))]


def _shared_names(
    features: SharedFeatures, small: FileFacts, large: FileFacts
) -> tuple[tuple[tuple[str, str], ...], float]:
    own, other = features.names[small.key], features.names[large.key]
    extended = _extended_classes(small, large)
    shared = [
        bare
        for bare in sorted(own)
        if bare in other and bare not in features.crowded and own[bare] not in extended
    ]
    total = sum(_name_weight(small, name) for name in own.values())
    weight = sum(_name_weight(small, own[bare]) for bare in shared)
    share = weight / total if total else 0.0
    is_much = len(shared) > 1 or kinship_of_places(small.key, large.key) > FAR
    pairs = tuple((own[bare], other[bare]) for bare in shared)
    return pairs, share if is_much else min(share, 0.3)


def _shared_classes(
    features: SharedFeatures, small: FileFacts, large: FileFacts
) -> tuple[tuple[tuple[str, str, int, int], ...], float]:
    """Return the classes of the smaller module that have a counterpart, and the matched share of all members."""
    total, matched = 0, 0
    pairs: list[tuple[str, str, int, int]] = []
    for class_fact in small.classes:
        own = class_fact.names - features.common
        if len(own) < 2 or class_fact.name in _extended_classes(small, large):
            continue
        total += len(own)
        best = max(
            large.classes,
            key=lambda other: _class_fit_rank(class_fact, other, own),
            default=None,
        )
        shared = len(own & best.names) if best else 0
        if (
            best is not None
            and shared >= 3
            and shared * _members_per_match(class_fact, best) >= len(own)
        ):
            matched += shared
            pairs.append((class_fact.name, best.name, shared, len(own)))
    return tuple(pairs), matched / total if total else 0.0


def _shared_functions(
    features: SharedFeatures, small: FileFacts, large: FileFacts
) -> tuple[tuple[tuple[str, str], ...], float]:
    """Return the functions of the smaller module that the larger one also has, and their share of its code."""
    exact = {unit.exact: unit.name for unit in large.units}
    shapes = {unit.shape: unit.name for unit in large.units if is_large(unit)}
    total = max(sum(unit.size for unit in small.units), _STEP * statement_count(small))
    pairs: list[tuple[str, str]] = []
    matched = 0.0
    for unit in small.units:
        if unit.exact in exact and is_rare(features.by_exact.get(unit.exact)):
            pairs.append((unit.name, exact[unit.exact]))
            matched += unit.size
        elif unit.shape in shapes and is_large(unit) and is_rare(features.by_shape.get(unit.shape)):
            pairs.append((unit.name, shapes[unit.shape]))
            matched += 0.7 * unit.size
    if all(_is_hook(name) for name, _ in pairs):
        return (), 0.0
    return tuple(pairs), matched / total if total else 0.0


def _same_name(features: SharedFeatures, left: FileFacts, right: FileFacts) -> str:
    one, other = last_name_part(left), last_name_part(right)
    if stem_of_name(one) != stem_of_name(other) or not is_rare(
        features.by_stem.get(stem_of_name(one))
    ):
        return ""
    if one == other:
        return f"the same file name, {one}.py" if one != "__init__" else ""
    differing = set(words_of_name(one)) ^ set(words_of_name(other))
    return f"file names that differ by {' and '.join(sorted(differing))}" if differing else ""


def statement_count(facts: FileFacts) -> int:
    """Return the number of a module's statements, imports aside."""
    return facts.statements - len({item.start for item in facts.imports}) - len(facts.externals)


def _is_hook(name: str) -> bool:
    """Return whether a function is a hook of Python's own, like ``__post_init__``: many of these are alike."""
    return is_special(name.rpartition(".")[2])


def _members_per_match(one: ClassFact, other: ClassFact) -> float:
    """Return how many members a class may have for each shared one: fewer if the class names are not related."""
    kin = set(words_of_name(one.name)) & set(words_of_name(other.name))
    return (
        2
        if len(kin) * 2 >= min(len(words_of_name(one.name)), len(words_of_name(other.name)))
        else 1.25
    )


def _extended_classes(small: FileFacts, large: FileFacts) -> frozenset[str]:
    """Return the classes that inherit from a class of the same name: they extend it rather than duplicate it.

    For related modules like ``x`` and ``x_v2`` there are none: a second version is often written that way.
    """
    if kinship_of_places(small.key, large.key) > FAR:
        return frozenset()
    both = (*small.classes, *large.classes)
    return frozenset(class_fact.name for class_fact in both if class_fact.name in class_fact.bases)


def _name_weight(facts: FileFacts, name: str) -> float:
    """Return the weight of a shared name: values share a name by chance more often than functions and classes."""
    return 1.0 if name in facts.defs else 0.25


def _kinship_of_names(left: Key, right: Key) -> float:
    """Return the weight of two file names that are equal but for words for versions, given where the modules are."""
    return BESIDE if are_qualities_beside(left, right) else kinship_of_places(left, right)


def kinship_of_places(left: Key, right: Key) -> float:
    """Return the weight of a shared file name, given where the two modules are."""
    return 0.45 if place_without_variants(left) == place_without_variants(right) else FAR


def _class_fit_rank(one: ClassFact, other: ClassFact, own: frozenset[str]) -> tuple[bool, int]:
    """Return how well a class matches: first the same name with at least half the members, then shared members."""
    shared = len(own & other.names)
    same = identifier_without_variants(one.name) == identifier_without_variants(other.name)
    return same and shared * 2 >= len(own), shared


def _ratio_of_counts(part: Iterable[object], whole: Iterable[object]) -> float:
    count = sum(1 for _ in whole)
    return sum(1 for _ in part) / count if count else 0.0
