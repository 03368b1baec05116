"""The value of an expression, and what evaluating it does (language reference, 6)."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from unfork.verification import calls
from unfork.verification.machine import BUILTINS, Frame, Machine
from unfork.verification.symbols import Function, Symbols, parameters
from unfork.verification.texts import note_elements
from unfork.verification.values import (
    NOT_BOUND,
    OPAQUE,
    Attribute,
    Definition,
    Instance,
    Outside,
    Values,
)

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def value_of(machine: Machine, frame: Frame, node: ast.expr) -> Values:
    """Return the possible values of an expression evaluated here."""
    match node:
        case ast.Name():
            return machine.note(node, machine.look_up(frame, node.id))
        case ast.Attribute():
            base = value_of(machine, frame, node.value)
            machine.note_loads(node, frame)
            values = (
                OPAQUE if base == OPAQUE else frozenset(attribute_of(v, node.attr) for v in base)
            )
            return machine.note(node, values)
        case ast.Constant():
            return OPAQUE
        case ast.Call():
            return machine.note(node, _value_of_call(machine, frame, node))
        case ast.NamedExpr():
            values = value_of(machine, frame, node.value)
            bind_name(machine, _beyond_comprehensions(frame), node.target, values)
            return values
        case ast.IfExp():
            value_of(machine, frame, node.test)
            return value_of(machine, frame, node.body) | value_of(machine, frame, node.orelse)
        case ast.BoolOp():
            return frozenset().union(
                *(value_of(machine, frame, operand) for operand in node.values)
            )
        case ast.Compare():
            _run_comparison(machine, frame, node)
            return OPAQUE
        case ast.Lambda():
            _run_defaults(machine, frame, node)
            definition = machine.definition(node, frame.scope, "lambda")
            defer_body(machine, frame, node, definition)
            return frozenset({definition})
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _run_comprehension(machine, frame, node)
            return OPAQUE
        case ast.Subscript():
            base = value_of(machine, frame, node.value)
            if calls.is_generic(machine, base):
                _evaluate_with_strings(machine, frame, node.slice)
                return OPAQUE
            value_of(machine, frame, node.slice)
            return machine.note(node, calls.subscript_value(machine, frame, node, base))
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    value_of(machine, frame, child)
                elif isinstance(child, ast.keyword):
                    value_of(machine, frame, child.value)
            return OPAQUE


def _run_comparison(machine: Machine, frame: Frame, node: ast.Compare) -> None:
    """Evaluate a comparison: ``"a.b" in sys.modules`` names a module."""
    sides = [node.left, *node.comparators]
    values = [value_of(machine, frame, side) for side in sides]
    for key, op, base in zip(sides, node.ops, values[1:]):
        is_key = isinstance(op, ast.In | ast.NotIn) and base != OPAQUE
        if is_key and Outside("sys.modules") in machine.modules.resolved(base):
            calls.note_module_key(machine, frame, key, "name module")


def attribute_of(value: object, name: str) -> Attribute:
    """Return an attribute of a value."""
    return Attribute(value, name)  # type: ignore[arg-type]


def _beyond_comprehensions(frame: Frame) -> Frame:
    while frame.kind == "comprehension" and frame.parent is not None:
        frame = frame.parent
    return frame


def bind_name(machine: Machine, frame: Frame, node: ast.Name, values: Values) -> None:
    """Bind a name by an assignment: to the assigned value if known, or to a definition of its own."""
    known = values and OPAQUE.isdisjoint(values) and NOT_BOUND.isdisjoint(values)
    if not known:  # an alias takes no number, so adding one in a rewrite does not shift others
        values = frozenset({machine.definition(node, frame.scope, node.id)})
    machine.bind(frame, node.id, values)


# -- calls


def _value_of_call(machine: Machine, frame: Frame, node: ast.Call) -> Values:
    function = value_of(machine, frame, node.func)
    known = machine.modules.outside(function)
    annotations = calls.annotation_arguments(node, known)
    for item in node.args:
        if any(item is a for a in annotations):
            evaluate_annotation(machine, frame, item)
        else:
            value_of(machine, frame, item)
    for keyword in node.keywords:
        if any(keyword.value is a for a in annotations):
            evaluate_annotation(machine, frame, keyword.value)
        else:
            value_of(machine, frame, keyword.value)
    result = calls.call_result(machine, frame, node, known)
    if result is not None:
        return result
    if frame.live:
        machine.calls.append(len(machine.module.log))
        run_local(machine, frame, known)
    made = [v for v in known if isinstance(v, Definition) and is_class(machine, v)]
    if made and len(made) == len(known):
        return frozenset(Instance(item) for item in made)
    return OPAQUE


def is_class(machine: Machine, definition: Definition) -> bool:
    """Return whether a definition of this file is a class."""
    return isinstance(machine.definitions.get(definition), ast.ClassDef)


def run_local(machine: Machine, frame: Frame, functions: Values) -> None:
    """Run the file's functions that are called during import, if running them then differs from running them later."""
    for function in functions:
        if not isinstance(function, Definition) or function.path != machine.path:
            continue
        node = machine.definitions.get(function)
        if isinstance(node, ast.ClassDef):
            made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in _MAKERS]
            for method in made:
                inner = machine.definition(method, (*function.scope, function.number), method.name)
                _run_now(machine, method, inner)
        elif isinstance(node, ast.FunctionDef | ast.Lambda):
            _run_now(machine, node, function)


