"""Compound statements: their possible paths, and what may be bound where the paths join (8.1 to 8.6)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from unfork.verification.expressions import value_of
from unfork.verification.machine import Env, Frame, Machine, merge_states
from unfork.verification.texts import note_elements
from unfork.verification.values import NOT_BOUND, OPAQUE, Outside, Values


def run_if(machine: Machine, frame: Frame, node: ast.If) -> bool:
    """Run both branches, except one that is never taken (8.1)."""
    value_of(machine, frame, node.test)
    truth = truth_of(machine, frame, node.test)
    typing_only = is_type_checking(machine, node.test)
    ways = [
        _run_branch(machine, frame, node.body, truth is not False, typing_only),
        _run_branch(machine, frame, node.orelse, truth is not True),
    ]
    return _join_branches(frame, ways)


def _run_branch(
    machine: Machine, frame: Frame, body: Sequence[ast.stmt], runs: bool, typing_only: bool = False
) -> tuple[Env, bool, Env]:
    """Run one of several branches; return the state before it, whether it completes, and the state after it."""
    start, frame.env = frame.env, dict(frame.env)
    machine.quiet += not runs
    machine.typed_only += typing_only
    through = machine.run_block(frame, body) and runs
    machine.typed_only -= typing_only
    machine.quiet -= not runs
    end, frame.env = frame.env, start
    return start, through, end


def _join_branches(frame: Frame, ways: Iterable[tuple[Env, bool, Env]]) -> bool:
    state = merge_states(end for _, through, end in ways if through)
    if state is None:
        return False
    frame.env = state
    return True


def run_loop(machine: Machine, frame: Frame, node: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Run a loop twice: the next iteration may see what the previous one binds."""
    if not isinstance(node, ast.While):
        value_of(machine, frame, node.iter)
        _note_texts(machine, frame, node)
        note_elements(machine, frame, node.target, node.iter)
    truth = truth_of(machine, frame, node.test) if isinstance(node, ast.While) else None
    outer = frame.breaks, frame.continues
    start = dict(frame.env)
    back: Env | None = None
    for _ in range(2):
        frame.breaks, frame.continues = [], []
        frame.env = dict(merge_states([start, back]) or start)
        if isinstance(node, ast.While):
            value_of(machine, frame, node.test)
        else:
            machine.bind_target(frame, node.target, OPAQUE)
        through = machine.run_block(frame, node.body)
        back = merge_states([frame.env if through else None, *frame.continues])
    breaks = frame.breaks
    frame.breaks, frame.continues = outer
    done = None if truth is True else merge_states([start, back])
    frame.env = dict(done or start)
    through = machine.run_block(frame, node.orelse)
    state = merge_states([frame.env if through and done is not None else None, *breaks])
    frame.env = state if state is not None else frame.env
    return state is not None


def _note_texts(machine: Machine, frame: Frame, node: ast.For | ast.AsyncFor) -> None:
    """Record the texts that a loop iterates over."""
    if isinstance(node.target, ast.Name) and isinstance(node.iter, ast.List | ast.Tuple):
        parts = [e.value for e in node.iter.elts if isinstance(e, ast.Constant)]
        definition = machine.definition(node.target, frame.scope, node.target.id)
        machine.texts[definition] = frozenset(p for p in parts if isinstance(p, str))


def run_with(machine: Machine, frame: Frame, node: ast.With | ast.AsyncWith) -> bool:
    """Run a ``with``; its context manager may suppress an exception that cuts the body short (8.5)."""
    start, mark = dict(frame.env), len(frame.log)
    swallows = False
    for item in node.items:
        known = machine.modules.outside(_context_manager(machine, frame, item.context_expr))
        swallows |= any(isinstance(v, Outside) and v.dotted in _SWALLOWS for v in known)
        if item.optional_vars is not None:
            machine.bind_target(frame, item.optional_vars, OPAQUE)
    through = machine.run_block(frame, node.body)
    if swallows:
        frame.env = dict(
            merge_states([frame.env if through else None, _state_when_cut(frame, start, mark)])
            or start
        )
        return True
    return through


_SWALLOWS = ("contextlib.suppress", "pytest.raises", "_pytest.python_api.raises")


def _context_manager(machine: Machine, frame: Frame, node: ast.expr) -> Values:
    value_of(machine, frame, node)
    inner = node.func if isinstance(node, ast.Call) else node
    return machine.seen.get(id(inner), OPAQUE)


