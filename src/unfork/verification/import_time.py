"""Cycles at import time: a name that is asked of a module which has not bound it yet (language reference, 5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.verification.facts import FileReport, Violation
from unfork.verification.states import States, imported
from unfork.verification.values import Module, Taken, Value


def early_uses(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield the imports that may ask a module for a name before it has it, and did not before."""
    for path, report in reports.items():
        if not path.endswith(".py"):
            continue
        if path in states.rewrites.edits:
            yield from _of_changed(states, path, report)
        else:
            yield from _through_shims(states, path)


def _of_changed(states: States, path: str, report: FileReport) -> Iterator[Violation]:
    """Yield new imports of a file that is imported, in turn, by what it takes a name of."""
    targets = {
        a.after[0]: a for a in report.accesses if a.after is not None and a.after != a.before
    }
    if not any(target and states.leads_to(target, path) for target in targets):
        return
    machine = states.worlds(False)[1].machine(path)
    known = imported(states, path, after=False, late=False)
    for event in machine.events if machine is not None else ():
        lazy = getattr(event.node, "is_lazy", False)
        if event.kind != "take" or event.late or event.typing_only or lazy:
            continue
        for value in event.values:
            target = _module_of(value)
            if target in known or not target or target == path or not states.leads_to(target, path):
                continue
            if not _had_cycle(states, path, known) and not _bound_first(
                states, target, event.name, path
            ):
                line = getattr(event.node, "lineno", 1)
                why = f"{event.name} may not be there yet: importing {target} imports {path}"
                yield Violation(path, line, 1, why, (path,))


def _module_of(value: Value) -> str:
    if isinstance(value, Taken) and isinstance(value.module, Module):
        return value.module.path
    return ""


def _through_shims(states: States, path: str) -> Iterator[Violation]:
    """Yield imports of names that a shim forwards: it imports where they live, at once."""
    if not states.project.shims & states.rewrites.edits.keys():
        return
    after, typed = states.worlds(False)[1], states.worlds(True)[1]
    machine = after.machine(path)
    for event in machine.events if machine is not None else ():
        lazy = getattr(event.node, "is_lazy", False)
        if event.kind != "take" or event.late or event.typing_only or lazy:
            continue
        for value in event.values:
            shim = _module_of(value)
            if shim not in states.project.shims or shim not in states.rewrites.edits:
                continue
            for forward in (typed.exports(shim) or {}).get(event.name, ()):
                target = _module_of(forward)
                if target and target != path and states.leads_to(target, path):
                    line = getattr(event.node, "lineno", 1)
                    why = f"{event.name} may not be there yet: its shim imports {target}, which imports {path}"
                    yield Violation(path, line, 1, why, (shim,))


def _had_cycle(states: States, path: str, known: frozenset[str]) -> bool:
    """Return whether what the file imported before, and does not now, led back to it as well."""
    now = imported(states, path, after=True, late=False)
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
