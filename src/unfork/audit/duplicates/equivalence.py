"""Whether a name in one module is certainly the same as a name in another: only then may a draft move it unasked.

Two functions are the same if their text is, apart from layout, comments, docstrings, annotations and local names; two
values are the same if their text is. A class can replace another if it offers everything that the other does and
takes the same calls. Whatever the two use must also be the same in both modules, under any name. Only modules in
groups are read for this.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from unfork.audit.duplicates.interface import Interface, compare_interfaces
from unfork.audit.project_model import ProjectModel
from unfork.audit.scanning.facts import Unit
from unfork.audit.scanning.walking import without_docstring
from unfork.nodes import FunctionDef
from unfork.reading.conflicts import conflict_sides
from unfork.reading.same_code import same_code
from unfork.reading.source import Source, Unparsable
from unfork_codemods.project import Key, Kind, Origin

Ref = tuple[Key, str]
_Pair = tuple[Ref, Ref]
_PLACES = frozenset({"__file__", "__path__", "__package__", "__spec__"})
"""Names that depend on where a module is: the same text means something else in another module."""
_SHOWN = 24


class Verdict(NamedTuple):
    """Whether two names are certainly the ``same``, and ``exact``, not just in their interface; ``why`` in words."""

    same: bool
    exact: bool
    why: str


@dataclass(frozen=True)
class _Piece:
    """A top-level name: the statements that define it, without docstrings and irrelevant annotations."""

    nodes: tuple[ast.AST, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the statements use."""
        return _names_used(self.nodes)

    @cached_property
    def relative(self) -> tuple[ast.ImportFrom, ...]:
        """The relative imports in the statements: the same text leads elsewhere from another module."""
        nodes = chain.from_iterable(map(ast.walk, self.nodes))
        return tuple(node for node in nodes if isinstance(node, ast.ImportFrom) and node.level)

    @property
    def only_statement(self) -> ast.AST | None:
        """The statement, if there is only one; otherwise None."""
        return self.nodes[0] if len(self.nodes) == 1 else None


