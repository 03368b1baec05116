"""What names of a legacy module share when they do not all move: its state, its errors, its classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from unfork.planning.other_code import other_code
from unfork.planning.parted_modules import parted_state, state_changed
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.edges import modules_imported, names_from_outside
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Destination, ImportedName, Key, Located, last_segment
from unfork_codemods.redirect import RedirectImports

_IGNORING = re.compile(rb"#\s*unfork:\s*ignore|#\s*noqa\s*:[^\r\n]*\bUF0", re.IGNORECASE)
"""What may be a comment that leaves an import alone."""


def shared_state_has_one_home(settling: Settling) -> dict[str, Constraints]:
    """Keep names that share state together if others use both names that move and names that stay."""
    run = settling.run
    if not any(result.edits for result in settling.results.values()):
        return {}
    states_by_module = run.once(parted_state)
    if not states_by_module:
        return {}
    codemod = run.redirect_codemod.bound(settling.bindings)
    parting = [
        (key, *names)
        for key, states in states_by_module.items()
        for names in _parted_names(run.engine.index, codemod, key, states)
    ]
    if not parting:
        return {}
    keys = frozenset(key for key, _, _ in parting)
    taken = settling.still_taken({*settling.results, *run.all_candidates[0]}, keys)
    stays: dict[tuple[Key, str], Kept] = {}
    for key, moving, staying in parting:
        source = codemod.redirects[key].source
        for other in [name for name in (*sorted(staying), None) if (key, name) in taken][:1]:
            path = taken[key, other]
            stays |= {
                (key, name): Kept(_sharing_reason(source, name, other, path)) for name in moving
            }
    return settling.keep(stays)


def definitions_left_keep_what_they_share(settling: Settling) -> dict[str, Constraints]:
    """Keep what shares state or classes with a definition of which a use cannot follow, and that definition everywhere.

    Otherwise such a class would be there twice: what the legacy definition raises, the file that moved would not catch.
    """
    left: dict[Name, str] = {}
    for name, why in (*names_left(settling), *_names_kept(settling)):
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


def files_that_stay_keep_what_they_share(settling: Settling) -> dict[str, Constraints]:
    """Keep what a file takes that is not rewritten and others may tell apart: one that is excluded, or was refused.

    What it registers, raises or makes reaches files that are rewritten, and is of the legacy module. An excluded file,
    or one with an ignored import, counts where one of these imports it. Likewise for what runs and is no Python file
    that a run rewrites.
    """
    run = settling.run
    if run.chosen is not None or not any(result.edits for result in settling.results.values()):
        return {}
    left: dict[Name, str] = {}
    why_not = dict(run.once(_staying_and_imported))
    why_not |= {path: f": {why}" for path, why in _files_left_whole(settling)}
    for path, why in why_not.items():
        for key, taken in settling.still_taken([path], frozenset(run.redirects)):
            for name in _shared_names_in(run, key, path) if taken in (None, "*") else (taken,):
                if _is_shared(run, key, name):
                    left.setdefault((key, name), f"{path} takes it{why}")
    for code in other_code(run):
        for key, name in sorted(code.names):
            if key in run.redirects and _is_shared(run, key, name):
                left.setdefault((key, name), f"{code.path} takes it, and is not rewritten")
    kept = {name: Kept(f"{name[1]} stays: {why}") for name, why in left.items()}
    return settling.keep(names_tied(run, left) | kept) if left else {}


def _files_left_whole(settling: Settling) -> Iterator[tuple[str, str]]:
    """Yield the files of which a rewrite was refused, each with the reason."""
    for path, constraints in settling.constraints.items():
        if constraints.unchanged is not None:
            yield path, constraints.unchanged.message


def _shared_names_in(run: Run, key: Key, path: str) -> list[str]:
    """Return the names that a file may use of a module it takes all names of, and that others share."""
    words = {*re.findall(r"\w+", run.read(path).decode(errors="replace"))}
    groups = _groups_sharing(run, key)
    return sorted(words & {*groups, *chain(*groups.values())})


def _is_shared(run: Run, key: Key, name: str) -> bool:
    """Return whether other names of a module share with a name what it keeps, raises or makes."""
    groups = _groups_sharing(run, key)
    return name in groups or any(name in users for users in groups.values())


def _staying_and_imported(run: Run) -> dict[str, str]:
    """Return the files with imports that stay, and why, which a file that is rewritten imports, or will.

    A module that no root has may be one of them, in a folder that the program puts on ``sys.path``.
    """
    staying = dict.fromkeys(run.uncovered_candidates, ", and is excluded")
    covered = filter(run.covers, run.all_candidates[0])
    for path, data in run.tree.scan(covered, _may_have_ignores):
        if data and _IGNORING.search(data) and key_of(path) not in run.redirects:
            staying[path] = " on a line with an ignore comment"
    by_key = {key_of(path): path for path in staying}
    redirects, index = run.redirect_codemod.redirects.values(), run.engine.index
    imported = {index.named(home).key for step in redirects for home in step.homes} & by_key.keys()
    for path in run.naming(frozenset(map(last_segment, by_key))) if by_key else ():
        if run.covers(path):
            try:
                source = run.engine.heads.sources.read(path, run.read(path))
                found = {*modules_imported(source, index)}
                outside = {*names_from_outside(source, index)}
                imported |= {k for k in by_key if k in found or last_segment(k) in outside}
            except (Unparsable, RecursionError):
                continue
    return {by_key[key]: staying[by_key[key]] for key in sorted(imported)}


def _may_have_ignores(buffer: bytearray, size: int) -> bool:
    return any(buffer.find(mark, 0, size) >= 0 for mark in (b"unfork", b"UF0", b"uf0"))


def names_tied(run: Run, left: Mapping[Name, str]) -> dict[Name, Kept]:
    """Return what shares state or classes with definitions that are ``left``, and so stays with them."""
    return _tied_names(left, dict(_ties_of_modules(run, left)))


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


def _names_kept(settling: Settling) -> Iterator[tuple[Name, str]]:
    """Yield the legacy names that another rule keeps, for whatever looks them up, each with the reason."""
    for (key, name), kept in settling.bindings.stays.items():
        if name.isidentifier() and key in settling.run.redirects:
            yield (key, name), kept.why


class _Tie(NamedTuple):
    """Why a name stays: with the definition ``root``, because both use what the module calls ``shared``."""

    root: str
    shared: str


def _ties_of_modules(run: Run, left: Mapping[Name, str]) -> Iterator[tuple[Name, _Tie]]:
    for key in sorted({key for key, _ in left}):
        groups = _groups_sharing(run, key)
        ties: dict[str, _Tie] = {}
        waiting = [(name, name) for owner, name in sorted(left) if owner == key]
        for name, root in waiting:
            for shared, users in sorted(groups.items(), key=lambda group: group[0] != name):
                if name == shared or name in users:
                    fresh = {shared, *users} - ties.keys() - {root}
                    ties |= {other: _Tie(root, shared) for other in fresh}
                    waiting += [(other, root) for other in sorted(fresh)]
        yield from (((key, name), tie) for name, tie in ties.items())


def _known_groups(_: Run) -> dict[Key, dict[str, frozenset[str]]]:
    """Return what is known of the groups of modules, for all rounds of settling: a group never changes."""
    return {}


def _groups_sharing(run: Run, key: Key) -> dict[str, frozenset[str]]:
    """Return what definitions of a module share and some code may tell apart, each with the names that use it."""
    known = run.once(_known_groups)
    if key not in known:
        known[key] = _compute_groups(run, key)
    return known[key]


def _compute_groups(run: Run, key: Key) -> dict[str, frozenset[str]]:
    # late: few uses cannot follow
    from unfork.planning.shared_members import users_of_members
    from unfork.reading.state import shared_by_definitions

    shared = run.engine.index.told(key, shared_by_definitions)
    if shared is None:
        return {}
    asked = _classes_asked_for(run, shared.plain)
    groups = {
        name: users
        for name, users in shared.users.items()
        if name not in shared.plain or name in asked
    }
    others = [*state_changed(run, [key])[key].items(), *users_of_members(run, key).items()]
    for name, users in others:
        groups[name] = groups.get(name, frozenset()) | users
    return groups


def _classes_asked_for(run: Run, classes: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the classes of which some file of the project asks for one of the names."""
    from unfork.reading.state import names_told_apart

    words = frozenset().union(*classes.values())
    asked: set[str] = set()
    for path in run.naming(words):
        try:
            asked |= names_told_apart(Source.read(path, run.read(path))) & words
        except Unparsable:
            continue
    while more := {name for name, names in classes.items() if names & asked} - asked:
        asked |= more
    return asked


