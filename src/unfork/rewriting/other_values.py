"""Values, and results of functions, whose type changes: uses that the counterpart is not made for.

TABLE["b"]           the key is in the legacy dictionary only
len(rows())          a list here, a generator there
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from types import GeneratorType

from unfork.nodes import FunctionDef, last_name
from unfork.reading.calls import named_attribute
from unfork.reading.interface import Interface
from unfork.reading.scopes import resolve_name
from unfork.reading.signatures import GENERATOR
from unfork.reading.standard_classes import members_of_type
from unfork.reading.value_types import NOTHING, NUMBERS, Value
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.special_methods import OPERATORS, special_methods_asked

_OF_GENERATORS = frozenset({"close", "gi_frame", "gi_running", "send", "throw"})
_TELLING = frozenset({"bool", "format", "isinstance", "print", "repr", "str", "type"})
"""Functions that take a value of any type."""
_TAKING_ITERABLES = frozenset(
    {"all", "any", "chain", "dict", "enumerate", "extend", "filter", "from_iterable", "frozenset"}
    | {"islice", "iter", "join", "list", "map", "max", "min", "set", "sorted", "sum", "tuple"}
    | {"update", "zip"}
)
_OPERATOR_NAMES = frozenset(
    f"__{way}{name}__" for name in OPERATORS.values() for way in ("", "r", "i")
)


def differ_as_values(old: Interface, new: Interface) -> bool:
    """Return whether a value, or what a function gives, may be of another type, or lack a key or element."""
    if _result(old) != _result(new) or (old.kind, new.kind) == ("function", "class"):
        return True
    return old.gives != new.gives or old.attributes != new.attributes


def misfit_of_member(
    context: FileContext, old: Interface, new: Interface, node: ast.Attribute
) -> str:
    """Return why a member of both classes holds, or gives, what is not made for what is done with it here."""
    before, after = (_member(interface, node.attr) for interface in (old, new))
    if before is None or after is None or not differ_as_values(before, after):
        return ""
    return misfit_of_value(context, before, after, node)


@lru_cache
def members_that_differ(old: Interface, new: Interface) -> frozenset[str]:
    """Return the members of both classes that hold, or give, something of another type."""
    names = (old.members or {}).keys() & (new.members or {}).keys()
    pairs = {name: (_member(old, name), _member(new, name)) for name in names}
    return frozenset(
        name
        for name, (before, after) in pairs.items()
        if before is not None and after is not None and differ_as_values(before, after)
    )


def _member(interface: Interface, name: str) -> Interface | None:
    signature = (interface.members or {}).get(name)
    if signature is not None:
        return Interface("function", signature, gives=signature.gives)
    held = interface.held.get(name)
    if held is None:
        return None
    members = dict.fromkeys(_members_of_type(held.type))
    return Interface("value", members=members, complete=True, gives=held)


def misfit_of_value(context: FileContext, old: Interface, new: Interface, node: ast.expr) -> str:
    """Return why the counterpart of a value or function is not made for what is done at a use; empty if it is."""
    if "value" in (old.kind, new.kind):
        if new.kind != "value" or old.kind not in ("value", ""):
            return ""
        return (
            _misfit_of_attribute(context, old, new, node)
            or _misfit_of_type(context, old.gives, new.gives, node)
            or _misfit_of_entries(context, old.gives, new.gives, node)
            or _misfit_of_syntax(context, old, new, node)
        )
    call = context.parents.get(node)
    if isinstance(call, ast.Attribute) and old.kind == new.kind == "function":
        is_gone = call.attr in old.attributes - new.attributes
        return f"it has no {call.attr}" if is_gone else ""
    if isinstance(call, ast.Call) and call.func is not node and old.attributes - new.attributes:
        named = named_attribute(call)
        is_gone = named is not None and named.value in old.attributes - new.attributes
        return f"it has no {named.value!s}" if is_gone and named is not None else ""
    if not isinstance(call, ast.Call) or call.func is not node:
        is_decorator = isinstance(call, FunctionDef | ast.ClassDef) and node in call.decorator_list
        return _misfit_of_decorator(old, new) if is_decorator else ""
    return _misfit_of_result(context, old, new, call)


# -- values


def _misfit_of_attribute(
    context: FileContext, old: Interface, new: Interface, node: ast.expr
) -> str:
    """Return why an attribute of a value that a library made is missing on a literal: ``PATTERN.match(text)``."""
    match context.parents.get(node):
        case ast.Attribute(value=value, attr=attr) if value is node and new.complete:
            had = old.members is None or attr in old.members
            is_lacked = had and attr not in (new.members or {})
            return f"it has no {attr}" if is_lacked else ""
        case _:
            return ""


def _misfit_of_type(
    context: FileContext, old: Value | None, new: Value | None, node: ast.expr
) -> str:
    match context.parents.get(node):
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]) if (
            kinds is node and new is not None and new.type != "tuple"
        ):
            return f"it is of type {new.type} there, and no class"
    if old is None or new is None or old.type == new.type or {old.type, new.type} <= NUMBERS:
        return ""
    parent = context.parents.get(node)
    what = f"it is of type {new.type} there, and {old.type} here"
    if isinstance(parent, ast.Attribute):
        is_member = parent.attr in _members_of_type(new.type)
        is_lost = parent.attr in _members_of_type(old.type) and not is_member
        return f"{what}, and has no {parent.attr}" if is_lost else ""
    if old.type == NOTHING:
        return "" if isinstance(parent, ast.Expr) else what
    match parent:
        case ast.Expr():
            return ""
        case ast.FormattedValue():
            return what if new.type == NOTHING else ""
        case ast.Call(func=func, args=[first, *_]) if last_name(func) in _TELLING and first is node:
            return ""
        case ast.If() | ast.While() | ast.IfExp() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return ""
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            return ""
    had, has = _members_of_type(old.type), _members_of_type(new.type)
    every = [{*names} - _OPERATOR_NAMES for names in special_methods_asked(context.parents, node)]
    asked = [names for names in every if names & had]
    if not asked or {"__hash__"} in asked:
        return what
    is_of_keys = "dict" in (old.type, new.type) and asked != [{"__len__"}]
    return what if is_of_keys or any(names.isdisjoint(has) for names in asked) else ""


def _misfit_of_syntax(context: FileContext, old: Interface, new: Interface, node: ast.expr) -> str:
    """Return why an instance of another class lacks what Python's syntax asks of it: ``len(VALUE)``."""
    if new.members is None or not new.complete:
        return ""
    for names in special_methods_asked(context.parents, node):
        had = [name for name in names if old.members is None or name in old.members]
        if old.members is None and not _OPERATOR_NAMES.isdisjoint(had):
            continue  # the other operand may do it
        if had and new.members.keys().isdisjoint(had if old.members is None else had[:1]):
            return f"it has no {had[0]}"
    return ""


