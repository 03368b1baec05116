"""Which names a shim has to forward, and where to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unfork.reading.definitions import Definitions
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Source
from unfork.values import Finding
from unfork_codemods.edits import Edit
from unfork_codemods.plan import Deprecate, Target
from unfork_codemods.project import (
    Home,
    ImportCodemod,
    Key,
    Kind,
    Located,
    Origin,
    Site,
    is_external,
)
from unfork_codemods.shim_module import OWN_NAMES, forwarded, shim_edits


class Shim(NamedTuple):
    """The edits that make a module a shim, or what keeps it from becoming one; the names that it ``forgets``."""

    edits: tuple[Edit, ...] = ()
    left: tuple[Finding, ...] = ()
    forgets: tuple[str, ...] = ()


_ANY = "*"
"""A name that no module defines: one that may have it may have any."""


def shim_of(
    source: Source,
    step: Deprecate,
    index: Index,
    codemods: Iterable[ImportCodemod],
    taken: Mapping[str, str],
) -> Shim:
    """Return what makes a module a shim.

    A public name without a home keeps it from becoming one, and so does any name that is ``taken``, known by the file
    that takes it; names that the text does not show, and code that runs when the file is run. Raises Unparsable.
    """
    key = key_of(source.path)
    codemod = next((each for each in codemods if each.step == "redirect"), None)
    existing = forwarded(source.tree)
    targets: dict[str, Target] = dict(existing or {})
    forgets: set[str] = set()
    if existing is None:
        definitions = index.definitions(key) or Definitions()
        if index.origin(key, _ANY).kind is Kind.UNKNOWN:
            why = "names may be in it that its text does not show (__getattr__, globals(), a star from outside)"
            return _left(source, f"{step.module} cannot become a shim: {why}; replace it by hand")
        offered = _offered(definitions, key, index)
        targets = _homes(key, {*offered, *taken}, step, index, codemod)
        homeless = {n for n in offered if not n.startswith("_")} | taken.keys()
        homeless -= targets.keys()
        if homeless:
            names = ", ".join(_told(name, taken) for name in sorted(homeless))
            why = f"no counterpart for {names}; say it under names of its redirect"
            return _left(source, f"{step.module} cannot become a shim: {why}")
        forgets = definitions.names.keys() - targets.keys() - OWN_NAMES
    if b"__main__" in source.data:
        return _left(
            source, f"{step.module} runs as a program: move that part before it becomes a shim"
        )
    edits = shim_edits(source.data.decode(), step, targets)
    return Shim(edits, forgets=tuple(sorted(forgets)))


def _left(source: Source, message: str) -> Shim:
    return Shim(left=(Finding(source.path, 1, 1, "UF006", message),))


def _told(name: str, taken: Mapping[str, str]) -> str:
    return f"{name} (taken by {taken[name]})" if name in taken else name


def _homes(
    key: Key, names: Iterable[str], step: Deprecate, index: Index, codemod: ImportCodemod | None
) -> dict[str, Target]:
    """Return where those of the names that have a home live; what comes from outside the project stays there."""
    homes = {
        name: _home(key, name, step, index, codemod) or _outside(index.origin(key, name))
        for name in names
    }
    return {name: home for name, home in homes.items() if home is not None}


def _outside(origin: Origin) -> Target | None:
    if origin.kind is not Kind.EXTERNAL or origin.name is None or not origin.certain:
        return None
    return Target(origin.key[1:-1], origin.name)


def _offered(definitions: Definitions, key: Key, index: Index) -> set[str]:
    """Return the names that others may take of a module: its own, its project's, and what ``__all__`` lists."""
    offered = set(definitions.exported or ()) | (index.star_names(key) or set())
    names: Mapping[str, object] = definitions.names
    for name in names:
        origin = index.origin(key, name)
        dunder = name.startswith("__")
        if not dunder and (origin.key == key or not is_external(origin.key)):
            offered.add(name)
    listed = set(definitions.exported or ())
    return {n for n in offered if n in listed or not is_external(index.origin(key, n).key)}


def _home(
    key: Key, name: str, step: Deprecate, index: Index, codemod: ImportCodemod | None
) -> Target | None:
    site = Site("", Located(key), step.module, name)
    home = codemod.home(site) if codemod is not None and codemod.touches(site) else None
    if isinstance(home, Home) and home.name is not None:
        return Target(home.spelling, home.name)
    if home is None and step.use is not None:
        located = index.named(step.use)
        if index.origin(located.key, name).found:
            return Target(step.use, name)
    return None
