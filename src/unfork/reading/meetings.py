"""Where what comes of some names of a module meets what comes of others, in one file.

    shape = make_shape()          what comes of make_shape
    if isinstance(shape, Shape):  meets Shape here

Values are followed by name, whatever the scope and the order: rather too far than not far enough.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from unfork.nodes import last_name, root_name
from unfork.reading.flows import KEEPING, arguments_of, flows_of
from unfork.reading.layout import key_of
from unfork.reading.names_on_request import names_on_request
from unfork.reading.source import Source
from unfork_codemods.project import last_segment

_ONE, _OTHER = 1, 2
_Labels = int
"""What an expression may come of: one side, the other, or both, as bits."""
_LOOKING = frozenset(("count", "discard", "get", "index", "pop", "remove"))
"""Methods by which an object is looked for among others."""
_APPLYING = frozenset(("filter", "map", "max", "min", "reduce", "sorted", "starmap"))
"""Functions that call what they are given with what is in the rest."""
_ASKING = (
    ast.Compare,
    ast.BinOp,
    ast.Subscript,
    ast.Call,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.Match,
)
"""The nodes where two things may meet."""
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
        self._flows = flows_of(source, foreign)
        self._imported: set[str] = set()
        self._calling = {name.removesuffix("()") for name in one if name.endswith("()")}
        sides = ({f".{name}" for name in one}, {f".{name}" for name in other})
        starts = [{*side} for side in sides]
        starts[0] |= {f"'{text}" for text in spelled}
        for statement in source.imports:
            for alias in statement.node.names:
                local = alias.asname or alias.name.partition(".")[0]
                self._imported.add(local)
                if alias.name in self._calling:
                    self._calling.add(local)
                for side, names in zip(sides, starts):
                    if alias.name == "*":  # any of them may be meant by its bare name
                        names |= {name.removeprefix(".") for name in side}
                    elif f".{alias.name.rpartition('.')[2]}" in side and (
                        alias.asname or "." not in alias.name
                    ):
                        names.add(local)
        self._one, self._other = map(self._flows.reached_from, starts)
        self._calling |= {*self._flows.functions_calling(self._one)}

    @property
    def line(self) -> int | None:
        """A line where both meet; None if they do not meet."""
        if self._other.isdisjoint(self._flows.mentioned(self.source.tree)):
            return None  # most files
        places = (node for node in self.source.nodes_of(*_ASKING) if self._is_meeting(node))
        return next((getattr(node, "lineno", None) for node in places), None)

    @cached_property
    def carriers(self) -> frozenset[str]:
        """The names of the file that what comes of ``one`` can be had by: its own, if it gives any name (PEP 562).

        Functions that call what they are given with it have a mark: ``run()``.
        """
        names = frozenset(n.removeprefix(".") for n in self._one if not n.startswith("'"))
        names |= {f"{name}()" for name in self._calling}
        if "__getattr__" not in names or not any(map(_gives_names, self.source.tree.body)):
            return names
        given = names_on_request(self.source.tree)
        return names.union(given or {last_segment(key_of(self.source.path))})

    @cached_property
    def taken(self) -> Mapping[str, int]:
        """The attributes that are taken of what comes of ``one``, each with a line."""
        lines: dict[str, int] = {}
        for node in self.source.nodes_of(ast.Attribute, ast.Call, ast.Subscript):
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
        for node in self.source.nodes_of(ast.Call):
            if any(self._of(argument) & _ONE for argument in arguments_of(node)):
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
                return self._is_given(func, arguments_of(node))
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
        if name in KEEPING:
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
        mentioned = self._flows.mentioned(node)
        is_of_one = not self._one.isdisjoint(mentioned)
        return _ONE * is_of_one | _OTHER * (not self._other.isdisjoint(mentioned))


def _gives_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
