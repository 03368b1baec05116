"""Functions that are passed to other code: how that code calls them, as far as the text tells.

map(submit, jobs)              calls submit with one argument by position
def each(go): return go("a")
each(submit)                   calls it like that
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.calls import keyword_argument
from unfork.reading.scopes import Scope, resolve_name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import PLAIN, Function, Kinds

_MOST_STEPS = 5
_TAKES_NO_CALL = frozenset(
    {
        "MagicMock",
        "Mock",
        "TypeVar",
        "assertIsInstance",
        "callable",
        "cast",
        "create_autospec",
        "getattr",
        "hasattr",
        "id",
        "isinstance",
        "issubclass",
        "object",
        "partial",
        "partialmethod",
        "print",
        "raises",
        "repr",
        "setattr",
        "str",
        "super",
        "type",
        "wraps",
    }
)
"""Functions that do not call what they are given, or whose calls are followed."""
_BY_POSITION = {"filter": 1, "filterfalse": 1, "takewhile": 1, "dropwhile": 1, "reduce": 2}
"""Functions of the standard library that call their first argument, with how many arguments."""
PASSING = {
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "run_in_executor": 1,
    "submit": 0,
    "to_thread": 0,
}
"""Functions of the standard library that call an argument with those after it; the number is its place."""
_SORTING = frozenset({"groupby", "max", "min", "nlargest", "nsmallest", "sort", "sorted"})


class Received(NamedTuple):
    """A call, in some file, of a function that the file received."""

    context: FileContext
    call: ast.Call


def is_passed_on(context: FileContext, node: ast.expr) -> bool:
    """Return whether an expression is handed to a call, a container, a caller or a variable, and not called here.

    A parameter may have it by default.
    """
    parent = context.parents.get(node)
    match parent:
        case ast.Call(func=func):
            return func is not node and last_name(func) not in _TAKES_NO_CALL
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return _is_kept(context, parent)
        case ast.keyword():
            call = context.parents.get(parent)
            return not isinstance(call, ast.Call) or last_name(call.func) not in _TAKES_NO_CALL
        case ast.Return() | ast.arguments():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return value is node
        case _:
            return False


def _is_kept(context: FileContext, display: ast.expr) -> bool:
    """Return whether a container holds its elements for others: not in ``Union[A, B]``, ``except (A, B)``."""
    match context.parents.get(display):
        case ast.List() | ast.Tuple() as outer:
            return _is_kept(context, outer)
        case ast.Subscript() | ast.ExceptHandler() | ast.Compare():
            return False
        case ast.Call(func=func):
            # the bases of a class are called for it: ``type("Sub", (Base,), {})``
            return last_name(func) not in _TAKES_NO_CALL - {"type"}
        case _:
            return True


@dataclass(frozen=True)
class Callbacks:
    """Finds how the functions that a file passes to other code are called there."""

    inference: Inference

    def calls(self, node: ast.expr) -> list[Received] | None:
        """Return the calls of an expression that is passed on; None if there may be others.

        The calls of a variable that holds it are not among them: they are followed like its own.
        """
        return self._calls(self.inference.context, node, _MOST_STEPS)

    def _calls(self, context: FileContext, node: ast.expr, steps: int) -> list[Received] | None:
        parent = context.parents.get(node)
        if not is_passed_on(context, node):
            return []
        match parent:
            case ast.Assign(targets=[ast.Name() as target]) if steps:
                return self._of_variable(context, target, steps)
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() if steps:
                return self._of_container(context, parent, steps)
            case ast.Call() if node in parent.args and not _is_starred(parent):
                return self._of_argument(context, parent, node, None, steps)
            case ast.keyword(arg=str(name)):
                call = context.parents.get(parent)
                if isinstance(call, ast.Call) and not _is_starred(call):
                    return self._of_argument(context, call, node, name, steps)
        return None

    def _of_variable(
        self, context: FileContext, target: ast.Name, steps: int
    ) -> list[Received] | None:
        scope = resolve_name(context.scope_around(target), target.id)
        return _of_references(
            context, scope, target.id, lambda node: self._calls(context, node, steps - 1)
        )

    def _of_container(
        self, context: FileContext, display: ast.expr, steps: int
    ) -> list[Received] | None:
        """Return the calls of what a variable's container holds, if that is only looped over, or taken and called."""
        match context.parents.get(display):
            case ast.Assign(targets=[ast.Name(id=name) as target]):
                scope = resolve_name(context.scope_around(target), name)
            case ast.For(target=ast.Name() as target, iter=iterable) if iterable is display:
                return self._of_variable(context, target, steps)
            case _:
                return None
        return _of_references(
            context, scope, name, lambda node: self._of_held(context, node, steps)
        )

    def _of_held(self, context: FileContext, node: ast.expr, steps: int) -> list[Received] | None:
        parent = context.parents.get(node)
        match parent:
            case ast.Assign(targets=targets) if node in targets:
                return []
            case ast.Subscript(value=value, ctx=ast.Load()) if value is node:
                call = context.parents.get(parent)
                return [] if isinstance(call, ast.Call) and call.func is parent else None
            case (
                ast.For(target=ast.Name() as target)
                | ast.comprehension(target=ast.Name() as target)
            ):
                return self._of_variable(context, target, steps - 1)
            case _:
                return None

    def _of_argument(
        self, context: FileContext, call: ast.Call, node: ast.expr, name: str | None, steps: int
    ) -> list[Received] | None:
        kinds = self._kinds(context, call.func)
        if kinds == PLAIN:
            made = _call_by_library(call, node, name)
            return [Received(context, made)] if made is not None else None
        functions = [kind for kind in kinds or () if isinstance(kind, Function)]
        if len(functions) != 1 or len(kinds or ()) != 1 or not steps:
            return None
        file = self.inference.file(functions[0].key)
        function = functions[0].node
        parameter = _parameter(function, call, node, name)
        if file is None or parameter is None or function.decorator_list:
            return None
        return self._of_parameter(file.context, function, parameter, steps)

    def _kinds(self, context: FileContext, node: ast.expr) -> Kinds | None:
        file = self.inference.file(context.key)
        return file.kinds(node) if file is not None else None

    def _of_parameter(
        self,
        context: FileContext,
        function: FunctionDef,
        parameter: str,
        steps: int,
    ) -> list[Received] | None:
        """Return the calls of a parameter; None if it is rebound, or other code may call it."""
        scope = next((s for s in context.scopes.module.within() if s.node is function), None)

        def calls_of(node: ast.expr) -> list[Received] | None:
            parent = context.parents.get(node)
            if isinstance(parent, ast.Call) and parent.func is node:
                return [Received(context, parent)]
            calls = self._calls(context, node, steps - 1)
            return None if isinstance(parent, ast.Assign | ast.AnnAssign) else calls

        return _of_references(context, scope, parameter, calls_of)


