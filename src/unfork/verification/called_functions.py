"""Functions that run while a module is imported, because it calls them: ``PART = load()``, ``@register``.

They are followed by their names, through imports, classes and instances, as far as the text tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.reading import outlines
from unfork.reading.statements import is_type_checking
from unfork.verification.states import States
from unfork.verification.values import Module, Value

_Bindings = Mapping[str, ast.stmt]
_DEEPEST = 6
"""How many calls are followed, one within the other, and how many imports of a name."""
MADE_BY = ("__new__", "__init__", "__post_init__")
"""The methods that run where a class is called."""


class _Code(NamedTuple):
    """A function: its file, and the class that it is a method of."""

    path: str
    node: FunctionDef
    owner: ast.ClassDef | None = None


class CalledFunctions:
    """The functions that files call while they are imported: one state of the tree."""

    def __init__(self, states: States, after: bool) -> None:
        self._states, self._after = states, after
        self._finder = states.tree_states(False)[after].finder
        self._bound: dict[str, _Bindings] = {}

    def code_run_by(self, path: str, ways: set[str]) -> Iterator[tuple[str, list[ast.AST]]]:
        """Yield the code that importing a file runs, each piece with its file: its own body, then functions.

        A piece has imports, calls and definitions; of the body, only calls. The files through which the functions are
        found are added to ``ways``.
        """
        top = [*_running(self._states.body(path, self._after))]
        yield path, [node for node in top if isinstance(node, ast.Call)]
        seen: set[_Code] = set()
        waiting = [(code, 1) for call in _called(top) for code in self._meant(ways, path, call)]
        while waiting:
            code, depth = waiting.pop()
            if code in seen or depth > _DEEPEST:
                continue
            seen.add(code)
            inside = [*_running(code.node.body)]
            yield code.path, inside
            local = dict(_bindings(code.node.body))
            for call in _called(inside):
                meant = self._meant(ways, code.path, call, code.owner, local)
                waiting += [(each, depth + 1) for each in meant]

    def _bound_in(self, path: str) -> _Bindings:
        """Return the statement that binds each name of a module."""
        known = self._bound.get(path)
        if known is None:
            known = self._bound[path] = dict(_bindings(self._states.body(path, self._after)))
        return known

    def _meant(
        self,
        ways: set[str],
        path: str,
        dotted: Sequence[str],
        owner: ast.ClassDef | None = None,
        local: _Bindings | None = None,
        depth: int = 0,
    ) -> Iterator[_Code]:
        """Yield the functions that calling a dotted name of a file may run."""
        if depth > _DEEPEST:
            return
        ways.add(path)
        first, *rest = dotted
        if owner is not None and first in ("self", "cls") and len(rest) == 1:
            yield from self._method(ways, path, owner, rest[0], depth)
            return
        match (local or {}).get(first) or self._bound_in(path).get(first):
            case ast.FunctionDef() | ast.AsyncFunctionDef() as function if not rest:
                yield _Code(path, function)
            case ast.ClassDef() as known:
                for name in rest[:1] or MADE_BY:
                    yield from self._method(ways, path, known, name, depth)
            case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is not None:
                named = value.func if isinstance(value, ast.Call) and rest else value
                if (parts := _dotted(named)) and parts != list(dotted):
                    yield from self._meant(ways, path, [*parts, *rest], owner, None, depth + 1)
            case ast.ImportFrom() | ast.Import() as statement:
                for place, names in self._imported(path, statement, dotted):
                    yield from self._of_module(ways, place, names, depth)

    def _method(
        self, ways: set[str], path: str, owner: ast.ClassDef, name: str, depth: int
    ) -> Iterator[_Code]:
        """Yield a method of a class, or of those that it derives from."""
        for node in owner.body:
            if isinstance(node, FunctionDef) and node.name == name:
                yield _Code(path, node, owner)
                return
        for base in owner.bases:
            if (parts := _dotted(base)) and parts[0] != owner.name:
                yield from self._meant(ways, path, [*parts, name], depth=depth + 1)

    def _imported(
        self, path: str, node: ast.ImportFrom | ast.Import, dotted: Sequence[str]
    ) -> Iterator[tuple[Value, Sequence[str]]]:
        """Yield the modules that a dotted name may be of, as an import binds it, with the names looked up on each."""
        first, *rest = dotted
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if isinstance(node, ast.ImportFrom):
                if (alias.asname or alias.name) == first:
                    yield self._finder.named_by(node, path), [alias.name, *rest]
            elif alias.asname == first:
                yield self._finder.absolute(alias.name, path), rest
            elif alias.asname is None and top == first:
                yield self._finder.absolute(top, path), rest

    def _of_module(
        self, ways: set[str], place: Value | None, names: Sequence[str], depth: int
    ) -> Iterator[_Code]:
        """Yield the functions that calling a dotted name of a module may run."""
        while place is not None and names:
            if isinstance(place, Module) and names[0] in self._bound_in(place.path):
                yield from self._meant(ways, place.path, names, depth=depth + 1)
                return
            place, names = self._finder.submodule(place, names[0]), names[1:]


def _running(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the imports, calls and definitions that run where statements run: not those within functions."""
    waiting = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _YIELDED):
            yield node
        if isinstance(node, ast.If) and is_type_checking(node.test):
            waiting += node.orelse
        elif isinstance(node, FunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults]
        elif isinstance(node, ast.Lambda):
            waiting += node.args.defaults
        else:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Lambda):
                waiting.append(node.func.body)
            _add_parts(node, waiting)


_YIELDED = (ast.Call, ast.Import, ast.ImportFrom, ast.ClassDef, FunctionDef)


def _add_parts(node: ast.AST, nodes: list[ast.AST]) -> None:
    """Add the parts of a node that may contain a call or a definition. Most are names and constants."""
    for field in node._fields:
        part = getattr(node, field)
        if isinstance(part, list):
            nodes += [each for each in part if type(each) in _WITH_PARTS]
        elif type(part) in _WITH_PARTS:
            nodes.append(part)


_OUTLINES = (outlines.FunctionDef, outlines.AsyncFunctionDef)
_WITH_PARTS = frozenset({*ast.stmt.__subclasses__(), *ast.expr.__subclasses__(), *_OUTLINES}).union(
    (ast.comprehension, ast.keyword, ast.withitem, ast.ExceptHandler, ast.match_case)
) - {ast.Name, ast.Constant}


def _called(nodes: Iterable[ast.AST]) -> Iterator[list[str]]:
    """Yield the dotted names that are called: in calls, and as decorators."""
    for node in nodes:
        if isinstance(node, ast.Call) and (parts := _dotted(node.func)):
            yield parts
        elif isinstance(node, FunctionDef | ast.ClassDef):
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
