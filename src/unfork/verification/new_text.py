"""Checks of the new text alone: every name that it reads must be bound, and nothing is imported by a detour."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.verification.facts import Violation
from unfork.verification.file_in_both import Both
from unfork.verification.machine import Event, Machine
from unfork.verification.pairing import root_of
from unfork.verification.values import UNBOUND, Module, Taken


def unbound_names(file: Both) -> Iterator[Violation]:
    """Yield names that may not be bound where they are read, unless that is so of the old names that they stand for."""
    suspects = list(maybe_unbound(file.after, file.source_after.tree))
    if not suspects:
        return
    unsure_before = list(maybe_unbound(file.before, file.tree))
    unsure, unsure_nodes = {node.id for node in unsure_before}, {*map(id, unsure_before)}
    known = {
        id(root_of(pair.after))
        for pair in file.pairs
        if pair.after is not None and not _is_bound_name(root_of(pair.before), unsure_nodes)
    }
    for node in suspects:
        if node.id not in unsure and id(node) not in known:
            yield file.violation(node, f"{node.id} may not be bound there", (file.path,))


def _is_bound_name(node: ast.AST, unsure: Collection[int]) -> bool:
    """Return whether a node is a name that is bound where it is read."""
    return isinstance(node, ast.Name) and id(node) not in unsure


def maybe_unbound(machine: Machine, tree: ast.Module) -> Iterator[ast.Name]:
    """Yield the names of a module that may not be bound where they are read."""
    unsure = {number for number, values in machine.seen.items() if UNBOUND in values}
    for node in ast.walk(tree) if unsure else ():
        if id(node) in unsure and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node


def detour_violations(file: Both) -> Iterator[Violation]:
    """Yield imports through a module that neither defines the name nor is a destination of the migration.

    Such a module's import effects, and its own imports, are unrelated to the imported name.
    """
    project = file.states.project
    if file.path in project.finder.repaired:
        return
    known = _modules_taken_from(file.before.events)
    for event in file.after.events:
        for module in _modules_taken_from([event]) - known:
            values = file.tree_states[1].resolved(event.values)
            if project.is_detour(module, values) and not _is_on_the_way(file, known, module):
                why = f"{event.name} is taken through {module}, which the migration does not mean"
                yield file.violation(event.node, why, (file.path,))


def _is_on_the_way(file: Both, known: Collection[str], module: str) -> bool:
    """Return whether one of the modules ``known`` takes names from a module itself, which is passed through already."""
    exports = (file.tree_states[0].exports(path) or {} for path in known)
    return any(
        isinstance(value, Taken) and value.module == Module(module)
        for names in exports
        for values in names.values()
        for value in values
    )


def _modules_taken_from(events: Collection[Event]) -> set[str]:
    """Return the files of the modules that names are taken from."""
    return {
        value.module.path
        for event in events
        if event.kind == "take"
        for value in event.values
        if isinstance(value, Taken) and isinstance(value.module, Module)
    }
