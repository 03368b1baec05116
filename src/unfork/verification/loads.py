"""Modules that some code must have imported: submodules used as attributes of their package (5.4.2), and keys of
``sys.modules``."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from unfork.verification.facts import Violation
from unfork.verification.file_in_both import Both
from unfork.verification.machine import Event
from unfork.verification.texts import texts_of
from unfork.verification.values import NOT_BOUND, OPAQUE, Module, Namespace, Values, plain_value


def lost_loads(file: Both) -> Iterator[Violation]:
    """Yield uses of a package's submodule, or of a key of ``sys.modules``, that nothing imports any more by then."""
    keys = _keys_of(file, False), _keys_of(file, True)
    for pair in file.doubtful:
        if pair.after is None:
            continue
        was = {used.name: used for used in _modules_used(file, False, pair.before, keys[0])}
        for used in _modules_used(file, True, pair.after, keys[1]):
            path, old = used.path, was.get(used.name)
            if _is_lost(file, old, used):
                others = file.states.loaders_lost(file.path, path)
                blame = (file.path,) if file.changed and not (others and path in was) else others
                why = f"nothing has imported {path} by then"
                yield file.violation(pair.before, why, blame or tuple(file.states.rewrites.touched))
            elif _is_left_to_others(file, old, used):
                blame = file.states.no_longer_importing(path)
                if blame:
                    why = f"nothing else may have imported {path} by then (import it there first)"
                    yield file.violation(pair.before, why, blame)


class _Used(NamedTuple):
    """A submodule that an expression reads as an attribute of a package, which need not have bound it.

    A key of ``sys.modules`` comes to it through no package.
    """

    path: str
    node: ast.AST
    package: Module | Namespace | None

    @property
    def name(self) -> str:
        """What tells it apart within an expression: the module, or that it is the key."""
        return self.path if self.package is not None else ""


_RUNS_EXAMPLES = b"testmod"
"""The function of ``doctest`` by which a file runs its own examples while it is imported."""
_RUN_AT_TOP = re.compile(rb"^[^\s#\"'].*\btestmod\(", re.MULTILINE)


def _line_of_run(data: bytes) -> float:
    """Return the line of a file's text where it runs its examples; infinity if something else does, or a function."""
    run = _RUN_AT_TOP.search(data) if _RUNS_EXAMPLES in data else None
    return inf if run is None else data.count(b"\n", 0, run.start()) + 1


def _is_lost(file: Both, old: _Used | None, new: _Used) -> bool:
    """Return whether a module is no longer certainly imported, or no longer at all, when a use of it runs."""
    if _is_loaded(file, True, new):
        return False
    if old is None or _is_loaded(file, False, old):
        return True
    return _may_be_loaded(file, False, old) and not _may_be_loaded(file, True, new)


def _is_left_to_others(file: Both, old: _Used | None, new: _Used) -> bool:
    """Return whether a use counts on an import of a module that neither its file nor what that imports has."""
    if old is None or new.path == file.path or _is_loaded(file, True, new):
        return False
    return not _may_be_loaded(file, False, old)


def _is_loaded(file: Both, after: bool, used: _Used) -> bool:
    """Return whether a module has certainly been imported when a use of it runs.

    The package has been, however the name came to it, or there would be no attribute to ask for. A lambda may be called
    right where it stands, and a function that the file uses has been called by then.
    """
    loads = (file.before, file.after)[after].loads.get(id(used.node))
    if loads is None:
        inside = file.outermost_functions(after)
        own = inside.get(id(used.node))
        line = inf if file.is_in_string(after, used.node) else getattr(used.node, "lineno", inf)
        if id(used.node) in file.in_examples:
            last = _line_of_run((file.source, file.source_after)[after].data)
        else:
            last = line if own is None else file.first_use(after, own)
        # an example may run before the functions that the file calls
        counts_calls = last < inf or _RUNS_EXAMPLES not in file.source.data

        def is_before(event: Event) -> bool:
            if event.late:
                around = inside.get(id(event.node))
                first = inf if around is None else file.first_use(after, around)
                return around is own or (counts_calls and first < inf and first <= last)
            return getattr(event.node, "lineno", 0) <= last

        loads = _modules_imported(file, after, is_before)
    if used.package is not None:
        loads |= {used.package}
    return _is_among(file, after, used.path, loads, late=False)