def _tie_reason(name: str, tie: _Tie, why: str) -> str:
    if tie.shared == name:
        how = "whose code uses it"
    else:
        how = "which it uses" if tie.shared == tie.root else f"since both use {tie.shared}"
    return f"{name} stays as long as {tie.root} does, {how}; {tie.root} stays: {why}"


def _parted_names(
    index: Index, codemod: RedirectImports, key: Key, states: Mapping[str, frozenset[str]]
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield, for each state of a module, the names that move away from it and those that stay."""
    for state, users in states.items():
        destinations = {
            name: _name_destination(index, codemod, key, name) for name in (state, *users)
        }
        moving = frozenset(
            name
            for name, destination in destinations.items()
            if destination is not None
            and not _is_sharing_state(index, (key, state), name, destination)
        )
        staying = frozenset(
            name for name, destination in destinations.items() if destination is None
        )
        if moving and staying:
            yield moving, staying


def _name_destination(
    index: Index, codemod: RedirectImports, key: Key, name: str
) -> Destination | None:
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


def _sharing_reason(module: str, name: str, other: str | None, path: str) -> str:
    return (
        f"{name} shares what {module} keeps or raises with {other or 'all of it'}, which {path} goes on taking; "
        "move both, by [redirect.names] or by hand"
    )