def _members_of_type(name: str) -> frozenset[str]:
    return members_of_type(_TYPES.get(name, object))


_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (bool, bytearray, bytes, dict, enumerate, filter, float, frozenset, int, list)
} | {kind.__name__: kind for kind in (map, range, set, str, tuple, zip, GeneratorType)}
_TYPES["iterator"] = type(iter([]))


def _misfit_of_entries(
    context: FileContext, old: Value | None, new: Value | None, node: ast.expr
) -> str:
    """Return why a key or index of a dictionary or list is missing in its counterpart."""
    if old is None or new is None:
        return ""
    parent = context.parents.get(node)
    match parent:
        case ast.Subscript(value=value, slice=ast.Constant(value=key)) if value is node:
            before, after = dict(old.inner).get(key), dict(new.inner).get(key)
            why = _misfit_of_type(context, before, after, parent)
            why = why or _misfit_of_entries(context, before, after, parent)
            if why:
                return f"[{key!r}]: {why}"
    if old.keys is not None and new.keys is not None:
        return _misfit_of_keys(context.parents, node, old.keys, new.keys)
    if old.size is not None and new.size is not None:
        return _misfit_of_size(context.parents, node, old.size, new.size)
    return ""


def _misfit_of_keys(
    parents: Mapping[ast.AST, ast.AST],
    node: ast.expr,
    old: frozenset[object],
    new: frozenset[object],
) -> str:
    parent = parents.get(node)
    lost = sorted(old - new, key=repr)
    match parent:
        case ast.Attribute(value=value, attr="get" | "pop" | "setdefault"):
            call = parents.get(parent)
            args = call.args if isinstance(call, ast.Call) and call.func is parent else []
            named = [part.value for part in args[:1] if isinstance(part, ast.Constant)]
            gone = [key for key in lost if key in named or not named]
            return f"it has no key {gone[0]!r}" if gone and args else ""
        case ast.Call(func=ast.Call(func=func, args=asked)) if last_name(func) == "itemgetter":
            named = [part.value for part in asked if isinstance(part, ast.Constant)]
            gone = [key for key in lost if key in named or len(named) < len(asked)]
            return f"it has no key {gone[0]!r}" if gone else ""
        case ast.BinOp(left=left, op=ast.Mod()) if left is not node:
            gone = [k for k in lost if not isinstance(left, ast.Constant) or _asks(left, f"%({k})")]
            return f"it has no key {gone[0]!r}" if gone else ""
        case ast.Call(func=ast.Attribute(value=text, attr="format_map")):
            gone = [k for k in lost if not isinstance(text, ast.Constant) or _asks(text, f"{{{k}")]
            return f"it has no key {gone[0]!r}" if gone else ""
        case ast.Subscript(value=value, slice=ast.Constant(value=key), ctx=ctx) if value is node:
            is_gone = key in lost and not isinstance(ctx, ast.Store)
            return f"it has no key {key!r}" if is_gone else ""
        case ast.Subscript(value=value, ctx=ast.Load()) if value is node and lost:
            return f"it has no key {lost[0]!r}, which may be looked up here"
        case ast.keyword(arg=None) if old != new:
            other = min(old ^ new, key=repr)
            return f"it has other keys: {other!r} is in one of them only"
        case _:
            return ""


