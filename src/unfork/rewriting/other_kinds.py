"""Uses that a definition of another kind does not take: a class that is a function there, a choice that is gone.

Also what Python's syntax asks of an instance by special methods (language reference, 3.3): ``with``, ``len(x)``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from types import FunctionType

from unfork.nodes import FunctionDef
from unfork.reading.calls import last_name
from unfork.reading.interfaces import Interface
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.kinds import Instance
from unfork.rewriting.receivers import Receiver, Receivers
from unfork_codemods.calls import CallChange

Misfit = tuple[ast.expr | ast.stmt, str]
"""A place, and why the counterpart does not take what is done there."""

_ITERATING = frozenset(
    {"all", "any", "dict", "enumerate", "filter", "frozenset", "iter", "list", "map", "max", "min"}
    | {"set", "sorted", "sum", "tuple", "zip"}
)
_BUILTINS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_ITERATING, ("__iter__",)),
    **{name: (f"__{name}__",) for name in ("abs", "complex", "float", "format", "hash", "int")},
    **{name: (f"__{name}__",) for name in ("len", "next", "reversed", "round", "divmod")},
    "bool": ("__bool__", "__len__"),
    "print": ("__str__",),
    "str": ("__str__",),
}
"""The special methods that functions of Python ask of their arguments."""
_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "add",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.LShift: "lshift",
    ast.MatMult: "matmul",
    ast.Mod: "mod",
    ast.Mult: "mul",
    ast.Pow: "pow",
    ast.RShift: "rshift",
    ast.Sub: "sub",
    ast.Eq: "eq",
    ast.NotEq: "eq",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Invert: "invert",
    ast.UAdd: "pos",
    ast.USub: "neg",
}
_IN_HINTS = ast.BinOp | ast.List | ast.Subscript | ast.Tuple
"""What may stand around a class in a type hint."""
_OF_FUNCTIONS = frozenset(dir(FunctionType))
_FIELDS = "__dataclass_fields__"
_OF_TUPLES = frozenset({"__getitem__", "__iter__", "__len__"})
_TRUTH = ("__bool__", "__len__")
_BY_CONTEXT = {ast.Load: "__getitem__", ast.Store: "__setitem__", ast.Del: "__delitem__"}


def are_asked_otherwise(old: Interface, new: Interface) -> bool:
    """Return whether something may be done with the name of a definition that its counterpart is not made for."""
    if old.kind != new.kind or old.choices != new.choices:
        return True
    return _field_names(old) != _field_names(new)


def misfits_of_name(
    context: FileContext,
    old: Interface,
    new: Interface,
    changes: Mapping[str, CallChange],
    nodes: Collection[ast.expr],
) -> Iterator[Misfit]:
    """Yield what is done with the name of a function, class or value, and what its counterpart is not made for."""
    for node in nodes:
        why = _misfit_of_kind(context, old, new, node)
        why = why or _misfit_of_choices(context, old, new, changes, node)
        why = why or _misfit_of_fields(context, old, new, node)
        why = why or _misfit_of_attribute(context, old, new, node)
        if why:
            yield node, why


def _misfit_of_kind(context: FileContext, old: Interface, new: Interface, node: ast.expr) -> str:
    if not old.kind or not new.kind or old.kind == new.kind:
        return ""
    parent = context.parents.get(node)
    is_called = isinstance(parent, ast.Call) and parent.func is node
    while isinstance(parent, _IN_HINTS):
        parent = context.parents.get(parent)
    is_hint = isinstance(parent, ast.arg | ast.AnnAssign | FunctionDef)
    if "value" not in (old.kind, new.kind) and (old.kind == "function" or is_called or is_hint):
        return ""
    return f"it is a {new.kind} there, and a {old.kind} here"


def _misfit_of_attribute(
    context: FileContext, old: Interface, new: Interface, node: ast.expr
) -> str:
    """Return why an attribute that a decorator gave a function is none of a plain one: ``load.cache_clear()``."""
    match context.parents.get(node):
        case ast.Attribute(value=value, attr=name) if value is node:
            is_plain = new.kind == "function" and old.kind != "function"
            return f"a function has no {name}" if is_plain and name not in _OF_FUNCTIONS else ""
        case _:
            return ""


def _misfit_of_choices(
    context: FileContext,
    old: Interface,
    new: Interface,
    changes: Mapping[str, CallChange],
    node: ast.expr,
) -> str:
    """Return why what is asked of an enumeration has another answer in its counterpart."""
    if old.choices is None or new.choices is None or old.choices == new.choices:
        return ""
    renamed = {name: change.to for name, change in changes.items() if change.to}
    lost = sorted(old.choices.keys() - new.choices.keys() - renamed.keys())
    match context.parents.get(node):
        case ast.Subscript(value=value, slice=ast.Constant(value=name)) if value is node:
            return f"it has no {name}" if name in lost else ""
        case ast.Subscript(value=value) if value is node:
            return f"it has no {lost[0]}, which may be looked up here" if lost else ""
        case ast.Call(func=func, args=[value]) if func is node:
            gone = _values_gone(old.choices, new.choices)
            is_told = isinstance(value, ast.Constant)
            if isinstance(value, ast.Constant):
                gone = [text for text in gone if text == value.value]
            may = "" if is_told else ", which may be looked up here"
            return f"none of its members is {gone[0]!r}{may}" if gone else ""
        case ast.For(iter=value) | ast.comprehension(iter=value) | ast.Starred(value=value):
            is_listed = value is node
        case ast.Call(func=ast.Name(id=name), args=args):
            is_listed = node in args and (name in _ITERATING or name == "len")
        case _:
            is_listed = False
    names = {renamed.get(name, name) for name in old.choices} ^ new.choices.keys()
    return (
        f"it has other members: {min(names)} is in one of them only" if is_listed and names else ""
    )


def _misfit_of_fields(context: FileContext, old: Interface, new: Interface, node: ast.expr) -> str:
    """Return why the fields of a class, in their order, are not those of its counterpart where all are asked for."""
    names, others = _field_names(old), _field_names(new)
    if not names or not others or names == others:
        return ""
    match context.parents.get(node):
        case ast.MatchClass(cls=cls, patterns=[_, *_] as patterns) if cls is node:
            count = len(patterns)
            return "it has other fields" if names[:count] != others[:count] else ""
        case ast.Call(func=func, args=[first, *_]) if first is node and last_name(func) == "fields":
            return "it has other fields"
        case _:
            return ""


def _field_names(interface: Interface) -> list[str]:
    return [field.name for field in interface.fields or ()]


def _values_gone(old: Mapping[str, object], new: Mapping[str, object]) -> list[object]:
    """Return the values of members of one enumeration that certainly are none of another's."""
    if None in new.values():
        return []
    return [value for value in old.values() if value is not None and value not in new.values()]