def _may_be_loaded(file: Both, after: bool, used: _Used) -> bool:
    """Return whether a module may have been imported when a use of it runs, including by a function."""
    if id(used.node) in (file.before, file.after)[after].loads:
        line = getattr(used.node, "lineno", 0)
        loads = _modules_imported(
            file, after, lambda e: e.late or getattr(e.node, "lineno", 0) <= line
        )
    else:
        loads = _modules_imported(file, after, lambda _: True)
    return _is_among(file, after, used.path, loads, late=True)


def _modules_imported(file: Both, after: bool, counts: Callable[[Event], bool]) -> Values:
    """Return the modules loaded by those imports of a file that ``counts`` accepts."""
    machine = (file.before, file.after)[after]
    return frozenset(
        value
        for event in machine.events
        if event.kind in _IMPORTS and event.typing_only <= file.typing and counts(event)
        for value in file.resolved(after, event.values)
    )


def _is_among(file: Both, after: bool, path: str, loads: Values, late: bool) -> bool:
    """Return whether a module is one of those imported, or one that these import; ``late``: in functions, too."""
    modules = {plain_value(value) for value in loads}
    return Module(path) in modules or any(
        path in file.states.closure(module.path, after, late)
        for module in modules
        if isinstance(module, Module)
    )


_IMPORTS = ("import", "from", "take")


def _keys_of(file: Both, after: bool) -> dict[int, str]:
    """Return the modules that a file asks ``sys.modules`` for, by the identity of the keys."""
    return {
        id(event.node): value.path
        for event in (file.before, file.after)[after].events
        if event.kind == "read module" and event.typing_only <= file.typing
        for value in event.values
        if isinstance(value, Module)
    }


def _modules_used(
    file: Both, after: bool, node: ast.AST, keys: Mapping[int, str]
) -> Iterator[_Used]:
    """Yield the modules that a dotted name begins with as keys, or traverses as attributes not bound by packages."""
    if id(node) in keys:
        yield _Used(keys[id(node)], node, None)
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        owner: ast.expr | None = None
        names: list[str] = []
        match node:
            case ast.Subscript(value=ast.Attribute(value=owner, attr="__dict__"), slice=key):
                names = texts_of((file.before, file.after)[after], key)
            case ast.Subscript(value=ast.Call(func=ast.Name(id="vars"), args=[owner]), slice=key):
                names = texts_of((file.before, file.after)[after], key)
            case ast.Subscript():
                if id(node.slice) in keys:
                    yield _Used(keys[id(node.slice)], node, None)
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, asked]):
                names = texts_of((file.before, file.after)[after], asked)
            case ast.Call(args=[owner, *_]):
                pass  # patch.object(package.module, "Name", fake)
            case ast.Attribute(value=owner, attr=name):
                names = [name]
            case _:
                pass
        if owner is None:
            return
        for name in names:
            yield from _submodules_used(file, after, owner, name, node)
        node = owner


def _submodules_used(
    file: Both, after: bool, base: ast.expr, name: str, node: ast.AST
) -> Iterator[_Used]:
    """Yield the modules that a name of an expression may be, as an attribute that its package has not bound."""
    tree_state, machine = file.tree_states[after], (file.before, file.after)[after]
    known = machine.seen.get(id(base), OPAQUE)
    for value in tree_state.resolved(known) if known not in (OPAQUE, frozenset()) else ():
        owner = plain_value(value)
        if not isinstance(owner, Module | Namespace):
            continue
        env = tree_state.exports(owner.path) if isinstance(owner, Module) else {}
        if env is None or env.get(name, NOT_BOUND) != NOT_BOUND:
            continue
        if "__getattr__" in env and _is_named_in(file, owner, name):
            continue  # the package itself loads what it is asked for (PEP 562)
        submodule = tree_state.finder.submodule(owner, name)
        if isinstance(submodule, Module):
            yield _Used(submodule.path, node, owner)


def _is_named_in(file: Both, owner: Module | Namespace, name: str) -> bool:
    """Return whether the text of a package has a name as a string."""
    text = file.states.text_after(owner.path) if isinstance(owner, Module) else b""
    return any(quote + os.fsencode(name) + quote in text for quote in (b"'", b'"'))