def _asks(text: ast.Constant, part: str) -> bool:
    return part in str(text.value)


def _misfit_of_size(parents: Mapping[ast.AST, ast.AST], node: ast.expr, old: int, new: int) -> str:
    if old == new:
        return ""
    parent = parents.get(node)
    what = f"it has {new} elements there, and {old} here"
    match parent:
        case ast.Subscript(value=value, slice=index) if value is node:
            return what if _is_index_lost(index, old, new) else ""
        case ast.Attribute(value=value, attr="pop") if value is node:
            call = parents.get(parent)
            args = call.args[:1] if isinstance(call, ast.Call) else []
            return what if any(_is_index_lost(index, old, new) for index in args) else ""
        case ast.Call(func=ast.Call(func=func, args=args)) if last_name(func) == "itemgetter":
            return what if any(_is_index_lost(index, old, new) for index in args) else ""
        case ast.Assign(targets=[ast.Tuple(elts=elts) | ast.List(elts=elts)], value=value):
            is_open = any(isinstance(elt, ast.Starred) for elt in elts)
            return what if value is node and not is_open else ""
        case ast.Starred():
            return what
        case ast.BinOp(op=ast.Mod(), right=right) if right is node:
            return what
        case _:
            return ""


def _is_index_lost(index: ast.expr, old: int, new: int) -> bool:
    """Return whether an index may be one of the elements that only the longer list has."""
    if isinstance(index, ast.Slice):
        return False
    try:
        number = ast.literal_eval(index)
    except (ValueError, TypeError):
        return new < old
    is_gone = isinstance(number, int) and not -new <= number < new
    return is_gone and -old <= number < old


# -- what functions give


def _result(interface: Interface) -> str:
    return interface.call.result if interface.call is not None else ""


