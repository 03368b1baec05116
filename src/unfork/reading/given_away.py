"""Classes that a module hands on as values: who gets one may ask any object for it, by whatever name.

KINDS = [Log, Stop]    class Types: LOG = Log    def find(kind=Log): ...    def kind(): return Log

Code that has the list of one module and makes a ``Log`` of another does not find that in it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from unfork.nodes import last_name, root_name
from unfork.reading.asked_names import classes_called
from unfork.reading.names_on_request import names_on_request
from unfork.reading.reads import names_read
from unfork.reading.source import Source
from unfork.reading.statement_names import assigned_values

_ASKING = frozenset(
    {
        "NewType",
        "TypeVar",
        "cast",
        "delattr",
        "getattr",
        "hasattr",
        "isinstance",
        "issubclass",
        "setattr",
        "super",
        "vars",
    }
)
"""What is given a class, and gives it to nobody."""


def classes_given(source: Source) -> Mapping[str, frozenset[str]]:
    """Return the classes of a module that its definitions have as values, each with the names that it can be had by.

    Tables and classes that have one count, and what looks into these, functions that return one or hand it on. Raises
    Unparsable.
    """
    classes = {node.name for node in source.tree.body if isinstance(node, ast.ClassDef)}
    classes |= {*classes_called(source.tree)}
    if not classes:
        return {}
    holders = {pair for node in source.tree.body for pair in _given_by(node, classes)}
    for name, block in (names_on_request(source.tree) or {}).items():
        holders |= {(each, name) for statement in block for each in _values(statement, classes)}
    if not holders:
        return {}
    read = names_read(source)
    given: dict[str, set[str]] = {}
    for name, holder in holders:
        readers = {owner for owner, names in read.items() if holder in names}
        given.setdefault(name, set()).update({holder} | readers)
    return {name: frozenset(owners - {name}) for name, owners in given.items()}


def _given_by(node: ast.stmt, classes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the classes that a statement at the top has as values, each with the name that has it then."""
    match node:
        case ast.FunctionDef(name="__getattr__"):
            return  # it gives each name by itself
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield from ((name, node.name) for name in _values(node, classes) if name != node.name)
        case ast.Expr(value=ast.Call(func=func) as call):  # KINDS.append(Log)
            yield from ((name, root_name(func)) for name in _values(call, classes))
        case ast.Assign(targets=targets, value=value):
            owners = {root_name(target) for target in targets}
            owners |= {name for name, _ in assigned_values(node)}
            yield from ((name, owner) for name in _values(value, classes) for owner in owners)
        case _:
            for owner, held in assigned_values(node):
                yield from ((n, owner) for n in _values(held, classes)) if held else ()


def _values(node: ast.AST, classes: Collection[str]) -> Iterator[str]:
    """Yield the classes that code has as values: not those that it calls, inherits from, catches or asks for."""
    if isinstance(node, ast.Name):
        if node.id in classes and isinstance(node.ctx, ast.Load):
            yield node.id
        return
    for part in _parts(node):
        yield from _values(part, classes)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that may be classes given on, or have some."""
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            yield from _unless_name(func)
            given = (*args, *(keyword.value for keyword in keywords))
            for part in given:
                yield from _unless_name(part) if last_name(func) in _ASKING else (part,)
        case ast.Attribute(value=part) | ast.Raise(exc=ast.expr() as part):
            yield from _unless_name(part)
        case ast.Compare(left=left, comparators=others):
            for part in (left, *others):
                yield from _unless_name(part)
        case ast.ClassDef(body=body):
            yield from body
        case ast.FunctionDef(args=args, body=body) | ast.AsyncFunctionDef(args=args, body=body):
            yield from (*args.defaults, *filter(None, args.kw_defaults), *body)
        case ast.Lambda(args=args, body=body):
            yield from (*args.defaults, *filter(None, args.kw_defaults), body)
        case ast.AnnAssign(value=value):
            yield from (value,) if value is not None else ()
        case ast.ExceptHandler(body=body):
            yield from body
        case ast.Subscript() | ast.MatchClass():
            return  # a generic: List[Log]
        case _:
            yield from ast.iter_child_nodes(node)


def _unless_name(node: ast.expr) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Name):
        yield node
