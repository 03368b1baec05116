"""Which pairs of modules share enough rare features to be weighed: no module is compared with all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from unfork.audit.duplicates.known_by_name import are_of_one_name_beside, is_any_named_after
from unfork.audit.duplicates.pair_evidence import FAR, kinship_of_places
from unfork.audit.duplicates.shared_features import (
    COPIES,
    RARE,
    Pair,
    SharedFeatures,
    is_rare,
    is_script,
    shared_feature_index,
)
from unfork.audit.duplicates.titles import title_words
from unfork.audit.duplicates.version_names import are_qualities_beside
from unfork.audit.file_roles import words_of_name
from unfork_codemods.project import Key

_HINTS = 8
"""So many of these make two modules worth weighing."""


def candidate_pairs(features: SharedFeatures) -> Iterable[Pair]:
    """Return the pairs that share enough to be weighed."""
    hints: Counter[Pair] = Counter()
    for index, weight in ((features.by_print, 1), (features.by_exact, 3), (features.by_shape, 2)):
        for keys in index.values():
            for pair in _pairs_in_set(keys):
                hints[pair] += weight
    for name, keys in features.by_name.items():
        if name not in features.crowded:
            for pair in _pairs_in_set(keys):
                hints[pair] += 2
    for pair in _script_pairs(features):
        hints[pair] += 1
    for pair in (*_pairs_of_one_definition(features), *_pairs_of_one_title(features)):
        hints[pair] += 4
    for pair, count in _pairs_with_own_statements(features).items():
        hints[pair] += 4 if count >= _HINTS else 0
    likely: set[Pair] = set()
    for (left, right), weight in hints.items():
        if weight >= 4:
            likely.update(_pairs_across_texts(features.copies[left], features.copies[right]))
    for keys in features.by_stem.values():
        if is_rare(keys):
            likely.update(
                pair
                for pair in _pairs_in_set(keys)
                if hints[_first_copies(features, pair)]
                or are_qualities_beside(*pair)
                or kinship_of_places(*pair) > FAR
                or features.names_say.have_close_titles(*map(features.modules.__getitem__, pair))
            )
    for copies in features.copies.values():
        likely.update(_pairs_of_copies(copies))
    return sorted(likely)


def _script_pairs(features: SharedFeatures) -> Iterator[Pair]:
    """Yield the pairs of scripts without functions, once for each statement that they share."""
    scripts = {
        key: features.modules[key] for key in features.copies if is_script(features.modules[key])
    }
    for keys in shared_feature_index(scripts, lambda facts: facts.telling).values():
        yield from _pairs_in_set(keys)


def _pairs_with_own_statements(features: SharedFeatures) -> Counter[Pair]:
    """Return how many statements that hardly another module has each pair shares."""
    return Counter(pair for keys in features.by_statement.values() for pair in _pairs_in_set(keys))


def _pairs_of_one_definition(features: SharedFeatures) -> Iterator[Pair]:
    """Yield the pairs of modules that define a class or function of one telling name.

    One of them is named after it, or both are in one folder.
    """
    for name, keys in features.by_name.items():
        if name not in features.crowded and len(words_of_name(name)) > 1:
            for left, right in _pairs_in_set(keys):
                both = features.names[left][name], features.names[right][name]
                if are_of_one_name_beside(*both, left, right) or is_any_named_after(
                    name, features.modules[left], features.modules[right]
                ):
                    yield left, right


def _pairs_of_one_title(features: SharedFeatures) -> Iterator[Pair]:
    """Yield the pairs of modules with one title."""
    texts = {key: features.modules[key] for key in features.copies}
    for keys in shared_feature_index(texts, lambda facts: {title_words(facts.doc)}).values():
        for left, right in _pairs_in_set(keys):
            if features.names_say.have_equal_titles(
                features.modules[left], features.modules[right]
            ):
                yield left, right


def _first_copies(features: SharedFeatures, pair: Pair) -> Pair:
    left, right = sorted(features.first[key] for key in pair)
    return left, right


def _pairs_of_copies(copies: Sequence[Key]) -> Iterator[Pair]:
    """Yield the pairs of copies; if there are many, pair each only with the first."""
    for left in copies if len(copies) <= COPIES else copies[:1]:
        yield from ((left, right) for right in copies if left < right)


def _pairs_across_texts(left: Sequence[Key], right: Sequence[Key]) -> Iterator[Pair]:
    """Yield the pairs of copies of two texts; if there are many, only those with the first copy of either."""
    is_few = len(left) * len(right) <= COPIES
    for one in left:
        for other in right:
            if is_few or one == left[0] or other == right[0]:
                yield min(one, other), max(one, other)


def _pairs_in_set(keys: list[Key]) -> Iterator[Pair]:
    """Yield all pairs of a few modules; if there are many, pair each only with the first and the next."""
    if len(keys) <= RARE or (len(keys) <= 2 * RARE and is_rare(keys)):
        for at, left in enumerate(keys):
            for right in keys[at + 1 :]:
                yield left, right
    elif len(keys) <= COPIES:
        for at, right in enumerate(keys[1:]):
            yield keys[0], right
            if at:
                yield keys[at], right
