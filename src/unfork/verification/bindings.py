"""Names of modules as bindings: which ones a file replaces, takes or reads."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.verification.facts import Access, Binding, Replacement
from unfork.verification.file_in_both import Both
from unfork.verification.machine import Event, Machine
from unfork.verification.tree_state import TreeState
from unfork.verification.values import OPAQUE, Attribute, Module, Outside, Taken, Value, plain_value


def replacements_of(file: Both) -> Iterator[Replacement]:
    """Yield the module names that the file replaces, before and after."""
    kinds = ("replace", "replace module")
    old = [e for e in file.before.events if e.kind in kinds]
    new = [e for e in file.after.events if e.kind in kinds]
    if len(old) != len(new):
        new = []
    for number, event in enumerate(old):
        line, col = getattr(event.node, "lineno", 1), getattr(event.node, "col_offset", 0) + 1
        after = _replaced_names(file.tree_states[1], new[number]) if new else set()
        for binding in _replaced_names(file.tree_states[0], event):
            counterpart = next(iter(after & {binding} or after), None)
            yield Replacement(binding, counterpart, line, col, event.late)


def _replaced_names(tree_state: TreeState, event: Event) -> set[tuple[str, str]]:
    if event.kind == "replace module":
        paths = {v.path for v in event.values if isinstance(v, Module)}
        return {(path, "*") for path in paths} or {(event.name, "*")}
    known = event.values not in (OPAQUE, frozenset())
    bases = {plain_value(v) for v in tree_state.resolved(event.values)} if known else set()
    modules = {v.path for v in bases if isinstance(v, Module)}
    if event.values == OPAQUE and "\0" in event.name:
        return {("", event.name)}
    return {(path, event.name) for path in modules}


def names_in_paths(file: Both) -> Iterator[tuple[Binding, int]]:
    """Yield the names that patches reach by a path after, and the keys of ``sys.modules``, each with its line."""
    for event in file.after.events:
        line = getattr(event.node, "lineno", 1)
        if event.kind in ("replace", "name object"):
            ends = (Taken(v, event.name) if event.kind == "replace" else v for v in event.values)
            names = {n for end in ends for n in _names_on_the_way(file.tree_states[1], end)}
            yield from ((name, line) for name in sorted(names))
        elif event.kind in ("read module", "name module", "replace module"):
            keys = sorted(v.path for v in event.values if isinstance(v, Module))
            yield from (((path, "*"), line) for path in keys)


def _names_on_the_way(tree_state: TreeState, value: Value) -> Iterator[Binding]:
    """Yield the module names by which a dotted path leads to a value."""
    while isinstance(value, Taken):
        owners = map(plain_value, tree_state.resolve(value.module))
        yield from ((owner.path, value.name) for owner in owners if isinstance(owner, Module))
        value = value.module


def accesses_of(file: Both) -> Iterator[Access]:
    """Yield the module names that the file takes and reads, before and after.

    What examples in docstrings read does not count: no test that replaces a name runs them.
    """
    seen = set()
    bound = _bound_early(file)
    for pair in file.doubtful:
        if pair.after is None or pair.why or id(pair.before) in file.in_examples:
            continue
        line = getattr(pair.before, "lineno", 1)
        old = list(_bindings_read(file.tree_states[0], file.before, pair.before))
        new = list(_bindings_read(file.tree_states[1], file.after, pair.after))
        for binding in old:
            if binding is None:
                continue
            after = binding if new == old else new[0] if new else None
            access = Access(binding, after, True, line, _root_name(pair.before) in bound)
            key = access._replace(line=0)
            if key not in seen:
                seen.add(key)
                yield access
    yield from _accesses_by_import(file)


def _bound_early(file: Both) -> set[str | None]:
    """Return the names that only imports outside functions bind."""
    early: set[str | None] = set()
    late: set[str | None] = set()
    for statement in file.source.imports:
        names = late if statement.in_function else early
        names.update(statement.local(alias).partition(".")[0] for alias in statement.node.names)
    return early - late


def _root_name(node: ast.AST) -> str | None:
    """Return the name at the root of an attribute chain."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _bindings_read(
    tree_state: TreeState, machine: Machine, node: ast.AST
) -> Iterator[Binding | None]:
    """Yield the module names that an expression reads, the last attribute first; None for one outside."""
    for value in machine.seen.get(id(node), ()):
        current: Value = value
        while isinstance(current, Attribute):
            for base in tree_state.resolve(current.base):
                owner = plain_value(base)
                if isinstance(owner, Module):
                    yield owner.path, current.name
                elif isinstance(owner, Outside):
                    yield None
            current = current.base


def _accesses_by_import(file: Both) -> Iterator[Access]:
    old, new = (_names_taken(machine, file.in_examples) for machine in (file.before, file.after))
    likely = [*(k for k in new if k not in old), *(k for k in new if k in old)]
    for (binding, late), (value, line) in old.items():
        if (binding, late) in new:
            yield Access(binding, binding, late, line)
            continue
        was = file.tree_states[0].resolve(value)
        after = next(
            (
                key[0]
                for key in likely
                if file.counterparts.agree(was, file.tree_states[1].resolve(new[key][0]))
            ),
            None,
        )
        yield Access(binding, after, late, line)


def _names_taken(
    machine: Machine, in_examples: Collection[int]
) -> dict[tuple[tuple[str, str], bool], tuple[Value, int]]:
    taken: dict[tuple[tuple[str, str], bool], tuple[Value, int]] = {}
    for event in machine.events:
        if event.kind == "take" and id(event.node) not in in_examples:
            for value in event.values:
                if isinstance(value, Taken) and isinstance(value.module, Module):
                    line = getattr(event.node, "lineno", 1)
                    taken[(value.module.path, value.name), event.late] = (value, line)
    return taken
