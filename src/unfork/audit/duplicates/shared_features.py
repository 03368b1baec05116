"""Which features several modules share: fingerprints, functions, names, statements, titles.

Features that many modules share are boilerplate, and no evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from unfork.audit.duplicates.known_by_name import NameEvidence, last_name_part, titles_of_many
from unfork.audit.duplicates.version_names import stem_of_name
from unfork.audit.file_roles import identifier_without_variants, place_without_variants
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import FileFacts, Unit
from unfork_codemods.project import Key

RARE = 8
"""A feature that more modules than this share is no evidence."""
COPIES = 40
"""A feature of more modules than this is ignored; of more copies, each is paired only with the first."""
_HARDLY = 3
"""A statement that so few families of modules have is hardly known elsewhere."""
Pair = tuple[Key, Key]
_T = TypeVar("_T", bound=Hashable)


@dataclass(frozen=True)
class SharedFeatures:
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
    def of(cls, model: ProjectModel, modules: Mapping[Key, FileFacts]) -> SharedFeatures:
        """Return the features of the modules to compare."""
        names = {key: _bare_names(_defined_names(model, key)) for key in modules}
        copies = _copies_by_first(modules)
        texts = {key: modules[key] for key in copies}
        methods = Counter(
            name
            for facts in texts.values()
            for class_fact in facts.classes
            for name in class_fact.names
        )
        by_name = shared_feature_index(texts, lambda facts: names[facts.key], most=None)
        crowded = frozenset(name for name, keys in by_name.items() if not is_rare(keys))
        common = frozenset(name for name, count in methods.items() if count > 2 * RARE)
        return cls(
            model=model,
            modules=modules,
            copies=copies,
            first={key: first for first, keys in copies.items() for key in keys},
            names=names,
            by_print=shared_feature_index(texts, lambda facts: facts.prints),
            by_exact=shared_feature_index(
                texts, lambda facts: {unit.exact for unit in facts.units}
            ),
            by_shape=shared_feature_index(
                texts, lambda facts: {unit.shape for unit in facts.units if is_large(unit)}
            ),
            by_name=by_name,
            by_stem=shared_feature_index(
                modules, lambda facts: {stem_of_name(last_name_part(facts))}
            ),
            by_statement=_own_statements(texts),
            crowded=crowded,
            common=common,
            names_say=NameEvidence(model, modules, crowded, common, titles_of_many(texts.values())),
        )


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
    shared = shared_feature_index(modules, lambda facts: facts.telling, most=RARE)
    return {
        statement: keys
        for statement, keys in shared.items()
        if len(keys) <= _HARDLY or len(set(map(_family_of, keys))) <= _HARDLY
    }


def is_rare(keys: Sequence[Key] | None) -> bool:
    """Return whether few modules share a feature, where copies and versions of one module count once."""
    return keys is not None and (len(keys) <= RARE or len(set(map(_family_of, keys))) <= RARE)


def _family_of(key: Key) -> tuple[str, ...]:
    """Return what the copies and versions of a module have in common: a telling name, or else the place."""
    place = place_without_variants(key)
    return place[-1:] if "_" in place[-1] else place


def is_large(unit: Unit) -> bool:
    """Return whether a function is large enough for its shape to say something."""
    return unit.size >= 60


def shared_feature_index(
    modules: Mapping[Key, FileFacts],
    of: Callable[[FileFacts], Iterable[_T]],
    most: int | None = COPIES,
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


def is_script(facts: FileFacts) -> bool:
    """Return whether a module acts when it is loaded and has no functions: its steps are its content."""
    return facts.acts and not facts.units and not facts.classes
