"""Whether a decorator keeps what it decorates elsewhere: in a registry, an application, a table of handlers.

    @register("csv")       what the project defines: by its code
    @cache.memoize(5)      a method of an object: by the code of its class; if a library made it, unless its name says
                           that it only wraps
    @lru_cache             what a library defines: only if its name says so

Whatever the text does not tell may keep it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.nodes import FunctionDef, root_name
from unfork.reading.index import Index
from unfork.reading.statement_names import names_bound, nested_statements
from unfork.reading.statements import is_type_checking
from unfork.rewriting.effects import MAKING, dotted_name
from unfork_codemods.project import Key, Kind, Origin, is_external

_KEEPING = re.compile("register|receiver$|listens_for$|shared_task$")
"""Names that libraries give to decorators that keep what they decorate."""
_WRAPPING = re.compile(
    "cached?(?![a-z])|memoi[sz]e|(?:shared_)?limit$|exempt$|(?:login|auth|permissions?)_required$|retry|timed?$|timer$"
    "|count_exceptions$|track_inprogress$|start_as_current_span$"
)
"""Names of library methods that only wrap what they decorate: flask-caching, dogpile, prometheus."""
_ADDING = re.compile(
    "(?:add|append|attach|bind|connect|extend|hook|include|insert|install|listen|on|put|register|set|setdefault"
    "|subscribe)(?![a-z])|appendleft|update(?![a-z_])"
)
"""Names of methods that keep what they are given."""
_WITHOUT_RESULT = frozenset({"append", "appendleft", "extend", "insert", "update"})
"""Methods of containers that return None: what has a result makes a new value, ``SCHEMA.extend(more)``."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Bound(NamedTuple):
    """What the text of a module binds a name to: a definition, an import, a value; None: something else."""

    node: Definition | ast.Import | ast.ImportFrom | ast.expr | None


