"""Modules that only forward to another (UF103), with those who import them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from unfork.audit.file_roles import is_entry_file, is_loaded_by_convention
from unfork.audit.liveness.reachability import Reach
from unfork.audit.project_model import Importer, ProjectModel
from unfork.audit.scanning.facts import FileFacts
from unfork.reports.sums import count_text
from unfork.values import Finding
from unfork_codemods.project import Key

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class HandShim:
    """A module that only forwards to the ``target``, and the ``importers`` that could take names from there.

    ``renamed`` are the names that are called differently there.
    """

    key: Key
    path: str
    line: int
    target: Key
    renamed: tuple[tuple[str, str], ...]
    importers: tuple[Importer, ...]

    def summary(self, dotted: Callable[[Key], str]) -> str:
        """Return what it forwards to and who imports it, in words; ``dotted`` returns a module's name."""
        users = list(dict.fromkeys(f"{item.path}:{item.line}" for item in self.importers))
        told = f"{dotted(self.key)} only forwards to {dotted(self.target)}"
        if not users:
            return f"{told}; nothing imports it"
        files = count_text(len({item.path for item in self.importers}), "file")
        more = f" and {len(users) - _SHOWN} more" if len(users) > _SHOWN else ""
        verb = "imports" if files.startswith("1 ") else "import"
        return f"{told}; {files} {verb} it: {', '.join(users[:_SHOWN])}{more}"

    def finding(self, dotted: Callable[[Key], str]) -> Finding:
        """Return the finding."""
        return Finding(self.path, self.line, 1, "UF103", self.summary(dotted))


def hand_shims(model: ProjectModel, reach: Reach) -> tuple[HandShim, ...]:
    """Return the modules that only forward to another one; a chain of them is followed to its end.

    What starts a program, what tools load by name, and a package that shows what is inside it, are none.
    """
    started = {entry.key for entry in reach.entries}
    shims = {
        facts.key: facts
        for facts in model.modules.values()
        if facts.forwards_to is not None
        and facts.key not in started
        and _may_be_shim(model, facts, facts.forwards_to)
    }
    return tuple(_shims_with_targets(model, shims))


def _may_be_shim(model: ProjectModel, facts: FileFacts, target: Key) -> bool:
    """Return whether a forwarding module is in the way: not a front for something private, or for its own package."""
    if facts.deprecated or facts.runs_itself or facts.error is not None or target == facts.key:
        return False
    if is_entry_file(facts.path) or is_loaded_by_convention(facts.path):
        return False
    if target.startswith(f"{facts.key}/") or target.rpartition("/")[2].startswith("_"):
        return False
    return not (
        model.layout.is_package(facts.key)
        and any(key.startswith(f"{facts.key}/") for key in model.modules)
    )


def _shims_with_targets(model: ProjectModel, shims: dict[Key, FileFacts]) -> Iterator[HandShim]:
    for key, facts in sorted(shims.items()):
        target, renamed = _last_target(key, shims)
        if target is None or facts.forward is None:
            continue
        importers = tuple(
            item for item in model.importers.get(key, ()) if item.path not in _paths_of(shims)
        )
        if facts.forward.declared or model.importers.get(key):
            yield HandShim(key, facts.path, facts.forward.line, target, renamed, importers)


def _paths_of(shims: dict[Key, FileFacts]) -> frozenset[str]:
    return frozenset(facts.path for facts in shims.values())


def _last_target(
    key: Key, shims: dict[Key, FileFacts]
) -> tuple[Key | None, tuple[tuple[str, str], ...]]:
    """Return the module at the end of a chain of shims, and the renamed names; None if the chain is a circle."""
    seen = {key}
    renamed: dict[str, str] = {}
    while key in shims:
        facts = shims[key]
        further = dict(facts.forward.renamed) if facts.forward else {}
        renamed = {name: further.get(other, other) for name, other in renamed.items()} or further
        if facts.forwards_to is None or facts.forwards_to in seen:
            return None, ()
        key = facts.forwards_to
        seen.add(key)
    return key, tuple(sorted(renamed.items()))
