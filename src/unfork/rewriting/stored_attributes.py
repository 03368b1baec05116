"""What a file stores on an object of a library, such as ``threading.local``: the class of that does not tell.

local = threading.local()        local.engine = OldEngine()        setattr(local, "engine", OldEngine())
"""

from __future__ import annotations

import ast

from unfork.reading.scopes import Scope, resolve_name
from unfork.rewriting.expression_kinds import ExpressionKinds
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.kinds import Kinds, Module
from unfork_codemods.project import Key


def stored_on(
    file: ExpressionKinds, node: ast.expr, attr: str, scope: Scope | None
) -> list[Kinds | None]:
    """Return what is stored as an attribute of an object, by the file that gives the object its name."""
    match node:
        case ast.Name(id=name):
            taken = _import_of(file.context, name, scope or file.context.scope_around(node))
            if taken is not None:
                return _stored_in_module(file, *taken, attr)
            return [file.kinds(value) for value in file.stored.get((name, attr), ())]
        case ast.Attribute(value=value, attr=name):
            modules = [k for k in file.kinds_in(value, scope) or () if isinstance(k, Module)]
            return [k for m in modules for k in _stored_in_module(file, m.key, name, attr)]
        case _:
            return []


def _import_of(context: FileContext, local: str, scope: Scope) -> tuple[Key, str] | None:
    """Return the module and the name that a ``from`` import gives a local name; None if nothing does."""
    reached = resolve_name(scope, local)
    for bind in reached.binds.get(local, ()) if reached is not None else ():
        statement = context.statement_of.get(bind.node)
        if statement is not None and bind.alias is not None:
            imported = context.imported_name(statement, bind.alias)
            if imported.name is not None:
                return imported.key, imported.name
    return None


def _stored_in_module(file: ExpressionKinds, key: Key, name: str, attr: str) -> list[Kinds | None]:
    origin = file.context.index.origin(key, name)
    home = file.inference.file(origin.key) if origin.name is not None else None
    if home is None:
        return []
    return [home.kinds(value) for value in home.stored.get((origin.name or "", attr), ())]
