"""What running a statement may do besides binding names: check this before dropping or repeating an import."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from unfork.nodes import last_name

_DOES = (ast.Call, ast.Await, ast.With, ast.AsyncWith, ast.Delete, ast.Raise, ast.For, ast.While)


def has_effect(node: ast.AST) -> bool:
    """Return whether a statement may do more than bind names; the body of a function runs later, when it is called.

    Effects are calls, deletions, decorators, and stores into anything but a name. A base class may register its
    subclass.
    """
    if getattr(node, "decorator_list", ()) or isinstance(node, _DOES):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return has_effect(node.args)
    if isinstance(node, ast.ClassDef) and (node.bases or node.keywords):
        return True
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        return True
    if isinstance(node, ast.If) and _is_main(node.test):
        return any(map(has_effect, node.orelse))
    return any(map(has_effect, ast.iter_child_nodes(node)))


def only_binds(body: Iterable[ast.stmt]) -> bool:
    """Return whether the statements of a module only bind names, as far as its own text shows."""
    return not any(map(has_effect, body))


def line_of_own_replacement(tree: ast.Module) -> int | None:
    """Return the line where a module puts an object in its own place, or makes itself one of another class.

    sys.modules[__name__] = Settings()    sys.modules[__name__].__class__ = Settings

    What it has is then not what its text defines (language reference, 3.3.2.1 'Customizing module attribute access').
    Another module in its place is what an import of that binds.
    """
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {(a.asname or a.name).partition(".")[0] for node in imports for a in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(map(_is_itself, node.targets)):
            first = node.value
            while isinstance(first, ast.Attribute):
                first = first.value
            if not (isinstance(first, ast.Name) and first.id in imported):
                return node.lineno
    return None


def _is_itself(node: ast.expr) -> bool:
    """Return whether an expression is ``sys.modules[__name__]``, or the class of that."""
    match node:
        case ast.Attribute(value=inner, attr="__class__"):
            return _is_itself(inner)
        case ast.Subscript(value=table, slice=ast.Name(id="__name__")):
            return last_name(table) == "modules"
        case _:
            return False


def _is_main(test: ast.expr) -> bool:
    """Return whether a condition is ``__name__ == "__main__"``, which is false during import."""
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value="__main__")],
        ):
            return True
        case _:
            return False
