"""What is passed to functions of Python and of libraries, which may use special methods that no text here shows.

statistics.mean(Readings())      needs __iter__
"""

from __future__ import annotations

import ast
import builtins

from unfork.nodes import last_name
from unfork.reading.calls import IMPORTS
from unfork.reading.scopes import resolve_name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import PLAIN, Module
from unfork.rewriting.special_methods import FOLLOWED

MERELY_TELLING = frozenset(
    {"__dataclass_fields__", "__dict__", "__eq__", "__format__", "__hash__", "__init_subclass__"}
    | {"__match_args__", "__post_init__", "__repr__", "__str__", "__weakref__"}
)
"""Special methods that say how something is shown, compared and made: every object has them, or does without."""
_ASKING_NOTHING = frozenset(
    {"Mock", "MagicMock", "cast", "copy", "deepcopy", "delattr", "getattr", "getsizeof", "hasattr"}
    | {"id", "is_dataclass", "isinstance", "issubclass", "partial", "proxy", "pprint", "ref"}
    | {"setattr", "signature", "type"}
)


def is_handed_to_library(inference: Inference, context: FileContext, node: ast.expr) -> bool:
    """Return whether an expression is an argument of a function outside the project that may ask anything of it."""
    parent = context.parents.get(node)
    if isinstance(parent, ast.keyword):
        parent = context.parents.get(parent)
    if not isinstance(parent, ast.Call) or parent.func is node:
        return False
    file = inference.file(context.key)
    match parent.func:
        case ast.Name(id=name):
            owner: ast.expr | None = None
        case ast.Attribute(value=owner, attr=name):
            pass
        case _:
            return False
    if name in FOLLOWED | _ASKING_NOTHING or file is None or file.kinds(parent.func) != PLAIN:
        return False
    return owner is None or _is_module_or_builtin(inference, context, owner)


def _is_module_or_builtin(inference: Inference, context: FileContext, owner: ast.expr) -> bool:
    if isinstance(owner, ast.Name) and hasattr(builtins, owner.id):
        return resolve_name(context.scope_around(owner), owner.id) is None
    if isinstance(owner, ast.Call):
        return last_name(owner.func) in IMPORTS
    file = inference.file(context.key)
    kinds = file.kinds(owner) if file is not None else None
    return any(isinstance(kind, Module) for kind in kinds or ())
