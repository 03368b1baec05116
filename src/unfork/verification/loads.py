"""Submodules that are used as attributes of their package: somebody has to have imported them (5.4.2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.verification.both import Both
from unfork.verification.facts import Violation
from unfork.verification.values import NOT_BOUND, OPAQUE, Module, Namespace, plain


def lost_loads(file: Both) -> Iterator[Violation]:
    """Yield uses of a package's submodule that nobody has imported any more when it comes to them."""
    for pair in file.doubtful:
        if pair.after is None:
            continue
        was = dict(_submodules(file, False, pair.before))
        for path, node in _submodules(file, True, pair.after):
            if not _is_lost(file, path, was.get(path), node):
                continue
            others = file.states.loaders_lost(file.path, path)
            blame = (file.path,) if file.changed and not (others and path in was) else others
            why = f"nothing has imported {path} by then"
            yield file.violation(pair.before, why, blame or tuple(file.states.rewrites.touched))


def _is_lost(file: Both, path: str, old: ast.AST | None, new: ast.AST) -> bool:
    """Return whether a module is not imported any more when a use of it runs: for certain, or at all."""
    if _is_loaded(file, True, new, path):
        return False
    if old is None or _is_loaded(file, False, old, path):
        return True
    return _is_loaded(file, False, None, path) and not _is_loaded(file, True, None, path)


def _is_loaded(file: Both, after: bool, node: ast.AST | None, path: str) -> bool:
    """Return whether a module has certainly been imported when a use of it runs; ``node`` None: whether it may be."""
    machine = (file.before, file.after)[after]
    loads = machine.loads.get(id(node)) if node is not None else None
    if loads is None:
        every = (e for e in machine.events if e.kind in _IMPORTS and e.typing_only <= file.typing)
        loads = frozenset(v for e in every for v in file.resolved(after, e.values))
    modules = {plain(value) for value in loads}
    if Module(path) in modules:
        return True
    return any(
        path in file.states.closure(each.path, after)
        for each in modules
        if isinstance(each, Module)
    )


_IMPORTS = ("import", "from", "take")


def _submodules(file: Both, after: bool, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the modules that a dotted name goes through as attributes which their packages do not bind."""
    world, machine = file.worlds[after], (file.before, file.after)[after]
    if isinstance(node, ast.Call) and node.args:
        node = node.args[0]  # getattr(package.module, "Name")
    while isinstance(node, ast.Attribute):
        base = machine.seen.get(id(node.value), OPAQUE)
        for value in world.resolved(base) if base not in (OPAQUE, frozenset()) else ():
            owner = plain(value)
            if not isinstance(owner, Module | Namespace):
                continue
            env = world.exports(owner.path) if isinstance(owner, Module) else {}
            if env is None or env.get(node.attr, NOT_BOUND) != NOT_BOUND:
                continue
            found = world.finder.submodule(owner, node.attr)
            if isinstance(found, Module):
                yield found.path, node
        node = node.value
