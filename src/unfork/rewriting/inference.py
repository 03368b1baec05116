"""What expressions are, by annotations, assignments and the text of other files: no code runs, nothing is guessed.

engine: Engine                     an instance of Engine
for engine in engines              an element of what engines holds
make().run                         a member of what make returns, by its annotation or its return statements
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from functools import cached_property

from unfork.reading.calls import last_name
from unfork.reading.index import Index
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.reading.source import Unparsable
from unfork.rewriting.annotations import Annotations
from unfork.rewriting.bound_names import BoundNames
from unfork.rewriting.definition_bodies import (
    decorator_name,
    is_enumeration,
    parts_of,
    returned_values,
    stores_on_self,
)
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
    Partial,
    Plain,
    Returning,
    Table,
    any_of,
    instances_of,
    one,
    some,
)
from unfork.rewriting.library_names import (
    COLLECTING,
    MANAGERS,
    PICKING,
    PROPERTIES,
    SAME,
    TRANSPARENT,
)
from unfork.rewriting.narrowing import classes_narrowed_to
from unfork_codemods.project import Key
from unfork_codemods.project import Kind as NameKind

_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_MOST_STEPS = 40
_LITERALS = (
    ast.Constant,
    ast.JoinedStr,
    ast.Compare,
    ast.Lambda,
    ast.UnaryOp,
)


@dataclass
class Inference:
    """Infers what the expressions of a file are; it reads other files where they matter."""

    context: FileContext
    _files: dict[Key, _File | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._files[self.context.key] = self.own

    @cached_property
    def own(self) -> _File:
        """The file itself."""
        return _File(self.context, self)

    def kinds(self, node: ast.expr) -> Kinds | None:
        """Return what an expression of the file is; None if nothing is known."""
        return self.own.kinds(node)

    def file(self, key: Key) -> _File | None:
        """Return the file of a module of the project; None if it cannot be read."""
        if key not in self._files:
            self._files[key] = self._read(key)
        return self._files[key]

    def _read(self, key: Key) -> _File | None:
        index = self.context.index
        if not index.has_file(key):
            return None
        path = index.file(key)
        try:
            source = index.source(path)
            source.tree  # noqa: B018 (raises)
        except (Unparsable, OSError, RecursionError):
            return None
        return _File(FileContext(source, index, self.context.codemod), self)

    @property
    def index(self) -> Index:
        """The project's definitions."""
        return self.context.index

    # -- classes

    def lineage(self, owner: Class) -> tuple[Class, ...] | None:
        """Return a class and those that it inherits from, as far as they are known; None: others may be among them."""
        known, is_whole = self._ancestors(owner, _MOST_STEPS)
        return known if is_whole else None

    def ancestors(self, owner: Class) -> tuple[Class, ...]:
        """Return a class and those of the project that it inherits from, in order."""
        return self._ancestors(owner, _MOST_STEPS)[0]

    def has_library_base(self, owner: Class) -> bool:
        """Return whether a class inherits from one of a library."""
        return any(
            any(kind == Plain() for kind in self.bases(each, base) or ())
            for each in self.ancestors(owner)
            if each.node is not None
            for base in each.node.bases
            if not (isinstance(base, ast.Name) and base.id == "object")
        )

    def is_protocol(self, owner: Class) -> bool:
        """Return whether a class is a protocol: any class that has its members will do."""
        bases = owner.node.bases if owner.node is not None else []
        return any(
            last_name(base.value if isinstance(base, ast.Subscript) else base) == "Protocol"
            for base in bases
        )

    def bases(self, owner: Class, base: ast.expr) -> Kinds | None:
        """Return what a base of a class is."""
        file = self.file(owner.key)
        inner = base.value if isinstance(base, ast.Subscript) else base
        if file is None or owner.node is None:
            return None
        return file.kinds_in(inner, file.scope_outside(owner.node))

    def _ancestors(self, owner: Class, steps: int) -> tuple[tuple[Class, ...], bool]:
        found, is_whole = [owner], steps > 0
        for base in owner.node.bases if owner.node is not None and steps else ():
            kinds = self.bases(owner, base)
            classes = [kind for kind in kinds or () if isinstance(kind, Class)]
            is_whole = is_whole and kinds is not None
            for each in classes:
                above, whole = self._ancestors(each, steps - 1)
                found += [one for one in above if one not in found]
                is_whole = is_whole and whole
        return tuple(found), is_whole

    def definer(self, owner: Class, member: str) -> Class | None:
        """Return the class of a lineage that gives a member, the first of them; None if none does."""
        return next((c for c in self.ancestors(owner) if self.defines(c, member)), None)

    def defines(self, owner: Class, member: str) -> bool:
        """Return whether a class itself has a member, by its body or its methods."""
        file = self.file(owner.key)
        return file is not None and owner.node is not None and member in file.members(owner.node)


