"""Shims: a deprecated module whose body became forwards. It must still do what importing the module did."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.verification.adapters import is_adapter, is_rewritten
from unfork.verification.facts import Exports, Violation
from unfork.verification.forwards import forwards_less
from unfork.verification.repeats import is_repeated
from unfork.verification.states import States, files_imported
from unfork.verification.tree_state import is_import
from unfork.verification.values import (
    NOT_BOUND,
    Definition,
    Module,
    Outside,
    Values,
    plain_value,
)

_PURE = frozenset(
    (
        "abc",
        "collections",
        "contextlib",
        "dataclasses",
        "enum",
        "functools",
        "numbers",
        "typing",
        "typing_extensions",
        "builtins",
    )
)
"""Modules whose decorators affect only what they decorate."""
_FILLING = frozenset(("add", "append", "extend", "setdefault", "update"))
_CONTAINERS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)


def is_shim(states: States, path: str) -> bool:
    """Return whether a file becomes a shim in this run, or the stub of one."""
    if path.endswith(".pyi"):
        return path in states.rewrites.edits and is_shim(states, path.removesuffix("i"))
    if path not in states.project.shims or path not in states.rewrites.edits:
        return False
    before, after = states.tree_states(False)
    was, now = before.exports(path), after.exports(path)
    return was is not None and now is not None and "__getattr__" in now and "__getattr__" not in was


def shim_exports(states: States, path: str) -> Exports:
    """Return the names that a shim no longer has, not even through ``__getattr__``."""
    before = states.tree_states(False)[0].exports(path) or {}
    return Exports(frozenset(name for name in before if not states.offers(path, name)))


def shim_violations(states: States, path: str) -> Iterator[Violation]:
    """Yield what a module offered or did, and its shim does not."""
    machine = states.tree_states(False)[0].machine(path)
    assert machine is not None  # the file has been parsed
    public = list(_public_names(states, path))
    for name in public:
        if not states.offers(path, name):
            yield Violation(path, 1, 1, f"the shim has no {name}", (path,))
        elif not path.endswith(".pyi") and not _is_counterpart(states, path, name):
            yield Violation(path, 1, 1, f"the shim's {name} is something else", (path,))
    if path.endswith(".pyi"):
        return
    for name in sorted(_names_kept(states, path).difference(public)):
        if not _is_counterpart(states, path, name):
            yield Violation(path, 1, 1, f"the shim's {name} is something else", (path,))
    yield from forwards_less(states, path, public)
    yield from _lists_less(states, path)
    kept = {
        ast.dump(node)
        for node in ast.walk(states.source_after(path).tree)
        if isinstance(node, ast.stmt)
    }
    for node in machine.tree.body:
        if not _has_effect(states, path, node) or ast.dump(node) in kept:
            continue
        if not is_repeated(states, path, node):
            why = "the shim does not do what the module did when imported"
            yield Violation(path, node.lineno, node.col_offset + 1, why, (path,))
    yield from _loads_less(states, path)


def _public_names(states: States, path: str) -> Iterator[str]:
    """Yield a module's public names: those in ``__all__``, or its definitions without a leading underscore."""
    tree_state = states.tree_states(False)[0]
    listed = tree_state.listed(Module(path))
    env = tree_state.exports(path) or {}
    for name, values in env.items():
        if values == NOT_BOUND or not name.isidentifier() or name == "__all__":
            continue
        own = not name.startswith("_") and not all(map(is_import, values))
        if own if listed is None else name in listed:
            yield name


def _names_kept(states: States, path: str) -> set[str]:
    """Return the names that a shim imports, as the module did: what it kept may use them."""
    before, after = states.tree_states(False)
    now = after.exports(path) or {}
    return {
        name
        for name, values in (before.exports(path) or {}).items()
        if name in now and name.isidentifier() and values and all(map(is_import, values))
    }


def _is_counterpart(states: States, path: str, name: str) -> bool:
    if is_rewritten(states, path, name):
        return is_adapter(states, path, name)
    before, after = states.tree_states(True)
    was = before.attribute(Module(path), name)
    now = after.resolved((after.exports(path) or {}).get(name, NOT_BOUND))
    return states.counterparts(True).agree(was, now)


