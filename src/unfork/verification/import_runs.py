"""Import order: which modules have begun to run, and which names they have by then (language reference, 5.3 and 5.4).

A module imported again while its body still runs has only the names bound so far. Whether those are enough depends on
which module of a cycle is imported first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.verification.called_functions import MADE_BY
from unfork.verification.facts import NotYet
from unfork.verification.forwards import forwarded_names
from unfork.verification.import_calls import is_import_call, modules_given, text_given
from unfork.verification.import_steps import Bindings
from unfork.verification.states import States, module_name, packages_of
from unfork.verification.values import Module, Namespace, Value, describe_value


@dataclass(eq=False)
class _Class:
    """A class or an instance of it: what it and its bases bind."""

    names: dict[str, Bound]


class _Method(NamedTuple):
    """A function looked up on a class or an instance, which is its first argument."""

    function: FunctionDef
    owner: _Class


Bound = Value | FunctionDef | _Class | _Method | None
"""What a name is bound to, if relevant: a module, a function or class of the project; None for anything else."""
ALL = "*"
"""Marks a module that has names not shown in its text."""


@dataclass
class _Scope:
    """Names being bound: of a module, of a class in it, or of a function called during import."""

    path: str
    names: dict[str, Bound]
    around: _Scope | None = None
    globals: set[str] = field(default_factory=set)

    @property
    def module(self) -> _Scope:
        return self.around.module if self.around is not None else self

    def bind(self, name: str, value: Bound) -> None:
        (self.module if name in self.globals else self).names[name] = value

    def bind_all(self, names: Mapping[str, Bound]) -> None:
        if self.globals:
            for name, value in names.items():
                self.bind(name, value)
        else:
            self.names.update(names)

    def look_up(self, name: str) -> Bound:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        return None


class ImportRun:
    """Modules imported one after the other into one interpreter; ``runs`` returns whether a module's body matters."""

    def __init__(self, states: States, after: bool, runs: Callable[[str], bool]) -> None:
        self._states, self._after, self._runs = states, after, runs
        self._tree_state = states.tree_states(False)[after]
        self._finder = self._tree_state.finder
        self._steps = states.import_steps
        self._names: dict[str, dict[str, Bound]] = {}
        self._unread: set[str] = set()
        self._begun: list[str] = []
        self._called: set[FunctionDef] = set()
        self._homes: dict[FunctionDef, str] = {}  # the module that defines each
        self._short: set[str] = set()  # modules missing names because a star import came too early
        self.fallbacks: dict[str, NotYet] = {}
        """What a ``try`` of each module caught: the program goes on, but with something else."""

    def has_imported(self, path: str) -> bool:
        """Return whether a module has begun to run."""
        return path in self._names

    def fork(self, runs: Callable[[str], bool]) -> ImportRun:
        """Return another interpreter that has imported the same modules, and goes on by itself."""
        copy = ImportRun(self._states, self._after, runs)
        copy._names = {path: dict(names) for path, names in self._names.items()}
        copy._unread, copy._begun = set(self._unread), list(self._begun)
        copy._called, copy._short = set(self._called), set(self._short)
        copy._homes = self._homes  # where a function is defined is the same everywhere
        copy.fallbacks = dict(self.fallbacks)
        return copy

    def load(self, path: str) -> None:
        """Import a module: its packages first, then its body, then bind it as an attribute of its package.

        Raises NotYet.
        """
        for package in reversed([*packages_of(self._finder, path)]):
            self._load_module(package)
        self._load_module(path)

    def lacks(self, path: str, name: str) -> bool:
        """Return whether a module has run and certainly did not bind a name."""
        names = self._names.get(path)
        if names is None or path in self._unread or ALL in names or name in names:
            return False
        return not self._tree_state.has_more(path)

    def _load_module(self, path: str) -> None:
        if path in self._names:
            return
        names = self._names[path] = {}
        self._begun.append(path)
        if self._runs(path):
            self._run_block(_Scope(path, names), self._body_of(path))
        else:
            self._unread.add(path)
        self._begun.pop()
        for package in self._parent_package(path):
            self._names.get(package, {})[module_name(path)] = Module(path)

    def _all_names(self, module: Module) -> dict[str, Bound]:
        """Return all names of a module. If its body does not matter, its names are read only now: few are asked for."""
        names = self._names.get(module.path, {})
        if module.path in self._unread:
            self._unread.discard(module.path)
            exports = self._tree_state.exports(module.path)
            for name in (ALL,) if exports is None else exports:
                names.setdefault(name, None)
        return names

    def _body_of(self, path: str) -> Sequence[ast.stmt]:
        return self._states.body(path, self._after)

    def _parent_package(self, path: str) -> Iterator[str]:
        """Yield the package that a module is an attribute of."""
        folder = path.rpartition("/")[0]
        if path.rpartition("/")[2].startswith("__init__."):
            folder = folder.rpartition("/")[0]
        yield from (p for p in packages_of(self._finder, path) if p.rpartition("/")[0] == folder)

    # -- statements

    def _run_block(self, scope: _Scope, body: Sequence[ast.stmt]) -> None:
        for step in self._steps.steps(body):
            if isinstance(step, Bindings):
                scope.bind_all(step.names)
                self._homes.update((function, scope.path) for function in step.functions)
            else:
                self._run_statement(scope, step)

    def _run_statement(self, scope: _Scope, node: ast.stmt) -> None:
        match node:
            case ast.Import():
                self._run_import(scope, node)
            case ast.ImportFrom():
                self._import_from(scope, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._evaluate_all(scope, self._steps.defaults(node.args))
                self._apply_decorators(scope, node)
                scope.bind(node.name, node)
                self._homes[node] = scope.path
            case ast.ClassDef():
                self._evaluate_all(scope, (keyword.value for keyword in node.keywords))
                bases = [self._evaluate_expression(scope, base) for base in node.bases]
                inner = _Scope(scope.path, {}, scope)
                self._run_block(inner, node.body)
                self._apply_decorators(scope, node)
                scope.bind(node.name, _class_of(inner.names, bases))
            case ast.Global():
                scope.globals.update(node.names)
            case ast.If():
                self._run_if(scope, node)
            case ast.Try() | ast.TryStar():
                self._run_try(scope, node)
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        scope.names.pop(target.id, None)
            case _:
                self._run_other(scope, node)

    def _run_if(self, scope: _Scope, node: ast.If) -> None:
        """Run the branches that may run; skip those for type checkers or ``__main__``."""
        holds = self._truth_of_condition(scope, node.test)
        self._evaluate_all(scope, (node.test,))
        if holds is not False:
            self._run_block(scope, node.body)
        if holds is not True:
            self._run_block(scope, node.orelse)

    def _truth_of_condition(self, scope: _Scope, test: ast.expr) -> bool | None:
        """Return whether a condition holds during import, if that is the same in every run; else None.

        The module that is imported first may as well be run as a script.
        """
        match test:
            case ast.UnaryOp(op=ast.Not()):
                inner = self._truth_of_condition(scope, test.operand)
                return None if inner is None else not inner
            case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
                return False
            case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
                return None if scope.path == self._begun[0] else False
            case _:
                return None

    def _run_try(self, scope: _Scope, node: ast.Try | ast.TryStar) -> None:
        depth = len(self._begun)
        try:
            self._run_block(scope, node.body)
        except NotYet as error:
            handler = _handler_of(node, error)
            if handler is None:
                raise
            for path in self._begun[depth:]:
                del self._names[path]
            del self._begun[depth:]
            self.fallbacks.setdefault(scope.path, error)
            self._run_block(scope, handler.body)
        else:
            self._run_block(scope, node.orelse)
        self._run_block(scope, node.finalbody)

    def _run_other(self, scope: _Scope, node: ast.stmt) -> None:
        """Run a statement that only evaluates, binds names, or contains others."""
        value = self._evaluate_expression(scope, getattr(node, "value", None))
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                self._bind_target(scope, target, value)
        for child in self._steps.parts(node):
            if isinstance(child, ast.expr):
                self._evaluate_expression(scope, child)
            elif isinstance(child, ast.withitem):
                self._evaluate_expression(scope, child.context_expr)
                self._bind_target(scope, child.optional_vars, None)
            elif isinstance(child, ast.match_case):
                self._run_block(scope, child.body)
            elif isinstance(child, ast.stmt):
                self._run_statement(scope, child)
        if isinstance(node, ast.For | ast.AsyncFor):
            self._bind_target(scope, node.target, None)

    def _bind_target(self, scope: _Scope, target: ast.expr | None, value: Bound) -> None:
        match target:
            case ast.Name(id=name):
                scope.bind(name, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._bind_target(scope, part, None)
            case ast.Attribute(value=owner, attr=name):
                module = self._evaluate_expression(scope, owner)
                if isinstance(module, Module) and module.path in self._names:
                    self._names[module.path][name] = None
            case _:
                self._evaluate_expression(scope, target)

    # -- imports

    def _run_import(self, scope: _Scope, node: ast.Import) -> None:
        for alias in node.names:
            place = self._finder.absolute(alias.name, scope.path)
            self._import_place(place)
            top = self._finder.absolute(alias.name.partition(".")[0], scope.path)
            self._import_place(top)
            local = alias.asname or alias.name.partition(".")[0]
            scope.bind(local, _module_or_none(place if alias.asname else top))

    def _import_from(self, scope: _Scope, node: ast.ImportFrom) -> None:
        place = self._finder.named_by(node, scope.path)
        self._import_place(place)
        for alias in node.names:
            if alias.name == ALL:
                self._run_star_import(scope, node, place)
            else:
                local = alias.asname or alias.name
                scope.bind(local, self._take_name(scope, node, place, alias.name))

    def _run_star_import(self, scope: _Scope, node: ast.stmt, place: Value) -> None:
        given = self._all_names(place) if isinstance(place, Module) else {ALL: None}
        scope.module.names.update({n: v for n, v in given.items() if n[0] != "_"})
        if isinstance(place, Module) and self._after:
            for name in forwarded_names(self._states, place.path):
                scope.bind(name, self._take_forwarded(scope, node, place, name))
        if isinstance(place, Module) and self._is_incomplete(place):
            self._short.add(scope.path)

    def _import_place(self, place: Value) -> None:
        if isinstance(place, Module):
            self.load(place.path)

    def _take_name(self, scope: _Scope, node: ast.stmt, place: Value, name: str) -> Bound:
        """Return what ``from place import name`` takes: a name, or else a submodule, begun or not."""
        names = self._names.get(place.path, {}) if isinstance(place, Module) else {}
        if name in names:
            return names[name]
        if isinstance(place, Module) and self._forwards(place, name):
            return self._take_forwarded(scope, node, place, name)
        module = self._finder.submodule(place, name)
        if self._is_hidden(place, name, module):
            return None
        if isinstance(module, Module):
            self.load(module.path)
            return module
        if isinstance(place, Module):
            self._has_to_have(scope, node, place, name)
        return _module_or_none(module)

    def _forwards(self, module: Module, name: str) -> bool:
        """Return whether a module is a shim that takes a name from elsewhere once somebody asks for it."""
        return self._after and name in forwarded_names(self._states, module.path)

    def _take_forwarded(self, scope: _Scope, node: ast.AST, shim: Module, name: str) -> Bound:
        """Return what a shim gives for a name: it imports the module where that is now, and needs the name there."""
        place, target = forwarded_names(self._states, shim.path)[name]
        self._import_place(place)
        if not isinstance(place, Module):
            return None
        first, _, rest = target.partition(".")
        names = self._names[place.path]
        if first not in names:
            self._has_to_have(scope, node, place, first)
            return None
        return None if rest else names[first]

    def _is_hidden(self, owner: Value, name: str, submodule: Value | None) -> bool:
        """Return whether a module binds a name that is also one of its submodules."""
        return (
            submodule is not None and isinstance(owner, Module) and name in self._all_names(owner)
        )

    def _has_to_have(self, scope: _Scope, node: ast.AST, module: Module, name: str) -> None:
        """Raise NotYet if a module that still runs has not bound a name. Other errors are not reported here."""
        if not self._is_incomplete(module) or name.startswith("__"):
            return
        if ALL in self._names[module.path] or self._tree_state.has_more(module.path):
            return
        raise self._not_yet(scope, node, module, name)

    def _is_incomplete(self, module: Module) -> bool:
        """Return whether a module still runs, or lacks names because of one that did."""
        return module.path in self._short or module.path in self._begun

    # -- expressions

    def _evaluate_all(self, scope: _Scope, nodes: Iterable[ast.expr | None]) -> None:
        for node in nodes:
            self._evaluate_expression(scope, node)

    def _evaluate_expression(self, scope: _Scope, node: ast.expr | None) -> Bound:
        """Evaluate an expression; return the module or function that it is, None for anything else."""
        match node:
            case ast.Name(id=name):  # most are names, so they come first
                return scope.look_up(name)
            case ast.Attribute(value=owner, attr=name):
                return self._attribute_of(
                    scope, node, self._evaluate_expression(scope, owner), name
                )
            case None | ast.Lambda() | ast.Constant():
                return None
            case ast.Call(func=func):
                function = self._evaluate_expression(scope, func)
                self._evaluate_all(scope, self._steps.arguments(node))
                if function is not None:
                    self._call(function)
                elif isinstance(func, ast.Lambda):
                    self._evaluate_expression(scope, func.body)
                if is_import_call(node):
                    return self._import_by_call(scope, node)
                return function if isinstance(function, _Class) else None
            case _:
                for child in self._steps.parts(node):
                    if isinstance(child, ast.expr):
                        self._evaluate_expression(scope, child)
                return None

    def _apply_decorators(self, scope: _Scope, node: FunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._call(self._evaluate_expression(scope, decorator))

    def _call(self, function: Bound) -> None:
        """Run a function, once, among the names of the module that defines it; of a class, what makes an instance."""
        match function:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._run_function(function, {})
            case _Method(method, owner):
                first = [*method.args.posonlyargs, *method.args.args][:1]
                self._run_function(method, {argument.arg: owner for argument in first})
            case _Class(names):
                for name in MADE_BY:
                    self._call(_member_of(function, names.get(name)))

    def _run_function(self, function: FunctionDef, names: dict[str, Bound]) -> None:
        if function not in self._called:
            self._called.add(function)
            home = self._homes[function]
            module = _Scope(home, self._names.setdefault(home, {}))
            self._run_block(_Scope(home, names, module), function.body)

    def _import_by_call(self, scope: _Scope, node: ast.Call) -> Bound:
        """Import what ``import_module`` or ``__import__`` is given, or may be; return the module, if it is told.

        It may be given what a text of its file names, or one of its caller's.
        """
        bodies = [self._body_of(path) for path in dict.fromkeys((scope.path, self._begun[-1]))]
        place: Value | None = None
        for place in modules_given(self._finder, scope.path, node, bodies):
            self._import_place(place)
        text = text_given(node)
        if text is None:
            return None
        if "." in text and _returns_top(node):
            place = self._finder.absolute(text.partition(".")[0], scope.path)
        return _module_or_none(place)

    def _attribute_of(self, scope: _Scope, node: ast.AST, owner: Bound, name: str) -> Bound:
        """Return an attribute of a module. A submodule becomes one once its body has run."""
        if isinstance(owner, _Class):
            return _member_of(owner, owner.names.get(name))
        if not isinstance(owner, Module | Namespace):
            return None
        names = self._names.get(owner.path, {}) if isinstance(owner, Module) else {}
        if name in names:
            return names[name]
        if isinstance(owner, Module) and self._forwards(owner, name):
            return self._take_forwarded(scope, node, owner, name)
        submodule = self._finder.submodule(owner, name)
        if self._is_hidden(owner, name, submodule):
            return None
        if isinstance(submodule, Module) and submodule.path in self._begun:
            raise self._not_yet(scope, node, owner, name)
        if isinstance(owner, Module):
            self._has_to_have(scope, node, owner, name)
        return _module_or_none(submodule) if isinstance(owner, Namespace) else None

    def _not_yet(self, scope: _Scope, node: ast.AST, owner: Value, name: str) -> NotYet:
        line = getattr(node, "lineno", 1)
        raised = "AttributeError" if isinstance(node, ast.Attribute) else "ImportError"
        return NotYet(scope.path, line, describe_value(owner), name, tuple(self._begun), raised)


def _handler_of(node: ast.Try | ast.TryStar, error: NotYet) -> ast.ExceptHandler | None:
    """Return the handler that certainly catches an error; None if none does."""
    catching = {error.raised, "Exception", "BaseException"}
    for handler in node.handlers:
        match handler.type:
            case None:
                return handler
            case ast.Tuple(elts=types):
                names = {getattr(type_, "id", "") for type_ in types}
            case type_:
                names = {getattr(type_, "id", "")}
        if not names.isdisjoint(catching):
            return handler
    return None


def _returns_top(node: ast.Call) -> bool:
    """Return whether a call returns the top-level package: ``__import__`` without a list of names."""
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    return name == "__import__" and len(node.args) < 4 and not node.keywords


def _module_or_none(place: Value | None) -> Module | Namespace | None:
    return place if isinstance(place, Module | Namespace) else None


def _class_of(names: dict[str, Bound], bases: Sequence[Bound]) -> _Class:
    inherited: dict[str, Bound] = {}
    for base in reversed(bases):
        if isinstance(base, _Class):
            inherited |= base.names
    return _Class(inherited | names)


def _member_of(owner: _Class, member: Bound) -> Bound:
    return _Method(member, owner) if isinstance(member, FunctionDef) else member
