"""A module that is a shim already: what it forwards, and what else it has."""

from __future__ import annotations

import ast
from typing import TypeGuard

from unfork.reading.source import Source
from unfork.rewriting.shim_parts import lists_tuple, text_of
from unfork_codemods.shim_module import FORWARDS, Forwards, own_imports
from unfork_codemods.step import Target


def forwards_of(source: Source) -> Forwards | None:
    """Return what a shim forwards; None where a module is none. Raises Unparsable."""
    body = [node for node in source.tree.body if not _is_head(node)]
    tables = map(_forwards_table, body)
    at, targets = next(
        ((at, table) for at, table in enumerate(tables) if table is not None), (0, None)
    )
    if targets is None:
        return None
    listed = next((names for node in body if (names := _listed_names(node)) is not None), None)
    below = body[at:]  # a block for type checkers above the table is one that the module had
    typed = {k: v for node in below for k, v in _typed_targets(node).items() if k not in targets}
    others = [
        n for n in body if not _is_own(n, listed is not None) and not (n in below and _is_typing(n))
    ]
    kept = tuple(text_of(source, n) for n in others)
    is_package = source.path.endswith("/__init__.py")
    needed = own_imports(is_package)
    return Forwards(
        targets,
        typed,
        tuple(t for t in kept if t not in needed),
        listed,
        is_package,
        any(map(lists_tuple, body)),
    )


def _is_head(node: ast.stmt) -> bool:
    """Return whether a statement stays above: the docstring, and imports from ``__future__``."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def _forwards_table(node: ast.stmt) -> dict[str, Target] | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == FORWARDS:
            pass
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name == FORWARDS:
            pass
        case _:
            return None
    try:
        pairs = ast.literal_eval(value)
        return {name: Target(module, target) for name, (module, target) in pairs.items()}
    except (ValueError, TypeError, AttributeError):
        return None


def _listed_names(node: ast.stmt) -> tuple[str, ...] | None:
    match node:
        case ast.Assign(
            targets=[ast.Name(id="__all__")],
            value=ast.List(elts=elements) | ast.Tuple(elts=elements),
        ):
            words = [element.value for element in elements if isinstance(element, ast.Constant)]
            is_plain = len(words) == len(elements) and all(isinstance(w, str) for w in words)
            return tuple(map(str, words)) if is_plain else None
        case _:
            return None


def _typed_targets(node: ast.stmt) -> dict[str, Target]:
    """Return what the branch for type checkers gives: imports, and variables that are one of these."""
    if not _is_typing(node):
        return {}
    targets: dict[str, Target] = {}
    for inner in node.body:
        match inner:
            case ast.ImportFrom(module=str() as module, names=names):
                targets |= {
                    alias.asname or alias.name: Target(module, alias.name) for alias in names
                }
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=local)) if (
                local in targets
            ):
                targets[name] = targets.pop(local)
            case _:
                continue
    return targets


def _is_typing(node: ast.stmt) -> TypeGuard[ast.If]:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        and (not node.orelse or any(_is_function(inner, "__getattr__") for inner in node.orelse))
    )


def _is_own(node: ast.stmt, has_list: bool) -> bool:
    """Return whether a statement is one that every shim has."""
    is_function = _is_function(node, "__getattr__") or _is_function(node, "__dir__")
    is_list = has_list and _listed_names(node) is not None
    return is_function or is_list or _forwards_table(node) is not None


def _is_function(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == name
