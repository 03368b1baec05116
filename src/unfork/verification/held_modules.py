"""Which modules a file may have as values: those that it passes on, keeps, or makes of a text.

What is replaced in an object that is not known is replaced in a module only if the object may be one.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from unfork.nodes import is_special

_INSTANCES = frozenset({"self", "cls"})
_MAKERS = frozenset(
    {
        "__import__",
        "attrgetter",
        "eval",
        "exec",
        "globals",
        "import_module",
        "load_module",
        "locals",
        "modules",
        "patch",
        "resolve_name",
        "vars",
    }
)
"""What makes a value of the plain name of a module."""
_WORD = re.compile(r"\w+")


def held_words(tree: ast.Module) -> frozenset[str]:
    """Return the words that may be the last part of the name of a module which some expression of a file evaluates to.

    setattr(legacy, name, value)            legacy
    for module in (proj.legacy, other):     legacy, other
    find("proj.legacy")                     proj, legacy
    legacy.run()    self.legacy             nothing: only an attribute of a module, and one of an instance
    """
    nodes = list(ast.walk(tree))
    imported = _imported(nodes)
    inner = {id(_base(node)) for node in nodes if _base(node) is not None}
    has_maker = any(_identifier(node) in _MAKERS for node in nodes)
    words: set[str] = set()
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                if (has_maker or "." in text) and not any(map(str.isspace, text)):
                    words.update(_WORD.findall(text))
            case ast.ClassDef(body=body):
                words.update(*_imported(body).values())
            case ast.ImportFrom(names=[ast.alias(name="*")], module=str(module)):
                words.update(module.split("."))
            case ast.expr() if id(node) not in inner:
                words.update(_value_words(node, imported))
    return frozenset(words)


def _imported(nodes: list[ast.AST] | list[ast.stmt]) -> dict[str, set[str]]:
    """Return the last words of what the imports among some nodes bind each name to."""
    imported: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                top, _, rest = alias.name.partition(".")
                word = alias.name.rpartition(".")[2] if alias.asname or not rest else top
                imported[alias.asname or top].add(word)
    return imported


def _base(node: ast.AST) -> ast.expr | None:
    """Return what an expression takes an attribute of; special names say what a module is, and stand for it."""
    match node:
        case ast.Attribute(value=base, attr=name) if not is_special(name):
            return base
        case ast.Call(func=ast.Name(id="getattr"), args=[base, _]):
            return base
        case _:
            return None


def _identifier(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name
        case _:
            return None


def _value_words(node: ast.expr, imported: dict[str, set[str]]) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            yield from imported.get(name, ())
        case (
            ast.Attribute(attr=str(name), ctx=ast.Load())
            | ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name))])
        ):
            if not is_special(name) and not _is_of_instance(node):
                yield name


def _is_of_instance(node: ast.expr) -> bool:
    """Return whether a chain of attributes starts at ``self`` or ``cls``."""
    base: ast.expr | None = node
    while base is not None:
        node, base = base, _base(base)
    return isinstance(node, ast.Name) and node.id in _INSTANCES
