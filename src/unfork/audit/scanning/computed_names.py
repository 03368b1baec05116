"""The known beginning of a name or a path that code puts together: ``f"cogs.{name}"`` begins with ``cogs.``.

Texts are read as everywhere; here, so are paths: relative to the project's root. An audit may guess where a rewrite
must not: a parameter that a function assigns once has the value that it is assigned.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from unfork.nodes import last_name
from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.reading.source import Source
from unfork.reading.texts import UNKNOWN, Piece, Text, Texts

_PLAIN_CALLS = frozenset(
    {"Path", "PurePath", "str", "abspath", "realpath", "normpath", "expanduser", "fspath", "strip"}
    | {"resolve", "absolute", "as_posix", "lower"}
)
"""Functions and methods that return the path or the text that they are given."""


class Beginning(NamedTuple):
    """The first part of a computed text; ``whole`` if nothing follows."""

    text: str
    whole: bool


class ComputedNames:
    """Evaluates expressions of a file, whose module has the name ``dotted``."""

    def __init__(self, source: Source, dotted: str) -> None:
        self._source = source
        self._texts = _PathTexts(source, lambda: source.parents, own_name=dotted)

    def beginnings(self, node: ast.expr) -> list[Beginning]:
        """Return what each text that an expression may have begins with."""
        texts = self._texts.of(node, self._scope_around(node))
        return [*dict.fromkeys(Beginning(text.beginning, text.value is not None) for text in texts)]

    def path_beginnings(self, node: ast.expr) -> list[Beginning]:
        """Return the beginnings of an expression that is a path, without ``..``."""
        starts = self.beginnings(node)
        return [start._replace(text=tidy_path(start.text)) for start in starts]

    def assigned_value(self, node: ast.expr) -> ast.expr | None:
        """Return the expression that a name is assigned, if there is one."""
        if not isinstance(node, ast.Name):
            return None
        scope = resolve_name(self._scope_around(node), node.id)
        bind = self._texts.only_bind(scope.binds[node.id]) if scope is not None else None
        return getattr(self._source.parents.get(bind.node), "value", None) if bind else None

    def _scope_around(self, node: ast.expr) -> Scope:
        return self._source.once(analyse_scopes).around(node, self._source.parents)


class _PathTexts(Texts):
    """Reads paths too."""

    def read_expression(self, node: ast.expr, scope: Scope) -> Iterable[Text]:
        match node:
            case ast.Name(id="__file__"):
                return [_known(self.source.path)]
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._join_paths((left, right), scope)
            case ast.Attribute(value=value, attr="parent"):
                return map(_parent, self.of(value, scope))
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"),
                slice=ast.Constant(value=int(up)),
            ):
                return [_ancestor(text, up + 1) for text in self.of(value, scope)]
            case ast.Call():
                return self._read_call(node, scope)
            case _:
                return super().read_expression(node, scope)

    def _read_call(self, call: ast.Call, scope: Scope) -> Iterable[Text]:
        called = last_name(call.func)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        match called, call.args:
            case "dirname", [argument]:
                return map(_parent, self.of(argument, scope))
            case "join", [ast.List() | ast.Tuple()]:
                return super().read_expression(call, scope)
            case "join", [_, *_]:
                return self._join_paths(call.args, scope)
            case "joinpath", [*parts] if owner is not None:
                return self._join_paths((owner, *parts), scope)
            case (("cwd" | "getcwd"), []):
                return [_known(".")]
            case _ if called in _PLAIN_CALLS:
                inner = call.args[0] if call.args else owner
                return self.of(inner, scope) if inner is not None else [UNKNOWN]
            case _:
                return super().read_expression(call, scope)

    def _join_paths(self, parts: Sequence[ast.expr], scope: Scope) -> Iterator[Text]:
        """Yield the paths put together from their parts, up to the first that is unknown."""
        for texts in product(*(self.of(part, scope) for part in parts)):
            path = ""
            for text in texts:
                path = posixpath.join(path, text.beginning) if text.beginning else f"{path}/"
                if text.value is None:
                    yield Text((Piece(path), Piece(None)))
                    break
            else:
                yield _known(path)

    def only_bind(self, binds: Sequence[Bind]) -> Bind | None:
        """Return the one binding that is an assignment, if there is one."""
        assigned = [bind for bind in binds if isinstance(bind.node, ast.Name)]
        parents = self.parents()
        assigned = [
            bind
            for bind in assigned
            if isinstance(parents.get(bind.node), ast.Assign | ast.AnnAssign)
        ]
        return assigned[0] if len(assigned) == 1 else super().only_bind(binds)


def tidy_path(text: str) -> str:
    """Return a path below the root without ``.`` and ``..``; a slash at its end stays."""
    tidy = posixpath.normpath(text.replace("\\", "/")) if text else ""
    return f"{tidy}/" if text.endswith("/") and tidy not in ("", ".") else tidy


def _known(text: str) -> Text:
    return Text((Piece(text),))


def _ancestor(text: Text, up: int) -> Text:
    for _ in range(up):
        text = _parent(text)
    return text


def _parent(text: Text) -> Text:
    """Return the folder of a path."""
    if text.value is None:
        return UNKNOWN
    return _known(tidy_path(f"{text.value or '.'}/..") or ".")