@dataclass(frozen=True)
class Sameness:
    """Compares names of modules, each of which is read on first use."""

    model: ProjectModel
    _pieces: dict[Key, Mapping[str, _Piece]] = field(default_factory=dict)
    _verdicts: dict[_Pair, Verdict] = field(default_factory=dict)
    _settled: dict[_Pair, Verdict] = field(default_factory=dict)
    _classes: dict[Ref, Interface] = field(default_factory=dict)
    _interfaces: dict[Ref, Interface] = field(default_factory=dict)

    def verdict(self, left: Ref, right: Ref) -> Verdict:
        """Return whether two names are the same, including everything that they use."""
        first = left, right
        if first not in self._settled:
            queue = [first]
            pairs = {first}
            for pair in queue:
                obstacle = self._first_obstacle(pair, first, pairs, queue)
                if obstacle is not None:
                    self._settled[first] = obstacle
                    break
            else:
                self._settled.update((pair, self._verdict_alone(*pair)) for pair in pairs)
        return self._settled[first]

    def _first_obstacle(
        self, pair: _Pair, first: _Pair, pairs: set[_Pair], queue: list[_Pair]
    ) -> Verdict | None:
        """Return why ``pair`` keeps ``first``, which needs it, from being the same; if it does not, return None.

        In that case the pairs that ``pair`` itself needs are added to ``pairs`` and ``queue``.
        """
        known = self._settled.get(pair) or self._verdict_alone(*pair)
        if not known.same:
            return (
                known if pair == first else _differs_because(f"it uses {pair[0][1]}, which differs")
            )
        if pair in self._settled:
            return None
        for name, needed in self._dependency_pairs(*pair):
            if needed is None:
                return _differs_because(f"it uses {name}, which is something else there")
            for other_pair in needed:
                if other_pair not in pairs:
                    pairs.add(other_pair)
                    queue.append(other_pair)
        return None

    def is_renamed(self, left: Ref, right: Ref) -> bool:
        """Return whether two names are the same except for their spelling, not just in their interface."""
        mine, theirs = (self.pieces(key).get(name) for key, name in (left, right))
        if mine is None or theirs is None or not _are_equal(mine, left[1], theirs, right[1]):
            return False
        return self.verdict(left, right).same

    def uses(self, key: Key) -> dict[str, frozenset[str]]:
        """Return, for each top-level name of a module, the other top-level names that it uses."""
        pieces = self.pieces(key)
        used_by_name = {
            name: piece.names & pieces.keys() - {name} for name, piece in pieces.items()
        }
        return {name: used for name, used in used_by_name.items() if used}

    def private_names(self, key: Key) -> Iterator[str]:
        """Yield the names that a module itself defines but that are not public."""
        public = self.model.own_names(key)
        yield from (name for name in self.pieces(key) if name not in public)

    def pieces(self, key: Key) -> Mapping[str, _Piece]:
        """Return the top-level names that a module itself defines; empty if it cannot be read."""
        if key not in self._pieces:
            self._pieces[key] = self._read_pieces(key)
        return self._pieces[key]

    def _read_pieces(self, key: Key) -> Mapping[str, _Piece]:
        """Return the top-level names of a file; of a file with conflicts, those that are the same on both sides."""
        path = self.model.modules[key].path
        try:
            data = self.model.index.read(path)
            ours, *theirs = (_pieces_of(path, side) for side in conflict_sides(data) or (data,))
        except (Unparsable, OSError, RecursionError):
            return {}
        return {
            name: piece
            for name, piece in ours.items()
            if all(name in side and _are_equal(piece, name, side[name], name) for side in theirs)
        }

    # -- two names, apart from what they use

    def _verdict_alone(self, left: Ref, right: Ref) -> Verdict:
        known = self._verdicts.get((left, right))
        if known is None:
            known = self._verdicts[left, right] = self._compare_names(left, right)
        return known

    def _compare_names(self, left: Ref, right: Ref) -> Verdict:
        mine, theirs = (self.pieces(key).get(name) for key, name in (left, right))
        if mine is None or theirs is None:
            return _differs_because("it cannot be compared")
        is_same = _are_equal(mine, left[1], theirs, right[1])
        match mine.only_statement, theirs.only_statement:
            case ast.ClassDef(), ast.ClassDef():
                if is_same:
                    return Verdict(True, True, "it is the same")
                offer = compare_interfaces(self._full_interface(left), self._full_interface(right))
                return Verdict(offer.fits, False, offer.why)
            case (
                (ast.FunctionDef() | ast.AsyncFunctionDef()) as legacy,
                (ast.FunctionDef() | ast.AsyncFunctionDef()) as canonical,
            ):
                return self._compare_functions(left, right, legacy, canonical, is_same)
            case _ if is_same:
                return Verdict(True, True, "the same value")
            case (ast.Assign() as legacy, ast.Assign() as canonical):
                return _differs_because(_value_difference(legacy.value, canonical.value))
            case _:
                return _differs_because("it is made otherwise")

    def _compare_functions(
        self, left: Ref, right: Ref, legacy: FunctionDef, canonical: FunctionDef, is_same: bool
    ) -> Verdict:
        one, other = self._function_unit(left), self._function_unit(right)
        does = one is not None and other is not None and one.exact == other.exact
        if is_same or (does and _same_head(legacy, canonical)):
            return Verdict(True, True, "it does the same")
        if does or same_code(legacy.body, canonical.body):
            return _differs_because("it takes something else")
        if one is not None and other is not None and one.shape == other.shape:
            return _differs_because("its structure is the same")
        return _differs_because("it does something else")

    def _function_unit(self, ref: Ref) -> Unit | None:
        units = self.model.modules[ref[0]].units
        return next((unit for unit in units if unit.name == ref[1]), None)

    def _full_interface(self, ref: Ref) -> Interface:
        """Return the interface of a class, with what it inherits from classes of the project."""
        if ref in self._interfaces:
            return self._interfaces[ref]
        interface = Interface()
        queue = [ref]
        for class_ref in queue:
            own = self._own_interface(class_ref)
            interface.inherit(own)
            for base in own.nodes:
                origin = self._origin_of_expression(class_ref[0], base)
                if origin.kind is not Kind.OWN or origin.name is None:
                    interface.strangers.add(ast.unparse(base).rpartition(".")[2])
                    continue
                interface.bases.add(origin.name)
                if (origin.key, origin.name) not in queue:
                    queue.append((origin.key, origin.name))
        self._interfaces[ref] = interface
        return interface

    def _own_interface(self, ref: Ref) -> Interface:
        """Return the interface of a class, without what it inherits."""
        if ref not in self._classes:
            key, name = ref
            piece = self.pieces(key).get(name) if key in self.model.modules else None
            node = piece.only_statement if piece else None
            self._classes[ref] = (
                Interface.of(node)
                if isinstance(node, ast.ClassDef)
                else Interface("", is_plain=False)
            )
        return self._classes[ref]

    def _origin_of_expression(self, key: Key, node: ast.expr) -> Origin:
        """Return the origin of the name in an expression; of kind MISSING if the expression is not a name."""
        if isinstance(node, ast.Name):
            return self.model.index.origin(key, node.id)
        if isinstance(node, ast.Attribute):
            inner = self._origin_of_expression(key, node.value)
            if inner.kind is Kind.MODULE:
                return self.model.index.origin(inner.key, node.attr)
        return Origin(Kind.MISSING, key, None)

    # -- what they use

    def _dependency_pairs(self, left: Ref, right: Ref) -> Iterator[tuple[str, list[_Pair] | None]]:
        """Yield each name that two names use, with the pairs that must be the same; None if the name differs."""
        exact = self._verdict_alone(left, right).exact
        mine, theirs = self.pieces(left[0])[left[1]], self.pieces(right[0])[right[1]]
        node = mine.only_statement
        names = mine.names
        if isinstance(node, ast.ClassDef) and not exact:
            names = _names_used(_class_surface(node))
        for name in sorted(names - {left[1]}):
            if name in _PLACES:
                yield name, None
            else:
                yield name, self._pairs_for_name(left[0], right[0], name)
        if exact and left[0] != right[0]:
            for legacy, canonical in zip(mine.relative, theirs.relative):
                yield from self._pairs_for_imports(left[0], legacy, right[0], canonical)

    def _pairs_for_name(self, left: Key, right: Key, name: str) -> list[_Pair] | None:
        """Return the pairs that must be the same for a name to be the same in two modules; None if it differs."""
        legacy, canonical = (self.model.index.origin(key, name) for key in (left, right))
        if legacy.kind is Kind.UNKNOWN and canonical.kind is Kind.UNKNOWN:
            return [] if hasattr(builtins, name) else None
        return self._pairs_for_origins(legacy, canonical)

    def _pairs_for_origins(self, legacy: Origin, canonical: Origin) -> list[_Pair] | None:
        if legacy.kind is not canonical.kind:
            return None
        if legacy.identity == canonical.identity or legacy.kind is Kind.MISSING:
            return []
        if legacy.name is not None and canonical.name is not None and legacy.kind is Kind.OWN:
            return [((legacy.key, legacy.name), (canonical.key, canonical.name))]
        if legacy.kind is Kind.MODULE and {legacy.key, canonical.key} <= self.model.modules.keys():
            mine, theirs = self.pieces(legacy.key), self.pieces(canonical.key)
            if mine.keys() == theirs.keys():
                return [((legacy.key, name), (canonical.key, name)) for name in mine]
        return None

    def _pairs_for_imports(
        self, left: Key, legacy: ast.ImportFrom, right: Key, canonical: ast.ImportFrom
    ) -> Iterator[tuple[str, list[_Pair] | None]]:
        """Yield the names of two relative imports inside functions: the same text leads to different modules."""
        for alias in legacy.names:
            origins = []
            for key, node in ((left, legacy), (right, canonical)):
                located = self.model.index.locate_from(node, self.model.modules[key].path)
                origins.append(self.model.index.origin(located.key, alias.name))
            yield alias.name, self._pairs_for_origins(*origins)


