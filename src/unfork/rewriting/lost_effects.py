"""What importing a legacy module does, and importing the canonical one does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.reading.definitions import first_line
from unfork.reading.index import Index
from unfork.rewriting.effects import Effects
from unfork_codemods.project import Key


def lost_effect(index: Index, legacy: Key, canonical: Key) -> int | None:
    """Return the line of a statement that does more than define names and that the canonical module lacks.

    None if there is none, or if the modules are outside the project.
    """
    known_effects = {text for text, _ in _statements_with_effect(index, canonical)}
    return next(
        (
            line
            for text, line in _statements_with_effect(index, legacy)
            if text not in known_effects
        ),
        None,
    )


def _statements_with_effect(index: Index, key: Key) -> Iterator[tuple[str, int]]:
    tree = index.tree(key)
    if tree is None:
        return
    effects = Effects(index, key, tree)
    for node in tree.body:
        if effects.has_effect(node) and not _is_main(node):
            yield ast.unparse(node), first_line(node)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