def misfits_of_instances(
    receivers: Receivers, old: Interface, new: Interface, changes: Mapping[str, CallChange]
) -> Iterator[Misfit]:
    """Yield what a file does with instances and subclasses of a class, and its counterpart does not take."""
    more = new.abstract - old.abstract
    asked = {name for name in old.asks if (changes.get(name) or CallChange()).to in new.asks}
    unasked = old.asks - new.asks - asked if new.complete else frozenset()
    for node in receivers.context.source.nodes if more or unasked else ():
        if isinstance(node, ast.ClassDef) and receivers.is_subclass(node):
            own = {name: part for part in node.body for name in _names_defined(part)}
            if more - own.keys():
                lacking = min(more - own.keys())
                yield node, f"a subclass has to define {lacking} there, which is abstract"
            for name in sorted(unasked & own.keys()):
                yield own[name], f"a subclass defines {name}, which nothing there asks for"
    missed = old.caught_by - new.caught_by if new.complete else frozenset()
    for node in receivers.context.source.nodes if missed else ():
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            caught = missed.intersection(_last_names(node.type))
            if caught:
                yield node.type, f"it is no {min(caught)} there, which is caught here"
    lost = _special_methods_lost(old, new)
    if old.fields and new.fields and _field_names(old) != _field_names(new):
        lost |= {_FIELDS} if _FIELDS in (old.members or {}) else _OF_TUPLES
    for node in receivers.context.source.nodes if lost else ():
        for operand, names in (*_asked_by_syntax(node), *_asked_for_fields(node)):
            name = next((n for n in names if n in (old.members or {})), "")
            if name in lost and _is_instance(receivers, operand, name):
                is_gone = name not in (new.members or {})
                yield operand, f"it has no {name}" if is_gone else "it has other fields"