def _pieces_of(path: str, data: bytes) -> Mapping[str, _Piece]:
    bare = _Bare().visit(Source.read(path, data).tree)
    nodes_by_name: dict[str, list[ast.stmt]] = {}
    for node in bare.body:
        for name in _names_bound(node):
            nodes_by_name.setdefault(name, []).append(node)
    return {name: _Piece(tuple(nodes)) for name, nodes in nodes_by_name.items()}


def _differs_because(why: str) -> Verdict:
    return Verdict(False, False, why)


def _names_used(nodes: Iterable[ast.AST]) -> frozenset[str]:
    every = chain.from_iterable(map(ast.walk, nodes))
    return frozenset(node.id for node in every if isinstance(node, ast.Name))


def _are_equal(mine: _Piece, name: str, theirs: _Piece, target: str) -> bool:
    """Return whether two pieces are the same except for their own names."""
    return same_code(list(mine.nodes), list(theirs.nodes), {name: target})


def _value_difference(legacy: ast.expr, canonical: ast.expr) -> str:
    old, new = ast.unparse(legacy), ast.unparse(canonical)
    if len(old) > _SHOWN or len(new) > _SHOWN:
        return "its value is another one"
    return f"its value is {old} here, {new} there"


def _same_head(legacy: FunctionDef, canonical: FunctionDef) -> bool:
    """Return whether two functions have the same kind, arguments and decorators."""
    return type(legacy) is type(canonical) and same_code(
        [legacy.args, *legacy.decorator_list], [canonical.args, *canonical.decorator_list]
    )


def _class_surface(node: ast.ClassDef) -> list[ast.AST]:
    """Return the parts of a class that matter before any of its methods runs."""
    parts: list[ast.AST] = [*node.bases, *node.decorator_list, *node.keywords]
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            parts += (statement.args, *statement.decorator_list)
        else:
            parts.append(statement)
    return parts


def _names_bound(node: ast.stmt) -> Iterable[str]:
    """Return the names that a top-level statement binds or changes."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return ()
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.Assign(targets=[ast.Name(id=name)]):
            return (name,)
        case _:
            return dict.fromkeys(filter(None, map(_name_changed, ast.walk(node))))


def _name_changed(node: ast.AST) -> str:
    """Return the name that a part of a statement binds or changes; empty if it does neither."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
            return _root_name(node)
        case ast.Call(func=ast.Attribute() as called):
            return _root_name(called)
        case _:
            return ""


def _root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


class _Bare(ast.NodeTransformer):
    """Removes what does not affect a module's behaviour: docstrings, and annotations except those of class fields."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        without_docstring(node)
        node.body = [
            statement if isinstance(statement, ast.AnnAssign) else self.visit(statement)
            for statement in node.body
        ]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._strip_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._strip_function(node)

    def _strip_function(self, node: FunctionDef) -> ast.AST:
        without_docstring(node)
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)