_MAKERS = ("__init__", "__new__", "__post_init__")


def _run_now(machine: Machine, node: ast.FunctionDef | ast.Lambda, definition: Definition) -> None:
    parent = machine.parents.get(definition)
    if parent is None or node in machine.running or len(machine.running) > 8 or not machine.whole:
        return
    if not _matters_when(machine, node):
        return
    machine.running.append(node)
    try:
        run_function(machine, _function_frame(machine, node, definition, parent, live=True), node)
    finally:
        machine.running.pop()


def _matters_when(machine: Machine, node: ast.FunctionDef | ast.Lambda) -> bool:
    """Return whether a function binds module names, calls other functions, or reads a name that is not bound yet."""
    known = machine.reads.get(id(node))
    if known is None:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        names -= machine.symbols_of(node).locals
        binds = any(isinstance(n, ast.Global) for n in ast.walk(node))
        known = machine.reads[id(node)] = (frozenset(names), binds)
    names_read, binds_global = known
    if binds_global:
        return True
    env = machine.module.env
    for name in names_read - BUILTINS:
        values = env.get(name, NOT_BOUND)
        if not NOT_BOUND.isdisjoint(values):
            return True
        for value in values:
            called = machine.definitions.get(value) if isinstance(value, Definition) else None
            if (
                isinstance(called, ast.FunctionDef)
                and called is not node
                and called not in machine.running
            ):
                machine.running.append(node)
                try:
                    if _matters_when(machine, called):
                        return True
                finally:
                    machine.running.pop()
    return False


# -- functions


def _run_defaults(machine: Machine, frame: Frame, node: Function) -> None:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None:
            value_of(machine, frame, default)


