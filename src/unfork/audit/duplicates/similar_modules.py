"""Which modules are similar: pairs that share rare features are candidates, and each is weighed by its evidence.

No module is compared with all others: an index of fingerprints, functions and names shows what modules have in
common. Features that many modules share are boilerplate, and no evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from unfork.audit.duplicates.alike_by_design import are_alike_by_design
from unfork.audit.duplicates.known_by_name import (
    NameEvidence,
    are_of_one_name_beside,
    have_common_libraries,
    is_any_named_after,
    last_name_part,
    specificity,
    titles_of_many,
)
from unfork.audit.duplicates.layers import are_in_layers
from unfork.audit.duplicates.siblings import are_siblings
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.duplicates.subclasses import only_extend
from unfork.audit.duplicates.titles import title_words
from unfork.audit.duplicates.version_names import (
    are_both_marked,
    are_qualities_beside,
    are_versions_beside,
    is_name_extended,
    stem_of_name,
)
from unfork.audit.file_roles import (
    identifier_without_variants,
    place_without_variants,
    words_of_name,
)
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import ClassFact, FileFacts, Unit
from unfork.reading.layout import parent_folder
from unfork.reading.outside import is_standard
from unfork.reading.path_rules import is_archived, is_aside, is_test
from unfork_codemods.project import Key

RARE = 8
"""A feature that more modules than this share is no evidence."""
_COPIES = 40
"""A feature of more modules than this is ignored; of more copies, each is paired only with the first."""
_SMALL = 6
"""Modules with fewer statements are compared only with copies of themselves."""
_TRIFLE = 60
"""Modules with fewer characters of text are not compared at all."""
_TEXT = 300
"""Copies that stand under unrelated names are told from a template by this many characters of text."""
_FEW = 3
THRESHOLD = 0.5
_FAR = 0.2
"""The weight of the same file name in two unrelated folders."""
_BESIDE = 0.45
"""The weight of a name that differs from that of a module beside it by words for versions, and the least score then."""
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
_STEP = 5
"""The least number of code units that a statement stands for."""
_OWN_STEPS = 20
"""So many common statements that hardly another module has are one text."""
_HARDLY = 3
"""A statement that so few families of modules have is hardly known elsewhere."""
_SOME_STEPS = 5
"""So many common statements are more than the beginning of a script that any has."""
_HINTS = 8
"""So many of these make two modules worth weighing."""
_KNOWN = 0.44
"""The least score of modules whose names or main definitions say that they are one."""
_FIELDS = 3
"""A class with fewer fields is little more than a name."""
_MUCH = 5
"""This many fingerprints cover a dozen statements or more."""
Pair = tuple[Key, Key]
_T = TypeVar("_T", bound=Hashable)


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
    look = _Look.at(model, modules)
    weighed = [look.weigh(pair) for pair in look.candidates()]
    sure = [
        result for result in weighed if result is not None and result.score >= look.needed(result)
    ]
    return sorted(sure, key=lambda result: (-result.score, result.left, result.right))


@dataclass(frozen=True)
class _Look:
    """The modules to compare, with indexes of the features that several of them share.

    ``copies`` are the modules with the same text, by the ``first`` of them: copies count as one module in the indexes.
    """

    model: ProjectModel
    modules: Mapping[Key, FileFacts]
    copies: Mapping[Key, Sequence[Key]]
    first: Mapping[Key, Key]
    names: Mapping[Key, Mapping[str, str]]
    by_print: Mapping[int, list[Key]]
    by_exact: Mapping[int, list[Key]]
    by_shape: Mapping[int, list[Key]]
    by_name: Mapping[str, list[Key]]
    by_stem: Mapping[str, list[Key]]
    by_statement: Mapping[int, list[Key]]
    crowded: frozenset[str]
    common: frozenset[str]
    names_say: NameEvidence

    @classmethod
    def at(cls, model: ProjectModel, modules: Mapping[Key, FileFacts]) -> _Look:
        names = {key: _bare_names(_defined_names(model, key)) for key in modules}
        copies = _copies_by_first(modules)
        texts = {key: modules[key] for key in copies}
        methods = Counter(
            name
            for facts in texts.values()
            for class_fact in facts.classes
            for name in class_fact.names
        )
        by_name = _shared_feature_index(texts, lambda facts: names[facts.key], most=None)
        crowded = frozenset(name for name, keys in by_name.items() if not _is_rare(keys))
        common = frozenset(name for name, count in methods.items() if count > 2 * RARE)
        return cls(
            model,
            modules,
            copies,
            {key: first for first, keys in copies.items() for key in keys},
            names,
            _shared_feature_index(texts, lambda facts: facts.prints),
            _shared_feature_index(texts, lambda facts: {unit.exact for unit in facts.units}),
            _shared_feature_index(
                texts, lambda facts: {unit.shape for unit in facts.units if _is_large(unit)}
            ),
            by_name,
            _shared_feature_index(modules, lambda facts: {stem_of_name(last_name_part(facts))}),
            _own_statements(texts),
            crowded,
            common,
            NameEvidence(model, modules, crowded, common, titles_of_many(texts.values())),
        )

    # -- candidates

    def candidates(self) -> Iterable[Pair]:
        """Return the pairs that share enough to be weighed."""
        hints: Counter[Pair] = Counter()
        for index, weight in ((self.by_print, 1), (self.by_exact, 3), (self.by_shape, 2)):
            for keys in index.values():
                for pair in _pairs_in_set(keys):
                    hints[pair] += weight
        for name, keys in self.by_name.items():
            if name not in self.crowded:
                for pair in _pairs_in_set(keys):
                    hints[pair] += 2
        for pair in self._script_pairs():
            hints[pair] += 1
        for pair in (*self._pairs_of_one_definition(), *self._pairs_of_one_title()):
            hints[pair] += 4
        for pair, count in self._pairs_with_own_statements().items():
            hints[pair] += 4 if count >= _HINTS else 0
        likely: set[Pair] = set()
        for (left, right), weight in hints.items():
            if weight >= 4:
                likely.update(_pairs_across_texts(self.copies[left], self.copies[right]))
        for keys in self.by_stem.values():
            if _is_rare(keys):
                likely.update(
                    pair
                    for pair in _pairs_in_set(keys)
                    if hints[self._first_copies(pair)]
                    or are_qualities_beside(*pair)
                    or _kinship_of_places(*pair) > _FAR
                    or self.names_say.have_close_titles(*map(self.modules.__getitem__, pair))
                )
        for copies in self.copies.values():
            likely.update(_pairs_of_copies(copies))
        return sorted(likely)

    def _script_pairs(self) -> Iterator[Pair]:
        """Yield the pairs of scripts without functions, once for each statement that they share."""
        scripts = {key: self.modules[key] for key in self.copies if _is_script(self.modules[key])}
        for keys in _shared_feature_index(scripts, lambda facts: facts.telling).values():
            yield from _pairs_in_set(keys)

    def _pairs_with_own_statements(self) -> Counter[Pair]:
        """Return how many statements that hardly another module has each pair shares."""
        return Counter(pair for keys in self.by_statement.values() for pair in _pairs_in_set(keys))

    def _pairs_of_one_definition(self) -> Iterator[Pair]:
        """Yield the pairs of modules that define a class or function of one telling name.

        One of them is named after it, or both are in one folder.
        """
        for name, keys in self.by_name.items():
            if name not in self.crowded and len(words_of_name(name)) > 1:
                for left, right in _pairs_in_set(keys):
                    both = self.names[left][name], self.names[right][name]
                    if are_of_one_name_beside(*both, left, right) or is_any_named_after(
                        name, self.modules[left], self.modules[right]
                    ):
                        yield left, right

    def _pairs_of_one_title(self) -> Iterator[Pair]:
        """Yield the pairs of modules with one title."""
        texts = {key: self.modules[key] for key in self.copies}
        for keys in _shared_feature_index(texts, lambda facts: {title_words(facts.doc)}).values():
            for left, right in _pairs_in_set(keys):
                if self.names_say.have_equal_titles(self.modules[left], self.modules[right]):
                    yield left, right

    def _first_copies(self, pair: Pair) -> Pair:
        left, right = sorted(self.first[key] for key in pair)
        return left, right

    # -- evidence

    def weigh(self, pair: Pair) -> Alike | None:
        """Return what two modules share; None if that is too little evidence.

        A package and a module inside it are never copies: the package re-exports the module's names.
        """
        if pair[0].startswith(f"{pair[1]}/") or pair[1].startswith(f"{pair[0]}/"):
            return None
        left, right = (self.modules[key] for key in pair)
        small, large = sorted((left, right), key=lambda facts: (facts.statements, facts.key))
        names, name_share = self._shared_names(small, large)
        classes, class_share = self._shared_classes(small, large)
        functions, code = self._shared_functions(small, large)
        text = _ratio_of_counts(self._rare_prints(small.prints & large.prints), small.prints)
        identical = self.first[left.key] == self.first[right.key]
        if identical:
            functions, code, text = tuple((unit.name, unit.name) for unit in left.units), 1.0, 1.0
        same = self._same_name(left, right)
        evidence = Alike(
            left.key,
            right.key,
            names,
            name_share,
            classes,
            class_share,
            functions,
            code,
            text,
            same,
            _kinship_of_names(*pair) if same else 0.0,
            identical,
            _ratio_of_counts(small.telling & large.telling, small.telling),
            _ratio_of_counts(
                (small.telling & large.telling).intersection(self.by_statement), small.telling
            ),
        )
        if not self._is_enough(evidence, small):
            return None
        if evidence.kinship < _BESIDE and self.names_say.is_one(evidence):
            return replace(evidence, kinship=_BESIDE)
        return evidence

    def _rare_prints(self, prints: Iterable[int]) -> list[int]:
        """Return the fingerprints that few modules have."""
        return [fingerprint for fingerprint in prints if _is_rare(self.by_print.get(fingerprint))]

    def _is_enough(self, evidence: Alike, small: FileFacts) -> bool:
        """Return whether there is enough evidence, or more than one kind: a few common lines do not make a fork."""
        if evidence.identical:
            return self._is_real_copy(evidence, small)
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        if small.statements < _SMALL or are_alike_by_design(left, right):
            return False
        if are_in_layers(self.model, self.modules, evidence) or only_extend(self.model, evidence):
            return False
        if self._are_versions(evidence, left, right):
            return True
        if _is_script(small):
            return self._is_same_script(evidence, small)
        if _is_thin(small):
            is_much = len(small.prints) >= _MUCH and evidence.text >= 0.8
            are_versions = evidence.kinship > _FAR and evidence.name_share >= 0.8
            return (is_much or are_versions) and bool(evidence.same_name)
        if evidence.kinship > _FAR:
            return max(evidence.name_share, 1.75 * evidence.body) >= 0.5 or self._is_mixed(
                evidence, small
            )
        if are_siblings(self.model, evidence):
            return False
        return (
            self._is_one_text(evidence, small)
            or self._is_enough_alone(evidence, small)
            or self._is_mixed(evidence, small)
            or self.names_say.is_one(evidence)
        )

    def needed(self, evidence: Alike) -> float:
        """Return the least score: names that say that two modules are versions leave less to be shown."""
        pair = evidence.left, evidence.right
        if any(_is_script(self.modules[key]) for key in pair) or are_qualities_beside(*pair):
            return _KNOWN
        return _KNOWN if self.names_say.is_one(evidence) else THRESHOLD

    def _is_one_text(self, evidence: Alike, small: FileFacts) -> bool:
        """Return whether two modules share many statements that hardly another module has."""
        amount = evidence.own_lines * len(small.telling)
        return (
            evidence.is_mostly_one_text
            and amount >= _OWN_STEPS
            and not self.names_say.is_layer(evidence)
        )

    def _are_versions(self, evidence: Alike, left: FileFacts, right: FileFacts) -> bool:
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
            and not self.names_say.is_layer(evidence)
        )

    def _is_same_script(self, evidence: Alike, small: FileFacts) -> bool:
        """Return whether two scripts without functions have the same steps, and not only those that many begin with."""
        if not (evidence.same_name or evidence.own_lines >= _A_LITTLE):
            return False
        is_near = parent_folder(evidence.left) == parent_folder(evidence.right)
        needed = 0.5 if is_near or evidence.same_name else 0.8
        return len(small.telling) * evidence.lines >= _STEPS and evidence.lines >= needed

    def _is_real_copy(self, evidence: Alike, small: FileFacts) -> bool:
        """Return whether a copy is more than a template: a small one under another name may be a coincidence."""
        if not _is_thin(small) and small.statements >= _SMALL:
            return True
        if evidence.same_name:
            return small.size >= _TRIFLE
        left, right = (self.modules[key] for key in (evidence.left, evidence.right))
        if last_name_part(left) == last_name_part(right) or _imported(left) != _imported(right):
            return False
        number = len(self.copies[self.first[small.key]])
        return small.size >= _TEXT and number <= _FEW

    def _is_enough_alone(self, evidence: Alike, small: FileFacts) -> bool:
        """Return whether one kind of evidence is enough: much of the text, or nearly all of many rare names."""
        amount = evidence.body * small.statements
        if evidence.body >= 0.8 and (
            amount >= _PLENTY or (evidence.same_name and amount > _SMALL + _FEW)
        ):
            return True
        if evidence.body >= 0.5 and amount >= _MOST:
            return True
        if evidence.body < 0.15 and self.names_say.is_layer(evidence):
            return False
        if evidence.lines >= 0.7 and evidence.lines * len(small.telling) >= _PLENTY:
            return True
        weight = sum(map(specificity, evidence.names))
        body = max(evidence.body, evidence.lines)
        if evidence.same_name and evidence.name_share >= 0.6 and weight >= _SPECIFIC - 1:
            return evidence.name_share >= 0.9 or evidence.class_share > 0 or body >= 0.1
        most = 0.6 if evidence.class_share >= 0.5 else 0.8
        return evidence.name_share >= most and weight >= _SPECIFIC

    def _is_mixed(self, evidence: Alike, small: FileFacts) -> bool:
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
        if evidence.kinship <= _FAR and amount < _PLENTY * 0.6 and not evidence.names:
            return False
        is_one_function = len(evidence.names) < 2 and not (evidence.classes or evidence.same_name)
        if is_one_function and evidence.lines * len(small.telling) < _STEPS:
            return False
        return sum(map(bool, kinds)) >= 2 and (body >= 0.15 or bool(evidence.classes))

    def _shared_names(
        self, small: FileFacts, large: FileFacts
    ) -> tuple[tuple[tuple[str, str], ...], float]:
        own, other = self.names[small.key], self.names[large.key]
        extended = _extended_classes(small, large)
        shared = [
            bare
            for bare in sorted(own)
            if bare in other and bare not in self.crowded and own[bare] not in extended
        ]
        total = sum(_name_weight(small, name) for name in own.values())
        weight = sum(_name_weight(small, own[bare]) for bare in shared)
        share = weight / total if total else 0.0
        is_much = len(shared) > 1 or _kinship_of_places(small.key, large.key) > _FAR
        pairs = tuple((own[bare], other[bare]) for bare in shared)
        return pairs, share if is_much else min(share, 0.3)

    def _shared_classes(
        self, small: FileFacts, large: FileFacts
    ) -> tuple[tuple[tuple[str, str, int, int], ...], float]:
        """Return the classes of the smaller module that have a counterpart, and the matched share of all members."""
        total, matched = 0, 0
        pairs: list[tuple[str, str, int, int]] = []
        for class_fact in small.classes:
            own = class_fact.names - self.common
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
        self, small: FileFacts, large: FileFacts
    ) -> tuple[tuple[tuple[str, str], ...], float]:
        """Return the functions of the smaller module that the larger one also has, and their share of its code."""
        exact = {unit.exact: unit.name for unit in large.units}
        shapes = {unit.shape: unit.name for unit in large.units if _is_large(unit)}
        total = max(sum(unit.size for unit in small.units), _STEP * _statement_count(small))
        pairs: list[tuple[str, str]] = []
        matched = 0.0
        for unit in small.units:
            if unit.exact in exact and _is_rare(self.by_exact.get(unit.exact)):
                pairs.append((unit.name, exact[unit.exact]))
                matched += unit.size
            elif (
                unit.shape in shapes and _is_large(unit) and _is_rare(self.by_shape.get(unit.shape))
            ):
                pairs.append((unit.name, shapes[unit.shape]))
                matched += 0.7 * unit.size
        if all(_is_hook(name) for name, _ in pairs):
            return (), 0.0
        return tuple(pairs), matched / total if total else 0.0

    def _same_name(self, left: FileFacts, right: FileFacts) -> str:
        one, other = last_name_part(left), last_name_part(right)
        if stem_of_name(one) != stem_of_name(other) or not _is_rare(
            self.by_stem.get(stem_of_name(one))
        ):
            return ""
        if one == other:
            return f"the same file name, {one}.py" if one != "__init__" else ""
        differing = set(words_of_name(one)) ^ set(words_of_name(other))
        return f"file names that differ by {' and '.join(sorted(differing))}" if differing else ""


def _defined_names(model: ProjectModel, key: Key) -> Iterator[str]:
    """Yield the public names that a module defines and does not import as well, as with a fallback for an import.

    The variables of a script are no public names.
    """
    definitions = model.modules[key].definitions
    facts = model.modules[key]
    for name in model.own_names(key):
        is_variable = facts.is_script and name not in facts.defs and not name.isupper()
        if definitions and not definitions.names[name].imports and not is_variable:
            yield name


def _bare_names(names: Iterable[str]) -> dict[str, str]:
    """Return names by what they are called without the words that distinguish copies."""
    return {identifier_without_variants(name): name for name in reversed(tuple(names))}


def _own_statements(modules: Mapping[Key, FileFacts]) -> dict[int, list[Key]]:
    """Return the statements that several modules have, but no more than a few families, each with its modules."""
    shared = _shared_feature_index(modules, lambda facts: facts.telling, most=RARE)
    return {
        statement: keys
        for statement, keys in shared.items()
        if len(keys) <= _HARDLY or len(set(map(_family_of, keys))) <= _HARDLY
    }


def _statement_count(facts: FileFacts) -> int:
    """Return the number of a module's statements, imports aside."""
    return facts.statements - len({item.start for item in facts.imports}) - len(facts.externals)


