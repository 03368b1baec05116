"""What a module keeps while the program runs has one home, also where some file cannot follow.

    legacy.py  PLUGINS = {}                         a.py  from legacy import register  (moves)
               def register(plugin): ...            b.py  import legacy as api         (others may take it: left)

If ``a.py`` moved alone, what it registers would not be in the registry that ``b.py`` reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.planning.parted_modules import state_changed
from unfork.planning.settling import Settling
from unfork.planning.shared_state import (
    files_staying_and_imported,
    names_left,
    names_moving_away,
)
from unfork.planning.shims import shims_of
from unfork.reading.layout import key_of
from unfork.rewriting.constraints import Constraints, Name
from unfork_codemods.bindings import EVERY, Kept
from unfork_codemods.project import Key

Taken = tuple[Key, str | None]
"""A name of a module, or None for the module itself."""


def state_stays_with_what_is_left(settling: Settling) -> dict[str, Constraints]:
    """Keep names that share state with what a file goes on taking in which something is left, or that is excluded."""
    results, run = settling.results, settling.run
    if run.chosen is not None or not any(result.edits for result in results.values()):
        return {}
    excluded = run.once(files_staying_and_imported)
    left = excluded.keys() | {path for path, result in results.items() if result.left}
    taken = settling.still_taken(left, frozenset(run.redirects))
    whys = {name: _why(settling, name[0], path, excluded) for name, path in taken.items()}
    return state_stays_with(settling, whys)


def state_stays_with(settling: Settling, taken: Mapping[Taken, str]) -> dict[str, Constraints]:
    """Keep names that share state with what is ``taken``, each with the file that goes on taking it, and why it does.

    A shim only forwards: there, nothing is twice. Where the user chose what moves, the rest is not looked at.
    """
    run, shims = settling.run, {key_of(path) for path in shims_of(settling.results)}
    taken = {name: why for name, why in taken.items() if name[0] not in shims}
    if not taken or run.chosen is not None:
        return {}
    return settling.keep(dict(_names_kept(settling, taken)))


def _why(settling: Settling, key: Key, path: str, excluded: Mapping[str, str]) -> str:
    """Return where and why a file goes on taking something of a module, for messages."""
    if path in excluded:
        return f"{path} goes on taking{excluded[path]}"
    module = settling.run.redirects[key].source
    left = settling.results[path].left
    of_it = (f for f in left if module in (f.module, f"{f.module}.{f.name}"))
    finding = next(of_it, left[0])
    return f"{path}:{finding.line} goes on taking: {finding.message}"


def _names_kept(settling: Settling, taken: Mapping[Taken, str]) -> Iterator[tuple[Name, Kept]]:
    """Yield the names that would move away from state that some file goes on taking, and why they stay."""
    run = settling.run
    codemod = run.redirect_codemod.bound(settling.bindings)
    known = {name for name, _ in names_left(settling)}
    for key, states in state_changed(run, sorted({key for key, _ in taken})).items():
        source = codemod.redirects[key].source
        for state, users in states.items():
            every = (state, *sorted(users), None, EVERY)
            other = next((name for name in every if (key, name) in taken), "")
            if other == "":
                continue
            what = "all of it" if other in (None, EVERY) else other
            why = f"what {source} keeps or raises with {what}, which {taken[key, other]}"
            for name in names_moving_away(run.engine.index, codemod, key, state, users):
                if (key, name) not in known:
                    yield (key, name), Kept(f"{name} shares {why}")
