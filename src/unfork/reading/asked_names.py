"""By which names code asks an object what it is: of which class, or which of several.

isinstance(part, Part)    except Busy:    state is Level.HIGH    self.assertRaises(Missing)    case Part():
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from unfork.nodes import FunctionDef, last_name
from unfork.reading.reads import names_reached
from unfork.reading.source import Source
from unfork.reading.statement_names import assigned_values

_ASKING = re.compile("assert(Is|Raises)|register$")
"""Methods that ask for a class: ``assertIsInstance(part, Part)``, ``show.register(Part)``."""


def names_told_apart(source: Source) -> set[str]:
    """Return the names that code compares, catches, or asks for an instance of. Raises Unparsable."""
    names = {name for node in source.nodes for name in _names_asked(node)}
    aliases = (alias for statement in source.imports for alias in statement.node.names)
    return (names | {alias.name for alias in aliases if alias.asname in names}) - {""}


def asked_by_definitions(source: Source) -> Mapping[str, frozenset[str]]:
    """Return, for each top-level name, every name that its code may ask an object by: itself, or through others.

    Raises Unparsable.
    """
    asked = {
        node.name: {name for part in ast.walk(node) for name in _names_asked(part)}
        for node in source.tree.body
        if isinstance(node, FunctionDef | ast.ClassDef)
    }
    reached = names_reached(source)
    return {
        name: frozenset(names.union(*(asked.get(other, ()) for other in reached.get(name, ()))))
        for name, names in asked.items()
    }


def names_to_ask_by(source: Source) -> Mapping[str, frozenset[str]]:
    """Return the classes of a module with the names by which code asks for one: its own, and objects that it has.

    Code that compares ``state is Level.HIGH`` asks for a ``Level``; if ``HIGH`` is a number, it does not. Raises
    Unparsable.
    """
    return {
        node.name: frozenset(
            {node.name}.union(
                name
                for part in node.body
                for name, value in assigned_values(part)
                if isinstance(value, ast.Call) or _is_enumeration(node)
            )
        )
        for node in source.tree.body
        if isinstance(node, ast.ClassDef)
    }


def classes_called(tree: ast.Module) -> Iterator[str]:
    """Yield the classes of a module that calls make, by the names that these are given.

    Point = namedtuple("Point", "x y")    but not what is for type checkers only
    """
    for node in tree.body:
        for name, value in assigned_values(node):
            match value:
                case ast.Call(func=func, args=[ast.Constant(value=called), *_]) if (
                    called == name and last_name(func) not in _FOR_CHECKERS
                ):
                    yield name
                case _:
                    pass


_FOR_CHECKERS = ("NewType", "ParamSpec", "TypeAliasType", "TypeVar", "TypeVarTuple", "TypedDict")


def _is_enumeration(node: ast.ClassDef) -> bool:
    return any(last_name(base).endswith(("Enum", "Flag")) for base in node.bases)


def _names_asked(node: ast.AST) -> set[str]:
    """Return the names by which a node asks an object what it is, or which of several."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]):
            return _last_names(kinds)
        case ast.ExceptHandler(type=ast.expr() as kinds) | ast.MatchClass(cls=kinds):
            return _last_names(kinds)
        case ast.Call(func=ast.Attribute(attr=called), args=args) if _ASKING.match(called):
            return {last_name(part) for part in args}
        case ast.FunctionDef(decorator_list=[ast.Attribute(attr="register")], args=args):
            return {last_name(part.annotation) for part in args.args}
        case ast.Dict(keys=keys):
            return {last_name(key) for key in keys}
        case ast.MatchValue(value=value):
            return {last_name(value)}
        case ast.Compare():
            return _names_compared(node)
        case _:
            return set()


def _names_compared(node: ast.Compare) -> set[str]:
    """Return the names of what is compared, or of what makes it: ``HIGH`` of ``Level.HIGH``, ``Level`` of ``Level(2)``.

    What is compared to a literal is no object that some code has made.
    """
    sides = (node.left, *node.comparators)
    if any(isinstance(side, ast.Constant) for side in sides):
        return set()
    parts = (part for side in sides for part in _parts(side))
    return {last_name(part.func if isinstance(part, ast.Call) else part) for part in parts}


def _parts(node: ast.expr) -> Sequence[ast.expr]:
    """Return what is compared: what is in a list of alternatives, too."""
    return node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]


def _last_names(node: ast.AST) -> set[str]:
    parts = ast.walk(node)
    return {getattr(part, "id", "") or getattr(part, "attr", "") for part in parts}
