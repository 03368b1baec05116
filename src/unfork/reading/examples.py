"""The ``>>>`` examples in docstrings: doctest runs them with the names of the module that contains them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: (.*))?$")
_FIRST = re.compile(r"^[ \t]*>>>(?: |$)")
_WORD = re.compile(r"[^\W\d]\w*")
MARK = b">>>"
Placed = ast.stmt | ast.expr | ast.alias | ast.arg | ast.keyword | ast.excepthandler
"""The nodes that have a position in a text."""
NO_NAME = "<examples>"
"""The name of a function made from examples: no real name can equal it."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """The examples of one docstring, as one text: its ``tree`` (None: invalid Python), and the file line of each line.

    They share their names: an example finds what an earlier one binds, before the module's own names.
    """

    text: str
    lines: tuple[int, ...]

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree of the text."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def place(self, node: Placed) -> None:
        """Give a node of the tree its lines in the file; its column is unknown."""
        last = node.end_lineno or node.lineno
        node.lineno, node.end_lineno = self.lines[node.lineno - 1], self.lines[last - 1]
        node.col_offset = 0

    def names(self) -> frozenset[str]:
        """Return the names that the examples may take from the module: all words, if they are not valid Python."""
        tree = self.tree
        if tree is None:
            return frozenset(_WORD.findall(self.text))
        return frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))

    def attributes(self, name: str) -> Iterator[str]:
        """Yield the attributes that the examples take of a name of the module, unless they bind the name themselves."""
        tree = self.tree
        if tree is None or name in _bound_names(tree):
            return
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=taken), attr=attribute) if taken == name:
                    yield attribute
                case _:
                    pass


def functions_of(every: Iterable[Examples], text: bytes) -> Iterator[ast.FunctionDef]:
    """Yield the examples of each docstring as a function without parameters, with nodes at the file's lines.

    Each node spans whole lines.
    """
    ends = [len(line) for line in text.splitlines()]
    for examples in every:
        tree = examples.tree
        if tree is None or not tree.body:
            continue
        function = ast.FunctionDef(
            name=NO_NAME,
            args=ast.arguments([], [], None, [], [], None, []),
            body=tree.body,
            decorator_list=[],
            lineno=1,
            end_lineno=len(examples.lines),
        )
        for node in ast.walk(function):
            if isinstance(node, Placed):
                examples.place(node)
                node.end_col_offset = ends[(node.end_lineno or node.lineno) - 1]
        yield function


def examples_of(tree: ast.Module) -> tuple[Examples, ...]:
    """Return the examples of a module, of its classes and functions, docstring by docstring."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = (_docstring_node(node) for node in ast.walk(tree) if isinstance(node, holders))
    return tuple(
        _docstring_examples(doc)
        for doc in docstrings
        if doc is not None and ">>>" in str(doc.value)
    )


def text_of_examples(data: bytes) -> bytes:
    """Return the examples of a document as code, each line where it is; what else it says is blank."""
    lines = [_LINE.match(line) for line in data.decode("utf-8", "replace").split("\n")]
    return "\n".join(match[1] or "" if match is not None else "" for match in lines).encode()


def _docstring_node(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> ast.Constant | None:
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()) as constant)]:
            return constant
        case _:
            return None


def _docstring_examples(doc: ast.Constant) -> Examples:
    """Return the examples of a docstring. Its lines are those of the file, except for lines made by escapes."""
    texts: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(str(doc.value).split("\n"), doc.lineno):
        match = _LINE.match(line)
        if match is not None and (texts or _FIRST.match(line)):
            texts.append(match.group(1) or "")
            lines.append(min(number, doc.end_lineno or number))
    return Examples("\n".join(texts), tuple(lines))


def _bound_names(tree: ast.Module) -> frozenset[str]:
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_store(n)}
    aliases = (
        a for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names
    )
    return frozenset(names | {(a.asname or a.name).partition(".")[0] for a in aliases})


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