def _of_references(
    context: FileContext,
    scope: Scope | None,
    name: str,
    calls_of: Callable[[ast.expr], list[Received] | None],
) -> list[Received] | None:
    """Return the calls of all references to a name; None if it is rebound, or some calls are unknown."""
    if scope is None or len(scope.binds.get(name, ())) != 1:
        return None
    every: list[Received] = []
    for ref in context.scopes.refs_to(scope, name):
        calls = calls_of(ref.node)
        if calls is None:
            return None
        every += calls
    return every


def _is_starred(call: ast.Call) -> bool:
    return any(isinstance(argument, ast.Starred) for argument in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    )


def _call_by_library(call: ast.Call, node: ast.expr, name: str | None) -> ast.Call | None:
    """Return how a function of the standard library calls what it is given; None if that is not known."""
    word = last_name(call.func)
    if name == "target" and word in ("Process", "Thread"):
        return _call_of_thread(call, node)
    if name is not None:
        return _call_with(1) if name == "key" and word in _SORTING else None
    place = call.args.index(node)
    if word == "map" and place == 0:
        return _call_with(len(call.args) - 1)
    if place == 0 and word in _BY_POSITION:
        return _call_with(_BY_POSITION[word])
    if PASSING.get(word) == place:
        return ast.copy_location(ast.Call(node, call.args[place + 1 :], call.keywords), call)
    return None


def _call_of_thread(call: ast.Call, node: ast.expr) -> ast.Call | None:
    """Return how a thread calls its target: ``Thread(target=run, args=(1,), kwargs={"name": "a"})``."""
    args = keyword_argument(call, "args") or ast.Tuple([])
    kwargs = keyword_argument(call, "kwargs") or ast.Dict([], [])
    if not isinstance(args, ast.Tuple | ast.List) or not isinstance(kwargs, ast.Dict):
        return None
    keys = [key.value for key in kwargs.keys if isinstance(key, ast.Constant)]
    if len(keys) != len(kwargs.keys) or any(isinstance(arg, ast.Starred) for arg in args.elts):
        return None
    pairs = zip(keys, kwargs.values)
    given = [ast.copy_location(ast.keyword(str(k), value), value) for k, value in pairs]
    return ast.copy_location(ast.Call(node, args.elts, given), call)


def _call_with(count: int) -> ast.Call:
    made = ast.parse(f"f({', '.join(['None'] * count)})", mode="eval").body
    assert isinstance(made, ast.Call)
    return made


def _parameter(
    function: FunctionDef,
    call: ast.Call,
    node: ast.expr,
    name: str | None,
) -> str | None:
    """Return the parameter of a function that an argument of a call is given to."""
    spec = function.args
    places = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    if name is not None:
        named = {arg.arg for arg in (*spec.args, *spec.kwonlyargs)}
        return name if name in named else None
    place = call.args.index(node)
    return places[place] if place < len(places) else None
