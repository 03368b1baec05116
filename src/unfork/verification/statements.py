"""What statements do, in the order in which they run (language reference, 7 and 8)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from unfork.verification import calls
from unfork.verification.expressions import (
    annotation,
    bind_name,
    define_function,
    type_parameters,
    value_of,
)
from unfork.verification.machine import STAR, Env, Frame, Machine, merged
from unfork.verification.public import listed_by
from unfork.verification.symbols import symbols_of_block
from unfork.verification.values import (
    NOT_BOUND,
    OPAQUE,
    Attribute,
    Missing,
    Outside,
    Taken,
    Value,
    Values,
)


def run_module(machine: Machine, tree: ast.Module) -> None:
    """Run a module's body, then the functions that it defines."""
    machine.run_block = lambda frame, body: run_block(machine, frame, body)
    machine.bind_target = lambda frame, target, values: bind_target(machine, frame, target, values)
    machine.module.symbols = symbols_of_block(tree.body, machine.walrus)
    machine.module.symbols.globals.clear()
    machine.top_names = frozenset(machine.module.symbols.bound)
    machine.future = any(
        isinstance(s, ast.ImportFrom)
        and s.module == "__future__"
        and any(a.name == "annotations" for a in s.names)
        for s in tree.body
    )
    run_block(machine, machine.module, tree.body)
    while machine.deferred:
        waiting, machine.deferred = machine.deferred, []
        for each in waiting:
            each()


def run_block(machine: Machine, frame: Frame, body: Sequence[ast.stmt]) -> bool:
    """Run statements, and return whether the last is got past. What cannot be reached is looked at, too."""
    passes = True
    for node in body:
        if not _run(machine, frame, node) and passes:
            passes = False
            machine.quiet += 1
            frame.env = dict(frame.env)
    if not passes:
        machine.quiet -= 1
    return passes


def _run(machine: Machine, frame: Frame, node: ast.stmt) -> bool:
    match node:
        case ast.Import():
            _import(machine, frame, node)
        case ast.ImportFrom():
            _import_from(machine, frame, node)
        case ast.Expr():
            listed_by(machine, frame, node)
            value_of(machine, frame, node.value)
        case ast.Assign():
            values = value_of(machine, frame, node.value)
            for target in node.targets:
                bind_target(machine, frame, target, values)
                _note_text(machine, target, node.value)
            listed_by(machine, frame, node)
        case ast.AnnAssign():
            _annotated_assignment(machine, frame, node)
        case ast.AugAssign():
            value_of(machine, frame, node.value)
            _read(machine, frame, node.target)
            listed_by(machine, frame, node)
            bind_target(machine, frame, node.target, OPAQUE)
        case ast.Delete():
            for target in node.targets:
                _delete(machine, frame, target)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            define_function(machine, frame, node)
        case ast.ClassDef():
            _class(machine, frame, node)
        case ast.If():
            return _if(machine, frame, node)
        case ast.For() | ast.AsyncFor() | ast.While():
            return _loop(machine, frame, node)
        case ast.With() | ast.AsyncWith():
            return _with(machine, frame, node)
        case ast.Try() | ast.TryStar():
            return _try(machine, frame, node)
        case ast.Match():
            return _match(machine, frame, node)
        case ast.Return() | ast.Raise():
            for child in ast.iter_child_nodes(node):
                value_of(machine, frame, child)  # type: ignore[arg-type]
            return False
        case ast.Break():
            _jump(frame.breaks, machine, frame)
            return False
        case ast.Continue():
            _jump(frame.continues, machine, frame)
            return False
        case ast.Assert():
            value_of(machine, frame, node.test)
            if node.msg is not None:
                value_of(machine, frame, node.msg)
        case _:
            _other(machine, frame, node)
    return True


def _jump(states: list[Env], machine: Machine, frame: Frame) -> None:
    if not machine.quiet:
        states.append(dict(frame.env))


def _other(machine: Machine, frame: Frame, node: ast.stmt) -> None:
    """Run a ``type`` statement (PEP 695); ``pass``, ``global`` and ``nonlocal`` do nothing when they run."""
    name = getattr(node, "name", None)
    if isinstance(name, ast.Name):
        bind_target(machine, frame, name, OPAQUE)
        inner = type_parameters(machine, frame, node)
        annotation(machine, inner, node.value)  # type: ignore[attr-defined]


# -- imports


