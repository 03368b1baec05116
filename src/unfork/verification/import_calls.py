"""Calls that import the module that they are given: ``import_module`` and ``__import__``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from unfork.nodes import last_name
from unfork.verification.resolution import Finder
from unfork.verification.values import Value

_NAMES = ("import_module", "__import__")


def is_import_call(node: ast.Call) -> bool:
    """Return whether a call imports the module that it is given."""
    return last_name(node.func) in _NAMES


def level_given(node: ast.Call) -> int:
    """Return the level that ``__import__`` is given, from where its module is named; 0 for any other call."""
    given = [*node.args[4:5], *(k.value for k in node.keywords if k.arg == "level")]
    match given if last_name(node.func) == "__import__" else []:
        case [ast.Constant(value=int(number))]:
            return number
        case _:
            return 0


def text_given(node: ast.Call) -> str | None:
    """Return the name of the module that a call is given; None if it is not a plain text."""
    match node.args:
        case [ast.Constant(value=str(text)), *_]:
            return text
        case _:
            return None


def modules_given(
    finder: Finder, path: str, node: ast.Call, bodies: Iterable[Sequence[ast.stmt]]
) -> Iterator[Value]:
    """Yield what a call that imports is given, or may be: any module that a text in one of the bodies names.

    Whatever a loop or an argument passes on, ``import_module(f"{__name__}.{each}")``, begins as a text somewhere.
    """
    text = text_given(node)
    if text is not None:
        rest = text.lstrip(".")
        level = level_given(node) or len(text) - len(rest)
        yield finder.relative(level, rest, path) if level else finder.absolute(text, path)
    elif node.args:
        for text in dict.fromkeys(text for body in bodies for text in _texts(body)):
            yield finder.absolute(text, path)
            yield finder.relative(1, text, path)


def _texts(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the texts in statements that may be the name of a module, in order."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value.strip(".")
                if text and text.replace(".", "_").isidentifier():
                    yield text
