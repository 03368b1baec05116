"""Errors that a legacy module raises, where the code that catches them would not catch those of its counterpart.

legacy.py   class Boom(ValueError): ...     canonical.py   class Boom(Exception): ...     use.py   except ValueError:
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.interfaces import Interfaces
from unfork.reading.source import Source
from unfork.reading.standard_classes import catching
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.receivers import Receiver, Receivers
from unfork_codemods.project import Key


class Catcher(NamedTuple):
    """What catches errors, by the last names of their classes; and the statements whose errors it catches."""

    node: ast.expr
    names: frozenset[str]
    body: list[ast.stmt]


def errors_missed(interfaces: Interfaces, old: Name, new: Name) -> frozenset[str]:
    """Return the built-in exceptions that catch what a legacy definition raises, and not what its counterpart does."""
    before = _raised(interfaces, old[0])
    if not before.get(""):
        return frozenset()
    after = _raised(interfaces, new[0])
    missed: set[str] = set()
    for name in before.get("", frozenset()) & _defined(interfaces, new[0]):
        own, other = (interfaces.interface(key, name) for key in (old[0], new[0]))
        if own is not None and other is not None and other.caught_by:
            missed |= own.bases_missed(other)
    own_errors, other_errors = before.get(old[1]), after.get(new[1])
    if own_errors and other_errors:
        caught = _exceptions_catching(interfaces, new[0], after[""])
        missed |= _exceptions_catching(interfaces, old[0], own_errors - {""}) - caught
    return frozenset(missed)


def misfits_of_errors(
    receivers: Receivers,
    missed: frozenset[str],
    nodes: Collection[ast.expr],
    members: Collection[str] = (),
) -> Iterator[tuple[ast.expr, str]]:
    """Yield the code that catches a built-in exception of what moves, where the counterpart raises no such exception.

    What has a name of its ``members`` and is taken of something that nothing tells may raise them, too.
    """
    for catcher in catchers(receivers.context) if missed else ():
        caught = missed & catcher.names
        if caught and any(_may_raise(receivers, part, nodes, members) for part in catcher.body):
            yield catcher.node, f"what it raises there is no {min(caught)}, which is caught here"


def _may_raise(
    receivers: Receivers, body: ast.stmt, nodes: Collection[ast.expr], members: Collection[str]
) -> bool:
    for part in ast.walk(body):
        if part in nodes:
            return True
        if isinstance(part, ast.Attribute):
            receiver = receivers.of(part)
            if receiver is Receiver.LEGACY:
                return True
            if receiver is Receiver.UNKNOWN and part.attr in members:
                return True
    return False


def catchers(context: FileContext) -> Iterator[Catcher]:
    """Yield what catches errors in a file: handlers, ``suppress`` and the like."""
    for node in context.source.nodes_of(ast.Try, ast.With):
        match node:
            case ast.Try(handlers=handlers, body=body):
                for handler in handlers:
                    if handler.type is not None:
                        yield Catcher(handler.type, last_names(handler.type), body)
            case ast.With(items=items, body=body):
                for item in items:
                    match item.context_expr:
                        case ast.Call(func=func, args=[*args]) as call if last_name(func) in (
                            "suppress",
                            "raises",
                            "assertRaises",
                        ):
                            names = frozenset(name for arg in args for name in last_names(arg))
                            yield Catcher(call, names, body)
            case _:
                continue


def last_names(node: ast.expr) -> frozenset[str]:
    """Return the last names of a class, or of each in a tuple of them: ``except (OSError, legacy.Boom)``."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return frozenset(map(last_name, parts))


# -- what a module raises


def _raised(interfaces: Interfaces, key: Key) -> Mapping[str, frozenset[str]]:
    return interfaces.of_module(key, _names_raised) or {}


def _names_raised(source: Source) -> dict[str, frozenset[str]]:
    """Return the names that a module's definitions raise, by definition; ``""`` stands for all of them."""
    raised: dict[str, frozenset[str]] = {}
    for node in source.tree.body if b"raise" in source.data else ():
        names: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Raise) and part.exc is not None:
                error = part.exc.func if isinstance(part.exc, ast.Call) else part.exc
                names.add(error.id if isinstance(error, ast.Name) else "")
        if isinstance(node, FunctionDef | ast.ClassDef):
            raised[node.name] = frozenset(names)
        raised[""] = raised.get("", frozenset()) | names
    return raised


def _defined(interfaces: Interfaces, key: Key) -> frozenset[str]:
    return interfaces.of_module(key, _classes_defined) or frozenset()


def _classes_defined(source: Source) -> frozenset[str]:
    return frozenset(node.name for node in source.tree.body if isinstance(node, ast.ClassDef))


def _exceptions_catching(interfaces: Interfaces, key: Key, names: frozenset[str]) -> frozenset[str]:
    """Return the built-in exceptions that catch the errors with these names in a module; for an unknown one, all."""
    caught: set[str] = set()
    for name in names:
        interface = interfaces.interface(key, name) if name else None
        known = interface.caught_by if interface is not None else catching(f"builtins.{name}")
        caught |= known or _ALL
    return frozenset(caught)


_ALL = frozenset(
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)