def _last_names(node: ast.expr) -> Iterator[str]:
    for part in node.elts if isinstance(node, ast.Tuple) else (node,):
        yield last_name(part)


def _asked_for_fields(node: ast.AST) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    if isinstance(node, ast.Call) and last_name(node.func) in ("asdict", "astuple"):
        yield from ((argument, (_FIELDS,)) for argument in node.args[:1])


def _names_defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, FunctionDef | ast.ClassDef):
        yield node.name
    for part in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign) else ():
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _special_methods_lost(old: Interface, new: Interface) -> frozenset[str]:
    if old.members is None or new.members is None or not new.complete:
        return frozenset()
    lost = old.members.keys() - new.members.keys()
    return frozenset(name for name in lost if name.startswith("__") and name.endswith("__"))


def _is_instance(receivers: Receivers, node: ast.expr, name: str) -> bool:
    """Return whether an expression is an instance of the class that moves, with the special method of that class."""
    kinds = receivers.inference.kinds(node) or ()
    if not any(isinstance(kind, Instance) for kind in kinds):
        return False
    return receivers.of_named(node, name) is Receiver.LEGACY and not receivers.is_own(node, name)


def _asked_by_syntax(node: ast.AST) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    """Yield the operands of an expression or statement, each with the special methods of which it asks for one."""
    match node:
        case ast.For(iter=value) | ast.comprehension(iter=value, is_async=0):
            yield value, ("__iter__", "__getitem__")
        case ast.AsyncFor(iter=value) | ast.comprehension(iter=value):
            yield value, ("__aiter__",)
        case ast.Starred(value=value) | ast.YieldFrom(value=value):
            yield value, ("__iter__", "__getitem__")
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value):
            yield value, ("__iter__", "__getitem__")
        case ast.With(items=items):
            yield from ((item.context_expr, ("__enter__",)) for item in items)
        case ast.AsyncWith(items=items):
            yield from ((item.context_expr, ("__aenter__",)) for item in items)
        case ast.Await(value=value):
            yield value, ("__await__",)
        case ast.Subscript(value=value, ctx=ctx):
            yield value, (_BY_CONTEXT[type(ctx)],)
        case ast.FormattedValue(value=value, conversion=-1):
            yield value, ("__format__", "__str__")
        case ast.Call(func=func, args=args):
            yield func, ("__call__",)
            called = _BUILTINS.get(func.id, ()) if isinstance(func, ast.Name) else ()
            yield from ((argument, called) for argument in args if called)
        case ast.BinOp(left=left, op=op, right=right):
            yield left, (f"__{_OPERATORS[type(op)]}__",)
            yield right, (f"__r{_OPERATORS[type(op)]}__",)
        case ast.AugAssign(target=target, op=op):
            yield target, (f"__i{_OPERATORS[type(op)]}__", f"__{_OPERATORS[type(op)]}__")
        case ast.Compare():
            yield from _asked_by_comparison(node)
        case ast.UnaryOp(op=op, operand=operand):
            is_not = isinstance(op, ast.Not)
            yield operand, _TRUTH if is_not else (f"__{_OPERATORS[type(op)]}__",)
        case (
            ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test)
        ):
            yield test, _TRUTH
        case ast.BoolOp(values=values):
            yield from ((value, _TRUTH) for value in values)
        case _:
            return


def _asked_by_comparison(node: ast.Compare) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    operands = [node.left, *node.comparators]
    for left, op, right in zip(operands, node.ops, node.comparators):
        if isinstance(op, ast.In | ast.NotIn):
            yield right, ("__contains__", "__iter__", "__getitem__")
        elif not isinstance(op, ast.Is | ast.IsNot):
            yield left, (f"__{_OPERATORS[type(op)]}__",)