@dataclass(eq=False)
class _File:
    """One file, and what its expressions are."""

    context: FileContext
    inference: Inference
    _known: dict[ast.AST, Kinds | None] = field(default_factory=dict)
    _open: set[object] = field(default_factory=set)
    _members: dict[ast.ClassDef, dict[str, list[Bind | ast.expr]]] = field(default_factory=dict)
    _cut: bool = False

    @cached_property
    def annotations(self) -> Annotations:
        """What values with an annotation are."""
        return Annotations(self)

    @cached_property
    def bound_names(self) -> BoundNames:
        """What names are by what binds them."""
        return BoundNames(self)

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
        if len(self._open) > _MOST_STEPS:
            return None
        self._open.add(node)
        was_cut, self._cut = self._cut, False
        found = self._evaluate(node, scope)
        self._open.discard(node)
        if not self._cut or not self._open:
            self._known[node] = found
        self._cut = self._cut or was_cut
        return found

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
                return self._call(node, scope)
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
        found = any_of(self._binding(bind, name) for bind in reached.given(name))
        self._open.discard(place)
        return some(found) if found is None or len(reached.given(name)) > 1 else found

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

    def _function(self, node: _FunctionDef) -> Kinds | None:
        names = {decorator_name(each) for each in node.decorator_list}
        if names & PROPERTIES:
            return self.returned(node, None)
        if names <= TRANSPARENT | MANAGERS:
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
                return self.element(self._special(owner, "__iter__", "__aiter__"))
            case _:
                return None

    def _special(self, owner: Class, *names: str) -> Kinds | None:
        """Return what the first of some special methods that a class has returns."""
        for name in names:
            definer = self.inference.definer(owner, name)
            if definer is not None:
                return self._result_of_method(owner, definer, name)
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
                return self._special(owner, "__enter__", "__aenter__")
            case _:
                return None

    # -- attributes and subscripts

    def _attribute(self, node: ast.Attribute, scope: Scope | None) -> Kinds | None:
        kinds = self.kinds_in(node.value, scope)
        if kinds is None:
            return None
        return any_of(self.taken(kind, node.attr) for kind in kinds if kind not in NONE)

    def taken(self, kind: Kind, name: str) -> Kinds | None:
        """Return what an attribute of something is."""
        match kind:
            case Module(key=key):
                return self.member_of_module(key, name)
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
            if any(each.node is None for each in self.inference.ancestors(owner)):
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
            p.node for p in places if isinstance(p, Bind) and isinstance(p.node, _FunctionDef)
        ]
        if functions:
            names = {decorator_name(each) for f in functions for each in f.decorator_list}
            if names & PROPERTIES and not of_class:
                return self.returned(functions[0], owner)
            return one(Member(owner, name, of_class)) if not names & PROPERTIES else None
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
        found = any_of(self._stored(each, name) for each in places)
        self._open.discard(place)
        return some(found)

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
        if node not in self._members:
            found: dict[str, list[Bind | ast.expr]] = {}
            for name, binds in self.context.scopes.scope_of(node).binds.items():
                found[name] = list(binds)
            for name, target in stores_on_self(node):
                found.setdefault(name, []).append(target)
            self._members[node] = found
        return self._members[node]

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
                return self._special(owner, "__getitem__")
            case _:
                return None

    # -- calls

    def _call(self, node: ast.Call, scope: Scope | None) -> Kinds | None:
        word = last_name(node.func)
        first = node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None
        if word == "super" and isinstance(node.func, ast.Name):
            return self._above(node, scope)
        if first is not None and word in ("cast", "assert_type") and len(node.args) == 2:
            typed = node.args[1] if word == "assert_type" else first
            return self.annotation(typed, self._scope(node, scope))
        if first is not None and word in ("partial", "partialmethod"):
            kinds = self.kinds_in(first, scope)
            given = len(node.args) - 1
            return frozenset(Partial(kind, given) for kind in kinds) if kinds is not None else None
        if first is not None and self._is_outside(node.func, scope):
            return self._of_library(node, word, first, scope)
        kinds = self.kinds_in(node.func, scope)
        if kinds is None:
            return None
        return any_of(self._result(kind, node, scope) for kind in kinds if kind not in NONE)

    def _is_outside(self, func: ast.expr, scope: Scope | None) -> bool:
        return self.kinds_in(func, scope) == PLAIN

    def _of_library(
        self, node: ast.Call, word: str, first: ast.expr, scope: Scope | None
    ) -> Kinds | None:
        """Return what a call of a builtin or a library's function gives, where it may be what it was given."""
        given = self.kinds_in(first, scope)
        if word in SAME:
            return given
        if word in COLLECTING:
            return one(Many(self.element(given)))
        if word in PICKING:
            several = [self.kinds_in(argument, scope) for argument in node.args]
            return (
                any_of(several) if word in ("min", "max") and several[1:] else self.element(given)
            )
        if word == "getattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            name = str(node.args[1].value)
            return any_of(self.taken(k, name) for k in given) if given is not None else None
        if word == "type" and len(node.args) == 1:
            return frozenset(k.of for k in given or () if isinstance(k, Instance)) or None
        handed = [*node.args, *(keyword.value for keyword in node.keywords)]
        return None if any(self._is_ours(self.kinds_in(a, scope)) for a in handed) else PLAIN

    @staticmethod
    def _is_ours(kinds: Kinds | None) -> bool:
        """Return whether something certainly is, or holds, what the project defines."""
        kinds = kinds or NOTHING
        inner = (k.of for k in kinds if isinstance(k, Many | Table))
        ours = Class | Instance | Function | Member | Partial
        return any(isinstance(k, ours) for k in kinds) or any(map(_File._is_ours, inner))

    def _above(self, node: ast.Call, scope: Scope | None) -> Kinds | None:
        """Return what ``super()`` is: an instance of the bases of the class around."""
        owner: ast.AST | None = node
        while owner is not None and not isinstance(owner, ast.ClassDef):
            owner = self.context.parents.get(owner)
        if owner is None:
            return None
        around = Class(self.context.key, owner.name, owner)
        bases = [self.inference.bases(around, base) for base in owner.bases]
        return instances_of(any_of(bases)) if bases else PLAIN

    def _result(self, kind: Kind, node: ast.Call, scope: Scope | None) -> Kinds | None:
        match kind:
            case Class():
                return one(Instance(kind))
            case Function(key=key, node=function):
                file = self.inference.file(key)
                return file.returned(function, None) if file is not None else None
            case Member(owner=owner, name=name):
                definer = self.inference.definer(owner, name)
                return self._result_of_method(owner, definer, name) if definer is not None else None
            case Partial(of=inner):
                return self._result(inner, node, scope)
            case Returning(of=of):
                return of
            case Plain():
                return PLAIN
            case Instance(of=owner):
                return self._special(owner, "__call__")
            case _:
                return None

    def _result_of_method(self, owner: Class, definer: Class, name: str) -> Kinds | None:
        file = self.inference.file(definer.key)
        if file is None or definer.node is None:
            return None
        functions = [
            place.node
            for place in file.members(definer.node)[name]
            if isinstance(place, Bind) and isinstance(place.node, _FunctionDef)
        ]
        names = {decorator_name(each) for f in functions for each in f.decorator_list}
        if len(functions) != 1 or not names <= TRANSPARENT | MANAGERS:
            return None
        return file.returned(functions[0], owner)

    def returned(self, node: _FunctionDef, owner: Class | None) -> Kinds | None:
        """Return what a function returns: by its annotation; without one, by its return statements.

        A method of a subclass may return something else: of one without annotation only ``return self`` tells.
        """
        scope = self.scope_outside(node)
        if node.returns is not None:
            return self.annotation(node.returns, scope, owner)
        returns = list(returned_values(node))
        is_method = isinstance(self.context.parents.get(node), ast.ClassDef)
        first = [arg.arg for arg in node.args.args[:1]]
        if is_method:
            own = all(isinstance(value, ast.Name) and [value.id] == first for value in returns)
            return one(Instance(owner)) if returns and own and owner is not None else None
        if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in parts_of(node)):
            return None
        if node.decorator_list or node in self._open:
            return None
        self._open.add(node)
        found = any_of(self.kinds(value) for value in returns)
        self._open.discard(node)
        return found or None