def _imported(facts: FileFacts) -> frozenset[tuple[str, str | None]]:
    """Return what a module imports from the project, by the last names."""
    return frozenset((item.key.rpartition("/")[2], item.name) for item in facts.imports)


def _is_hook(name: str) -> bool:
    """Return whether a function is a hook of Python's own, like ``__post_init__``: many of these are alike."""
    last = name.rpartition(".")[2]
    return last.startswith("__") and last.endswith("__")


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
    if _kinship_of_places(small.key, large.key) > _FAR:
        return frozenset()
    both = (*small.classes, *large.classes)
    return frozenset(class_fact.name for class_fact in both if class_fact.name in class_fact.bases)


def _name_weight(facts: FileFacts, name: str) -> float:
    """Return the weight of a shared name: values share a name by chance more often than functions and classes."""
    return 1.0 if name in facts.defs else 0.25


def _kinship_of_names(left: Key, right: Key) -> float:
    """Return the weight of two file names that are equal but for words for versions, given where the modules are."""
    return _BESIDE if are_qualities_beside(left, right) else _kinship_of_places(left, right)


def _have_common_work(left: FileFacts, right: FileFacts) -> bool:
    """Return whether two modules import mostly the same: from elsewhere than Python, unless their name is telling."""
    is_telling = len(words_of_name(stem_of_name(last_name_part(left)))) > 1
    is_special = not all(map(is_standard, left.externals & right.externals))
    return have_common_libraries(left, right) and (is_telling or is_special)


