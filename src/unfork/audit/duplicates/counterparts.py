"""For each public name of a fork, what it would become, judged by its name and its contents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from unfork.audit.duplicates.equivalence import Sameness, Verdict
from unfork.audit.file_roles import words_of_name
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import ClassFact, FileFacts, Unit
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key, Kind

_GUESS = 0.3
"""A similarity below this is no guess at all."""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What a name of a fork would become: ``target`` of ``module``; both are empty if there is no guess.

    ``sure`` is 1.0 for identical code, less if only the name or the members match. ``same`` is whether the match is
    certain. A name ``moves`` if its match and those of all names it works with are certain. The draft asks about the
    others in comments; ``tied`` is the name that keeps this one from moving. ``lone``: it is a value that is equal
    today, used by nothing that moves, of a module that stays: no reason to share it.
    """

    name: str
    line: int
    module: Key
    target: str
    sure: float
    same: bool
    why: str
    tied: str = ""
    lone: bool = False

    @property
    def moves(self) -> bool:
        """Whether the draft redirects the name."""
        return self.same and not (self.tied or self.lone)


def find_counterparts(
    sameness: Sameness, fork: Key, canonical: Key, group: Iterable[Key]
) -> tuple[Counterpart, ...]:
    """Return what the public names defined in a fork would become."""
    others = frozenset(group) - {canonical}
    names = sameness.model.own_names(fork)
    matches = [_counterpart_of_name(sameness, name, fork, canonical, others) for name in names]
    uses = sameness.uses(fork)
    marked = tuple(_mark_tied_names(matches, uses))
    return _mark_lone_values(marked, uses, sameness.model.modules[fork].defs)


def _mark_lone_values(
    matches: tuple[Counterpart, ...], uses: Mapping[str, frozenset[str]], defs: frozenset[str]
) -> tuple[Counterpart, ...]:
    """Return the matches, with the values marked that nothing which moves needs, if not all of them move."""
    if all(match.moves for match in matches):
        return matches
    lone = lone_values([match.name for match in matches if match.moves], uses, defs)
    return tuple(replace(match, lone=match.name in lone) for match in matches)


def lone_values(
    moving: Collection[str], uses: Mapping[str, frozenset[str]], defs: frozenset[str]
) -> frozenset[str]:
    """Return those of the moving names that are neither functions nor classes, nor used by one that moves too."""
    needed = {used for name in moving if name in defs for used in uses.get(name, ())}
    return frozenset(moving) - defs - needed


def _mark_tied_names(
    matches: list[Counterpart], uses: Mapping[str, frozenset[str]]
) -> Iterator[Counterpart]:
    """Yield the matches, with each name tied that works with an uncertain one.

    If only one of them moved, objects of two modules would meet that are not of the same type. Even a function that
    does the same in both modules is tied: a test that patches it must patch the one in use.
    """
    bonds: dict[str, set[str]] = {}
    for name, used in uses.items():
        for other in used:
            bonds.setdefault(name, set()).add(other)
            bonds.setdefault(other, set()).add(name)
    staying = {
        counterpart.name: counterpart.name for counterpart in matches if not counterpart.same
    }
    queue = list(staying)
    for name in queue:
        for other in sorted(bonds.get(name, ())):
            if other not in staying:
                staying[other] = staying[name]
                queue.append(other)
    for counterpart in matches:
        yield (
            replace(counterpart, tied=staying[counterpart.name])
            if counterpart.same and counterpart.name in staying
            else counterpart
        )


def _counterpart_of_name(
    sameness: Sameness, name: str, fork: Key, canonical: Key, others: frozenset[Key]
) -> Counterpart:
    model = sameness.model
    line = _line_of_name(model.modules[fork], name)
    origin = model.index.origin(canonical, name)
    if origin.key == fork:
        return Counterpart(
            name, line, "", "", 0.0, False, f"{model.dotted(canonical)} takes it from here"
        )
    if origin.kind is Kind.OWN and origin.name is not None:
        likeness, _ = _similarity_with_reason(model, fork, name, origin.key, origin.name)
        verdict = sameness.verdict((fork, name), (origin.key, origin.name))
        why = f"the same name; {verdict.why}"
        return Counterpart(
            name, line, canonical, name, _certainty_of_match(verdict, likeness), verdict.same, why
        )
    if origin.kind in (Kind.EXTERNAL, Kind.MODULE):
        why = "the same name; it is imported there"
        return Counterpart(name, line, canonical, name, 0.5, False, why)
    for key in _definers_elsewhere(model, name, fork, canonical, others):
        likeness, _ = _similarity_with_reason(model, fork, name, key, name)
        verdict = sameness.verdict((fork, name), (key, name))
        why = f"the same name, in {model.dotted(key)}; {verdict.why}"
        sure = _certainty_of_match(verdict, 0.5 + likeness / 2)
        return Counterpart(name, line, key, name, sure, verdict.same, why)
    near = dict.fromkeys([canonical, *_imported_siblings(model, canonical)])
    best = max(
        (
            _most_similar_name(model, fork, name, key)
            for key in near
            if key not in others and key != fork
        ),
        key=lambda guess: guess[0],
        default=(0.0, "", "", ""),
    )
    sure, module, target, why = best
    if sure < _GUESS:
        return Counterpart(name, line, "", "", 0.0, False, "nothing like it was found")
    if _is_renamed(sameness, fork, name, module, target):
        why = "another name for the same members with the same values"
        return Counterpart(name, line, module, target, 1.0, True, why)
    return Counterpart(name, line, module, target, 0.9 * sure, False, why)


