"""A module copied to another home: its relative imports are one package deeper, and perhaps names are renamed."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping

from survey import Module

HOMES = ("_core", "_moved")
"""The new package beside a module that takes its copy: the first name that nothing there has."""


def home_of(module: Module) -> str:
    """Return the dotted name of a module's copy: ``pkg.runtime`` becomes ``pkg._core.runtime_impl``."""
    package, _, stem = module.name.rpartition(".")
    home = next(name for name in HOMES if not (module.path.parent / name).exists())
    return f"{package}.{home}.{stem}_impl"


def renamed(name: str) -> str:
    """Return what a name is called in the copy: ``CoreState``, ``core_run``, ``CORE_LIMIT``."""
    if name.isupper():
        return f"CORE_{name}"
    return f"Core{name}" if name[0].isupper() else f"core_{name}"


def copied(module: Module, names: Mapping[str, str]) -> str:
    """Return the text of the copy, with the definitions of ``names`` and all that means them renamed."""
    spans = [*_levels(module), *_uses(module, names)]
    lines = module.text.splitlines(keepends=True)
    for line, start, end, text in sorted(spans, reverse=True):
        lines[line] = lines[line][:start] + text + lines[line][end:]
    return "".join(lines)


def can_rename(module: Module, name: str) -> bool:
    """Whether ``name`` means one thing all over the module, so that each of its uses is renamed."""
    if module.definitions[name] != 1:
        return False
    if any(isinstance(node, ast.alias) and node.name == name for node in ast.walk(module.tree)):
        return False  # another module's, too: from elsewhere import name as _name
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    inner = (scope for scope in ast.walk(module.tree) if isinstance(scope, scopes))
    return not any(name in _bound_inside(scope) for scope in inner)


def _bound_inside(scope: ast.AST) -> Iterator[str]:
    """Yield what a function or class binds in its own body, parameters included."""
    for node in ast.walk(scope):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif node is not scope and isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names


_Span = tuple[int, int, int, str]
"""Line, first column, column behind it, the new text."""


def _levels(module: Module) -> Iterator[_Span]:
    """A dot more for each relative import, wherever it stands."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            line, column = node.lineno - 1, node.col_offset
            dot = module.text.splitlines()[line].index(".", column)
            yield line, dot, dot, "."


def _uses(module: Module, names: Mapping[str, str]) -> Iterator[_Span]:
    """The definitions and uses of the names: tokens but for attributes and keywords, and strings that mean the name."""
    if not names:
        return
    meant = {
        (node.lineno - 1, node.col_offset)
        for node in strings_that_name(module.tree)
        if isinstance(node.value, str)
    }
    tokens = list(tokenize.generate_tokens(io.StringIO(module.text).readline))
    attributes = {
        index for index, token in enumerate(tokens) if index and tokens[index - 1].string == "."
    }
    keywords = _keywords(module.tree)
    for index, token in enumerate(tokens):
        place = (token.start[0] - 1, token.start[1])
        is_name = token.type == tokenize.NAME and token.string in names
        if is_name and index not in attributes and place not in keywords:
            yield *place, token.end[1], names[token.string]
        elif token.type == tokenize.STRING and token.start[0] == token.end[0]:
            formatted = re.match(r"[rRbB]?[fF]", token.string) is not None
            if place in meant or formatted:
                yield *place, token.end[1], _in_string(token.string, names, place not in meant)


def _in_string(text: str, names: Mapping[str, str], formatted: bool) -> str:
    """Rename in an annotation's string as a whole, in a formatted string between its braces."""
    pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, names))})(?!\w)")

    def replace(part: str) -> str:
        return pattern.sub(lambda match: names[match[1]], part)

    if not formatted:
        return replace(text)
    return re.sub(r"\{[^{}]*\}", lambda match: replace(match[0]), text)


def _keywords(tree: ast.Module) -> set[tuple[int, int]]:
    return {
        (node.lineno - 1, node.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
    }


def strings_that_name(tree: ast.AST) -> Iterator[ast.Constant]:
    """The strings that mean names of the module: annotations, ``__all__``, ``cast`` and ``bound=``."""
    for node in ast.walk(tree):
        places: list[ast.AST | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            places.append(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            places.append(node.returns)
        elif (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__") or (
            isinstance(node, ast.keyword) and node.arg == "bound"
        ):
            places.append(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("cast") and node.args:
            places.append(node.args[0])
        for place in places:
            for part in ast.walk(place) if place is not None else ():
                if isinstance(part, ast.Constant):
                    yield part