def _is_script(facts: FileFacts) -> bool:
    """Return whether a module acts when it is loaded and has no functions: its steps are its content."""
    return facts.acts and not facts.units and not facts.classes


def _kinship_of_places(left: Key, right: Key) -> float:
    """Return the weight of a shared file name, given where the two modules are."""
    return 0.45 if place_without_variants(left) == place_without_variants(right) else _FAR


def _class_fit_rank(one: ClassFact, other: ClassFact, own: frozenset[str]) -> tuple[bool, int]:
    """Return how well a class matches: first the same name with at least half the members, then shared members."""
    shared = len(own & other.names)
    same = identifier_without_variants(one.name) == identifier_without_variants(other.name)
    return same and shared * 2 >= len(own), shared


def _is_rare(keys: Sequence[Key] | None) -> bool:
    """Return whether few modules share a feature, where copies and versions of one module count once."""
    return keys is not None and (len(keys) <= RARE or len(set(map(_family_of, keys))) <= RARE)


def _family_of(key: Key) -> tuple[str, ...]:
    """Return what the copies and versions of a module have in common: a telling name, or else the place."""
    place = place_without_variants(key)
    return place[-1:] if "_" in place[-1] else place


def _is_large(unit: Unit) -> bool:
    return unit.size >= 60


def _ratio_of_counts(part: Iterable[object], whole: Iterable[object]) -> float:
    count = sum(1 for _ in whole)
    return sum(1 for _ in part) / count if count else 0.0


