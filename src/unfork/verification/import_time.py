"""Cycles at import time: a name that is asked of a module which has not bound it yet (language reference, 5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.verification.facts import FileReport, Violation
from unfork.verification.states import States, imported
from unfork.verification.values import Module, Taken


def early_uses(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield the imports that are new and may ask a module for a name before it has it."""
    before, after = states.worlds(False)
    for path in reports:
        if path not in states.rewrites.edits or not path.endswith(".py"):
            continue
        machine = after.machine(path)
        if machine is None:
            continue
        known = imported(before, path, late=False)
        for event in machine.events:
            if event.kind != "take" or event.late or event.typing_only:
                continue
            for value in event.values:
                if not isinstance(value, Taken) or not isinstance(value.module, Module):
                    continue
                target = value.module.path
                if target in known or target == path or path not in states.closure(target, True):
                    continue
                if _had_cycle(states, path, known):
                    continue
                if not _bound_first(states, target, value.name, path):
                    line = getattr(event.node, "lineno", 1)
                    why = f"{value.name} may not be there yet: importing {target} imports {path}"
                    yield Violation(path, line, 1, why, (path,))


def _had_cycle(states: States, path: str, known: frozenset[str]) -> bool:
    """Return whether what the file imported before, and does not now, led back to it as well."""
    now = imported(states.worlds(False)[1], path, late=False)
    return any(path in states.closure(each, False) for each in known - now)


def _bound_first(states: States, module: str, name: str, path: str) -> bool:
    """Return whether a module has bound a name when it comes to import what leads to a file."""
    machine = states.worlds(False)[1].machine(module)
    if machine is None:
        return True
    bound = [
        getattr(node, "lineno", 0)
        for definition, node in machine.definitions.items()
        if not definition.scope and machine.names[definition] == name
    ]
    leading = [
        getattr(event.node, "lineno", 0)
        for event in machine.events
        if not event.late
        and not event.typing_only
        and any(
            isinstance(v, Module) and (v.path == path or path in states.closure(v.path, True))
            for v in event.values
        )
    ]
    return bool(bound) and bool(leading) and min(bound) < min(leading)
