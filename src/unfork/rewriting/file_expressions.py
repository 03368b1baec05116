"""One file, and what its expressions are: names, attributes, members of classes, what functions return."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from unfork.nodes import FunctionDef
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.reading.source import Source
from unfork.rewriting.annotations import Annotations
from unfork.rewriting.bound_names import BoundNames
from unfork.rewriting.call_results import CallResults
from unfork.rewriting.definition_bodies import (
    Results,
    decorator_name,
    gives_its_own,
    is_enumeration,
    results_of,
    stores_on_self,
    values_stored,
)
from unfork.rewriting.expression_kinds import MOST_STEPS, ProjectKinds
from unfork.rewriting.file_context import FileContext, ImportedAlias
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
    Plain,
    Returning,
    Table,
    any_of,
    instances_of,
    one,
    some,
)
from unfork.rewriting.library_names import MANAGERS, PROPERTY_DECORATORS, TRANSPARENT_DECORATORS
from unfork.rewriting.narrowing import classes_narrowed_to
from unfork.rewriting.stored_attributes import stored_on
from unfork_codemods.project import Key
from unfork_codemods.project import Kind as NameKind

_KEEPING = TRANSPARENT_DECORATORS | MANAGERS | PROPERTY_DECORATORS
"""Decorators that leave what the text of a function gives."""
_LITERALS = (
    ast.Constant,
    ast.JoinedStr,
    ast.Compare,
    ast.Lambda,
    ast.UnaryOp,
)


@dataclass(eq=False)
class FileExpressions:
    """One file, and what its expressions are."""

    context: FileContext
    inference: ProjectKinds
    _known: dict[ast.AST, Kinds | None] = field(default_factory=dict)
    _open: set[object] = field(default_factory=set)
    _cut: bool = False

    @cached_property
    def annotations(self) -> Annotations:
        """What values with an annotation are."""
        return Annotations(self)

    @cached_property
    def bound_names(self) -> BoundNames:
        """What names are by what binds them."""
        return BoundNames(self)

    @cached_property
    def call_results(self) -> CallResults:
        """What calls give."""
        return CallResults(self)

    def kinds(self, node: ast.expr) -> Kinds | None:
        """Return what an expression is."""
        return self.kinds_in(node, None)

    def kinds_in(self, node: ast.expr, scope: Scope | None) -> Kinds | None:
        """Return what an expression is, whose names belong to a scope; None: to that around it."""
        if node in self._known:
            return self._known[node]
        if node in self._open:
            self._cut = True
            return NOTHING
        if len(self._open) > MOST_STEPS:
            return None
        self._open.add(node)
        was_cut, self._cut = self._cut, False
        kinds = self._evaluate(node, scope)
        self._open.discard(node)
        if not self._cut or not self._open:
            self._known[node] = kinds
        self._cut = self._cut or was_cut
        return kinds

    def scope_outside(self, node: ast.AST) -> Scope:
        """Return the scope in which a function or class is defined."""
        return self.context.scope_around(node)

    def _scope(self, node: ast.expr, scope: Scope | None) -> Scope:
        return scope if scope is not None else self.context.scope_around(node)

    # -- expressions

    def _evaluate(self, node: ast.expr, scope: Scope | None) -> Kinds | None:
        match node:
            case ast.Constant(value=None):
                return NONE
            case ast.Name():
                return self._narrowed(node, scope) or self.name(node.id, self._scope(node, scope))
            case ast.Attribute():
                return self._narrowed(node, scope) or self._attribute(node, scope)
            case ast.Call():
                return self.call_results.call(node, scope)
            case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.kinds_in(value, scope)
            case ast.IfExp(body=body, orelse=orelse):
                return any_of(self.kinds_in(part, scope) for part in (body, orelse))
            case ast.BoolOp(values=values):
                return any_of(self.kinds_in(value, scope) for value in values)
            case ast.BinOp(left=left, right=right):
                both = any_of(self.kinds_in(part, scope) for part in (left, right))
                return both if both is not None and both <= PLAIN else None
            case ast.Subscript():
                return self._subscript(node, scope)
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return one(Many(any_of(self._elements(elt, scope) for elt in elts)))
            case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.GeneratorExp(elt=elt):
                return one(Many(self.kinds_in(elt, scope)))
            case ast.Dict(keys=keys, values=values):
                known = any_of(self.kinds_in(value, scope) for value in values)
                return one(Table(known if None not in keys else None))
            case ast.DictComp(value=value):
                return one(Table(self.kinds_in(value, scope)))
            case _:
                return PLAIN if isinstance(node, _LITERALS) else None

    def _elements(self, node: ast.expr, scope: Scope | None) -> Kinds | None:
        kinds = self.kinds_in(node, scope)
        return self.element(kinds) if isinstance(node, ast.Starred) else kinds

    def _narrowed(self, node: ast.Name | ast.Attribute, scope: Scope | None) -> Kinds | None:
        if scope is not None or not isinstance(node.ctx, ast.Load):
            return None
        classes = classes_narrowed_to(node, self.context.parents)
        if classes is None:
            return None
        parts = classes.elts if isinstance(classes, ast.Tuple) else [classes]
        return any_of(instances_of(self.kinds_in(part, scope)) for part in parts)

    def name(self, name: str, scope: Scope) -> Kinds | None:
        """Return what a name is in a scope, by all that is bound to it."""
        reached = resolve_name(scope, name)
        if reached is None:
            return self._unbound(name)
        place = (reached, name)
        if place in self._open:
            self._cut = True
            return NOTHING
        self._open.add(place)
        kinds = any_of(self._binding(bind, name) for bind in reached.given(name))
        self._open.discard(place)
        return some(kinds) if kinds is None or len(reached.given(name)) > 1 else kinds

    def _unbound(self, name: str) -> Kinds | None:
        for item in self.context.items:
            if item.alias.name == "*":
                key = item.imported_name.key
                if name in (self.context.index.star_names(key) or ()):
                    return self.member_of_module(key, name)
        return PLAIN if hasattr(builtins, name) else None

    def _binding(self, bind: Bind, name: str) -> Kinds | None:
        match bind.node:
            case ast.Import() | ast.ImportFrom():
                return self._imported(bind)
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                return self._function(node)
            case ast.ClassDef() as node:
                return one(Class(self.context.key, node.name, node))
            case ast.arg() as node:
                return self.bound_names.parameter(node)
            case ast.ExceptHandler(type=ast.expr() as kind):
                return instances_of(self.kinds(kind))
            case ast.MatchAs() as node:
                return self.bound_names.captured(node)
            case ast.Name() as node:
                return self.bound_names.assigned(node)
            case _:
                return None

    def _imported(self, bind: Bind) -> Kinds | None:
        statement = self.context.statement_of.get(bind.node)
        if statement is None or bind.alias is None:
            return None
        imported_name = self.context.imported_name(statement, bind.alias)
        if imported_name.name is not None:
            return self.member_of_module(imported_name.key, imported_name.name)
        module = self.context.imported_module(
            ImportedAlias(statement, 0, bind.alias, imported_name)
        )
        return one(Module(module)) if module is not None else None

    def member_of_module(self, key: Key, name: str) -> Kinds | None:
        """Return what a name of a module is, through every import of it."""
        index, codemod = self.context.index, self.context.codemod
        origin = index.origin(key, name)
        if origin.kind is NameKind.MODULE:
            return one(Module(origin.key))
        file = self.inference.file(origin.key) if origin.kind is NameKind.OWN else None
        if file is not None and origin.name is not None:
            return file.name(origin.name, file.context.scopes.module)
        if codemod.is_about(key) or codemod.is_about(origin.key):
            return one(Class(origin.key, origin.name or name))
        if origin.kind is NameKind.EXTERNAL:
            return PLAIN if origin.name is not None else one(Module(origin.key))
        return None

    def _function(self, node: FunctionDef) -> Kinds | None:
        names = {decorator_name(decorator) for decorator in node.decorator_list}
        if names & PROPERTY_DECORATORS:
            return self.returned(node, None)
        if names <= TRANSPARENT_DECORATORS | MANAGERS:
            return one(Function(self.context.key, node.name, node))
        return None

    def annotation(self, node: ast.expr, scope: Scope, owner: Class | None = None) -> Kinds | None:
        """Return what a value is that has an annotation. ``owner`` is the class that ``Self`` stands for."""
        return self.annotations.kinds_of(node, scope, owner)

    # -- containers and contexts

    def element(self, kinds: Kinds | None) -> Kinds | None:
        """Return what looping over something gives."""
        return any_of(self._element(kind) for kind in kinds) if kinds is not None else None

    def _element(self, kind: Kind) -> Kinds | None:
        match kind:
            case Many(of=of):
                return of
            case Table() | Plain(is_none=False):
                return PLAIN
            case Plain():
                return NOTHING
            case Class():
                return one(Instance(kind))
            case Instance(of=owner):
                given = self.call_results.of_special(owner, "__iter__", "__aiter__")
                if given is not None and kind in given:  # an iterator gives itself
                    return self.call_results.of_special(owner, "__next__", "__anext__")
                place = ("element", kind)
                if place in self._open:
                    return None
                self._open.add(place)
                elements = self.element(given)
                self._open.discard(place)
                return elements
            case _:
                return None

    def entered(self, kinds: Kinds | None) -> Kinds | None:
        """Return what a ``with`` statement binds."""
        return any_of(self._entered_one(kind) for kind in kinds) if kinds is not None else None

    def _entered_one(self, kind: Kind) -> Kinds | None:
        match kind:
            case Many(of=of):
                return of
            case Plain():
                return one(kind)
            case Instance(of=owner):
                return self.call_results.of_special(owner, "__enter__", "__aenter__")
            case _:
                return None

    # -- attributes and subscripts

    def _attribute(self, node: ast.Attribute, scope: Scope | None) -> Kinds | None:
        kinds = self.kinds_in(node.value, scope)
        if kinds is None:
            return None
        taken = any_of(self.taken(kind, node.attr) for kind in kinds if kind not in NONE)
        if taken != PLAIN or any(isinstance(kind, Module) for kind in kinds):
            return taken
        stored = list(stored_on(self, node.value, node.attr, scope))
        return any_of(stored) if stored else taken

    @cached_property
    def stored(self) -> Mapping[tuple[str, str], Sequence[ast.expr]]:
        """What the file stores on attributes of names, by the name and the attribute."""
        return values_stored(self.context.source.nodes_of(ast.Assign, ast.Call))

    def taken(self, kind: Kind, name: str) -> Kinds | None:
        """Return what an attribute of something is."""
        match kind:
            case Module(key=key):
                return self.member_of_module(key, name)
            case Instance(of=owner) if name == "__class__":
                return one(owner)
            case Instance(of=owner):
                return self._member(owner, name, of_class=False)
            case Class() as owner:
                return self._member(owner, name, of_class=True)
            case Plain():
                return PLAIN
            case Many(of=of):
                return one(Returning(of if name in ("pop", "popleft", "get") else None))
            case Table(of=of):
                result = {"values": one(Many(of)), "copy": one(kind), "keys": PLAIN}.get(name, of)
                return one(Returning(result))
            case _:
                return None

    def _member(self, owner: Class, name: str, of_class: bool) -> Kinds | None:
        if owner.node is None:
            return one(Member(owner, name, of_class))
        definer = self.inference.definer(owner, name)
        if definer is None:
            if any(ancestor.node is None for ancestor in self.inference.ancestors(owner)):
                return one(Member(owner, name, of_class))
            return PLAIN if self.inference.has_library_base(owner) else None
        file = self.inference.file(definer.key)
        assert file is not None and definer.node is not None
        return file.member_value(owner, definer.node, name, of_class)

    def member_value(
        self, owner: Class, node: ast.ClassDef, name: str, of_class: bool
    ) -> Kinds | None:
        """Return what a member is that a class of this file defines."""
        places = self.members(node)[name]
        functions = [
            p.node for p in places if isinstance(p, Bind) and isinstance(p.node, FunctionDef)
        ]
        if functions:
            names = {decorator_name(decorator) for f in functions for decorator in f.decorator_list}
            if names & PROPERTY_DECORATORS and not of_class:
                return self.returned(functions[0], owner)
            return one(Member(owner, name, of_class)) if not names & PROPERTY_DECORATORS else None
        if of_class and is_enumeration(node):
            return one(Instance(owner))
        declared = [self._declared(place) for place in places]
        told = [annotation for annotation in declared if annotation is not None]
        if told:
            return any_of(self.annotation(a, self.scope_outside(node)) for a in told)
        place = (node, name)
        if place in self._open:
            self._cut = True
            return NOTHING
        self._open.add(place)
        kinds = any_of(self._stored(p, name) for p in places)
        self._open.discard(place)
        return some(kinds)

    def _declared(self, place: Bind | ast.expr) -> ast.expr | None:
        node = place.node if isinstance(place, Bind) else place
        parent = self.context.parents.get(node)
        return parent.annotation if isinstance(parent, ast.AnnAssign) else None

    def _stored(self, place: Bind | ast.expr, name: str) -> Kinds | None:
        if isinstance(place, Bind):
            return self._binding(place, name)
        parent = self.context.parents.get(place)
        match parent:
            case ast.Assign(targets=targets) if place in targets:
                return self.bound_names.given(parent)
            case ast.AugAssign():
                return NOTHING
            case ast.withitem() | ast.For() | ast.AsyncFor():
                return self.bound_names.given(parent)
            case ast.Tuple():
                outer = self.context.parents.get(parent)
                match outer:
                    case ast.Assign(value=ast.Tuple(elts=elts)) if len(elts) == len(parent.elts):
                        return self.kinds(elts[parent.elts.index(place)])
        return None

    def members(self, node: ast.ClassDef) -> dict[str, list[Bind | ast.expr]]:
        """Return where a class gives its members: in its body, or by ``self.x = ...`` in a method."""
        known = self.context.source.once(_known_members)
        if node not in known:
            members: dict[str, list[Bind | ast.expr]] = {}
            for name, binds in self.context.scopes.scope_of(node).binds.items():
                members[name] = list(binds)
            for name, target in stores_on_self(node):
                members.setdefault(name, []).append(target)
            known[node] = members
        return known[node]

    def _subscript(self, node: ast.Subscript, scope: Scope | None) -> Kinds | None:
        kinds = self.kinds_in(node.value, scope)
        if kinds is None:
            return None
        return any_of(self._item(kind, node.slice) for kind in kinds if kind not in NONE)

    def _item(self, kind: Kind, index: ast.expr) -> Kinds | None:
        match kind:
            case Many(of=of):
                return one(kind) if isinstance(index, ast.Slice) else of
            case Table(of=of):
                return of
            case Plain():
                return PLAIN
            case Class(node=node):
                enumeration = node is None or is_enumeration(node)
                return one(Instance(kind)) if enumeration else one(kind)
            case Instance(of=owner):
                return self.call_results.of_special(owner, "__getitem__")
            case _:
                return None

    # -- calls

    def returned(self, node: FunctionDef, owner: Class | None) -> Kinds | None:
        """Return what a function returns: by its annotation; without one, by its return statements.

        A method of a subclass may return something else: of one without annotation only ``return self`` tells, and
        ``return cls()``.
        """
        scope = self.scope_outside(node)
        if node.returns is not None:
            return self.annotation(node.returns, scope, owner)
        returns, yields = self._results(node)
        is_method = isinstance(self.context.parents.get(node), ast.ClassDef)
        if is_method:
            own = all(gives_its_own(node, value) for value in returns)
            if (returns and own) or not self.inference.guesses:
                return one(Instance(owner)) if returns and own and owner is not None else None
        if not set(map(decorator_name, node.decorator_list)) <= _KEEPING or node in self._open:
            return None
        self._open.add(node)
        kinds = any_of(self.kinds(value) for value in returns) if not yields else None
        if yields and all(isinstance(part, ast.Yield) for part in yields):
            given = (part.value or ast.Constant(None) for part in yields)
            kinds = one(Many(any_of(self.kinds(value) for value in given)))
        self._open.discard(node)
        return kinds or None

    def _results(self, node: FunctionDef) -> Results:
        known = self.context.source.once(_known_results)
        if node not in known:
            known[node] = results_of(node)
        return known[node]


def _known_results(_: Source) -> dict[FunctionDef, Results]:
    """Return what functions of a file return and yield, filled by `FileExpressions.returned`."""
    return {}


def _known_members(_: Source) -> dict[ast.ClassDef, dict[str, list[Bind | ast.expr]]]:
    """Return where classes of a file give their members, filled by `FileExpressions.members`."""
    return {}