def _lists_less(states: States, path: str) -> Iterator[Violation]:
    before, after = states.tree_states(False)
    was, now = before.listed(Module(path)), after.listed(Module(path))
    for name in was or ():
        if now is None or name not in now:
            yield Violation(path, 1, 1, f"__all__ of the shim has no {name}", (path,))
            return
    env = before.exports(path) or {}
    hidden = [n for n in now or () if was is None and n.startswith("_") and n in env]
    if hidden:
        why = f"__all__ of the shim has {hidden[0]}, which a star did not give before"
        yield Violation(path, 1, 1, why, (path,))


def _has_effect(states: States, path: str, node: ast.stmt) -> bool:
    """Return whether a module's statement does more than bind its names."""
    match node:
        case ast.Expr(value=ast.Call() as call):
            warns = ast.unparse(call.func).endswith("warn")
            return not warns and not _fills_own(states, path, call.func)
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return any(_is_elsewhere(states, path, target) for target in targets)
        case ast.AugAssign(target=target):
            return _is_elsewhere(states, path, target)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return not all(_is_pure(states, path, part) for part in node.decorator_list)
        case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
            blocks = [node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])]
            blocks += [handler.body for handler in getattr(node, "handlers", [])]
            return any(_has_effect(states, path, part) for block in blocks for part in block)
        case _:
            return False


def _fills_own(states: States, path: str, func: ast.expr) -> bool:
    """Return whether a call fills a list, dict or set created by the module itself: ``TABLE.update(...)``."""
    if not isinstance(func, ast.Attribute) or func.attr not in _FILLING:
        return False
    tree, name = states.source_before(path).tree, ast.unparse(func.value)
    stores = [
        n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name and _is_store(n)
    ]
    made = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, _CONTAINERS)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return bool(stores) and all(n in made for n in stores) and not _is_elsewhere(states, path, func)


def _is_elsewhere(states: States, path: str, target: ast.expr) -> bool:
    """Return whether a statement stores into another module's object: ``other.names["x"] = 1``."""
    if not isinstance(target, ast.Attribute | ast.Subscript):
        return False
    root: ast.expr = target
    while isinstance(root, ast.Attribute | ast.Subscript):
        root = root.value
    machine = states.tree_states(False)[0].machine(path)
    values = machine.seen.get(id(root), NOT_BOUND) if machine is not None else NOT_BOUND
    owners = map(plain_value, values)
    return not all(isinstance(value, Definition) and value.path == path for value in owners)


def _only_wraps(function: ast.AST | None) -> bool:
    """Return whether a decorator has no outside effect: it modifies and calls only what it is given or creates."""
    if not isinstance(function, ast.FunctionDef):
        return False
    own = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}
    own |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and n.id and _is_store(n)}
    own |= {n.name for n in ast.walk(function) if isinstance(n, ast.FunctionDef)}
    for node in function.body:
        match node:
            case ast.Global() | ast.Nonlocal():
                return False
            case ast.Expr(value=ast.Call(func=func)):
                if _root_name(func) not in own:
                    return False
            case ast.Assign(targets=targets):
                if any(_root_name(target) not in own for target in targets):
                    return False
            case ast.FunctionDef() | ast.Return() | ast.Expr() | ast.Import() | ast.ImportFrom():
                continue
            case _:
                return False
    return True


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_pure(states: States, path: str, decorator: ast.expr) -> bool:
    tree_state = states.tree_states(False)[0]
    machine = tree_state.machine(path)
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    seen = machine.seen if machine is not None else {}
    values: Values = seen.get(id(node), frozenset())
    if isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter", "register"):
        owners = [plain_value(value) for value in seen.get(id(node.value), ())]
        if not values or (
            owners and all(isinstance(v, Definition) and v.path == path for v in owners)
        ):
            return True  # of what the module itself defines
    resolved = tree_state.resolved(values)
    return all(
        (isinstance(v, Outside) and v.dotted.partition(".")[0] in _PURE)
        or (isinstance(v, Definition) and (v.path == path or _is_plain(states, v)))
        for v in resolved
    )


def _is_plain(states: States, decorator: Definition) -> bool:
    machine = states.tree_states(False)[0].machine(decorator.path)
    return machine is not None and _only_wraps(machine.definitions.get(decorator))


def _loads_less(states: States, path: str) -> Iterator[Violation]:
    """Yield the project modules that importing the module loaded, and importing its shim does not."""
    now = states.closure(path, True)
    redirected = states.project.redirects
    for module in sorted(files_imported(states, path, after=False, late=False) - now):
        if module not in redirected and module in states.project.paths:
            yield Violation(path, 1, 1, f"importing the shim does not import {module}", (path,))