def _import(machine: Machine, frame: Frame, node: ast.Import) -> None:
    """Run ``import a.b``, which binds ``a``, or ``import a.b as c`` (7.11)."""
    finder = machine.modules.finder
    for alias in node.names:
        place = finder.absolute(alias.name, machine.path)
        top = finder.absolute(alias.name.partition(".")[0], machine.path)
        machine.event("import", node, frozenset({place}), alias.name, frame)
        machine.load(frame, place)
        bound = place if alias.asname else top
        if isinstance(place, Missing) and not alias.asname:
            bound = top
        machine.bind(frame, alias.asname or alias.name.partition(".")[0], frozenset({bound}))


def _import_from(machine: Machine, frame: Frame, node: ast.ImportFrom) -> None:
    place = place_of(machine, node)
    if node.module == "__future__" and not node.level:
        return
    machine.event("from", node, frozenset({place}), "", frame)
    machine.load(frame, place)
    finder = machine.modules.finder
    for alias in node.names:
        if alias.name == "*":
            _star(machine, frame, node, place)
            continue
        values: Values = frozenset({Taken(place, alias.name)})
        machine.event("take", node, values, alias.name, frame)
        machine.load(frame, finder.submodule(place, alias.name))
        machine.bind(frame, alias.asname or alias.name, values)


def place_of(machine: Machine, node: ast.ImportFrom) -> Value:
    """Return the module that a ``from`` import names."""
    finder = machine.modules.finder
    if node.level:
        return finder.relative(node.level, node.module or "", machine.path)
    return finder.absolute(node.module or "", machine.path)


def _star(machine: Machine, frame: Frame, node: ast.ImportFrom, place: Value) -> None:
    names = machine.modules.star(place)
    machine.leans = True
    machine.event("star", node, frozenset({place}), "*", frame)
    if names is None:
        frame.env[STAR] = OPAQUE
        return
    for name, values in names.items():
        machine.bind(frame, name, values)


# -- assignments


def bind_target(machine: Machine, frame: Frame, target: ast.expr, values: Values) -> None:
    """Bind what an assignment names (7.2)."""
    match target:
        case ast.Name():
            bind_name(machine, frame, target, values)
        case ast.Attribute():
            base = value_of(machine, frame, target.value)
            _stored(machine, frame, target, base)
        case ast.Tuple() | ast.List():
            for each in target.elts:
                bind_target(machine, frame, each, OPAQUE)
        case ast.Starred():
            bind_target(machine, frame, target.value, OPAQUE)
        case _:
            value_of(machine, frame, target)


_TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)


def _stored(machine: Machine, frame: Frame, target: ast.Attribute, base: Values) -> None:
    """Note that an attribute of something is bound or deleted."""
    known = OPAQUE if base == OPAQUE else frozenset(Attribute(v, target.attr) for v in base)
    machine.note(target, known)
    machine.event("replace", target, base, target.attr, frame)


def _note_text(machine: Machine, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name) and isinstance(value, _TEXTS):
        text = calls.text_of(machine, value)
        definition = machine.known_definition(target)
        if definition is not None and text is not None:
            known = machine.texts.get(definition, frozenset())
            machine.texts[definition] = known | {text}


def _annotated_assignment(machine: Machine, frame: Frame, node: ast.AnnAssign) -> None:
    """Run ``x: T = value``; in a function, annotations of names are not evaluated, but read by checkers (7.2.2)."""
    values = OPAQUE
    if node.value is not None and ast.unparse(node.annotation).endswith("TypeAlias"):
        annotation(machine, frame, node.value)
    elif node.value is not None:
        values = value_of(machine, frame, node.value)
    annotation(machine, frame, node.annotation)
    if node.value is not None:
        bind_target(machine, frame, node.target, values)
        _note_text(machine, node.target, node.value)
        listed_by(machine, frame, node)
    elif isinstance(node.target, ast.Attribute):
        value_of(machine, frame, node.target.value)


def _read(machine: Machine, frame: Frame, target: ast.expr) -> None:
    match target:
        case ast.Name():
            machine.note(target, machine.look_up(frame, target.id))
        case ast.Attribute():
            value_of(machine, frame, target.value)
        case _:
            value_of(machine, frame, target)


