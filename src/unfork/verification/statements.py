"""What statements do, in the order in which they run (language reference, 7 and 8)."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from unfork.reading.examples import NO_NAME
from unfork.verification.branches import run_if, run_loop, run_match, run_try, run_with
from unfork.verification.calls import note_module_key
from unfork.verification.dunder_all import listed_by
from unfork.verification.expressions import (
    bind_name,
    define_function,
    evaluate_annotation,
    evaluate_hint,
    type_parameters,
    value_of,
)
from unfork.verification.machine import STAR, Env, Frame, Machine
from unfork.verification.made_texts import base_of_text
from unfork.verification.symbols import symbols_of_block
from unfork.verification.texts import note_elements, text_of
from unfork.verification.values import (
    NOT_BOUND,
    OPAQUE,
    Attribute,
    Missing,
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
    _define_examples(machine)
    while machine.deferred:
        waiting, machine.deferred = machine.deferred, []
        for function in waiting:
            function()
    # both refer to the machine, which would outlive its use
    del machine.run_block, machine.bind_target


def _define_examples(machine: Machine) -> None:
    """Schedule the ``>>>`` examples to run after the module, like functions: doctest gives them its names."""
    if machine.whole and machine.source is not None:
        for function in machine.source.example_functions:
            define_function(machine, machine.module, function)
        machine.module.env.pop(NO_NAME, None)


def run_block(machine: Machine, frame: Frame, body: Sequence[ast.stmt]) -> bool:
    """Run statements, and return whether the last one completes. Unreachable code is examined, too."""
    passes = True
    for node in body:
        if not _run_statement(machine, frame, node) and passes:
            passes = False
            machine.quiet += 1
            frame.env = dict(frame.env)
    if not passes:
        machine.quiet -= 1
    return passes


def _run_statement(machine: Machine, frame: Frame, node: ast.stmt) -> bool:
    match node:
        case ast.Import():
            _run_import(machine, frame, node)
        case ast.ImportFrom():
            _import_from(machine, frame, node)
        case ast.Expr():
            listed_by(machine, frame, node)
            value_of(machine, frame, node.value)
        case ast.Assign():
            values = value_of(machine, frame, node.value)
            for target in node.targets:
                _bind_given(machine, frame, target, node.value, values)
                _note_text(machine, target, node.value)
                _note_nothing(machine, target, node.value)
                if isinstance(target, ast.Tuple):
                    note_elements(machine, frame, target, node.value)
            listed_by(machine, frame, node)
            for target in node.targets:
                _name_plugins(machine, frame, target, node.value)
        case ast.AnnAssign():
            _annotated_assignment(machine, frame, node)
            _name_plugins(machine, frame, node.target, node.value)
        case ast.AugAssign():
            value_of(machine, frame, node.value)
            _read_target(machine, frame, node.target)
            listed_by(machine, frame, node)
            bind_target(machine, frame, node.target, OPAQUE)
            _name_plugins(machine, frame, node.target, node.value)
        case ast.Delete():
            for target in node.targets:
                _delete_target(machine, frame, target)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            define_function(machine, frame, node)
        case ast.ClassDef():
            _run_class(machine, frame, node)
        case ast.If():
            return run_if(machine, frame, node)
        case ast.For() | ast.AsyncFor() | ast.While():
            return run_loop(machine, frame, node)
        case ast.With() | ast.AsyncWith():
            return run_with(machine, frame, node)
        case ast.Try() | ast.TryStar():
            return run_try(machine, frame, node)
        case ast.Match():
            return run_match(machine, frame, node)
        case ast.Return() | ast.Raise():
            for child in ast.iter_child_nodes(node):
                value_of(machine, frame, child)  # type: ignore[arg-type]
            return False
        case ast.Break():
            _record_jump(frame.breaks, machine, frame)
            return False
        case ast.Continue():
            _record_jump(frame.continues, machine, frame)
            return False
        case ast.Assert():
            value_of(machine, frame, node.test)
            if node.msg is not None:
                value_of(machine, frame, node.msg)
        case _:
            _run_other(machine, frame, node)
    return True


def _record_jump(states: list[Env], machine: Machine, frame: Frame) -> None:
    if not machine.quiet:
        states.append(dict(frame.env))


def _run_other(machine: Machine, frame: Frame, node: ast.stmt) -> None:
    """Run a ``type`` statement (PEP 695); ``pass``, ``global`` and ``nonlocal`` do nothing when they run."""
    name = getattr(node, "name", None)
    if isinstance(name, ast.Name):
        bind_target(machine, frame, name, OPAQUE)
        inner = type_parameters(machine, frame, node)
        evaluate_annotation(machine, inner, node.value)  # type: ignore[attr-defined]


# -- imports


def _load_import(
    machine: Machine, frame: Frame, node: ast.Import | ast.ImportFrom, place: Value | None
) -> None:
    """Load what an import names; a lazy one waits for the first use of its names (PEP 810)."""
    if not getattr(node, "is_lazy", False):
        machine.load(frame, place)


def _run_import(machine: Machine, frame: Frame, node: ast.Import) -> None:
    """Run ``import a.b``, which binds ``a``, or ``import a.b as c`` (7.11)."""
    finder = machine.modules.finder
    for alias in node.names:
        place = finder.absolute(alias.name, machine.path)
        top = finder.absolute(alias.name.partition(".")[0], machine.path)
        machine.event("import", node, frozenset({place}), alias.name, frame)
        _load_import(machine, frame, node, place)
        bound = place if alias.asname else top
        if isinstance(place, Missing) and not alias.asname:
            bound = top
        machine.bind(frame, alias.asname or alias.name.partition(".")[0], frozenset({bound}))


def _import_from(machine: Machine, frame: Frame, node: ast.ImportFrom) -> None:
    place = place_of(machine, node)
    if node.module == "__future__" and not node.level:
        return
    machine.event("from", node, frozenset({place}), "", frame)
    _load_import(machine, frame, node, place)
    finder = machine.modules.finder
    for alias in node.names:
        if alias.name == "*":
            _run_star_import(machine, frame, node, place)
            continue
        values: Values = frozenset({Taken(place, alias.name)})
        machine.event("take", node, values, alias.name, frame)
        _load_import(machine, frame, node, finder.submodule(place, alias.name))
        machine.bind(frame, alias.asname or alias.name, values)


def place_of(machine: Machine, node: ast.ImportFrom) -> Value:
    """Return the module that a ``from`` import names."""
    return machine.modules.finder.named_by(node, machine.path)


def _run_star_import(machine: Machine, frame: Frame, node: ast.ImportFrom, place: Value) -> None:
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
    """Bind the target of an assignment (7.2)."""
    match target:
        case ast.Name():
            bind_name(machine, frame, target, values)
        case ast.Attribute():
            base = value_of(machine, frame, target.value)
            _note_replacement(machine, frame, target, base)
        case ast.Tuple() | ast.List():
            for element in target.elts:
                bind_target(machine, frame, element, OPAQUE)
        case ast.Starred():
            bind_target(machine, frame, target.value, OPAQUE)
        case _:
            value_of(machine, frame, target)


def _bind_given(
    machine: Machine, frame: Frame, target: ast.expr, given: ast.expr, values: Values
) -> None:
    """Bind the target of an assignment, or each part of a tuple to its own: ``one, other = legacy.run, 1``."""
    match target, given:
        case ast.Tuple(elts=targets), ast.Tuple(elts=parts) if len(targets) == len(parts):
            if not any(isinstance(part, ast.Starred) for part in (*targets, *parts)):
                for one, part in zip(targets, parts):
                    known = machine.seen.get(id(part), OPAQUE)
                    _bind_given(machine, frame, one, part, known)
                return
        case _:
            pass
    bind_target(machine, frame, target, values)


_TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)


def _note_replacement(machine: Machine, frame: Frame, target: ast.Attribute, base: Values) -> None:
    """Record that an attribute is bound or deleted."""
    known = OPAQUE if base == OPAQUE else frozenset(Attribute(v, target.attr) for v in base)
    machine.note(target, known)
    machine.event("replace", target, base, target.attr, frame)


def _note_text(machine: Machine, target: ast.expr, value: ast.expr) -> None:
    is_table = isinstance(value, ast.Dict | ast.List | ast.Tuple | ast.Set)
    holder = machine.known_definition(target) if is_table else None
    if holder is not None:
        machine.tables[holder] = value
    is_text = isinstance(value, _TEXTS) or base_of_text(value) is not None
    if isinstance(target, ast.Name) and is_text:
        text = text_of(machine, value)
        definition = machine.known_definition(target)
        if definition is not None and text is not None:
            known = machine.texts.get(definition, frozenset())
            machine.texts[definition] = known | {text}


def _note_nothing(machine: Machine, target: ast.expr, value: ast.expr) -> None:
    """Record names that are bound to None or False, alone or in a tuple: ``old, error = None, exc``."""
    match target, value:
        case ast.Name(), ast.Constant(value=None | False):
            definition = machine.known_definition(target)
            machine.nothings.update(() if definition is None else (definition,))
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, other in zip(targets, values):
                _note_nothing(machine, one, other)
        case _:
            return


def _name_plugins(machine: Machine, frame: Frame, target: ast.expr, value: ast.expr | None) -> None:
    """Record the modules that pytest imports by name: ``pytest_plugins = ["a.b"]`` at module level."""
    is_plugins = isinstance(target, ast.Name) and target.id == "pytest_plugins"
    if is_plugins and value is not None and not frame.parent:
        listed = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        for plugin in listed:
            note_module_key(machine, frame, plugin, "name module")


def _annotated_assignment(machine: Machine, frame: Frame, node: ast.AnnAssign) -> None:
    """Run ``x: T = value``; in a function, annotations of names are read by type checkers but not evaluated (7.2.2)."""
    values = OPAQUE
    if node.value is not None and ast.unparse(node.annotation).endswith("TypeAlias"):
        evaluate_annotation(machine, frame, node.value)
    elif node.value is not None:
        values = value_of(machine, frame, node.value)
    if frame.kind == "class":
        evaluate_hint(machine, frame, node.annotation)
    else:
        evaluate_annotation(machine, frame, node.annotation)
    if node.value is not None:
        bind_target(machine, frame, node.target, values)
        _note_text(machine, node.target, node.value)
        _note_nothing(machine, node.target, node.value)
        listed_by(machine, frame, node)
    elif isinstance(node.target, ast.Attribute):
        value_of(machine, frame, node.target.value)


def _read_target(machine: Machine, frame: Frame, target: ast.expr) -> None:
    match target:
        case ast.Name():
            machine.note(target, machine.look_up(frame, target.id))
        case ast.Attribute():
            value_of(machine, frame, target.value)
        case _:
            value_of(machine, frame, target)


def _delete_target(machine: Machine, frame: Frame, target: ast.expr) -> None:
    match target:
        case ast.Name():
            machine.note(target, machine.look_up(frame, target.id))
            machine.bind(frame, target.id, NOT_BOUND)
        case ast.Attribute():
            _note_replacement(machine, frame, target, value_of(machine, frame, target.value))
        case ast.Tuple() | ast.List():
            for element in target.elts:
                _delete_target(machine, frame, element)
        case _:
            value_of(machine, frame, target)


# -- classes


def _run_class(machine: Machine, frame: Frame, node: ast.ClassDef) -> None:
    """Run a class statement: its body immediately, in its own scope (8.8)."""
    for expression in node.decorator_list:
        value_of(machine, frame, expression)
    inner = type_parameters(machine, frame, node)
    bases = tuple(value_of(machine, inner, expression) for expression in node.bases)
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
