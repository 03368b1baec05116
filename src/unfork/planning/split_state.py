"""State that a redirect parts: it and its users move to different homes, each of which keeps one of its own.

    legacy.py  RATES = {}                       names = { rate = "rates:rate" }     (rates.py has a RATES, too)
               def rate(code): ... RATES        everything else goes to canonical.py

Whoever reads ``RATES`` of canonical.py would not see what ``rates.rate`` keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.shared_state import name_destination, state_of
from unfork.reading.reads import names_read
from unfork.rewriting.constraints import Constraints, Name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Identity, Key

_Homes = Mapping[Identity, Collection[str]]
"""What a state becomes where names go that use it, each with these names."""


def state_is_not_parted(settling: Settling) -> dict[str, Constraints]:
    """Keep a state and what uses it, if names that files take would use two different ones afterwards."""
    run = settling.run
    if run.chosen is not None or not any(result.edits for result in settling.results.values()):
        return {}
    parted = run.once(_parted)
    if not parted:
        return {}
    taken = frozenset(_names_taken(settling, frozenset(key for key, _ in parted)))
    stays: dict[Name, Kept] = {}
    for (key, state), homes in parted.items():
        used = {
            home: [name for name in names if (key, name) in taken] for home, names in homes.items()
        }
        dotted = run.engine.index.dotted
        ways = [f"{names[0]} to {dotted(home[0])}" for home, names in used.items() if names]
        if len(ways) > 1:
            why = f"they share {state}, of which there are two where they go: {' and '.join(ways)}"
            every = [name for names in used.values() for name in names]
            stays |= {(key, name): Kept(f"{why}; let both go to one place") for name in every}
    return settling.keep(stays)


def _parted(run: Run) -> dict[Name, _Homes]:
    """Return the states that become several, by module and name."""
    return {
        (key, state): homes
        for key, redirect in run.redirects.items()
        if len(redirect.homes) > 1
        for state, users in state_of(run, key).items()
        if len(homes := _homes_of(run, key, state, users)) > 1
    }


def _homes_of(run: Run, key: Key, state: str, users: Collection[str]) -> _Homes:
    index, codemod = run.engine.index, run.redirect_codemod
    own = name_destination(index, codemod, key, state)
    called = {state, str(own.name) if own is not None else state}
    homes: dict[Identity, list[str]] = {}
    for name in (state, *sorted(set(users) - {state})):
        destination = name_destination(index, codemod, key, name)
        if destination is None:
            continue
        origin = index.origin(destination.key, str(destination.name))
        found = {origin.identity}
        if name != state:
            reads = index.interfaces.of_module(origin.key, names_read) or {}
            read = called & reads.get(str(origin.name), frozenset())
            found = {index.origin(origin.key, state_read).identity for state_read in read}
        for home in found:
            homes.setdefault(home, []).append(name)
    return homes


def _names_taken(settling: Settling, keys: frozenset[Key]) -> Iterator[Name]:
    """Yield the names that files take of some modules as they stand; all of a module that is used as a whole."""
    run = settling.run
    as_they_stand = dict.fromkeys(run.all_candidates[0], ())
    for names in settling.workers.still_taken(as_they_stand, keys, settling.wrappers).values():
        for taken in names:
            every = run.engine.index.names(taken.key) if taken.name is None else (taken.name,)
            yield from ((taken.key, name) for name in every)