def _certainty_of_match(verdict: Verdict, likeness: float) -> float:
    if verdict.exact:
        return 1.0
    return max(0.95 if verdict.same else 0.0, min(likeness, 0.95))


def _is_renamed(sameness: Sameness, fork: Key, name: str, module: Key, target: str) -> bool:
    """Return whether two classes with members are the same except for their names."""
    mine = _class_fact_of(sameness.model.modules[fork], name)
    if mine is None or not mine.members:
        return False
    return sameness.is_renamed((fork, name), (module, target))


def _definers_elsewhere(
    model: ProjectModel, name: str, fork: Key, canonical: Key, others: frozenset[Key]
) -> list[Key]:
    """Return the module that defines a name the canonical module lacks: one it imports, or the only one, if any."""
    definers = [k for k in model.definers.get(name, ()) if k not in others and k != fork]
    imported = model.edges.get(canonical, {})
    near = [key for key in definers if key in imported]
    return near if len(near) == 1 else definers if len(definers) == 1 else []


def coverage(model: ProjectModel, names: Iterable[Counterpart], fork: Key, canonical: Key) -> float:
    """Return the share of a fork's names and members that the canonical module and its imports cover, from 0 to 1."""
    providers = {canonical, *model.edges.get(canonical, ())}
    total, covered = 0, 0.0
    for counterpart in names:
        mine = _class_fact_of(model.modules[fork], counterpart.name)
        members = mine.names if mine else frozenset()
        total += 1 + len(members)
        if counterpart.target and counterpart.module in providers:
            theirs = _class_fact_of(model.modules[counterpart.module], counterpart.target)
            covered += 1 + len(members & theirs.names if theirs else members)
    return covered / total if total else 0.0


def _imported_siblings(model: ProjectModel, canonical: Key) -> list[Key]:
    """Return the modules next to the canonical one that it imports, where names it lacks may be."""
    folder = parent_folder(canonical)
    return [key for key in model.edges.get(canonical, {}) if parent_folder(key) == folder]


def _most_similar_name(
    model: ProjectModel, fork: Key, name: str, key: Key
) -> tuple[float, Key, str, str]:
    """Return the name in a module that is most similar to a name of the fork: score, module, name and reason."""
    best: tuple[float, Key, str, str] = (0.0, "", "", "")
    for target in model.own_names(key):
        likeness, why = _similarity_with_reason(model, fork, name, key, target)
        kin = _shared_word_ratio(name, target)
        sure = 0.75 * likeness + 0.25 * kin
        if likeness >= 0.5 and sure > best[0]:
            best = sure, key, target, why
    return best


def _similarity_with_reason(
    model: ProjectModel, fork: Key, name: str, key: Key, target: str
) -> tuple[float, str]:
    """Return how much of a name's contents another name shares, from 0 to 1, and the reason in words."""
    left, right = model.modules[fork], model.modules[key]
    mine, theirs = _class_fact_of(left, name), _class_fact_of(right, target)
    if mine is not None and theirs is not None:
        return _compare_members(mine, theirs)
    one, other = _function_unit(left, name), _function_unit(right, target)
    if one is not None and other is not None:
        if one.exact == other.exact:
            return 1.0, "it does the same"
        is_alike = one.shape == other.shape
        return (0.8, "its structure is the same") if is_alike else (0.1, "it does something else")
    is_kin = mine is theirs and (name in left.defs) is (target in right.defs) and name == target
    return (0.5, "the same name") if is_kin else (0.0, "it is of another kind")


def _compare_members(mine: ClassFact, theirs: ClassFact) -> tuple[float, str]:
    if not mine.names:
        return (0.95, "both have no members") if mine.name == theirs.name else (0.0, "")
    shared = mine.names & theirs.names
    missing = sorted(mine.names - theirs.names)
    told = f"it has {len(shared)} of {len(mine.names)} public members"
    if missing:
        told += f", not {', '.join(missing[:3])}" + (" and others" if len(missing) > 3 else "")
    return len(shared) / len(mine.names), told


def _shared_word_ratio(name: str, target: str) -> float:
    one, other = set(words_of_name(name)), set(words_of_name(target))
    return len(one & other) / len(one | other)


def _class_fact_of(facts: FileFacts, name: str) -> ClassFact | None:
    return next((class_fact for class_fact in facts.classes if class_fact.name == name), None)


def _function_unit(facts: FileFacts, name: str) -> Unit | None:
    return next((unit for unit in facts.units if unit.name == name), None)


def _line_of_name(facts: FileFacts, name: str) -> int:
    definition = _class_fact_of(facts, name) or _function_unit(facts, name)
    return definition.line if definition else 1