@dataclass
class Decorators:
    """Tells what decorators do, by the text of the modules that define them."""

    index: Index
    _known: dict[tuple[Key, str, int], bool] = field(default_factory=dict)
    _bound: dict[Key, dict[str, list[_Bound]]] = field(default_factory=dict)

    def may_keep(self, key: Key, decorator: ast.expr) -> bool:
        """Return whether a decorator in the module ``key`` may keep what it decorates."""
        return self._keeps(key, decorator, 1)

    def _keeps(self, key: Key, node: ast.expr, calls: int) -> bool:
        """Return whether an expression keeps what it is given in the last of some ``calls``."""
        match node:
            case ast.Call(func=function, args=[first, *_]) if self._is_partial(key, function):
                return self._keeps(key, first, calls)
            case ast.Call(func=function):
                return self._keeps(key, function, calls + 1)
            case ast.Name() | ast.Attribute():
                path = dotted_name(node)
                return (
                    self._attribute_keeps(key, node)
                    if path is None
                    else self._path_keeps(key, path, calls)
                )
            case _:
                return True

    def _is_partial(self, key: Key, function: ast.expr) -> bool:
        path = dotted_name(function)
        return (
            path is not None and _library_name(self.index.origin(key, path)) == "functools.partial"
        )

    def _attribute_keeps(self, key: Key, node: ast.Name | ast.Attribute) -> bool:
        """Return whether an attribute of something without a name keeps: ``registry("x").add``."""
        inner: ast.expr = node
        while isinstance(inner, ast.Call | ast.Attribute | ast.Subscript):
            inner = inner.func if isinstance(inner, ast.Call) else inner.value
        is_library = isinstance(inner, ast.Name) and is_external(
            self.index.origin(key, inner.id).key
        )
        last = node.attr if isinstance(node, ast.Attribute) else node.id
        return not is_library or _KEEPING.match(last) is not None

    def _path_keeps(self, key: Key, path: str, calls: int) -> bool:
        at = key, path, calls
        if at not in self._known:
            self._known[at] = True  # what leads to itself says nothing
            self._known[at] = self._origin_keeps(self.index.origin(key, path), path, calls)
        return self._known[at]

    def _origin_keeps(self, origin: Origin, path: str, calls: int) -> bool:
        if origin.kind in (Kind.EXTERNAL, Kind.MISSING):
            return _KEEPING.match(path.rpartition(".")[2]) is not None
        if origin.kind is not Kind.OWN or origin.name is None:
            return True
        name, _, rest = origin.name.partition(".")
        bound = self._bound_in(origin.key).get(name, ())
        return not bound or any(self._bound_keeps(origin.key, name, b, rest, calls) for b in bound)

    def _bound_keeps(self, key: Key, name: str, bound: _Bound, rest: str, calls: int) -> bool:
        """Return whether something that a name is bound to, or its attribute ``rest``, keeps."""
        match bound.node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() as made:
                return bool(rest) or keeps_something(made, calls)
            case ast.ClassDef() as made:
                return (
                    self._method_keeps(key, made, rest, calls)
                    if rest
                    else self._class_keeps(key, made, calls)
                )
            case ast.Import() | ast.ImportFrom() as node:
                imported = self._imported(key, node, name)
                return imported is None or self._imported_keeps(imported, rest, calls)
            case ast.expr() as value:
                return self._value_keeps(key, value, rest, calls)
            case _:
                return True

    def _imported(
        self, key: Key, node: ast.Import | ast.ImportFrom, name: str
    ) -> tuple[Key, str] | None:
        """Return the module and name that one of several imports of a name takes; None for a module."""
        if isinstance(node, ast.Import):
            return None
        taken = next((a.name for a in node.names if (a.asname or a.name) == name), None)
        located = self.index.locate_from(node, self.index.file(key))
        return (located.key, taken) if taken is not None else None

    def _imported_keeps(self, imported: tuple[Key, str], rest: str, calls: int) -> bool:
        key, name = imported
        path = f"{name}.{rest}" if rest else name
        if is_external(key):
            return _KEEPING.match(path.rpartition(".")[2]) is not None
        return self._path_keeps(key, path, calls)

    def _value_keeps(self, key: Key, value: ast.expr, rest: str, calls: int) -> bool:
        """Return whether a value that a name is bound to keeps, or an attribute of it."""
        path = dotted_name(value)
        if path is not None:
            return self._path_keeps(key, f"{path}.{rest}" if rest else path, calls)
        if not isinstance(value, ast.Call) or (maker := dotted_name(value.func)) is None:
            return not _is_none(value)
        origin = self.index.origin(key, maker)
        if is_external(origin.key):
            last = maker.rpartition(".")[2]
            if rest:
                return _WRAPPING.match(rest.rpartition(".")[2]) is None
            return (last[:1].isupper() and not self._is_partial(key, value.func)) or self._keeps(
                key, value, calls
            )
        if not rest:
            return self._keeps(key, value, calls)
        made = self._class_named(origin)
        return made is None or self._method_keeps(*made, rest, calls)

    # -- classes

    def _class_named(self, origin: Origin) -> tuple[Key, ast.ClassDef] | None:
        """Return the class that the project defines under a name, with its module, if nothing else has that name."""
        if origin.kind is not Kind.OWN or origin.name is None:
            return None
        match self._bound_in(origin.key).get(origin.name, ()):
            case [_Bound(node=ast.ClassDef() as made)]:
                return origin.key, made
            case _:
                return None

    def _method_keeps(self, key: Key, made: ast.ClassDef, name: str, calls: int) -> bool:
        """Return whether a method keeps what it decorates: in the object that it belongs to, or elsewhere."""
        methods = [node for node in made.body if name in names_bound(node)]
        if methods:
            return not all(
                isinstance(method, FunctionDef)
                and not keeps_something(method, calls, is_shared=True)
                for method in methods
            )
        bases = [self.index.origin(key, dotted_name(base) or "") for base in made.bases]
        if not bases or made.keywords:
            return True
        if any(is_external(base.key) for base in bases):
            return _WRAPPING.match(name.rpartition(".")[2]) is None
        classes = [self._class_named(base) for base in bases]
        return any(
            base is None or base[1] is made or self._method_keeps(*base, name, calls)
            for base in classes
        )

    def _class_keeps(self, key: Key, made: ast.ClassDef, calls: int) -> bool:
        """Return whether making an instance keeps, or calling it: by the class and by those that it is made of."""
        if keeps_something(made, calls):
            return True
        for base in made.bases:
            origin = self.index.origin(key, dotted_name(base) or "")
            known = self._class_named(origin)
            if known is not None and known[1] is not made and self._class_keeps(*known, calls):
                return True
            if is_external(origin.key) and _KEEPING.match((origin.name or "").rpartition(".")[2]):
                return True
        return False

    # -- what names are bound to

    def _bound_in(self, key: Key) -> dict[str, list[_Bound]]:
        if key not in self._bound:
            tree = self.index.tree(key)
            names = self._bound.setdefault(key, {})
            for node, bound in _statements(tree.body if tree is not None else ()):
                for name in bound:
                    names.setdefault(name, []).append(_Bound(_value_of(node)))
        return self._bound[key]


def _library_name(origin: Origin) -> str:
    return f"{origin.key[1:-1]}.{origin.name}" if is_external(origin.key) else ""