def _state_when_cut(frame: Frame, start: Env, mark: int, end: int | None = None) -> Env:
    """Return what may be bound if statements were cut short: each name as it was, or as any of them bound it."""
    state = dict(start)
    for name, values in frame.log[mark:end]:
        state[name] = state.get(name, NOT_BOUND) | values
    return state


def run_try(machine: Machine, frame: Frame, node: ast.Try | ast.TryStar) -> bool:
    """Run a ``try``: a handler may run after the body was cut short anywhere (8.4)."""
    start, mark = dict(frame.env), len(frame.log)
    through = machine.run_block(frame, node.body[:-1])
    last = len(frame.log)
    if through:
        through = machine.run_block(frame, node.body[-1:])
    else:
        _run_branch(machine, frame, node.body[-1:], False)
    simple = isinstance(node.body[-1], _SIMPLE)
    cut = _state_when_cut(frame, start, mark, last if simple else None)
    body = frame.env
    ways = []
    for handler in node.handlers:
        frame.env = dict(cut)
        if handler.type is not None:
            value_of(machine, frame, handler.type)
        if handler.name:
            known = machine.definition(handler, frame.scope, handler.name)
            machine.bind(frame, handler.name, frozenset({known}))
        ways.append(_run_branch(machine, frame, handler.body, True))
        if handler.name:
            ways[-1][2][handler.name] = NOT_BOUND  # it is deleted at the end (8.4.1)
    frame.env = body
    ways.append(_run_branch(machine, frame, node.orelse, through))
    if not node.finalbody:
        return _join_branches(frame, ways)
    outcome = merge_states(end for _, passes, end in ways if passes)
    broken = merge_states([cut, *(end for _, _, end in ways)])
    frame.env = dict(broken or start)
    _run_branch(machine, frame, node.finalbody, False)
    frame.env = dict(outcome or start)
    return machine.run_block(frame, node.finalbody) and outcome is not None


_SIMPLE = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr, ast.FunctionDef, ast.ClassDef)


def run_match(machine: Machine, frame: Frame, node: ast.Match) -> bool:
    """Run each case; without a wildcard, possibly no case matches (8.6)."""
    value_of(machine, frame, node.subject)
    ways = []
    certain = False
    for case in node.cases:
        start, frame.env = frame.env, dict(frame.env)
        _bind_pattern(machine, frame, case.pattern)
        if case.guard is not None:
            value_of(machine, frame, case.guard)
        ways.append(_run_branch(machine, frame, case.body, True))
        frame.env = start
        wildcard = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        certain |= wildcard and case.guard is None
    if not certain:
        ways.append((frame.env, True, dict(frame.env)))
    return _join_branches(frame, ways)


def _bind_pattern(machine: Machine, frame: Frame, node: ast.AST) -> None:
    name = node.rest if isinstance(node, ast.MatchMapping) else None
    if isinstance(node, ast.MatchAs | ast.MatchStar):
        name = node.name
    if name:
        machine.bind(frame, name, frozenset({machine.definition(node, frame.scope, name)}))
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            value_of(machine, frame, child)
        else:
            _bind_pattern(machine, frame, child)


# -- conditions


def is_type_checking(machine: Machine, test: ast.expr) -> bool:
    """Return whether a condition is ``TYPE_CHECKING``, however it is spelled (PEP 484)."""
    name = test.attr if isinstance(test, ast.Attribute) else ""
    name = test.id if isinstance(test, ast.Name) else name
    return name == "TYPE_CHECKING"


def truth_of(machine: Machine, frame: Frame, test: ast.expr) -> bool | None:
    """Return whether a condition holds, if that is the same in every run; else None."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not()):
            inner = truth_of(machine, frame, test.operand)
            return None if inner is None else not inner
        case ast.Compare(left=left, ops=[op], comparators=[ast.Tuple(elts=parts)]):
            return _truth_of_version(left, op, parts)
        case _ if is_type_checking(machine, test):
            return machine.typing
        case _:
            return None


_OLD = (3, 9)
"""A condition that requires no later version than this always holds."""


def _truth_of_version(left: ast.expr, op: ast.cmpop, parts: Sequence[ast.expr]) -> bool | None:
    if not (isinstance(left, ast.Attribute) and left.attr == "version_info"):
        return None
    numbers = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, int)]
    wanted = tuple(numbers)
    if len(numbers) != len(parts) or wanted > _OLD:
        return None
    if isinstance(op, ast.GtE | ast.Gt):
        return True
    return False if isinstance(op, ast.Lt | ast.LtE) else None
