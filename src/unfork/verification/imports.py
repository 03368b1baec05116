"""The imports of a file: whether they find what they name, and what they load."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unfork.verification.facts import Violation
from unfork.verification.file_in_both import Both
from unfork.verification.machine import Event
from unfork.verification.states import files_named
from unfork.verification.values import (
    UNBOUND,
    Definition,
    Missing,
    Module,
    Outside,
    Taken,
    Value,
    plain_value,
)


def imports_resolve(file: Both) -> Iterator[Violation]:
    """Yield new imports whose target does not exist."""
    if not file.changed and not file.states.rewrites.removed:
        return
    told = {v for e in file.before.events for v in e.values}
    fresh = [e for e in file.after.events if file.states.rewrites.removed or not e.values <= told]
    if not fresh:
        return
    stays = {v for e in file.after.events for v in e.values}
    left = [e for e in file.before.events if not e.values <= stays]
    if file.states.rewrites.removed:
        left = file.before.events
    known = {v for e in left for v in file.resolved(False, e.values)}
    # a name was taken of a module that is not there before, too, by way of another module
    known |= {Missing(v.module, "") for v in map(plain_value, known) if isinstance(v, Missing)}
    for event in fresh:
        if event.kind not in ("import", "from", "take", "name module", "read module"):
            continue
        if event.typing_only is not file.typing:
            continue
        values = file.resolved(True, event.values)
        has_fallback = not all(isinstance(plain_value(value), Missing) for value in values)
        for value in values:
            inner = plain_value(value)
            if inner in known or value in known:
                continue
            if event.kind == "take" and file.changed and _is_stray(file, value):
                why = f"{event.name} is none of what was imported before"
                yield file.violation(event.node, why, (file.path,))
            if isinstance(inner, Missing) and not has_fallback:
                if _is_bound_by_calls(file, inner) and _was_bound_by_calls(file, event):
                    continue
                blame = (
                    (file.path,) if file.changed else tuple(sorted(file.states.rewrites.removed))
                )
                what = inner.name or inner.module
                yield file.violation(event.node, f"{what} is not there", blame)
            elif inner == UNBOUND and not _was_unsure(file, event):
                yield file.violation(
                    event.node, f"{event.name} may not be bound there", (file.path,)
                )


def _was_bound_by_calls(file: Both, event: Event) -> bool:
    """Return whether a name was taken before that the module of then has only once a function was called, too."""
    taken = (e for e in file.before.events if e.kind == "take" and e.name == event.name)
    values = (plain_value(v) for e in taken for v in file.resolved(False, e.values))
    return any(isinstance(v, Missing) and _is_bound_by_calls(file, v) for v in values)


def _is_bound_by_calls(file: Both, lacking: Missing) -> bool:
    """Return whether a function of the module binds the name that it lacks, once it is called: ``global name``."""
    try:
        text = file.states.text_after(lacking.module)
    except OSError:
        return False
    declared = rb"^[ \t]+global\b[^\n#]*\b%b\b" % lacking.name.encode()
    return bool(lacking.name) and re.search(declared, text, re.MULTILINE) is not None


def names_taken_as_before(file: Both) -> Iterator[Violation]:
    """Yield imports, unchanged and perhaps unused, of names that a changed module had and has no longer."""
    known = {value for event in file.before.events for value in event.values}
    for event in file.after.events:
        if event.kind != "take" or event.typing_only is not file.typing:
            continue
        for value in event.values & known:
            changed = _changed_module(file, value)
            if changed and _is_missing(file, True, value) and not _is_missing(file, False, value):
                why = f"{event.name} is not there any more"
                yield file.violation(event.node, why, (changed,))


def _changed_module(file: Both, value: Value) -> str:
    """Return the module that a name is taken from, if the run changes it; else an empty string."""
    module = value.module if isinstance(value, Taken) else None
    is_changed = isinstance(module, Module) and module.path in file.states.rewrites.edits
    return module.path if isinstance(module, Module) and is_changed else ""


def _is_missing(file: Both, after: bool, value: Value) -> bool:
    values = file.resolved(after, frozenset({value}))
    return any(isinstance(plain_value(inner), Missing) for inner in values)


def lost_examples(file: Both) -> Iterator[Violation]:
    """Yield ``>>>`` examples that import a module to be removed."""
    finder, removed = file.tree_states[0].finder, file.states.rewrites.removed
    for examples in file.source.examples if removed else ():
        for node in ast.walk(examples.tree or ast.Module([], [])):
            if isinstance(node, ast.Import | ast.ImportFrom):
                gone = removed.intersection(files_named(finder, node, file.path))
                if gone:
                    why = f"an example imports {min(gone)}"
                    line = examples.lines[node.lineno - 1]
                    yield Violation(file.path, line, 1, why, tuple(sorted(gone)))


def _was_unsure(file: Both, event: Event) -> bool:
    """Return whether an import of a name may have failed before, or has: the new one may, too."""
    taken = (e for e in file.before.events if e.kind == "take" and e.name == event.name)
    resolved = [file.tree_states[0].resolved(e.values) for e in taken]
    failed = any(values and all(isinstance(v, Missing) for v in values) for values in resolved)
    return failed or any(UNBOUND in values for values in resolved)


def modules_reached(file: Both) -> Iterator[tuple[str, int]]:
    """Yield the modules that imports refer to after, with the line; packages on the way are not included."""
    for event in file.after.events:
        if not file.states.concerns(event.values):
            continue
        line = getattr(event.node, "lineno", 1)
        if event.kind in ("import", "star"):
            modules = event.values
        elif event.kind == "take":
            taken = [v for v in event.values if isinstance(v, Taken)]
            modules = frozenset(module for v in taken for module in _modules_taken(file, v))
        else:
            continue
        yield from ((v.path, line) for v in modules if isinstance(v, Module))


def _modules_taken(file: Both, taken: Taken) -> Iterator[Module]:
    """Yield the modules that ``from a import b`` refers to: ``a.b`` unless ``a`` has another ``b``, or else ``a``."""
    state = file.tree_states[1]
    values = {plain_value(value) for value in state.resolve(taken)}
    if not any(isinstance(value, Module) for value in values) and isinstance(taken.module, Module):
        yield taken.module
    module = state.finder.submodule(taken.module, taken.name)
    is_something_else = bool(values) and all(isinstance(value, Definition) for value in values)
    if isinstance(module, Module) and not is_something_else:
        yield module


def _is_stray(file: Both, value: Value) -> bool:
    """Return whether a new import takes an outside name that is unrelated to anything the file had before."""
    if not isinstance(value, Outside) or file.path in file.states.project.deprecated:
        return False
    inside = f"{value.dotted}."
    for values in file.after.seen.values():
        used = file.resolved(True, values)
        if any(isinstance(v, Outside) and v.dotted.startswith(inside) for v in used):
            return False
    every = (v for values in file.before.seen.values() for v in file.resolved(False, values))
    had = {*every, *(v for e in file.before.events for v in file.resolved(False, e.values))}
    had |= {*_given_by_stars(file)}
    return not any(file.counterparts.matches(candidate, value) for candidate in had)


def _given_by_stars(file: Both) -> Iterator[Value]:
    """Yield the values of all names that the stars of the file gave, used or not: an ``eval`` may use them."""
    stars = (event for event in file.before.events if event.kind == "star")
    for module in {v for event in stars for v in event.values if isinstance(v, Module)}:
        for values in (file.tree_states[0].exports(module.path) or {}).values():
            yield from file.resolved(False, values)
