"""Where what comes of some names of a module meets what comes of others, in one file.

    shape = make_shape()          what comes of make_shape
    if isinstance(shape, Shape):  meets Shape here

Values are followed by name, whatever the scope and the order: rather too far than not far enough.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

from unfork.nodes import FunctionDef, defaults, last_name, parameter_names, root_name
from unfork.reading.layout import key_of
from unfork.reading.names_on_request import names_on_request
from unfork.reading.source import Source
from unfork.reading.statement_names import assigned_values
from unfork_codemods.project import last_segment

_ONE, _OTHER = 1, 2
_Labels = int
"""What an expression may come of: one side, the other, or both, as bits."""
_KEEPING = frozenset(
    ("add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update")
)
"""Methods by which an object is put into another, and asked nothing."""
_LOOKING = frozenset(("count", "discard", "get", "index", "pop", "remove"))
"""Methods by which an object is looked for among others."""
_APPLYING = frozenset(("filter", "map", "max", "min", "reduce", "sorted", "starmap"))
"""Functions that call what they are given with what is in the rest."""
_FLOWING = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.NamedExpr,
    ast.For,
    ast.AsyncFor,
    ast.comprehension,
    ast.withitem,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Call,
)
"""The nodes by which a value gets another name."""
_BY_IDENTITY = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq, ast.In, ast.NotIn)


class Meetings:
    """What comes of the names ``one`` and ``other`` in a file. ``is_asking``: the former tell the latter apart.

    A string that is ``spelled`` so stands for one of the former: ``import_module("a.legacy")``. The nodes
    ``foreign`` come of neither. Raises Unparsable.
    """

    def __init__(
        self,
        source: Source,
        one: Collection[str],
        other: Collection[str] = (),
        is_asking: bool = False,
        spelled: Collection[str] = (),
        foreign: Collection[ast.AST] = frozenset(),
    ) -> None:
        self.source, self._is_asking = source, is_asking
        self._spelled, self._foreign = spelled, foreign
        self._nodes = tuple(source.nodes)
        self._flowing = source.nodes_of(*_FLOWING)
        self._given = source.once(_kept_or_returned_by_definition)
        self._names: dict[str, _Labels] = {}
        self._attributes: dict[str, _Labels] = {}
        for names, label in ((one, _ONE), (other, _OTHER)):
            for name in names:
                self._attributes[name] = self._attributes.get(name, 0) | label
        self._imported: set[str] = set()
        self._calling = {name.removesuffix("()") for name in one if name.endswith("()")}
        for statement in source.imports:
            for alias in statement.node.names:
                local = alias.asname or alias.name.partition(".")[0]
                self._imported.add(local)
                if alias.name in self._calling:
                    self._calling.add(local)
                if alias.name == "*":
                    self._names |= self._attributes  # any of them may be meant by its bare name
                elif alias.asname or "." not in alias.name:
                    last = alias.name.rpartition(".")[2]
                    self._add(self._names, local, self._attributes.get(last, 0))
        self._functions = {node.name: node for node in self._nodes if isinstance(node, FunctionDef)}
        self._takers = _takers_of_functions(self._functions.values())
        while self._flows():
            continue

    @property
    def line(self) -> int | None:
        """A line where both meet; None if they do not meet."""
        places = (node for node in self._nodes if self._is_meeting(node))
        return next((getattr(node, "lineno", None) for node in places), None)

    @cached_property
    def carriers(self) -> frozenset[str]:
        """The names of the file that what comes of ``one`` can be had by: its own, if it gives any name (PEP 562).

        Functions that call what they are given with it have a mark: ``run()``.
        """
        every = (*self._names.items(), *self._attributes.items())
        names = frozenset(name for name, labels in every if labels & _ONE)
        names |= {f"{name}()" for name in self._calling}
        if "__getattr__" not in names or not any(map(_gives_names, self.source.tree.body)):
            return names
        given = names_on_request(self.source.tree)
        return names.union(given or {last_segment(key_of(self.source.path))})

    @cached_property
    def taken(self) -> Mapping[str, int]:
        """The attributes that are taken of what comes of ``one``, each with a line."""
        lines: dict[str, int] = {}
        for node in self._nodes:
            match node:
                case ast.Attribute(value=value, attr=name):
                    pass
                case ast.Call(
                    func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(name)), *_]
                ):
                    pass
                case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
                    pass  # vars(holder.module)["make"]
                case _:
                    continue
            if self._of(value) & _ONE:
                lines.setdefault(name, node.lineno)
        return lines

    @property
    def handed(self) -> Iterator[str]:
        """The imported names that are called with something that comes of ``one``: the first of each chain."""
        for node in self._nodes:
            if isinstance(node, ast.Call) and any(self._of(a) & _ONE for a in _arguments(node)):
                root = root_name(node.func)
                if root in self._imported:
                    yield root

    def _is_meeting(self, node: ast.AST) -> bool:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                return any(isinstance(op, _BY_IDENTITY) for op in ops) and self._meet(left, *others)
            case ast.BinOp(left=left, right=right):
                return self._meet(left, right)
            case ast.Subscript(value=value, slice=index):
                return self._meet(value, index)
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass")):
                return self._meet(*node.args)
            case ast.Call(func=func):
                return self._is_given(func, _arguments(node))
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                # with suppress(Missing): find()
                return any(
                    self._of(item.context_expr) & _OTHER and self._of(part) & _ONE
                    for item in items
                    for part in body
                )
            case ast.Try(body=body, handlers=handlers):
                raised = any(self._of(part) & _ONE for part in body)
                return raised and any(self._of(h.type) & _OTHER for h in handlers if h.type)
            case ast.Match(subject=subject, cases=cases):
                return any(self._meet(subject, case.pattern) for case in cases)
            case _:
                return False

    def _is_given(self, func: ast.expr, arguments: list[ast.expr]) -> bool:
        """Return whether what comes of one side is given to a function that comes of the other, and may ask it."""
        name = last_name(func)
        if name in _KEEPING:
            return False
        if name.startswith("assert") or name in _APPLYING:
            return self._meet(*arguments)
        given, called = 0, self._of(func)
        for argument in arguments:
            given |= self._of(argument)
        if name in self._calling and given & _OTHER:
            return True
        if called & _OTHER and not called & _ONE and given & _ONE:
            return True
        is_asking = self._is_asking or name in _LOOKING
        return is_asking and bool(called & _ONE and given & _OTHER)

    def _meet(self, *parts: ast.AST) -> bool:
        """Return whether one of the parts comes of one side, and another of the other."""
        labels = [self._of(part) for part in parts]
        return any(
            one & _ONE and other & _OTHER
            for at, one in enumerate(labels)
            for other in (*labels[:at], *labels[at + 1 :])
        )

    def _of(self, node: ast.AST) -> _Labels:
        """Return what an expression, or a pattern, may come of."""
        match node:
            case _ if node in self._foreign:
                return 0
            case ast.Name(id=name):
                return self._names.get(name, 0)
            case ast.Attribute(value=value, attr=attr):
                return self._attributes.get(attr, 0) | self._of(value)
            case ast.Constant(value=str(text)):
                return _ONE if text in self._spelled else 0
            case _:
                labels = 0
                for child in ast.iter_child_nodes(node):
                    labels |= self._of(child)
                return labels

    def _flows(self) -> bool:
        """Pass on what values come of, one step further; return whether anything is new."""
        before = (sum(self._names.values()), sum(self._attributes.values()))
        for node in self._flowing:
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._bind(target, self._of(value))
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as value)
                    | ast.AugAssign(target=target, value=value)
                    | ast.NamedExpr(target=target, value=value)
                    | ast.For(target=target, iter=value)
                    | ast.AsyncFor(target=target, iter=value)
                    | ast.comprehension(target=target, iter=value)
                    | ast.withitem(optional_vars=ast.expr() as target, context_expr=value)
                ):
                    self._bind(target, self._of(value))
                case ast.ClassDef(name=name, bases=bases, decorator_list=decorators):
                    for part in (*bases, *decorators, *self._given[node]):
                        self._add(self._names, name, self._of(part))
                    for attribute, held in chain.from_iterable(map(assigned_values, node.body)):
                        self._add(self._attributes, attribute, self._of(held) if held else 0)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._bind_results(node)
                case ast.Call(
                    func=ast.Name(id="setattr"), args=[_, ast.Constant(value=name), value]
                ):
                    self._add(self._attributes, str(name), self._of(value))
                case ast.Call():
                    self._bind_arguments(node)
                case _:
                    pass
        return before != (sum(self._names.values()), sum(self._attributes.values()))

    def _bind(self, target: ast.expr, labels: _Labels) -> None:
        match target:
            case ast.Name(id=name):
                self._add(self._names, name, labels)
            case ast.Attribute(attr=attr):
                self._add(self._attributes, attr, labels)
            case ast.Subscript(value=value) | ast.Starred(value=value):
                self._bind(value, labels)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._bind(part, labels)
            case _:
                pass

    def _bind_results(self, function: FunctionDef) -> None:
        for name, value in defaults(function.args):
            self._add(self._names, name, self._of(value))
        labels = 0
        for part in (*function.decorator_list, *self._given[function]):
            labels |= self._of(part)
        self._add(self._names, function.name, labels)
        self._add(self._attributes, function.name, labels)
        for decorator in function.decorator_list:  # a form of a function, by what it takes
            if isinstance(decorator, ast.Attribute) and decorator.attr == "register":
                hints = [arg.annotation for arg in function.args.args if arg.annotation is not None]
                for hint in hints:
                    self._bind(decorator.value, self._of(hint))

    def _bind_arguments(self, call: ast.Call) -> None:
        """Let the parameters of a function of the file have the arguments, or the object that they are put into."""
        labels = 0
        for argument in _arguments(call):
            labels |= self._of(argument)
        if labels & _ONE and isinstance(call.func, ast.Name):
            self._calling |= self._takers.get(call.func.id, frozenset())
        called = self._functions.get(last_name(call.func))
        if called is not None:
            self._bind_parameters(called.args, labels)
        elif isinstance(call.func, ast.Attribute) and call.func.attr in (*_KEEPING, "register"):
            self._bind(call.func.value, labels)
        for argument in call.args:  # filter(is_open, items)
            given = self._functions.get(argument.id) if isinstance(argument, ast.Name) else argument
            if isinstance(given, ast.Lambda | FunctionDef):
                self._bind_parameters(given.args, labels)

    def _bind_parameters(self, args: ast.arguments, labels: _Labels) -> None:
        for name in parameter_names(args):
            if name not in ("self", "cls"):
                self._add(self._names, name, labels)

    @staticmethod
    def _add(table: dict[str, _Labels], name: str, labels: _Labels) -> None:
        if labels:
            table[name] = table.get(name, 0) | labels


def _takers_of_functions(functions: Iterable[FunctionDef]) -> Mapping[str, frozenset[str]]:
    """Return the parameters that functions may call, each with the names of such functions."""
    takers: dict[str, frozenset[str]] = {}
    for function in functions:
        for name in parameter_names(function.args):
            takers[name] = takers.get(name, frozenset()) | {function.name}
    return takers


def _gives_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__getattr__"


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _kept_or_returned_by_definition(source: Source) -> Mapping[ast.AST, tuple[ast.expr, ...]]:
    """Return what each function of a file returns or yields, and what the objects of each class keep."""
    return {
        node: tuple(_kept_or_returned(node))
        for node in source.nodes
        if isinstance(node, FunctionDef | ast.ClassDef)
    }


def _kept_or_returned(definition: FunctionDef | ast.ClassDef) -> Iterator[ast.expr]:
    """Yield what a function returns or yields, or an object keeps in its attributes."""
    for node in ast.walk(definition):
        match node:
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                yield value
            case ast.YieldFrom(value=value):
                yield value
            case ast.Attribute(value=ast.Name(id="self")) if isinstance(definition, ast.ClassDef):
                yield node
            case _:
                pass
