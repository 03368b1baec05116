"""State of a legacy module that moves only in part: names that share it move together, or stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.planning.settling import Settling
from unfork.reading.index import Index
from unfork.rewriting.constraints import Constraints
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Destination, ImportedName, Key, Located
from unfork_codemods.redirect import RedirectImports


def shared_state_has_one_home(settling: Settling) -> dict[str, Constraints]:
    """Keep names that share state together if others use both names that move and names that stay."""
    run = settling.run
    if not any(result.edits for result in settling.results.values()) or not run.shared_state:
        return {}
    codemod = run.redirect_codemod.bound(settling.bindings)
    parting = [
        (key, *names)
        for key, states in run.shared_state.items()
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
    if not stays:
        return {}
    return settling.bind(settling.bindings._replace(stays={**stays, **settling.bindings.stays}))


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

    reads = index.told(origin.key, names_read) or {}
    read = reads.get(origin.name, frozenset())
    return any(index.origin(origin.key, used_name).identity == state for used_name in read)


def _sharing_reason(module: str, name: str, other: str | None, path: str) -> str:
    return (
        f"{name} shares what {module} keeps or raises with {other or 'all of it'}, which {path} goes on taking; "
        "move both, by [redirect.names] or by hand"
    )
