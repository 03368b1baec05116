"""What names of a legacy module share when they do not all move: its state, its errors, its classes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from unfork.planning.parted_classes import place_of_meeting
from unfork.planning.parted_modules import States, parted_state, state_changed
from unfork.planning.reached_names import Place, names_reached
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.index import Index
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Destination, ImportedName, Key, Located
from unfork_codemods.redirect import RedirectImports


def shared_state_has_one_home(settling: Settling) -> dict[str, Constraints]:
    """Keep names that share state together if others use both names that move and names that stay.

    Likewise for classes, where what comes of a name that stays may meet what comes of one that moves.
    """
    run = settling.run
    if not any(result.edits for result in settling.results.values()):
        return {}
    parted = run.once(_parted_modules)
    if not parted:
        return {}
    codemod = run.redirect_codemod.bound(settling.bindings)
    parting = [
        _Parting(key, shared, *names)
        for key, groups in parted.items()
        for shared, users in groups.items()
        for names in _parted_names(run.engine.index, codemod, key, shared, users)
    ]
    moved = names_moved(settling, {(p.key, name) for p in parting for name in p.moving})
    parting = [p for p in parting if any((p.key, name) in moved for name in p.moving)]
    if not parting:
        return {}
    keys = frozenset(part.key for part in parting)
    paths = sorted({*settling.results, *run.all_candidates[0]})
    reached = _names_reached(settling, parting)
    taken = {name: str(place) for name, place in reached.items()}
    taken |= settling.still_taken(paths, keys)
    states, stays = run.once(parted_state), dict[Name, Kept]()
    has_classes = any(part.shared not in states[part.key] for part in parting)
    takers = {path: {*settling.still_taken([path], keys)} for path in paths} if has_classes else {}
    for name, place in reached.items():
        takers.setdefault(place.path, set()).add(name)
    for part in parting:
        is_state = part.shared in states[part.key]
        reason = _why_as_state(run, part, taken) if is_state else _why_as_class(run, part, takers)
        if reason is not None:
            stays |= {(part.key, name): Kept(f"{name} {reason}") for name in part.moving}
    return settling.keep(stays)


def _names_reached(
    settling: Settling, parting: Iterable[_Parting]
) -> dict[tuple[Key, str | None], Place]:
    """Return the names that stay and that files reach through packages that are not followed."""
    staying: dict[Key, set[str]] = {}
    for part in parting:
        staying.setdefault(part.key, set()).update(part.staying)
    return {
        (key, name): place
        for key, names in staying.items()
        for name, place in names_reached(settling, key, (), names).items()
    }


class _Parting(NamedTuple):
    """What names of a module share, of which some move to where it is another, and some stay."""

    key: Key
    shared: str
    moving: frozenset[str]
    staying: frozenset[str]


def _parted_modules(run: Run) -> dict[Key, dict[str, frozenset[str]]]:
    """Return what the names of modules share that move only in part, by module: state, errors and classes."""
    from unfork.reading.reads import names_reached  # late: few modules are parted

    parted: dict[Key, dict[str, frozenset[str]]] = {}
    for key, states in run.once(parted_state).items():
        reached = run.engine.index.told(key, names_reached) or {}
        groups = {
            shared: users.union(owner for owner, names in reached.items() if shared in names)
            for shared, users in groups_sharing(run, key).items()
        }
        parted[key] = {name: users - {name} for name, users in groups.items()} | dict(states)
    return parted


_BOTH = "move both, by [redirect.names] or by hand"


def _why_as_state(
    run: Run, part: _Parting, taken: Mapping[tuple[Key, str | None], str]
) -> str | None:
    """Return why names that use the state of a module stay: others go on taking some of them, or all of it."""
    source = run.redirects[part.key].source
    for name in (*sorted(part.staying), None):
        if (part.key, name) in taken:
            other = f"{name or 'all of it'}, which {taken[part.key, name]} goes on taking"
            return f"shares what {source} keeps or raises with {other}; {_BOTH}"
    return None


def _why_as_class(
    run: Run, part: _Parting, takers: Mapping[str, Collection[tuple[Key, str | None]]]
) -> str | None:
    """Return why names that use a class stay: what comes of those that stay is asked for it."""
    source = run.redirects[part.key].source
    for path, taken in takers.items():
        is_whole = (part.key, None) in taken  # others may have anything of it
        staying = {name for name in part.staying if is_whole or (part.key, name) in taken}
        place = place_of_meeting(run, path, part.key, part.shared, staying, part.moving)
        if place is not None:
            others = ", ".join(sorted(staying)[:3])
            met = f"they use {part.shared} of {source}, and meet at {place}"
            return f"belongs with {others}, which stays: {met}; {_BOTH}"
    return None


def definitions_left_keep_what_they_share(settling: Settling) -> dict[str, Constraints]:
    """Keep what shares state or classes with a definition of which a use cannot follow, and that definition everywhere.

    Otherwise such a class would be there twice: what the legacy definition raises, the file that moved would not catch.
    """
    left: dict[Name, str] = {}
    for name, why in names_left(settling):
        left.setdefault(name, why)
    if not left:
        return {}
    ties = dict(_ties_of_modules(settling.run, left))
    asked = settling.keep(_tied_names(left, ties))
    roots = {(key, tie.root) for (key, _), tie in ties.items()} | (ties.keys() & left.keys())
    for path, result in settling.results.items():
        held = {e.name: left[e.name] for e in result.followed if e.name in roots and not e.left}
        if held:
            known = asked.get(path) or settling.constraints_of(path)
            asked[path] = replace(known, staying=tuple({**dict(known.staying), **held}.items()))
    return asked


def names_tied(
    run: Run, left: Mapping[Name, str], asked: frozenset[Name] = frozenset()
) -> dict[Name, Kept]:
    """Return what shares state or classes with definitions that are ``left``, and so stays with them.

    Of the classes ``asked``, code may ask for instances, though no file names them where it does.
    """
    return _tied_names(left, dict(_ties_of_modules(run, left, asked)))


def _tied_names(left: Mapping[Name, str], ties: Mapping[Name, _Tie]) -> dict[Name, Kept]:
    return {
        name: Kept(_tie_reason(name[1], tie, left[name[0], tie.root]))
        for name, tie in ties.items()
        if name not in left
    }


def names_left(settling: Settling) -> Iterator[tuple[Name, str]]:
    """Yield the legacy names of which a use is left because their counterparts differ, each with such a use."""
    for result in settling.results.values():
        for entry in result.followed:
            if entry.left:
                yield entry.name, entry.left
    for constraints in settling.constraints.values():
        yield from constraints.staying


class _Tie(NamedTuple):
    """Why a name stays: with the definition ``root``, because both use what the module calls ``shared``."""

    root: str
    shared: str


def _ties_of_modules(
    run: Run, left: Mapping[Name, str], asked: frozenset[Name] = frozenset()
) -> Iterator[tuple[Name, _Tie]]:
    for key in sorted({key for key, _ in left}):
        groups = {**_users_of(run, key, asked), **groups_sharing(run, key)}
        ties: dict[str, _Tie] = {}
        waiting = [(name, name) for owner, name in sorted(left) if owner == key]
        for name, root in waiting:
            for shared, users in sorted(groups.items(), key=lambda group: group[0] != name):
                if name == shared or name in users:
                    fresh = {shared, *users} - ties.keys() - {root}
                    ties |= {other: _Tie(root, shared) for other in fresh}
                    waiting += [(other, root) for other in sorted(fresh)]
        yield from (((key, name), tie) for name, tie in ties.items())


def _users_of(run: Run, key: Key, asked: frozenset[Name]) -> Mapping[str, frozenset[str]]:
    """Return those of the classes ``asked`` that a module defines, each with the names that use it."""
    names = {name for owner, name in asked if owner == key}
    if not names:
        return {}
    from unfork.reading.state import shared_by_definitions  # late, as below

    shared = run.engine.index.told(key, shared_by_definitions)
    return (
        {name: shared.users[name] for name in sorted(names & shared.plain.keys())} if shared else {}
    )


def _known_groups(_: Run) -> dict[Key, dict[str, frozenset[str]]]:
    """Return what is known of the groups of modules, for all rounds of settling: a group never changes."""
    return {}


def _known_states(_: Run) -> dict[Key, States]:
    """Return what is known of the state of modules, likewise."""
    return {}


def state_of(run: Run, key: Key) -> States:
    """Return the state of a module: what is changed while the program runs, each with the names that use it."""
    known = run.once(_known_states)
    if key not in known:
        known[key] = state_changed(run, [key])[key]
    return known[key]


def groups_sharing(run: Run, key: Key) -> dict[str, frozenset[str]]:
    """Return what definitions of a module share and some code may tell apart, each with the names that use it."""
    known = run.once(_known_groups)
    if key not in known:
        known[key] = _compute_groups(run, key)
    return known[key]


def _compute_groups(run: Run, key: Key) -> dict[str, frozenset[str]]:
    # late: few uses cannot follow
    from unfork.planning.shared_members import users_of_members
    from unfork.reading.given_away import classes_given
    from unfork.reading.state import shared_by_definitions

    shared = run.engine.index.told(key, shared_by_definitions)
    if shared is None:
        return {}
    given = run.engine.index.told(key, classes_given) or {}
    asked = _classes_asked_for(run, shared.plain).union(given)
    groups = {
        name: users - {"__getattr__"} if name in given else users  # it gives each name by itself
        for name, users in shared.users.items()
        if name not in shared.plain or name in asked
    }
    others = [*state_of(run, key).items(), *users_of_members(run, key).items(), *given.items()]
    for name, users in others:
        groups[name] = groups.get(name, frozenset()) | users
    return groups


def _classes_asked_for(run: Run, classes: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the classes of which some file of the project asks for one of the names."""
    from unfork.reading.asked_names import names_told_apart

    words = frozenset().union(*classes.values())
    known = run.once(_known_names_told_apart)
    asked: set[str] = set()
    for path in run.naming(words):
        if path not in known:
            try:
                known[path] = frozenset(names_told_apart(Source.read(path, run.read(path))))
            except Unparsable:
                known[path] = frozenset()
        asked |= known[path] & words
    while more := {name for name, names in classes.items() if names & asked} - asked:
        asked |= more
    return asked


