"""Functions that run while a module is imported, and the modules that they may import.

A module calls functions of its own and of others: ``PART = load()``, ``registry.fill()``, ``@register``. These are
followed by their names, through imports, classes and instances, as far as the text tells.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unfork.reading.source import Unparsable
from unfork.reading.statements import is_type_checking
from unfork.verification.resolution import Finder
from unfork.verification.states import States, files_imported, files_named, packages_of
from unfork.verification.values import Module, Value

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEEPEST = 6
"""How many calls are followed, one within the other, and how many imports of a name."""


class _Code(NamedTuple):
    """A function that runs: its file, and the class that it is a method of."""

    path: str
    node: _Function
    owner: ast.ClassDef | None = None


class CalledImports:
    """What importing a module may import, functions that are called meanwhile included: one state of the tree."""

    def __init__(self, states: States, after: bool) -> None:
        self._states, self._after = states, after
        self._tree_state = states.tree_states(False)[after]
        self._finder = self._tree_state.finder
        self._edges: dict[str, frozenset[str]] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._bodies: dict[str, Sequence[ast.stmt]] = {}
        self._bound: dict[str, dict[str, ast.stmt]] = {}
        self._hiding: dict[str, bool] = {}
        self._ways: dict[str, set[str]] = {}
        self._way: set[str] = set()

    def closure(self, path: str) -> frozenset[str]:
        """Return the files that importing a file may load, directly or not."""
        known = self._closures.get(path)
        if known is None:
            reached = {path, *packages_of(self._finder, path)}
            waiting = list(reached)
            while waiting:
                fresh = self.files(waiting.pop()) - reached
                reached |= fresh
                waiting += fresh
            known = self._closures[path] = frozenset(reached)
        return known

    def files(self, path: str) -> frozenset[str]:
        """Return the files that a file may import while it is imported."""
        known = self._edges.get(path)
        if known is None:
            known = self._imported_by(path)
            behind = frozenset().union(
                *map(self._imported_by, known)
            )  # behind a package's __init__
            if any(map(self._hides_imports, {path} | known | behind)):
                more = {*self._of_calls(path)}
                packages = (package for file in more for package in packages_of(self._finder, file))
                known = known | more.union(packages) - {path}
            self._edges[path] = known
        return known

    def _imported_by(self, path: str) -> frozenset[str]:
        return files_imported(self._states, path, self._after, late=False)

    def ways(self, path: str) -> frozenset[str]:
        """Return the files through which a file comes to the functions that it calls while it is imported."""
        return frozenset(self._ways.get(path, ()))

    def _hides_imports(self, path: str) -> bool:
        """Return whether a file has imports in functions, or calls that import, so far as its bytes tell."""
        if path not in self._hiding:
            self._hiding[path] = _HIDDEN.search(self._text(path)) is not None
        return self._hiding[path]

    def _text(self, path: str) -> bytes:
        try:
            return self._states.text_after(path) if self._after else self._states.project.read(path)
        except OSError:
            return b""

    # -- what the text of a file has

    def _body_of(self, path: str) -> Sequence[ast.stmt]:
        known = self._bodies.get(path)
        if known is None:
            states = self._states
            try:
                source = states.source_after(path) if self._after else states.source_before(path)
                known = source.tree.body
            except (OSError, Unparsable):
                known = ()
            self._bodies[path] = known
        return known

    def _bound_in(self, path: str) -> dict[str, ast.stmt]:
        """Return the statement that binds each name of a module."""
        known = self._bound.get(path)
        if known is None:
            known = self._bound[path] = dict(_bindings(self._body_of(path)))
        return known

    # -- calls

    def _of_calls(self, path: str) -> Iterator[str]:
        """Yield the files that functions import which a file calls while it is imported."""
        seen: set[_Code] = set()
        self._way = self._ways.setdefault(path, set())
        top = [*_running(self._body_of(path))]
        yield from self._named_by_calls(path, top, path)
        waiting = [(code, 1) for call in _called(top) for code in self._meant(path, call)]
        while waiting:
            code, depth = waiting.pop()
            if code in seen or depth > _DEEPEST:
                continue
            seen.add(code)
            inside = [*_running(code.node.body)]
            yield from self._imported_in(code.path, inside)
            yield from self._named_by_calls(code.path, inside, path)
            local = dict(_bindings(code.node.body))
            for call in _called(inside):
                waiting += [
                    (each, depth + 1) for each in self._meant(code.path, call, code.owner, local)
                ]

    def _imported_in(self, path: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from files_named(self._finder, node, path)

    def _named_by_calls(self, path: str, nodes: Iterable[ast.AST], caller: str) -> Iterator[str]:
        """Yield the files that ``import_module`` and ``__import__`` are given, or may be."""
        bodies = [self._body_of(each) for each in dict.fromkeys((path, caller))]
        for node in nodes:
            if isinstance(node, ast.Call) and is_import_call(node):
                for place in modules_given(self._finder, path, node, bodies):
                    if isinstance(place, Module):
                        yield place.path

    def _meant(
        self,
        path: str,
        dotted: Sequence[str],
        owner: ast.ClassDef | None = None,
        local: dict[str, ast.stmt] | None = None,
        depth: int = 0,
    ) -> Iterator[_Code]:
        """Yield the functions that calling a dotted name of a file may run."""
        if depth > _DEEPEST:
            return
        self._way.add(path)
        first, *rest = dotted
        if owner is not None and first in ("self", "cls") and len(rest) == 1:
            yield from self._method(path, owner, rest[0], depth)
            return
        match (local or {}).get(first) or self._bound_in(path).get(first):
            case ast.FunctionDef() | ast.AsyncFunctionDef() as function if not rest:
                yield _Code(path, function)
            case ast.ClassDef() as known:
                for name in rest[:1] or MADE_BY:
                    yield from self._method(path, known, name, depth)
            case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is not None:
                named = value.func if isinstance(value, ast.Call) and rest else value
                if (parts := _dotted(named)) and parts != list(dotted):
                    yield from self._meant(path, [*parts, *rest], owner, None, depth + 1)
            case ast.ImportFrom() as statement:
                yield from self._of_from_import(path, statement, dotted, depth)
            case ast.Import() as statement:
                yield from self._of_import(path, statement, dotted, depth)

    def _method(self, path: str, owner: ast.ClassDef, name: str, depth: int) -> Iterator[_Code]:
        """Yield a method of a class, or of those that it derives from."""
        for node in owner.body:
            if isinstance(node, _Function) and node.name == name:
                yield _Code(path, node, owner)
                return
        for base in owner.bases:
            if (parts := _dotted(base)) and parts[0] != owner.name:
                yield from self._meant(path, [*parts, name], None, None, depth + 1)

    def _of_from_import(
        self, path: str, node: ast.ImportFrom, dotted: Sequence[str], depth: int
    ) -> Iterator[_Code]:
        place = self._finder.named_by(node, path)
        for alias in node.names:
            if (alias.asname or alias.name) != dotted[0]:
                continue
            if isinstance(place, Module) and alias.name in self._bound_in(place.path):
                yield from self._meant(place.path, [alias.name, *dotted[1:]], None, None, depth + 1)
            else:
                yield from self._of_module(
                    self._finder.submodule(place, alias.name), dotted[1:], depth
                )

    def _of_import(
        self, path: str, node: ast.Import, dotted: Sequence[str], depth: int
    ) -> Iterator[_Code]:
        for alias in node.names:
            segments = alias.name.split(".")
            if alias.asname == dotted[0]:
                yield from self._of_module(
                    self._finder.absolute(alias.name, path), dotted[1:], depth
                )
            elif alias.asname is None and segments[0] == dotted[0]:
                place: Value | None = self._finder.absolute(segments[0], path)
                yield from self._of_module(place, dotted[1:], depth)

    def _of_module(self, place: Value | None, rest: Sequence[str], depth: int) -> Iterator[_Code]:
        """Yield the functions that calling a dotted name of a module may run."""
        while place is not None and rest:
            if isinstance(place, Module) and rest[0] in self._bound_in(place.path):
                yield from self._meant(place.path, rest, None, None, depth + 1)
                return
            place, rest = self._finder.submodule(place, rest[0]), rest[1:]


MADE_BY = ("__new__", "__init__", "__post_init__")
"""The methods that run where a class is called."""
_HIDDEN = re.compile(rb"^[ \t]+(?:import|from)\b|import_module\b|__import__\b", re.MULTILINE)


def is_import_call(node: ast.Call) -> bool:
    """Return whether a call imports the module that it is given."""
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    return name in ("import_module", "__import__")


def _running(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes that run where statements run: not those within functions, which are called if at all."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and is_type_checking(node.test):
            waiting += node.orelse
            continue
        yield node
        if isinstance(node, _Function):
            waiting += [*node.decorator_list, *node.args.defaults]
        elif isinstance(node, ast.Lambda):
            waiting += node.args.defaults
        else:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Lambda):
                waiting.append(node.func.body)
            waiting += ast.iter_child_nodes(node)


def _called(nodes: Iterable[ast.AST]) -> Iterator[list[str]]:
    """Yield the dotted names that are called: in calls, and as decorators."""
    for node in nodes:
        if isinstance(node, ast.Call) and (parts := _dotted(node.func)):
            yield parts
        elif isinstance(node, _Function | ast.ClassDef):
            yield from filter(None, map(_dotted, node.decorator_list))


def _dotted(node: ast.AST) -> list[str]:
    """Return the parts of a dotted name; ``Loader().load`` is ``Loader.load``. Empty for anything else."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name)), attr=attr):
            return [name, attr]
        case ast.Attribute(value=value, attr=attr):
            before = _dotted(value)
            return [*before, attr] if before else []
        case _:
            return []