def _shared_feature_index(
    modules: Mapping[Key, FileFacts],
    of: Callable[[FileFacts], Iterable[_T]],
    most: int | None = _COPIES,
) -> dict[_T, list[Key]]:
    """Return the features that at least two modules share, but at most ``most``, with these modules."""
    first: dict[_T, Key] = {}
    index: dict[_T, list[Key]] = {}
    for key in sorted(modules):
        for feature in of(modules[key]):
            if feature not in first:
                first[feature] = key
            else:
                index.setdefault(feature, [first[feature]]).append(key)
    if most is None:
        return index
    return {feature: keys for feature, keys in index.items() if len(keys) <= most}


def _is_thin(facts: FileFacts) -> bool:
    """Return whether a module has only one-step functions and classes with few fields, which are often similar."""
    marks = [[mark for _, mark in item.members] for item in facts.classes]
    if facts.units or any(len(item) - item.count(0) >= _FIELDS for item in marks):
        return False
    methods = sum(item.count(0) for item in marks)
    steps = _statement_count(facts) - len(facts.defs) - methods
    functions = len(facts.defs) - len(facts.classes) + methods
    return not functions or steps < 2 * functions


def _copies_by_first(modules: Mapping[Key, FileFacts]) -> dict[Key, list[Key]]:
    """Return the modules grouped by equal text, each group by its first module."""
    by_text: dict[Hashable, list[Key]] = {}
    for key in sorted(modules):
        facts = modules[key]
        names = tuple(facts.definitions.names) if facts.definitions else ()
        units = tuple((unit.name, unit.exact) for unit in facts.units)
        text = facts.statements, facts.digest, units, names
        by_text.setdefault(text, []).append(key)
    return {keys[0]: keys for keys in by_text.values()}


def _pairs_of_copies(copies: Sequence[Key]) -> Iterator[Pair]:
    """Yield the pairs of copies; if there are many, pair each only with the first."""
    for left in copies if len(copies) <= _COPIES else copies[:1]:
        yield from ((left, right) for right in copies if left < right)


def _pairs_across_texts(left: Sequence[Key], right: Sequence[Key]) -> Iterator[Pair]:
    """Yield the pairs of copies of two texts; if there are many, only those with the first copy of either."""
    is_few = len(left) * len(right) <= _COPIES
    for one in left:
        for other in right:
            if is_few or one == left[0] or other == right[0]:
                yield min(one, other), max(one, other)


def _pairs_in_set(keys: list[Key]) -> Iterator[Pair]:
    """Yield all pairs of a few modules; if there are many, pair each only with the first and the next."""
    if len(keys) <= RARE or (len(keys) <= 2 * RARE and _is_rare(keys)):
        for at, left in enumerate(keys):
            for right in keys[at + 1 :]:
                yield left, right
    elif len(keys) <= _COPIES:
        for at, right in enumerate(keys[1:]):
            yield keys[0], right
            if at:
                yield keys[at], right
