"""How members and arguments of a legacy definition may be called in its counterpart: a guess for ``[redirect.calls]``.

class OldEngine:                         class Engine:
    def run_job(self, job, attempts=3):      def submit(self, job, retries=3):
        return self.queue.put(job)               return self.queue.put(job)

"OldEngine.run_job" = { to = "submit", rename = { attempts = "retries" } }     same body under another name
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.nearest import nearest_word
from unfork.nodes import FunctionDef
from unfork.reading.index import Index
from unfork.reading.same_code import default_values
from unfork.toml import toml_string
from unfork_codemods.calls import CallChange
from unfork_codemods.project import Destination, ImportedName, Key, Kind, Located
from unfork_codemods.redirect import RedirectImports

_Definition = FunctionDef | ast.ClassDef
_Place = tuple[Key, str]


class CallGuess(NamedTuple):
    """A guess about a ``legacy`` name or member, with the reason. ``is_certain``: both do the same, word for word."""

    legacy: str
    change: CallChange
    why: str
    is_certain: bool

    @property
    def member(self) -> str:
        """The name of the member, empty for a function or a constructor."""
        return self.legacy.partition(".")[2]

    @property
    def toml_line(self) -> str:
        """The guess as a line of ``[redirect.calls]``."""
        return f"{toml_string(self.legacy)} = {_inline_table(self.change)}"


def call_guesses(index: Index, codemod: RedirectImports, legacy: Key) -> Iterator[CallGuess]:
    """Yield a guess for each function, constructor and method that its counterpart takes differently."""
    dotted, definitions = index.dotted(legacy), Definitions(index)
    for name in sorted(index.public_names(legacy) or ()):
        destination = codemod.destination(ImportedName("", Located(legacy), dotted, name))
        if isinstance(destination, Destination) and destination.name is not None:
            target = destination.key, destination.name
            yield from definitions.call_guesses((legacy, name), target)


@dataclass(frozen=True)
class Definitions:
    """The functions and classes of a project's modules, each of which is parsed once."""

    index: Index
    _known: dict[Key, dict[str, _Definition | None]] = field(default_factory=dict)

    def call_guesses(self, legacy: _Place, canonical: _Place) -> Iterator[CallGuess]:
        """Yield a guess for each call and member of a legacy definition that its counterpart takes differently."""
        old, new, name = self._definition(*legacy), self._definition(*canonical), legacy[1]
        if isinstance(old, FunctionDef) and isinstance(new, FunctionDef):
            yield from _function_guess(name, None, old, new)
        elif isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            yield from _class_guesses(name, old, new)

    def _definition(self, key: Key, name: str) -> _Definition | None:
        """Return the only definition of a name; None if it has none, or several."""
        origin = self.index.origin(key, name)
        if origin.kind is not Kind.OWN or origin.name is None:
            return None
        if origin.key not in self._known:
            self._known[origin.key] = self._definitions_of(origin.key)
        return self._known[origin.key].get(origin.name)

    def _definitions_of(self, key: Key) -> dict[str, _Definition | None]:
        tree = self.index.tree(key)
        definitions: dict[str, _Definition | None] = {}
        for node in tree.body if tree is not None else ():
            if isinstance(node, FunctionDef | ast.ClassDef):
                definitions[node.name] = None if node.name in definitions else node
        return definitions


def _inline_table(change: CallChange) -> str:
    parts = [f"to = {toml_string(change.to)}"] if change.to is not None else []
    for key, values in (("rename", change.rename), ("add", change.add)):
        if values:
            inside = ", ".join(f"{name} = {toml_string(text)}" for name, text in values.items())
            parts.append(f"{key} = {{ {inside} }}")
    if change.drop:
        parts.append(f"drop = [{', '.join(map(toml_string, change.drop))}]")
    return f"{{ {', '.join(parts)} }}"


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


def _methods(node: ast.ClassDef) -> dict[str, FunctionDef]:
    return {part.name: part for part in node.body if isinstance(part, FunctionDef)}


def _counterpart(
    member: str, method: FunctionDef, unmatched: Mapping[str, FunctionDef]
) -> str | None:
    """Return the method that does the same under another name, or has a similar name."""
    same = [name for name, other in unmatched.items() if _shape(other) == _shape(method)]
    return same[0] if len(same) == 1 else nearest_word(member, unmatched)


def _function_guess(
    legacy: str, to: str | None, old: FunctionDef, new: FunctionDef
) -> Iterator[CallGuess]:
    change = _argument_change(old, new)._replace(to=to)
    if change == CallChange():
        return
    is_same = _shape(old) == _shape(new) and _does_something(old)
    is_certain = is_same and not change.drop and not change.add
    why = "same body" if is_certain else "by name and place only"
    yield CallGuess(legacy, change, why, is_certain)


def _argument_change(old: FunctionDef, new: FunctionDef) -> CallChange:
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


def _parameters(node: FunctionDef) -> dict[str, str | None]:
    """Return the parameters without ``self``, each with its default as text."""
    texts = {name: ast.unparse(default) for name, default in default_values(node.args).items()}
    names = [arg.arg for arg in _all_arguments(node.args)]
    return {name: texts.get(name) for name in names if name not in ("self", "cls")}


def _shape(node: FunctionDef) -> str:
    """Return what a function does, regardless of its name, its parameters' names, its docstring and its annotations."""
    body = copy.deepcopy(node)
    numbers = {arg.arg: f"_{at}" for at, arg in enumerate(_all_arguments(body.args))}
    statements = body.body[1:] if ast.get_docstring(body) is not None else body.body
    for part in (part for statement in statements for part in ast.walk(statement)):
        if isinstance(part, ast.Name):
            part.id = numbers.get(part.id, part.id)
        elif isinstance(part, ast.AnnAssign):
            part.annotation = ast.Constant(None)
    return "\n".join(ast.dump(statement) for statement in statements)


def _does_something(node: FunctionDef) -> bool:
    """Return whether a body calls something or uses a parameter: all bodies that only pass are alike."""
    names = {arg.arg for arg in _all_arguments(node.args)[1:]}
    parts = [part for statement in node.body for part in ast.walk(statement)]
    return any(
        isinstance(part, ast.Call) or (isinstance(part, ast.Name) and part.id in names)
        for part in parts
    )


def _all_arguments(spec: ast.arguments) -> list[ast.arg]:
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