def _known_names_told_apart(_: Run) -> dict[str, frozenset[str]]:
    return {}


def _tie_reason(name: str, tie: _Tie, why: str) -> str:
    if tie.shared == name:
        how = "whose code uses it"
    else:
        how = "which it uses" if tie.shared == tie.root else f"since both use {tie.shared}"
    return f"{name} stays as long as {tie.root} does, {how}; {tie.root} stays: {why}"


def _parted_names(
    index: Index, codemod: RedirectImports, key: Key, shared: str, users: frozenset[str]
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield the names that move away from what a module shares, and those that stay, if there are both."""
    moving = _names_moving_away(index, codemod, key, shared, users)
    staying = frozenset(
        name for name in (shared, *users) if name_destination(index, codemod, key, name) is None
    )
    if moving and staying:
        yield moving, staying


def _names_moving_away(
    index: Index, codemod: RedirectImports, key: Key, state: str, users: frozenset[str]
) -> frozenset[str]:
    """Return those of a state and its users that move to where they no longer use that state."""
    destinations = {name: name_destination(index, codemod, key, name) for name in (state, *users)}
    return frozenset(
        name
        for name, destination in destinations.items()
        if destination is not None and not _is_sharing_state(index, (key, state), name, destination)
    )


def names_moved(settling: Settling, names: Iterable[Name]) -> set[Name]:
    """Return those of the names that some file may move, as findings tell; what is no other name may be a module."""
    moved = {
        finding.name.rpartition(".")[2]
        for result in settling.results.values()
        for finding in result.fixed
    }
    asked, index = {*names}, settling.run.engine.index
    with_modules = {key for key, _ in asked if moved - index.names(key)}
    return {(key, name) for key, name in asked if name in moved or key in with_modules}


def moves(index: Index, codemod: RedirectImports, key: Key, name: str) -> bool:
    """Return whether a name of a module moves, as far as is known."""
    return name_destination(index, codemod, key, name) is not None


def name_destination(
    index: Index, codemod: RedirectImports, key: Key, name: str
) -> Destination | None:
    """Return where a name of a module goes; None if it stays, or becomes a module."""
    destination = codemod.destination(ImportedName("", Located(key), index.dotted(key), name))
    return (
        destination
        if isinstance(destination, Destination) and destination.name is not None
        else None
    )


def _is_sharing_state(
    index: Index, state: tuple[Key, str], name: str, destination: Destination
) -> bool:
    """Return whether a name's destination is the same state, or uses it by importing it from the legacy module."""
    origin = index.origin(destination.key, str(destination.name))
    if name == state[1] or origin.name is None or not index.has_file(origin.key):
        return origin.identity == state
    from unfork.reading.reads import names_read  # late: few runs come here

    reads = index.interfaces.of_module(origin.key, names_read) or {}
    read = reads.get(origin.name, frozenset())
    return any(index.origin(origin.key, used_name).identity == state for used_name in read)