def define_function(
    machine: Machine, frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> None:
    """Run a ``def``: decorators, defaults and annotations now, the body later (8.7)."""
    decorators = [value_of(machine, frame, decorator) for decorator in node.decorator_list]
    _run_defaults(machine, frame, node)
    definition = machine.definition(node, frame.scope, node.name)
    inner = type_parameters(machine, frame, node)
    for argument in parameters(node):
        if argument.annotation is not None:
            evaluate_hint(machine, inner, argument.annotation)
    if node.returns is not None:
        evaluate_hint(machine, inner, node.returns)
    machine.bind(frame, node.name, frozenset({definition}))
    defer_body(machine, inner, node, definition)
    if frame.live:
        for decorator in decorators:
            machine.calls.append(len(machine.module.log))
            run_local(machine, frame, decorator)


def defer_body(machine: Machine, frame: Frame, node: Function, definition: Definition) -> None:
    """Schedule a function's body to run after the module."""
    machine.parents[definition] = frame
    if not machine.looks_into(node):
        return
    inner = _function_frame(machine, node, definition, frame, live=False)
    if frame.live:
        inner.snapshot, inner.mark = dict(machine.module.env), len(machine.module.log)
    else:
        around = next((f for f in _enclosing_frames(frame) if f.kind == "function"), frame)
        inner.snapshot, inner.mark = around.snapshot, around.mark
    typed = machine.typed_only

    def run() -> None:
        was, machine.typed_only = machine.typed_only, typed
        run_function(machine, inner, node)
        machine.typed_only = was

    machine.deferred.append(run)


def _enclosing_frames(frame: Frame) -> Iterable[Frame]:
    current: Frame | None = frame
    while current is not None:
        yield current
        current = current.parent


def _function_frame(
    machine: Machine, node: Function, definition: Definition, parent: Frame, live: bool
) -> Frame:
    scope = (*definition.scope, definition.number)
    frame = Frame("function", scope, parent, {}, machine.symbols_of(node), live)
    if parent.kind == "class" and not isinstance(node, ast.Lambda):
        frame.owner = parent.owner
    return frame


def run_function(machine: Machine, frame: Frame, node: Function) -> None:
    """Run a function's body, with unknown arguments."""
    for number, argument in enumerate(parameters(node)):
        definition = machine.definition(argument, frame.scope, argument.arg)
        values: Values = frozenset({definition})
        if number == 0 and frame.owner is not None and not _is_static(node):
            values = frozenset({Instance(frame.owner)})
        machine.bind(frame, argument.arg, values)
    if isinstance(node, ast.Lambda):
        value_of(machine, frame, node.body)
    else:
        machine.run_block(frame, node.body)


def _is_static(node: Function) -> bool:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in decorators)


def _run_comprehension(machine: Machine, frame: Frame, node: _Comprehension) -> None:
    """Evaluate a comprehension: the first iterable outside, the rest in its own scope (6.2.4)."""
    number = machine.definition(node, frame.scope, "comprehension").number
    inner = Frame("comprehension", (*frame.scope, number), frame, {}, Symbols(), frame.live)
    inner.snapshot, inner.mark = frame.snapshot, frame.mark
    for position, generator in enumerate(node.generators):
        value_of(machine, inner if position else frame, generator.iter)
        note_elements(machine, inner, generator.target, generator.iter)
        machine.bind_target(inner, generator.target, OPAQUE)
        for condition in generator.ifs:
            value_of(machine, inner, condition)
    if isinstance(node, ast.DictComp):
        value_of(machine, inner, node.key)
        value_of(machine, inner, node.value)
    else:
        value_of(machine, inner, node.elt)


# -- annotations


def evaluate_annotation(machine: Machine, frame: Frame, node: ast.expr) -> None:
    """Evaluate an annotation: now, or later if it is a string or ``annotations`` is a future import (PEP 563)."""
    if machine.future and frame.live:
        snapshot, mark = dict(machine.module.env), len(machine.module.log)
        later = Frame(frame.kind, frame.scope, frame.parent, frame.env, frame.symbols, False)
        later.snapshot, later.mark, later.ever = snapshot, mark, frame.ever
        machine.deferred.append(
            lambda: _evaluate_with_strings(machine, _module_later(machine, later), node)
        )
    else:
        _evaluate_with_strings(machine, frame, node)


def _module_later(machine: Machine, frame: Frame) -> Frame:
    """Return a scope that looks up names as a function defined in it would."""
    if frame.kind != "module":
        return frame
    inner = Frame("function", frame.scope, machine.module, {}, Symbols(), False)
    inner.snapshot, inner.mark, inner.at_once = frame.snapshot, frame.mark, frame.at_once
    return inner


