"""Functions that pass a parameter on as the path to patch: calling one patches that path.

    def stub_out(self, old, new):                          self.stub_out("a.legacy.now", fake)
        self.useFixture(fixtures.MonkeyPatch(old, new))

A function is identified by the binding of its name, a method only by its name, as its receiver is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from unfork.nodes import FunctionDef, last_name
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.rewriting.constraints import Wrapper
from unfork.rewriting.file_context import FileContext, ImportedAlias

_TRANSPARENT = frozenset({"classmethod", "staticmethod", "contextmanager", "asynccontextmanager"})
"""Decorators that leave the arguments of a call as they are."""
_BY_PYTEST = ("test", "pytest_")
"""How the names of functions begin whose arguments come from pytest."""


def wrapper_around(context: FileContext, node: ast.expr, scope: Scope) -> Wrapper | None:
    """Return the function of which an expression is a parameter, and nothing but what a call gives for it."""
    reached = resolve_name(scope, node.id) if isinstance(node, ast.Name) else None
    if (
        reached is None
        or not isinstance(node, ast.Name)
        or not isinstance(reached.node, FunctionDef)
    ):
        return None
    function, binds = reached.node, reached.binds[node.id]
    if len(binds) > 1 or not isinstance(binds[0].node, ast.arg) or not _is_called_as_is(function):
        return None
    is_method = isinstance(context.parents.get(function), ast.ClassDef)
    placed = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
    required = placed[: len(placed) - len(function.args.defaults)]
    if is_method and "staticmethod" not in map(last_name, function.decorator_list):
        placed, required = placed[1:], required[1:]
    if node.id in required:
        position = placed.index(node.id)
        return Wrapper(function.name, function.name, context.key, is_method, node.id, position)
    keywords = zip(function.args.kwonlyargs, function.args.kw_defaults)
    if any(parameter.arg == node.id and default is None for parameter, default in keywords):
        return Wrapper(function.name, function.name, context.key, is_method, node.id, None)
    return None


def _is_called_as_is(function: FunctionDef) -> bool:
    """Return whether a function gets what the calls of its name give, all of it and nothing else."""
    decorators = map(last_name, function.decorator_list)
    return not function.name.startswith(_BY_PYTEST) and _TRANSPARENT.issuperset(decorators)


def targets_given(context: FileContext, call: ast.Call, scope: Scope) -> list[ast.expr]:
    """Return the arguments of a call that a wrapper replaces by, if it may call one."""
    targets = dict.fromkeys(
        _wrapper_argument(wrapper, call) for wrapper in _wrappers_called(context, call.func, scope)
    )
    return [node for node in targets if node is not None]


def names_told(context: FileContext, node: ast.expr, scope: Scope) -> frozenset[str] | None:
    """Return the texts that an expression may have, also as a parameter of a private function; None if unknown.

    for name in ["a", "b"]: monkeypatch.setattr(legacy, name, fake)
    def _replaced(self, name): patch.object(legacy, name)               self._replaced("a")
    """
    texts = [text.value for text in context.texts.of(node, scope)]
    if None in texts:
        texts = _private_arguments(context, node, scope)
    return None if None in texts or not texts else frozenset(filter(None, texts))


def _private_arguments(context: FileContext, node: ast.expr, scope: Scope) -> list[str | None]:
    """Return what the calls of a private function give for its parameter ``node``; None among it: what is not told.

    No other file is expected to call a function whose name begins with ``_`` (PEP 8). The result is empty if the
    expression is no such parameter.
    """
    wrapper = wrapper_around(context, node, scope)
    if wrapper is None or not wrapper.name.startswith("_"):
        return []
    given: list[str | None] = []
    for use in context.source.nodes_of(ast.Name, ast.Attribute):
        if last_name(use) != wrapper.name:
            continue
        call = context.parents.get(use)
        argument = None
        if isinstance(call, ast.Call) and call.func is use:
            argument = _wrapper_argument(wrapper, call)
        if argument is None or isinstance(argument, ast.Starred):
            return [None]
        given += (t.value for t in context.texts.of(argument, context.scope_around(argument)))
    return given


def _wrapper_argument(wrapper: Wrapper, call: ast.Call) -> ast.expr | None:
    """Return the argument for a parameter, or what it may be in: ``*args``, ``**options``."""
    if wrapper.position is not None:
        upto = call.args[: wrapper.position + 1]
        starred = next((given for given in upto if isinstance(given, ast.Starred)), None)
        if starred is not None or len(upto) > wrapper.position:
            return starred or upto[-1]
    named = [given for given in call.keywords if given.arg in (wrapper.parameter, None)]
    return next((given.value for given in sorted(named, key=_is_unpacked)), None)


def _is_unpacked(argument: ast.keyword) -> bool:
    return argument.arg is None


def passed_on(context: FileContext) -> Iterator[ast.expr]:
    """Yield where a wrapper is used as a value instead of being called: its callers are then unknown."""
    names = {wrapper.called for wrapper in context.wrappers_named}
    if not names:
        return
    names |= {item.local for item in context.items if item.alias.name in names}
    for node in context.source.nodes:
        match node:
            case ast.Attribute(ctx=ast.Load()) | ast.Name(ctx=ast.Load()):
                parent = context.parents.get(node)
                is_function = isinstance(parent, ast.Call) and parent.func is node
                if is_function or last_name(node) not in names:
                    continue
                if any(_wrappers_called(context, node, context.scope_around(node))):
                    yield node
            case _:
                pass


def wrappers_handed_on(context: FileContext) -> Iterator[Wrapper]:
    """Yield the wrappers that a file imports by other names: others may take them of it."""
    for item in context.items if context.wrappers_named else ():
        if item.alias.asname is not None and item.imported_name.name is not None:
            for wrapper in context.wrappers_named:
                if _is_wrapper_name(
                    context, item.imported_name.key, item.imported_name.name, wrapper
                ):
                    yield replace(wrapper, called=item.local)


# -- which are meant


def _wrappers_called(context: FileContext, function: ast.expr, scope: Scope) -> Iterator[Wrapper]:
    for wrapper in context.wrappers_named:
        match function:
            case ast.Attribute(value=owner, attr=wrapper.called):
                module = context.module_of(owner, scope)
                if (
                    wrapper.is_method
                    if module is None
                    else _is_wrapper_name(context, module, wrapper.called, wrapper)
                ):
                    yield wrapper
            case ast.Name(id=local) if _is_bound_to(context, local, scope, wrapper):
                yield wrapper
            case _:
                pass


def _is_bound_to(context: FileContext, local: str, scope: Scope, wrapper: Wrapper) -> bool:
    """Return whether a name may be a wrapper, including any name that may come from a star import."""
    reached = resolve_name(scope, local)
    if reached is None:
        stars = any(item.alias.name == "*" for item in context.items)
        return local == wrapper.called and stars and not wrapper.is_method
    return any(_is_binding_wrapper(context, bind, local, wrapper) for bind in reached.binds[local])


def _is_binding_wrapper(context: FileContext, bind: Bind, local: str, wrapper: Wrapper) -> bool:
    if isinstance(bind.node, FunctionDef):
        is_method = isinstance(context.parents.get(bind.node), ast.ClassDef)
        return (local, context.key, is_method) == (wrapper.name, wrapper.key, wrapper.is_method)
    statement = context.statement_of.get(bind.node)
    if statement is None or bind.alias is None:
        return False
    imported_name = ImportedAlias(
        statement, 0, bind.alias, context.imported_name(statement, bind.alias)
    ).imported_name
    return imported_name.name is not None and _is_wrapper_name(
        context, imported_name.key, imported_name.name, wrapper
    )


def _is_wrapper_name(context: FileContext, module: str, name: str, wrapper: Wrapper) -> bool:
    """Return whether a name of a module is a wrapper that is no method."""
    origin = context.index.origin(module, name)
    return not wrapper.is_method and origin.identity == (wrapper.key, wrapper.name)
