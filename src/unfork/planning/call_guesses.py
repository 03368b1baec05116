"""How members and arguments of a legacy definition may be called in its counterpart: a guess for ``[redirect.calls]``.

class OldEngine:                         class Engine:
    def run_job(self, job, attempts=3):      def submit(self, job, retries=3):
        return self.queue.put(job)               return self.queue.put(job)

"OldEngine.run_job" = { to = "submit", rename = { attempts = "retries" } }     same body under another name
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from unfork.nearest import nearest_word
from unfork.reading.index import Index
from unfork_codemods.calls import CallChange
from unfork_codemods.project import Destination, ImportedName, Key, Kind, Located
from unfork_codemods.redirect import RedirectImports

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class CallGuess(NamedTuple):
    """A guess about a ``legacy`` name or member, with the reason. ``is_certain``: both do the same, word for word."""

    legacy: str
    change: CallChange
    why: str
    is_certain: bool


def call_guesses(index: Index, codemod: RedirectImports, legacy: Key) -> Iterator[CallGuess]:
    """Yield a guess for each function, constructor and method that its counterpart takes differently."""
    dotted = index.dotted(legacy)
    for name in sorted(index.public_names(legacy) or ()):
        destination = codemod.destination(ImportedName("", Located(legacy), dotted, name))
        if not isinstance(destination, Destination) or destination.name is None:
            continue
        old = _definition(index, legacy, name)
        new = _definition(index, destination.key, destination.name)
        if isinstance(old, _Function) and isinstance(new, _Function):
            yield from _function_guess(name, None, old, new)
        elif isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            yield from _class_guesses(name, old, new)


def _definition(index: Index, key: Key, name: str) -> ast.stmt | None:
    origin = index.origin(key, name)
    tree = (
        index.tree(origin.key) if origin.kind is Kind.OWN and index.has_file(origin.key) else None
    )
    body = tree.body if tree is not None else []
    named = [
        node
        for node in body
        if isinstance(node, _Function | ast.ClassDef) and node.name == origin.name
    ]
    return named[0] if len(named) == 1 else None


def _class_guesses(name: str, old: ast.ClassDef, new: ast.ClassDef) -> Iterator[CallGuess]:
    methods, others = _methods(old), _methods(new)
    if "__init__" in methods and "__init__" in others:
        yield from _function_guess(name, None, methods["__init__"], others["__init__"])
    unmatched = {n: node for n, node in others.items() if n not in methods and n[0] != "_"}
    for member, method in methods.items():
        if member.startswith("_"):
            continue
        if member in others:
            yield from _function_guess(f"{name}.{member}", None, method, others[member])
            continue
        to = _counterpart(member, method, unmatched)
        if to is not None:
            yield from _function_guess(f"{name}.{member}", to, method, unmatched[to])


def _methods(node: ast.ClassDef) -> dict[str, _Function]:
    return {part.name: part for part in node.body if isinstance(part, _Function)}


def _counterpart(member: str, method: _Function, unmatched: Mapping[str, _Function]) -> str | None:
    """Return the method that does the same under another name, or whose name is near."""
    same = [name for name, other in unmatched.items() if _shape(other) == _shape(method)]
    return same[0] if len(same) == 1 else nearest_word(member, unmatched)


def _function_guess(
    legacy: str, to: str | None, old: _Function, new: _Function
) -> Iterator[CallGuess]:
    change = _argument_change(old, new)._replace(to=to)
    if change == CallChange():
        return
    is_same = _shape(old) == _shape(new) and _does_something(old)
    is_certain = is_same and not change.drop and not change.add
    why = "same body" if is_certain else "by name and place only"
    yield CallGuess(legacy, change, why, is_certain)


def _argument_change(old: _Function, new: _Function) -> CallChange:
    """Return which arguments are called differently, by their places and defaults, and which come or go."""
    before, after = _parameters(old), _parameters(new)
    lost = [name for name in before if name not in after]
    gained = [name for name in after if name not in before]
    places, new_places = list(before), list(after)
    rename: dict[str, str] = {}
    for name in lost:
        place = places.index(name)
        at_place = new_places[place] if place < len(new_places) else None
        alike = [g for g in gained if g not in rename.values() and after[g] == before[name]]
        if at_place in alike and at_place is not None:
            rename[name] = at_place
        elif len(alike) == 1 and before[name] is not None:
            rename[name] = alike[0]
    drop = () if new.args.kwarg else tuple(name for name in lost if name not in rename)
    needed = [g for g in gained if g not in rename.values() and after[g] is None]
    return CallChange(None, rename, drop, dict.fromkeys(needed, "None"))


def _parameters(node: _Function) -> dict[str, str | None]:
    """Return the parameters without ``self``, each with its default as text."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    missing: Sequence[ast.expr | None] = [None] * (len(positional) - len(spec.defaults))
    pairs = [*zip(positional, [*missing, *spec.defaults]), *zip(spec.kwonlyargs, spec.kw_defaults)]
    texts = {arg.arg: ast.unparse(default) if default else None for arg, default in pairs}
    return {name: text for name, text in texts.items() if name not in ("self", "cls")}


def _shape(node: _Function) -> str:
    """Return what a function does, whatever it and its parameters are called; docstring and annotations aside."""
    body = copy.deepcopy(node)
    numbers = {arg.arg: f"_{at}" for at, arg in enumerate(_all_arguments(body.args))}
    statements = body.body[1:] if ast.get_docstring(body) is not None else body.body
    for part in (part for statement in statements for part in ast.walk(statement)):
        if isinstance(part, ast.Name):
            part.id = numbers.get(part.id, part.id)
        elif isinstance(part, ast.AnnAssign):
            part.annotation = ast.Constant(None)
    return "\n".join(ast.dump(statement) for statement in statements)


def _does_something(node: _Function) -> bool:
    """Return whether a body calls something or uses a parameter: all bodies that only pass are alike."""
    names = {arg.arg for arg in _all_arguments(node.args)[1:]}
    parts = [part for statement in node.body for part in ast.walk(statement)]
    return any(
        isinstance(part, ast.Call) or (isinstance(part, ast.Name) and part.id in names)
        for part in parts
    )


def _all_arguments(spec: ast.arguments) -> list[ast.arg]:
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
