"""What the statements of a block do while a module is imported. Names that get no module are bound all at once::

LIMIT = 10
def run(job): ...          one step: bind LIMIT, run and Job
Job = int | str
engine = build(LIMIT)      a step of its own: the call may import something
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from unfork.nodes import FunctionDef


@dataclass(frozen=True, slots=True)
class Bindings:
    """The names that statements bind and do nothing else: to a function, or to what is neither it nor a module."""

    names: dict[str, FunctionDef | None]

    @property
    def functions(self) -> Iterator[FunctionDef]:
        """The functions among what is bound."""
        return (function for function in self.names.values() if function is not None)


Step = ast.stmt | Bindings


@dataclass
class ImportSteps:
    """The steps of blocks and the active parts of nodes, worked out once: many imports run one module."""

    _steps: dict[ast.stmt, tuple[Step, ...]] = field(default_factory=dict)
    _parts: dict[ast.AST, tuple[ast.AST, ...]] = field(default_factory=dict)
    _expressions: dict[ast.AST, tuple[ast.expr, ...]] = field(default_factory=dict)

    def steps(self, body: Sequence[ast.stmt]) -> tuple[Step, ...]:
        """Return the steps of a block."""
        if not body:
            return ()
        known = self._steps.get(body[0])
        if known is None:
            known = self._steps[body[0]] = tuple(self._joined(body))
        return known

    def parts(self, node: ast.stmt | ast.expr) -> tuple[ast.AST, ...]:
        """Return the parts of a node that may import something or have to be there, in order.

        The value and the targets of a statement are not among them. Of expressions, only attributes and calls do
        anything.
        """
        known = self._parts.get(node)
        if known is None:
            known = self._parts[node] = tuple(_active_parts(node))
        return known

    def arguments(self, call: ast.Call) -> tuple[ast.expr, ...]:
        """Return the arguments of a call whose evaluation may do something."""
        known = self._expressions.get(call)
        if known is None:
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            known = self._expressions[call] = self._active(values)
        return known

    def defaults(self, arguments: ast.arguments) -> tuple[ast.expr, ...]:
        """Return the default values of a function whose evaluation may do something."""
        known = self._expressions.get(arguments)
        if known is None:
            values = [*arguments.defaults, *arguments.kw_defaults]
            known = self._expressions[arguments] = self._active(values)
        return known

    def _active(self, values: Iterable[ast.expr | None]) -> tuple[ast.expr, ...]:
        return tuple(v for v in values if v is not None and not self._does_nothing(v))

    def _joined(self, body: Sequence[ast.stmt]) -> Iterator[Step]:
        bound = ((node, self._names_only_bound(node)) for node in body)
        for is_joined, group in groupby(bound, key=lambda pair: pair[1] is not None):
            if is_joined:
                yield Bindings({name: value for _, names in group for name, value in names or ()})
            else:
                yield from (node for node, _ in group)

    def _names_only_bound(self, node: ast.stmt) -> list[tuple[str, FunctionDef | None]] | None:
        """Return the names that a statement binds, with their functions; None if it may do something else."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                is_plain = not node.decorator_list and not self.defaults(node.args)
                return [(node.name, node)] if is_plain else None
            case ast.Assign(value=value) | ast.AnnAssign(value=value):
                if isinstance(value, ast.Name) or not self._does_nothing(value):
                    return None
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                return None if self.parts(node) else _names_of_targets(targets)
            case ast.Expr(value=value):
                return [] if self._does_nothing(value) else None
            case ast.Pass():
                return []
            case _:
                return None

    def _does_nothing(self, node: ast.expr | None) -> bool:
        """Return whether evaluating an expression imports nothing, and needs no attribute of a module."""
        if node is None or isinstance(node, ast.Constant | ast.Name | ast.Lambda):
            return True
        return not isinstance(node, ast.Attribute | ast.Call) and not self.parts(node)


def _names_of_targets(targets: Sequence[ast.expr]) -> list[tuple[str, FunctionDef | None]] | None:
    """Return the names that targets are, with nothing that is known of their values; None if one is no name."""
    names: list[tuple[str, FunctionDef | None]] = []
    waiting = list(targets)
    for target in waiting:
        match target:
            case ast.Name(id=name):
                names.append((name, None))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                waiting += parts
            case _:
                return None
    return names


def _active_parts(node: ast.stmt | ast.expr) -> Iterator[ast.AST]:
    skipped = ("value", "targets", "target") if isinstance(node, ast.stmt) else ()
    waiting: list[
        ast.AST
    ] = []  # a stack, since a sum of a thousand terms is a thousand levels deep
    for name, part in ast.iter_fields(node):
        children = part if isinstance(part, list) else [part]
        if name not in skipped:
            waiting += (child for child in children if isinstance(child, ast.AST))
    waiting.reverse()
    while waiting:
        part = waiting.pop()
        if not isinstance(part, ast.expr) or isinstance(part, ast.Attribute | ast.Call):
            yield part
        elif not isinstance(part, ast.Lambda):
            inner = [child for child in ast.iter_child_nodes(part) if isinstance(child, ast.expr)]
            waiting += reversed(inner)
