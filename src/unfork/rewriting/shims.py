"""Which names a shim has to forward, and where to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from unfork.reading.definitions import Definitions
from unfork.reading.index import Index
from unfork.reading.layout import is_external, key_of
from unfork.reading.source import Source
from unfork.values import Finding
from unfork_codemods.edits import Edit
from unfork_codemods.plan import Deprecate, Target
from unfork_codemods.project import Home, ImportCodemod, Key, Located, Site
from unfork_codemods.shim_module import forwarded, shim_edits


def shim_of(
    source: Source, step: Deprecate, index: Index, codemods: Iterable[ImportCodemod]
) -> tuple[tuple[Edit, ...], tuple[Finding, ...]]:
    """Return the edits that make a module a shim, and what keeps it from becoming one: then there are no edits.

    A public name without a home keeps it, and so does code that runs when the file is run. Raises Unparsable.
    """
    key = key_of(source.path)
    codemod = next((each for each in codemods if each.step == "redirect"), None)
    existing = forwarded(source.tree)
    targets: dict[str, Target] = dict(existing or {})
    if existing is None:
        names, homeless = _homes(key, step, index, codemod)
        if homeless:
            return (), (_left(source, step, homeless),)
        targets = names
    if b"__main__" in source.data:
        message = f"{step.module} runs as a program: move that part before it becomes a shim"
        return (), (Finding(source.path, 1, 1, "UF006", message),)
    return shim_edits(source.data.decode(), step, targets), ()


def _left(source: Source, step: Deprecate, homeless: list[str]) -> Finding:
    names = ", ".join(homeless)
    message = f"{step.module} cannot become a shim: no counterpart for {names}; say it under names of its redirect"
    return Finding(source.path, 1, 1, "UF006", message)


def _homes(
    key: Key, step: Deprecate, index: Index, codemod: ImportCodemod | None
) -> tuple[dict[str, Target], list[str]]:
    definitions = index.definitions(key) or Definitions()
    targets: dict[str, Target] = {}
    homeless: list[str] = []
    for name in sorted(_offered(definitions, key, index)):
        target = _home(key, name, step, index, codemod)
        if target is not None:
            targets[name] = target
        elif not name.startswith("_"):
            homeless.append(name)
    return targets, homeless


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