def _bindings(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the names that statements bind to what can be called, and where."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node
            case ast.ClassDef(name=name):
                yield name, node
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    is_from = isinstance(node, ast.ImportFrom)
                    whole = alias.name if is_from else alias.name.partition(".")[0]
                    yield alias.asname or whole, node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node
            case ast.If() | ast.Try() | ast.TryStar() | ast.With():
                inner = (part for part in ast.walk(node) if part is not node)
                yield from _bindings(part for part in inner if isinstance(part, _BINDING))


_BINDING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def modules_given(
    finder: Finder, path: str, node: ast.Call, bodies: Iterable[Sequence[ast.stmt]]
) -> Iterator[Value]:
    """Yield what a call that imports is given, or may be: any module that a text of the file names.

    Whatever a loop or an argument passes on, ``import_module(f"{__name__}.{each}")``, begins as a text somewhere.
    """
    match node.args:
        case [ast.Constant(value=str(text)), *_]:
            yield _named_by_text(finder, path, text)
        case [_, *_]:
            for body in bodies:
                for text in dict.fromkeys(_texts(body)):
                    yield finder.absolute(text, path)
                    yield finder.relative(1, text, path)


def _named_by_text(finder: Finder, path: str, text: str) -> Value:
    rest = text.lstrip(".")
    level = len(text) - len(rest)
    return finder.relative(level, rest, path) if level else finder.absolute(text, path)


def _texts(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the texts of a file that may be the name of a module, in order."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value.strip(".")
                if text and text.replace(".", "_").isidentifier():
                    yield text