def _evaluate_with_strings(
    machine: Machine, frame: Frame, node: ast.expr, fields: bool = False
) -> None:
    """Evaluate an annotation including its strings, except those in ``Literal`` and in ``Annotated`` metadata."""
    match node:
        case ast.Constant(value=str(text)):
            _defer_quoted(machine, frame, node, text)
        case ast.Subscript():
            value_of(machine, frame, node.value)
            name = node.value.attr if isinstance(node.value, ast.Attribute) else ""
            name = node.value.id if isinstance(node.value, ast.Name) else name
            if name == "Literal":
                return
            if name == "Annotated" and isinstance(node.slice, ast.Tuple):
                first, *rest = node.slice.elts
                _evaluate_with_strings(machine, frame, first)
                for element in rest:
                    value_of(machine, frame, element)
                return
            _evaluate_with_strings(machine, frame, node.slice)
        case ast.Dict():
            for element in node.values:
                _evaluate_with_strings(machine, frame, element)
        case ast.Tuple(elts=[ast.Constant(value=str()), second]) if fields:
            _evaluate_with_strings(machine, frame, second)
        case ast.BinOp() | ast.Tuple() | ast.List() | ast.UnaryOp() | ast.Starred():
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    _evaluate_with_strings(
                        machine, frame, child, fields or isinstance(node, ast.List)
                    )
        case _:
            value_of(machine, frame, node)


def _defer_quoted(machine: Machine, frame: Frame, node: ast.Constant, text: str) -> None:
    """Schedule a quoted annotation to run after the module: it may name what is defined below it."""
    try:
        inner = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return
    inner = machine.parsed.setdefault(id(node), inner)
    if machine.in_hint:
        _defer_to_module(machine, frame, inner)
    later = Frame(frame.kind, frame.scope, frame.parent, frame.env, frame.symbols, False)
    later.snapshot, later.mark, later.ever = (
        dict(machine.module.env),
        len(machine.module.log),
        frame.ever,
    )
    if not frame.live:
        later.snapshot, later.mark = frame.snapshot, frame.mark
    later.at_once = frame.live
    machine.deferred.append(
        lambda: _evaluate_with_strings(machine, _module_later(machine, later), inner)
    )


def evaluate_hint(machine: Machine, frame: Frame, node: ast.expr) -> None:
    """Evaluate the annotation of a parameter, a result or a class attribute.

    ``typing.get_type_hints`` evaluates what is in a string, or everything by PEP 563, among the module's names.
    """
    outer = machine.in_hint
    machine.in_hint = not (machine.typing or _is_at_the_top(machine, frame))
    if machine.in_hint and machine.future:
        _defer_to_module(machine, frame, node)
    evaluate_annotation(machine, frame, node)
    machine.in_hint = outer


def _is_at_the_top(machine: Machine, frame: Frame) -> bool:
    """Return whether names are looked up in the module anyway."""
    while frame.kind == "annotation" and frame.parent is not None:
        frame = frame.parent
    return frame is machine.module


def _defer_to_module(machine: Machine, frame: Frame, node: ast.expr) -> None:
    """Schedule an annotation to be evaluated among the module's names, too."""
    later = Frame("function", frame.scope, machine.module, {}, Symbols(), False)
    machine.deferred.append(lambda: _evaluate_with_strings(machine, later, node))


def type_parameters(
    machine: Machine,
    frame: Frame,
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.stmt,
) -> Frame:
    """Return the scope of a definition's type parameters (PEP 695), or the given scope if it has no type parameters."""
    given: list[ast.AST] = getattr(node, "type_params", [])
    if not given:
        return frame
    inner = Frame("annotation", frame.scope, frame, {}, Symbols(), frame.live)
    inner.snapshot, inner.mark = frame.snapshot, frame.mark
    for parameter in given:
        name: str = parameter.name  # type: ignore[attr-defined]
        inner.env[name] = frozenset({machine.definition(parameter, frame.scope, name)})
    for parameter in given:
        for child in ast.iter_child_nodes(parameter):
            if isinstance(child, ast.expr):
                value_of(machine, inner, child)
    return inner
