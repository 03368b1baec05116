"""What importing a legacy module does, and importing the canonical one does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy

from unfork.reading.definitions import first_line
from unfork.reading.index import Index
from unfork.rewriting.effects import Effects
from unfork_codemods.project import Key


def lost_effect(index: Index, legacy: Key, canonical: Key, called: Mapping[str, str]) -> int | None:
    """Return the line of a statement that does more than define names and that the canonical module lacks.

    What is done within functions does not count, and names may be ``called`` differently there. None if there is no
    such statement, or if the modules are outside the project.
    """
    known_effects = {text for text, _ in _statements_with_effect(index, canonical)}
    for text, line in _statements_with_effect(index, legacy):
        renamed = re.sub(r"\w+", lambda word: called.get(word[0], word[0]), text)
        if known_effects.isdisjoint({text, renamed}):
            return line
    return None


def _statements_with_effect(index: Index, key: Key) -> Iterator[tuple[str, int]]:
    tree = index.tree(key)
    if tree is None:
        return
    effects = Effects(index, key, tree)
    for node in tree.body:
        if effects.has_effect(node) and not _is_main(node):
            yield _outline(node), first_line(node)


def _outline(node: ast.stmt) -> str:
    """Return the text of a statement without docstrings and without what is in functions, which runs later."""
    return ast.unparse(_Outline().visit(deepcopy(node)))


class _Outline(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Return a function that does nothing."""
        node.body = [ast.Pass()]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        """Return a function that does nothing."""
        node.body = [ast.Pass()]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """Return a statement; nothing for a docstring."""
        return ast.Pass() if isinstance(node.value, ast.Constant) else node


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
