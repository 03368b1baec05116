"""What syntax and builtins ask of an instance by special methods (language reference, 3.3): ``with``, ``len(x)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from unfork.nodes import last_name

ITERATING = frozenset(
    {"all", "any", "dict", "enumerate", "filter", "frozenset", "iter", "list", "map", "max", "min"}
    | {"set", "sorted", "sum", "tuple", "zip"}
)
_BUILTINS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(ITERATING, ("__iter__",)),
    "dict": ("__iter__", "__getitem__"),
    **{name: (f"__{name}__",) for name in ("abs", "complex", "float", "format", "hash", "int")},
    **{name: (f"__{name}__",) for name in ("len", "next", "reversed", "round", "divmod")},
    "bool": ("__bool__", "__len__"),
    "callable": ("__call__",),
    "print": ("__str__", "__repr__"),
    "str": ("__str__", "__repr__"),
    "repr": ("__repr__",),
    "vars": ("__dict__",),
    **dict.fromkeys(("bin", "hex", "oct", "range"), ("__index__",)),
    "open": ("__fspath__",),
}
"""The special methods that functions of Python ask of their arguments."""
OPERATORS: Mapping[type[ast.AST], str] = {
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
TRUTH = ("__bool__", "__len__")
_HASHING = ("__hash__", "__eq__")
"""What a set and a dictionary ask of their elements and keys: both (3.3.1)."""
_MAPPING = ("keys", "__getitem__")
"""What ``**`` asks: both."""
_BY_CONTEXT = {ast.Load: "__getitem__", ast.Store: "__setitem__", ast.Del: "__delitem__"}


HOLDERS = frozenset({"dict", "float", "int", "list", "set", "str", "tuple"})
"""Classes whose instances are equal to others by what they hold."""
_ASSERTING_EQUAL = frozenset(
    {"assertCountEqual", "assertDictEqual", "assertEqual", "assertIn", "assertListEqual"}
    | {"assertNotEqual", "assertNotIn", "assertSetEqual", "assertTupleEqual", "assert_equal", "eq_"}
)


def values_told_equal(node: ast.AST | None) -> Iterator[ast.expr]:
    """Yield what a comparison or an assertion tells equal to something else or not, and the elements of displays there.

    part == {"a": 1}    part in PARTS    self.assertEqual(part, {"a": 1})    [part] == [{"a": 1}]
    """
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            is_asked = any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in ops)
            told = [left, *others] if is_asked else []
        case ast.Call(func=func, args=[_, _, *_] as given) if last_name(func) in _ASSERTING_EQUAL:
            told = given[:2]
        case _:
            return
    while told:
        value = told.pop()
        yield value
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            told += value.elts
        elif isinstance(value, ast.Dict):
            told += value.values


_BY_OPERATOR_MODULE = frozenset({"add", "contains", "getitem", "mul", "sub", "truediv"})


def asked_by_syntax(node: ast.AST) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
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
        case ast.Subscript(value=value, slice=index, ctx=ctx):
            yield value, (_BY_CONTEXT[type(ctx)],)
            yield index, ("__index__", "__hash__")
        case ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None):
            yield value, ("__format__", "__str__", "__repr__")
        case ast.FormattedValue(value=value, conversion=conversion):
            yield value, ("__repr__",) if conversion > 0 else ("__format__",)
        case ast.Set(elts=elts):
            yield from ((part, (asked,)) for part in elts for asked in _HASHING)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values):
                asked_parts = _HASHING if key is not None else _MAPPING
                yield from ((key or value, (asked,)) for asked in asked_parts)
        case ast.Attribute(value=value, attr=attr) if attr.startswith("__"):
            yield value, (attr,)
        case ast.Call():
            yield from _asked_by_call(node)
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=right):
            shown = right.elts if isinstance(right, ast.Tuple) else [right]
            yield from ((part, ("__str__", "__repr__")) for part in shown)
        case ast.BinOp(left=left, op=op, right=right):
            yield left, (f"__{OPERATORS[type(op)]}__",)
            yield right, (f"__r{OPERATORS[type(op)]}__",)
        case ast.AugAssign(target=target, op=op):
            yield target, (f"__i{OPERATORS[type(op)]}__", f"__{OPERATORS[type(op)]}__")
        case ast.Compare():
            yield from _asked_by_comparison(node)
        case ast.UnaryOp(op=op, operand=operand):
            is_not = isinstance(op, ast.Not)
            yield operand, TRUTH if is_not else (f"__{OPERATORS[type(op)]}__",)
        case (
            ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test)
        ):
            yield test, TRUTH
        case ast.BoolOp(values=values):
            yield from ((value, TRUTH) for value in values)
        case _:
            return


_SORTING = frozenset({"heappush", "insort", "max", "min", "sort", "sorted"})
_COUNTING = frozenset({"count", "index", "remove"})
_PATHS = frozenset({"Path", "exists", "fspath", "isdir", "isfile", "join", "listdir", "remove"})


FOLLOWED = frozenset({*_BUILTINS, *_SORTING, *_COUNTING, *_PATHS, *_BY_OPERATOR_MODULE}) | {
    "asdict",
    "astuple",
    "enter_async_context",
    "enter_context",
    "fields",
    "itemgetter",
    "reduce",
    "replace",
}
"""Functions whose demands on their arguments are known."""


def _asked_by_call(node: ast.Call) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    func, args = node.func, node.args
    yield func, ("__call__",)
    for keyword in node.keywords:
        if keyword.arg is None:
            yield from ((keyword.value, (asked,)) for asked in _MAPPING)
    yield from _asked_by_function(node, last_name(func), args)
    called = _BUILTINS.get(func.id, ()) if isinstance(func, ast.Name) else ()
    yield from ((argument, called) for argument in args if called)


def _asked_by_function(
    call: ast.Call, name: str, args: list[ast.expr]
) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    """Yield what functions and methods of the standard library ask of what they are given, and of elements of it."""
    yield from _asked_of_elements(call, name, args)
    if name == "format" and isinstance(_owner(call), ast.Constant):
        yield from ((argument, ("__format__", "__str__", "__repr__")) for argument in args)
    if not args:
        return
    first = args[0]
    if name in ("filter", "map", "reduce"):
        yield first, ("__call__",)
        if len(args) == 2 and isinstance(first, ast.Name) and isinstance(args[1], ast.List):
            asked = _BUILTINS.get(first.id, ())
            yield from ((element, asked) for element in args[1].elts if asked)
    if name in ("enter_context", "enter_async_context"):
        yield first, ("__enter__", "__aenter__")
    if name in _PATHS:
        yield first, ("__fspath__",)
    if name in _BY_OPERATOR_MODULE:
        yield first, (f"__{name}__",)
    if name in ("asdict", "astuple", "fields", "replace"):
        yield first, ("__dataclass_fields__", "_replace")
    if name in ("proxy", "ref"):
        yield first, ("__weakref__",)
    if name == "join" and _is_text(_owner(call)):
        yield from ((element, ("__add__",)) for element in _listed(first))
    if name == "add" and len(args) == 1:
        yield from ((first, (asked,)) for asked in _HASHING)
    if isinstance(call.func, ast.Call) and last_name(call.func.func) == "itemgetter":
        yield first, ("__getitem__",)


def _asked_of_elements(
    call: ast.Call, name: str, args: list[ast.expr]
) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    """Yield what functions ask of the elements of a display that they are given, or whose methods they are."""
    displays = (*(args if len(args) == 1 else ()), _owner(call))
    elements = [
        element
        for display in displays
        if isinstance(display, ast.List | ast.Tuple | ast.Set)
        for element in display.elts
    ]
    if name in _SORTING:
        yield from ((element, ("__lt__", "__gt__")) for element in elements or args)
    if name in _COUNTING:
        yield from ((element, ("__eq__",)) for element in (*elements, *args))
    if name == "sum":
        is_display = bool(args) and isinstance(args[0], ast.List | ast.Tuple)
        summed = [*(_listed(args[0]) if is_display else args[:1]), *args[1:]]
        yield from ((element, ("__radd__", "__add__")) for element in summed)
        yield from ((element, ("__add__",)) for element in summed)
    if name in ("print", "repr", "str"):
        yield from ((element, ("__repr__",)) for element in elements)
    if name in ("any", "all"):
        yield from ((element, TRUTH) for element in elements)


def _owner(call: ast.Call) -> ast.expr | None:
    """Return what a method is taken of; None for a function."""
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _listed(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple) else []


def _asked_by_comparison(node: ast.Compare) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    operands = [node.left, *node.comparators]
    for left, op, right in zip(operands, node.ops, node.comparators):
        if isinstance(op, ast.In | ast.NotIn):
            yield right, ("__contains__", "__iter__", "__getitem__")
            if isinstance(right, ast.List | ast.Tuple | ast.Set):
                yield from ((element, ("__eq__",)) for element in (left, *right.elts))
        elif not isinstance(op, ast.Is | ast.IsNot):
            yield left, (f"__{OPERATORS[type(op)]}__",)


def special_methods_asked(
    parents: Mapping[ast.AST, ast.AST], node: ast.expr
) -> Iterator[tuple[str, ...]]:
    """Yield the special methods of which what is done with an expression asks for one."""
    around = parents.get(node)
    if isinstance(around, ast.Set) or (isinstance(around, ast.Dict) and node in around.keys):
        yield from ((asked,) for asked in _HASHING)
    while isinstance(around, ast.List | ast.Tuple | ast.Set | ast.withitem | ast.keyword):
        outer = parents.get(around)
        around = parents.get(outer) if isinstance(outer, ast.Attribute) else outer
    for part in (around,) if around is not None else ():
        yield from (names for operand, names in asked_by_syntax(part) if operand is node)