def _delete(machine: Machine, frame: Frame, target: ast.expr) -> None:
    match target:
        case ast.Name():
            machine.note(target, machine.look_up(frame, target.id))
            machine.bind(frame, target.id, NOT_BOUND)
        case ast.Attribute():
            _stored(machine, frame, target, value_of(machine, frame, target.value))
        case ast.Tuple() | ast.List():
            for each in target.elts:
                _delete(machine, frame, each)
        case _:
            value_of(machine, frame, target)


# -- classes


def _class(machine: Machine, frame: Frame, node: ast.ClassDef) -> None:
    """Run a class statement: its body at once, in a scope of its own (8.8)."""
    for each in node.decorator_list:
        value_of(machine, frame, each)
    inner = type_parameters(machine, frame, node)
    bases = tuple(value_of(machine, inner, each) for each in node.bases)
    for keyword in node.keywords:
        value_of(machine, inner, keyword.value)
    definition = machine.definition(node, frame.scope, node.name)
    body = Frame(
        "class",
        (*definition.scope, definition.number),
        inner,
        {},
        symbols_of_block(node.body, machine.walrus),
        frame.live,
        frame.snapshot,
        frame.mark,
        owner=definition,
    )
    run_block(machine, body, node.body)
    machine.classes[definition] = (body.env, bases)
    machine.bind(frame, node.name, frozenset({definition}))


# -- branches


def _if(machine: Machine, frame: Frame, node: ast.If) -> bool:
    value_of(machine, frame, node.test)
    truth = truth_of(machine, frame, node.test)
    typing_only = is_type_checking(machine, node.test)
    ways = [
        _way(machine, frame, node.body, truth is not False, typing_only),
        _way(machine, frame, node.orelse, truth is not True),
    ]
    return _join(frame, ways)


def _way(
    machine: Machine, frame: Frame, body: Sequence[ast.stmt], runs: bool, typing_only: bool = False
) -> tuple[Env, bool, Env]:
    """Run one of several ways; return the state before it, whether it comes through, and the state behind it."""
    start, frame.env = frame.env, dict(frame.env)
    machine.quiet += not runs
    machine.typed_only += typing_only
    through = run_block(machine, frame, body) and runs
    machine.typed_only -= typing_only
    machine.quiet -= not runs
    end, frame.env = frame.env, start
    return start, through, end


def _join(frame: Frame, ways: Iterable[tuple[Env, bool, Env]]) -> bool:
    state = merged(end for _, through, end in ways if through)
    if state is None:
        return False
    frame.env = state
    return True