def _statements(body: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, Collection[str]]]:
    """Yield the statements that run on import, in blocks too, with the names that each binds itself."""
    for node in body:
        if isinstance(node, ast.If) and is_type_checking(node.test):
            yield from _statements(node.orelse)
        elif isinstance(node, Definition):
            yield node, (node.name,)
        else:
            nested = list(_statements(nested_statements(node)))
            yield from nested
            inner = {name for _, names in nested for name in names}
            yield node, [name for name in names_bound(node) if name not in inner]


def _value_of(node: ast.stmt) -> Definition | ast.Import | ast.ImportFrom | ast.expr | None:
    match node:
        case (
            ast.FunctionDef()
            | ast.AsyncFunctionDef()
            | ast.ClassDef()
            | ast.Import()
            | ast.ImportFrom()
        ):
            return node
        case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=value):
            return value
        case _:
            return None


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


# -- what code keeps


def keeps_something(made: Definition, depth: int, is_shared: bool = False) -> bool:
    """Return whether decorating stores into, or adds to, something that is not made there or given.

    ``depth``: 2 for a decorator that is called first, ``@register("csv")``, else 1. ``is_shared``: it is a method,
    and so its first parameter belongs to others, too.
    """
    own = {name for node in ast.walk(made) if node is not made for name in _own_names(node)}
    shared = _first_parameter(made) if is_shared else None
    own.discard(shared or "")
    run = list(_run_by_decorating(made, depth))
    alone = {id(node.value) for node in run if isinstance(node, ast.Expr)}
    given = _decorated(made, depth)
    return any(
        isinstance(node, ast.Global)
        or (shared is not None and _hands_on(node, shared))
        or (
            any(root_name(part) not in own for part in _filled(node))
            and (id(node) in alone or not _makes_a_value(node, given))
        )
        for node in run
    )


def _decorated(made: Definition, depth: int) -> frozenset[str]:
    """Return the parameters that what is decorated may be: of the function itself, or of those that it makes."""
    parts: list[ast.AST] = [*made.body]
    if depth == 1 and isinstance(made, FunctionDef):
        parts = [made.args]
    return frozenset(
        node.arg for part in parts for node in ast.walk(part) if isinstance(node, ast.arg)
    )


def _makes_a_value(node: ast.AST, given: frozenset[str]) -> bool:
    """Return whether a call has a result that a container's method has not, and is not about what is decorated."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=arguments) if name in _WITHOUT_RESULT:
            names = {n.id for a in arguments for n in ast.walk(a) if isinstance(n, ast.Name)}
            return names.isdisjoint(given)
        case _:
            return False


def _own_names(node: ast.AST) -> Iterator[str]:
    """Yield the name that a part of a function binds: a parameter, a variable, another function in it."""
    match node:
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name


def _first_parameter(made: Definition) -> str | None:
    if isinstance(made, ast.ClassDef) or any(
        dotted_name(d) == "staticmethod" for d in made.decorator_list
    ):
        return None
    parameters = [*made.args.posonlyargs, *made.args.args]
    return parameters[0].arg if parameters else None


def _hands_on(node: ast.AST, shared: str) -> bool:
    """Return whether a call hands something to a method of the shared object, which may keep it."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and root_name(node.func) == shared
        and any(isinstance(part, ast.Name) for argument in node.args for part in ast.walk(argument))
    )


def _run_by_decorating(made: Definition, depth: int) -> Iterator[ast.AST]:
    """Yield the code that runs where something is decorated: not what runs when that is called later."""
    waiting: list[ast.AST] = list(made.body)
    if isinstance(made, ast.ClassDef):
        names = MAKING if depth == 1 else {*MAKING, "__call__"}
        methods = [n for n in made.body if isinstance(n, FunctionDef) and n.name in names]
        waiting, depth = [part for method in methods for part in method.body], 1
    while waiting:
        node = waiting.pop()
        if isinstance(node, FunctionDef):
            if depth > 1:
                yield from _run_by_decorating(node, depth - 1)
        elif not isinstance(node, ast.Lambda):
            yield node
            waiting += ast.iter_child_nodes(node)


def _filled(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what code stores into, or adds to: ``TABLE`` of ``TABLE["x"] = f``, of ``TABLE.append(f)``."""
    match node:
        case ast.Assign(targets=targets):
            yield from (t for t in targets if isinstance(t, ast.Attribute | ast.Subscript))
        case (
            ast.AugAssign(target=ast.Attribute() | ast.Subscript() as target)
            | ast.AnnAssign(target=ast.Attribute() | ast.Subscript() as target)
        ):
            yield target
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if _ADDING.match(name):
            yield owner
        case ast.Call(func=ast.Name(id=name) as function) if not hasattr(builtins, name):
            yield from [function] if _ADDING.match(name.lstrip("_")) else ()