def _misfit_of_decorator(old: Interface, new: Interface) -> str:
    is_called = new.kind == "class" and new.complete and "__call__" not in (new.members or {})
    return "what it decorates cannot be called there" if is_called and old.kind != "class" else ""


def _misfit_of_result(context: FileContext, old: Interface, new: Interface, call: ast.Call) -> str:
    """Return why what a call gives there is not made for what is done with it here."""
    node: ast.expr = call
    parent = context.parents.get(node)
    if isinstance(parent, ast.Await):
        node = parent
        parent = context.parents.get(node)
    results = {_result(old), _result(new)}
    if GENERATOR in results and results <= {"", GENERATOR}:
        return _misfit_of_generator(context, old, new, call)
    if isinstance(parent, ast.Expr):
        return ""
    if (old.kind, new.kind) == ("function", "class"):
        if old.gives is not None:
            return f"it is a class there, and gives {_typed(old.gives)} here"
        decorates = isinstance(parent, FunctionDef | ast.ClassDef)
        if decorates:
            return _misfit_of_decorator(old, new)
        return _misfit_of_attribute(context, Interface(), new, call)
    if new.kind != "function" or new.gives is None:
        return ""
    if old.kind == "class":
        return f"it gives {_typed(new.gives)} there, and an instance here"
    if old.gives is None:
        if old.kind != "function" or _result(old):
            return ""
        if new.gives.type == NOTHING:
            return "it returns nothing there"
        made = Interface(members=dict.fromkeys(_members_of_type(new.gives.type)), complete=True)
        return _misfit_of_attribute(context, Interface(), made, node) or _misfit_of_syntax(
            context, Interface(), made, node
        )
    why = _misfit_of_type(context, old.gives, new.gives, node)
    return why or _misfit_of_entries(context, old.gives, new.gives, node)


def _typed(value: Value) -> str:
    return "nothing" if value.type == NOTHING else f"a value of type {value.type}"


def _misfit_of_generator(
    context: FileContext, old: Interface, new: Interface, call: ast.Call
) -> str:
    """Return why a generator is not made for what is done with a list, or a list for what is done with a generator."""
    if old.kind == new.kind == "function" and _result(old) == _result(new):
        return ""
    if _is_looped_over_once(context, call):
        return ""
    if _result(new) == GENERATOR:
        return "it is a generator there"
    parent = context.parents.get(call)
    is_member = isinstance(parent, ast.Attribute) and parent.attr in _OF_GENERATORS
    if new.gives is not None or is_member:
        return "it is no generator there"
    return ""


def _is_looped_over_once(context: FileContext, node: ast.expr) -> bool:
    match context.parents.get(node):
        case ast.For(iter=value) | ast.comprehension(iter=value):
            return value is node
        case ast.YieldFrom() | ast.Starred():
            return True
        case ast.Call(func=func):
            return node is not func and last_name(func) in _TAKING_ITERABLES
        case ast.Assign(targets=[ast.Tuple() | ast.List()]):
            return True
        case ast.Assign(targets=[ast.Name(id=name) as target]):
            scope = resolve_name(context.scope_around(target), name)
            if scope is None or scope.kind != "function" or len(scope.binds[name]) != 1:
                return False
            reads = [
                ref
                for ref in context.scopes.refs_to(scope, name)
                if isinstance(ref.node.ctx, ast.Load)
            ]
            return len(reads) == 1 and _is_looped_over_once(context, reads[0].node)
        case _:
            return False


def has_untold_arguments(context: FileContext, node: ast.expr) -> bool:
    """Return whether something is called with arguments that the text does not tell, or by ``partial``."""
    match context.parents.get(node):
        case ast.Call(func=func, args=args, keywords=keywords):
            if func is not node:
                return last_name(func) in ("partial", "partialmethod") and node in args[:1]
            is_starred = any(isinstance(argument, ast.Starred) for argument in args)
            return is_starred or any(keyword.arg is None for keyword in keywords)
        case _:
            return False