def _loop(machine: Machine, frame: Frame, node: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Run a loop twice: what a turn binds, the next may see."""
    if not isinstance(node, ast.While):
        value_of(machine, frame, node.iter)
    truth = truth_of(machine, frame, node.test) if isinstance(node, ast.While) else None
    outer = frame.breaks, frame.continues
    start = dict(frame.env)
    back: Env | None = None
    for _ in range(2):
        frame.breaks, frame.continues = [], []
        frame.env = dict(merged([start, back]) or start)
        if isinstance(node, ast.While):
            value_of(machine, frame, node.test)
        else:
            bind_target(machine, frame, node.target, OPAQUE)
        through = run_block(machine, frame, node.body)
        back = merged([frame.env if through else None, *frame.continues])
    breaks = frame.breaks
    frame.breaks, frame.continues = outer
    done = None if truth is True else merged([start, back])
    frame.env = dict(done or start)
    through = run_block(machine, frame, node.orelse)
    state = merged([frame.env if through and done is not None else None, *breaks])
    frame.env = state if state is not None else frame.env
    return state is not None


def _with(machine: Machine, frame: Frame, node: ast.With | ast.AsyncWith) -> bool:
    start, mark = dict(frame.env), len(frame.log)
    swallows = False
    for item in node.items:
        known = machine.modules.outside(_manager(machine, frame, item.context_expr))
        swallows |= any(isinstance(v, Outside) and v.dotted in _SWALLOWS for v in known)
        if item.optional_vars is not None:
            bind_target(machine, frame, item.optional_vars, OPAQUE)
    through = run_block(machine, frame, node.body)
    if swallows:
        frame.env = dict(
            merged([frame.env if through else None, _cut(frame, start, mark)]) or start
        )
        return True
    return through


_SWALLOWS = ("contextlib.suppress", "pytest.raises", "_pytest.python_api.raises")


def _manager(machine: Machine, frame: Frame, node: ast.expr) -> Values:
    value_of(machine, frame, node)
    inner = node.func if isinstance(node, ast.Call) else node
    return machine.seen.get(id(inner), OPAQUE)


def _cut(frame: Frame, start: Env, mark: int, end: int | None = None) -> Env:
    """Return what may be bound where statements were cut short: each name as it was, or as one of them bound it."""
    state = dict(start)
    for name, values in frame.log[mark:end]:
        state[name] = state.get(name, NOT_BOUND) | values
    return state


def _try(machine: Machine, frame: Frame, node: ast.Try | ast.TryStar) -> bool:
    start, mark = dict(frame.env), len(frame.log)
    through = run_block(machine, frame, node.body[:-1])
    last = len(frame.log)
    if through:
        through = run_block(machine, frame, node.body[-1:])
    else:
        _way(machine, frame, node.body[-1:], False)
    simple = isinstance(node.body[-1], _SIMPLE)
    cut = _cut(frame, start, mark, last if simple else None)
    body = frame.env
    ways = []
    for handler in node.handlers:
        frame.env = dict(cut)
        if handler.type is not None:
            value_of(machine, frame, handler.type)
        if handler.name:
            known = machine.definition(handler, frame.scope, handler.name)
            machine.bind(frame, handler.name, frozenset({known}))
        ways.append(_way(machine, frame, handler.body, True))
        if handler.name:
            ways[-1][2][handler.name] = NOT_BOUND  # it is deleted at the end (8.4.1)
    frame.env = body
    ways.append(_way(machine, frame, node.orelse, through))
    if not node.finalbody:
        return _join(frame, ways)
    outcome = merged(end for _, passes, end in ways if passes)
    broken = merged([cut, *(end for _, _, end in ways)])
    frame.env = dict(broken or start)
    _way(machine, frame, node.finalbody, False)
    frame.env = dict(outcome or start)
    return run_block(machine, frame, node.finalbody) and outcome is not None


_SIMPLE = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr, ast.FunctionDef, ast.ClassDef)


def _match(machine: Machine, frame: Frame, node: ast.Match) -> bool:
    value_of(machine, frame, node.subject)
    ways = []
    certain = False
    for case in node.cases:
        start, frame.env = frame.env, dict(frame.env)
        _pattern(machine, frame, case.pattern)
        if case.guard is not None:
            value_of(machine, frame, case.guard)
        ways.append(_way(machine, frame, case.body, True))
        frame.env = start
        wildcard = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        certain |= wildcard and case.guard is None
    if not certain:
        ways.append((frame.env, True, dict(frame.env)))
    return _join(frame, ways)


def _pattern(machine: Machine, frame: Frame, node: ast.AST) -> None:
    name = node.rest if isinstance(node, ast.MatchMapping) else None
    if isinstance(node, ast.MatchAs | ast.MatchStar):
        name = node.name
    if name:
        machine.bind(frame, name, frozenset({machine.definition(node, frame.scope, name)}))
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            value_of(machine, frame, child)
        else:
            _pattern(machine, frame, child)


# -- conditions


def is_type_checking(machine: Machine, test: ast.expr) -> bool:
    """Return whether a condition is ``TYPE_CHECKING``, however it is reached (PEP 484)."""
    name = test.attr if isinstance(test, ast.Attribute) else ""
    name = test.id if isinstance(test, ast.Name) else name
    return name == "TYPE_CHECKING"


def truth_of(machine: Machine, frame: Frame, test: ast.expr) -> bool | None:
    """Return whether a condition holds, where that is the same in every run."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not()):
            inner = truth_of(machine, frame, test.operand)
            return None if inner is None else not inner
        case ast.Compare(left=left, ops=[op], comparators=[ast.Tuple(elts=parts)]):
            return _version(left, op, parts)
        case _ if is_type_checking(machine, test):
            return machine.typing
        case _:
            return None


_OLD = (3, 9)
"""Whatever needs no later version than this is sure to be met."""


def _version(left: ast.expr, op: ast.cmpop, parts: Sequence[ast.expr]) -> bool | None:
    if not (isinstance(left, ast.Attribute) and left.attr == "version_info"):
        return None
    numbers = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, int)]
    wanted = tuple(numbers)
    if len(numbers) != len(parts) or wanted > _OLD:
        return None
    if isinstance(op, ast.GtE | ast.Gt):
        return True
    return False if isinstance(op, ast.Lt | ast.LtE) else None
