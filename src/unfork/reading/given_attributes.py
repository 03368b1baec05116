"""Attributes of classes that code gives another value: in a subclass, by a store, or by a string that names it.

class Sub(Base): factory = Other    Base.factory = Other    setattr(Base, "factory", Other)    patch("a.Base.factory")
"""

from __future__ import annotations

import ast

from unfork.nodes import last_name
from unfork.reading.source import Source
from unfork.reading.statement_names import names_bound_directly

_BY_STRING = frozenset({"delattr", "object", "patch", "setattr", "type"})


def gives_attribute(source: Source, name: str, is_own: bool, of_class: bool) -> bool:
    """Return whether a file may give some class or object an attribute of a name. Raises Unparsable.

    ``is_own``: it is the file of the class itself, of which only what is given from outside the class counts.
    ``of_class``: it is taken of the class by its name, so that no subclass has another.
    """
    for node in source.nodes_of(ast.Attribute, ast.Constant, ast.ClassDef):
        match node:
            case ast.Attribute(value=owner, attr=attr, ctx=ast.Store() | ast.Del()) if attr == name:
                if not (is_own and isinstance(owner, ast.Name) and owner.id == "self"):
                    return True
            case ast.Constant(value=str(text)) if text.rpartition(".")[2] == name:
                if _is_given_by_string(source, node):
                    return True
            case ast.ClassDef(bases=[_, *_], body=body) if not (is_own or of_class):
                if any(name in names_bound_directly(part) for part in body):
                    return True
            case _:
                pass
    return False


def _is_given_by_string(source: Source, node: ast.Constant) -> bool:
    """Return whether a string is an argument of what sets an attribute, or a key of what a class is made of."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.Dict):
        return node in parent.keys
    func = parent.func if isinstance(parent, ast.Call) else None
    return last_name(func) in _BY_STRING
