"""The text of a shim, as it runs: its own names and imports, and its table of forwarded names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

from unfork.reading.source import Unparsable
from unfork.verification.facts import Violation
from unfork.verification.interest import EVERYTHING
from unfork.verification.machine import Machine
from unfork.verification.new_text import maybe_unbound
from unfork.verification.states import States
from unfork.verification.tree_state import TreeState
from unfork.verification.values import NOT_BOUND, Missing, Module, Outside, Taken, Value


def forwarded_names(states: States, path: str) -> Mapping[str, tuple[Value, str]]:
    """Return where a module that becomes a shim takes its names from when one is asked for; of any other, nothing."""
    if path not in states.project.shims or path not in states.rewrites.edits:
        return {}
    known = states.forwarded_names.get(path)
    if known is None:
        finder = states.tree_states(False)[1].finder
        try:
            tables = [*_forward_tables(states.source_after(path).tree)]
        except (OSError, Unparsable):
            tables = []
        known = states.forwarded_names[path] = {
            name: (finder.absolute(module, path), target)
            for table in tables
            for name, (module, target) in table.items()
        }
    return known


def forwarding_files(states: States, path: str) -> frozenset[str]:
    """Return the files that a module loads as a shim, at the latest when its names are asked for."""
    places = (place for place, _ in forwarded_names(states, path).values())
    return frozenset(place.path for place in places if isinstance(place, Module))


def forwards_less(states: States, path: str, offered: list[str]) -> Iterator[Violation]:
    """Yield what fails when a shim is imported, or asked for one of the names that the module ``offered``."""
    tree_state = states.tree_states(False)[1]
    machine = tree_state.whole(path, EVERYTHING)
    tree = states.source_after(path).tree
    if machine is None:
        return
    for node in maybe_unbound(machine, tree):
        why = f"{node.id} may not be bound there, in the shim"
        yield Violation(path, 1, 1, why, (path,))
    yield from _imports_lost(states, path, machine)
    yield from _no_modules(states, path, tree)
    for table in _forward_tables(tree):
        yield from _table_less(states, path, table, offered)


def _imports_lost(states: States, path: str, machine: Machine) -> Iterator[Violation]:
    """Yield a shim's imports that do not find what they name and that the module did not have."""
    before, after = states.tree_states(False)
    old = before.machine(path)
    known = {value for event in old.events for value in event.values} if old is not None else set()
    for event in machine.events:
        if event.typing_only or event.kind not in ("import", "from", "take"):
            continue
        resolved = after.resolved(event.values - known) if event.values - known else frozenset()
        if any(isinstance(value, Missing) for value in resolved) or any(
            _is_lost_module(before, after, value) for value in event.values
        ):
            why = f"the shim imports {event.name or 'a module'}, which is not there"
            yield Violation(path, 1, 1, why, (path,))


def _no_modules(states: States, path: str, tree: ast.Module) -> Iterator[Violation]:
    """Yield what a shim imports of another library as a module, and the module did not: it may be none."""
    known = {*_modules_named(states.source_before(path).tree)}
    finder = states.tree_states(False)[1].finder
    for name in sorted({*_modules_named(tree)} - known):
        is_standard = name.partition(".")[0] in sys.stdlib_module_names
        if not is_standard and isinstance(finder.absolute(name, path), Outside):
            why = f"the shim imports {name}, which may be no module"
            yield Violation(path, 1, 1, why, (path,))


def _modules_named(tree: ast.Module) -> Iterator[str]:
    """Yield the modules, and their packages, that import statements name from the root."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _is_lost_module(before: TreeState, after: TreeState, value: Value) -> bool:
    """Return whether a submodule imported from its package existed and is gone: no ``__getattr__`` replaces it."""
    if not isinstance(value, Taken):
        return False
    was = before.finder.submodule(value.module, value.name)
    return was is not None and after.finder.submodule(value.module, value.name) is None


def _forward_tables(tree: ast.Module) -> Iterator[Mapping[str, tuple[str, str]]]:
    """Yield a module's tables of where its names live: name, to module and name there."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            table = dict(_table_entries(statement.value))
            if table and len(table) == len(statement.value.keys):
                yield table


def _table_entries(table: ast.Dict) -> Iterator[tuple[str, tuple[str, str]]]:
    for key, value in zip(table.keys, table.values):
        match key, value:
            case (
                ast.Constant(value=str(name)),
                ast.Tuple(elts=[ast.Constant(value=str(module)), ast.Constant(value=str(target))]),
            ):
                yield name, (module, target)
            case _:
                return


def _table_less(
    states: States, path: str, table: Mapping[str, tuple[str, str]], offered: list[str]
) -> Iterator[Violation]:
    before, after = states.tree_states(False)
    env = after.exports(path) or {}
    for name in offered:
        if name not in table and env.get(name, NOT_BOUND) == NOT_BOUND:
            yield Violation(path, 1, 1, f"the shim does not forward {name}", (path,))
    for name, (module, target) in table.items():
        value: Value = after.finder.absolute(module, path)
        for part in target.split("."):
            value = Taken(value, part)
        was = before.attribute(Module(path), name)
        if not states.counterparts(False).agree(was, after.resolve(value)):
            yield Violation(path, 1, 1, f"the shim's {name} is something else", (path,))
