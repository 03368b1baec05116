"""Imports that cannot work (UF002, UF003), files that cannot be parsed (UF007), and modules with two names (UF004)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import FileFacts, ImportFact
from unfork.files.tree import Tree
from unfork.reading.generated_modules import generated_modules
from unfork.reading.layout import join_key, parent_folder
from unfork.values import Finding
from unfork_codemods.project import Key


@dataclass(frozen=True, slots=True, order=True)
class Broken:
    """An import that cannot work: what is wrong, and in ``definers`` the modules that do define the ``name``.

    ``expected``: it is in a ``try``, or works if the file is run as a script. ``others`` are the other names that the
    same statement wants from a missing module.
    """

    path: str
    line: int
    col: int
    code: str
    spelled: str
    name: str
    definers: tuple[Key, ...]
    why: str
    expected: bool = False
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names that the import wants; of a missing module these are all that the statement names."""
        return (self.name, *self.others) if self.name else ()

    def finding(self) -> Finding:
        """Return the finding."""
        return Finding(self.path, self.line, self.col, self.code, self.why)


Place = tuple[str, int, int]
"""The path, line and column of an import."""


@dataclass(frozen=True, slots=True)
class TwoSpellings:
    """A file that is imported as two modules: its ``spellings`` with the imports of each; the first one is kept."""

    key: Key
    spellings: tuple[tuple[str, tuple[Place, ...]], ...]

    @property
    def kept(self) -> str:
        """The spelling to keep."""
        return self.spellings[0][0]

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each import under a spelling other than the one to keep."""
        most = len(self.spellings[0][1])
        for spelled, places in self.spellings[1:]:
            for path, line, col in places:
                why = (
                    f"{spelled} is the file that {most} other import{'s' * (most != 1)}"
                    f" call{'s' * (most == 1)} {self.kept}:"
                    " Python makes two modules of it, with classes that are not the same"
                )
                yield Finding(path, line, col, "UF004", why)


def unparsable_findings(model: ProjectModel) -> Iterator[Finding]:
    """Yield a finding for each file that cannot be parsed."""
    for path, facts in model.files.items():
        if facts.error is not None:
            line, col, why = facts.error
            yield Finding(path, line, col, "UF007", f"cannot be parsed: {why}")


def broken_imports(model: ProjectModel, tree: Tree, paths: Collection[str]) -> list[Broken]:
    """Return the imports that cannot work, including those expected to fail, which are marked.

    ``paths`` are all files of the project, in any language: a build may make modules of them.
    """
    outside = _external_packages(model)
    suspects = [
        (facts, fact)
        for facts in model.files.values()
        if facts.error is None
        for fact in facts.imports
        if (not fact.exists or fact.bare or model.is_broken(fact))  # true of few imports
        and not _may_come_from_elsewhere(model, facts, fact)
        and not (fact.bare and fact.spelled.partition(".")[0] in outside)
    ]
    missing = {key for _, fact in suspects for key in _missing_modules(model, fact)}
    made = generated_modules(tree, paths, missing)
    problems: set[Broken] = set()
    seen: set[tuple[str, int, str]] = set()
    for facts, fact in suspects:
        if not made.isdisjoint(_missing_modules(model, fact)):
            continue
        for problem in _problems_of_import(model, facts, fact):
            place = facts.path, fact.start, fact.spelled
            if problem.code == "UF002" or place not in seen:
                problems.add(problem)
            if problem.code == "UF003":
                seen.add(place)  # report the statement once, not once per name
    return sorted(problems)


def _may_come_from_elsewhere(model: ProjectModel, facts: FileFacts, fact: ImportFact) -> bool:
    """Return whether another root has what an absolute import names."""
    if fact.bare or fact.spelled.startswith(".") or fact.name == "*":
        return False
    return model.index.may_come_from_elsewhere(fact.spelled, fact.name, facts.path)


def _missing_modules(model: ProjectModel, fact: ImportFact) -> Iterator[Key]:
    """Yield the modules that an import needs but the project lacks."""
    key = join_key(fact.key, fact.name) if fact.exists and fact.name else fact.key
    while key and not model.layout.exists(key):
        yield key
        key = parent_folder(key)


def _external_packages(model: ProjectModel) -> frozenset[str]:
    """Return the top-level names imported from installed packages: a bare import of one refers to that package."""
    counted = Counter(name for facts in model.files.values() for name in facts.externals)
    return frozenset(counted)


def _problems_of_import(
    model: ProjectModel, facts: FileFacts, fact: ImportFact
) -> Iterable[Broken]:
    if fact.bare:
        dotted = model.dotted(fact.key)
        why = f"no module is called {fact.spelled} from here: the sibling {dotted} is meant, as .{fact.spelled}"
        yield _make_broken(facts, fact, "UF003", "", (fact.key,), why)
        if model.is_broken(fact):
            yield _unknown_name(model, facts, fact)
    elif not fact.exists and not (model.is_made(fact.key) or model.is_elsewhere(fact.key)):
        names = _names_of_statement(facts, fact)
        near = _same_named_modules(model, facts, fact, names)
        where = f"; is {' or '.join(map(model.dotted, near))} meant?" if near else ""
        why = f"there is no module {_full_module_name(model, fact)}{where}"
        broken = _make_broken(facts, fact, "UF003", fact.name or "", near, why)
        yield replace(broken, others=tuple(name for name in names if name != fact.name))
    elif fact.exists and model.is_broken(fact):
        yield _unknown_name(model, facts, fact)


def _make_broken(
    facts: FileFacts,
    fact: ImportFact,
    code: str,
    name: str,
    definers: tuple[Key, ...],
    why: str,
) -> Broken:
    place = facts.path, fact.line, fact.col
    return Broken(
        *place,
        code,
        fact.spelled,
        name,
        definers,
        why,
        expected=fact.fallible or (fact.bare and facts.runs_itself),
    )


def _unknown_name(model: ProjectModel, facts: FileFacts, fact: ImportFact) -> Broken:
    name = fact.name or ""
    definers = [key for key in model.definers.get(name, ()) if key != facts.key]
    sources = tuple(key for key in definers if model.may_serve(key, facts.path))
    if sources:
        where = f"{_several(model, sources)} do{'es' * (len(sources) == 1)}"
    elif definers:
        where = f"only {_several(model, definers)}, from which live code takes nothing, does"
    else:
        where = "nor does any other module"
    why = f"{model.dotted(fact.key)} does not define {name}; {where}"
    return _make_broken(facts, fact, "UF002", name, sources[:10], why)


def _several(model: ProjectModel, keys: Sequence[Key]) -> str:
    """Return the names of modules in a sentence."""
    if len(keys) <= 3:
        return " and ".join(map(model.dotted, keys))
    return f"{model.dotted(keys[0])} and {len(keys) - 1} other modules"


def _full_module_name(model: ProjectModel, fact: ImportFact) -> str:
    return fact.spelled if not fact.spelled.startswith(".") else model.dotted(fact.key)


def _names_of_statement(facts: FileFacts, fact: ImportFact) -> list[str]:
    """Return the names that the statement of an import takes from the same module."""
    place = fact.start, fact.spelled
    return [
        other.name
        for other in facts.imports
        if (other.start, other.spelled) == place and other.name
    ]


def _same_named_modules(
    model: ProjectModel, facts: FileFacts, fact: ImportFact, names: Iterable[str]
) -> tuple[Key, ...]:
    """Return the modules that a missing one may be, by its last name or the imported name; none if there are many.

    Those that have all ``names`` of the statement come before those that lack some, as in a repair.
    """

    def usable(keys: Iterable[Key]) -> list[Key]:
        return [key for key in keys if model.may_serve(key, facts.path) and key != fact.key]

    same = usable(model.by_last_name.get(fact.key.rpartition("/")[2], ()))
    if fact.name and fact.name != "*":
        same = [key for key in same if model.index.provides(key, fact.name)] or same
        same = same or usable(model.definers.get(fact.name, ()))
        same = [k for k in same if all(model.index.provides(k, name) for name in names)] or same
    return tuple(same) if len(same) <= 3 else ()


def two_spellings(model: ProjectModel) -> list[TwoSpellings]:
    """Return the modules that are imported under two or more absolute names, from different roots."""
    several = _from_several_roots(model)
    bases_by_key: dict[Key, dict[str, list[Place]]] = {}
    for path, facts in model.files.items() if several else ():
        for fact in filter(_is_absolute, facts.imports):
            place = path, fact.line, fact.col
            for key in several.intersection((fact.key, model.resolve_import(fact).module)):
                bases_by_key.setdefault(key, {}).setdefault(fact.base or "", []).append(place)
    votes = _votes_for_roots(bases_by_key)
    return [
        TwoSpellings(key, _most_usual_first(model, key, bases, votes))
        for key, bases in sorted(bases_by_key.items())
        if len(_imports_by_name(model, key, bases)) > 1 and key in model.modules
    ]


def _votes_for_roots(
    bases_by_key: Mapping[Key, Mapping[str, Sequence[object]]],
) -> dict[tuple[str, ...], Counter[str]]:
    """Return how often modules are imported from each of several roots, over all that are imported from these."""
    votes: dict[tuple[str, ...], Counter[str]] = {}
    for bases in bases_by_key.values():
        counter = votes.setdefault(tuple(sorted(bases)), Counter())
        for base, places in bases.items():
            counter[base] += len(set(places))
    return votes


def _from_several_roots(model: ProjectModel) -> frozenset[Key]:
    """Return the modules that are imported from more than one root."""
    every = (fact for facts in model.files.values() for fact in filter(_is_absolute, facts.imports))
    distinct = {(fact.key, fact.name, fact.base): fact for fact in every}
    pairs = {
        (key, fact.base)
        for fact in distinct.values()
        for key in (fact.key, model.resolve_import(fact).module)
    }
    counted = Counter(key for key, _ in pairs)
    return frozenset(key for key, count in counted.items() if count > 1)


def _is_absolute(fact: ImportFact) -> bool:
    """Return whether an import names a module from a root; one that may fail is one of several ways to find it."""
    return not (fact.base is None or not fact.exists or fact.bare or fact.fallible)


def _imports_by_name(
    model: ProjectModel, key: Key, bases: dict[str, list[Place]]
) -> dict[str, list[Place]]:
    """Return the imports of a module, by the name it has from each root."""
    named = ((model.layout.spelled(key, base), places) for base, places in bases.items())
    return {name: places for name, places in named if name}


def _most_usual_first(
    model: ProjectModel,
    key: Key,
    bases: Mapping[str, Sequence[Place]],
    votes: Mapping[tuple[str, ...], Counter[str]],
) -> tuple[tuple[str, tuple[Place, ...]], ...]:
    """Return the names of a module with its imports, first the name from the root that the project uses most."""
    usual, counter = model.dotted(key), votes[tuple(sorted(bases))]

    def rank(base: str) -> tuple[int, int, bool, str]:
        name = model.layout.spelled(key, base) or ""
        return -counter[base], -len(set(bases[base])), name != usual, name

    named = ((model.layout.spelled(key, base), bases[base]) for base in sorted(bases, key=rank))
    return tuple((name, tuple(sorted(set(places)))) for name, places in named if name)
