"""What calls give: of classes, functions and methods of the project, of builtins and libraries, of ``super``."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from unfork.nodes import FunctionDef, last_name
from unfork.reading.calls import keyword_argument
from unfork.reading.scopes import Bind, Scope
from unfork.rewriting.definition_bodies import decorator_name, is_stand_in
from unfork.rewriting.expression_kinds import ExpressionKinds
from unfork.rewriting.kinds import (
    NONE,
    NOTHING,
    PLAIN,
    Class,
    Function,
    Instance,
    Kind,
    Kinds,
    Many,
    Member,
    Module,
    Partial,
    Plain,
    Returning,
    Table,
    any_of,
    instances_of,
    one,
)
from unfork.rewriting.library_names import (
    CLASS_MAKERS,
    COLLECTING,
    GIVING,
    MANAGERS,
    PICKING,
    SAME,
    TRANSPARENT_DECORATORS,
)


@dataclass(eq=False)
class CallResults:
    """What the calls of a file give."""

    file: ExpressionKinds

    def call(self, node: ast.Call, scope: Scope | None) -> Kinds | None:
        """Return what a call gives, whose names belong to a scope; None: to that around it."""
        word = last_name(node.func)
        first = node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None
        if word == "super" and isinstance(node.func, ast.Name):
            return self._above(node, scope)
        if first is not None and word in ("cast", "assert_type") and len(node.args) == 2:
            typed = node.args[1] if word == "assert_type" else first
            around = scope if scope is not None else self.file.context.scope_around(node)
            return self.file.annotation(typed, around)
        if word == "import_module" and isinstance(first, ast.Constant) and len(node.args) == 1:
            return self._imported(str(first.value))
        if first is not None and word in ("partial", "partialmethod"):
            kinds = self.file.kinds_in(first, scope)
            given = len(node.args) - 1
            return frozenset(Partial(kind, given) for kind in kinds) if kinds is not None else None
        if is_stand_in(node):
            return self._stand_in(node, word, first, scope)
        if word in GIVING and self._is_outside(node.func, scope):
            return None
        if first is not None and self._is_outside(node.func, scope):
            return self._of_library(node, word, first, scope)
        kinds = self.file.kinds_in(node.func, scope)
        if kinds is None:
            return None
        return any_of(self._result(kind, node, scope) for kind in kinds if kind not in NONE)

    def _stand_in(
        self, node: ast.Call, word: str, first: ast.expr | None, scope: Scope | None
    ) -> Kinds | None:
        """Return what a call gives that has the members of a class: ``Mock(spec=Engine)``; None of any other."""
        spec = keyword_argument(node, "spec", "spec_set") if word != "create_autospec" else first
        kinds = self.file.kinds_in(spec, scope) if spec is not None and word != "patch" else None
        if not kinds or not all(isinstance(kind, Class) for kind in kinds):
            return None
        is_class = word == "create_autospec" and keyword_argument(node, "instance") is None
        return kinds if is_class else instances_of(kinds)

    def _imported(self, dotted: str) -> Kinds | None:
        """Return the module that ``import_module`` gives, if it is one of the project."""
        index = self.file.context.index
        key = index.named(dotted).key
        return one(Module(key)) if index.has_file(key) else None

    def _is_outside(self, func: ast.expr, scope: Scope | None) -> bool:
        return self.file.kinds_in(func, scope) == PLAIN

    def _of_library(
        self, node: ast.Call, word: str, first: ast.expr, scope: Scope | None
    ) -> Kinds | None:
        """Return what a call of a builtin or a library's function gives, where it may be what it was given."""
        if word in CLASS_MAKERS and len(node.args) > 1:
            return self._class_made(node)
        given = self.file.kinds_in(first, scope)
        if word in SAME:
            return given
        if word in COLLECTING:
            return one(Many(self.file.element(given)))
        if word in PICKING:
            several = [self.file.kinds_in(argument, scope) for argument in node.args]
            return (
                any_of(several)
                if word in ("min", "max") and several[1:]
                else self.file.element(given)
            )
        if word == "getattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            name = str(node.args[1].value)
            return any_of(self.file.taken(k, name) for k in given) if given is not None else None
        if word == "type" and len(node.args) == 1:
            return frozenset(k.of for k in given or () if isinstance(k, Instance)) or None
        handed = [*node.args, *(keyword.value for keyword in node.keywords)]
        return None if any(self._is_ours(self.file.kinds_in(a, scope)) for a in handed) else PLAIN

    def _class_made(self, node: ast.Call) -> Kinds | None:
        """Return the class that a call makes, by the name that it is given: ``Point = namedtuple("Point", "x")``."""
        match self.file.context.parents.get(node):
            case ast.Assign(targets=[ast.Name(id=name)]):
                return one(Class(self.file.context.key, name))
            case _:
                return PLAIN

    @staticmethod
    def _is_ours(kinds: Kinds | None) -> bool:
        """Return whether something certainly is, or holds, what the project defines."""
        kinds = kinds or NOTHING
        inner = (k.of for k in kinds if isinstance(k, Many | Table))
        ours = Class | Instance | Function | Member | Partial
        return any(isinstance(k, ours) for k in kinds) or any(map(CallResults._is_ours, inner))

    def _above(self, node: ast.Call, scope: Scope | None) -> Kinds | None:
        """Return what ``super()`` is: an instance of the bases of the class around."""
        owner: ast.AST | None = node
        while owner is not None and not isinstance(owner, ast.ClassDef):
            owner = self.file.context.parents.get(owner)
        if owner is None:
            return None
        around = Class(self.file.context.key, owner.name, owner)
        bases = [self.file.inference.bases(around, base) for base in owner.bases]
        return instances_of(any_of(bases)) if bases else PLAIN

    def _result(self, kind: Kind, node: ast.Call, scope: Scope | None) -> Kinds | None:
        match kind:
            case Class():
                return one(Instance(kind))
            case Function(key=key, node=function):
                file = self.file.inference.file(key)
                return file.returned(function, None) if file is not None else None
            case Member(owner=owner, name=name):
                definer = self.file.inference.definer(owner, name)
                return self.of_method(owner, definer, name) if definer is not None else None
            case Partial(of=inner):
                return self._result(inner, node, scope)
            case Returning(of=of):
                return of
            case Plain():
                return PLAIN
            case Instance(of=owner):
                return self.of_special(owner, "__call__")
            case _:
                return None

    def of_method(self, owner: Class, definer: Class, name: str) -> Kinds | None:
        """Return what a method gives that a class, or one that it inherits from, defines."""
        file = self.file.inference.file(definer.key)
        if file is None or definer.node is None:
            return None
        functions = [
            place.node
            for place in file.members(definer.node)[name]
            if isinstance(place, Bind) and isinstance(place.node, FunctionDef)
        ]
        names = {decorator_name(decorator) for f in functions for decorator in f.decorator_list}
        if len(functions) != 1 or not names <= TRANSPARENT_DECORATORS | MANAGERS:
            return None
        return file.returned(functions[0], owner)

    def of_special(self, owner: Class, *names: str) -> Kinds | None:
        """Return what the first of some special methods that a class has returns."""
        for name in names:
            definer = self.file.inference.definer(owner, name)
            if definer is not None:
                return self.of_method(owner, definer, name)
        return None
