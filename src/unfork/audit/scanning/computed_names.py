"""The known beginning of a text that code computes: ``f"cogs.{name}"`` begins with ``cogs.``.

Names of modules and paths of files are told apart by their use. Paths are relative to the project's root.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.calls import last_name

_PLAIN_CALLS = frozenset(
    {"Path", "PurePath", "str", "abspath", "realpath", "normpath", "expanduser", "fspath", "strip"}
    | {"resolve", "absolute", "as_posix", "lower"}
)
"""Functions and methods that return the path or the text that they are given."""
_GAP = re.compile(r"%[sdr(]|\{")
_DEEP = 12
"""Chains of assignments longer than this are not followed."""


class Beginning(NamedTuple):
    """The first part of a computed text; ``whole`` if nothing follows."""

    text: str
    whole: bool


UNKNOWN = Beginning("", False)


@dataclass(frozen=True)
class ComputedNames:
    """Evaluates expressions of the file ``path``, whose module has the name ``dotted``.

    ``assigned`` has the expressions that names are bound to, where each is bound once.
    """

    path: str
    dotted: str
    assigned: Mapping[str, ast.expr]
    _pending: list[str] = field(default_factory=list, repr=False)

    def beginning(self, node: ast.expr) -> Beginning:
        """Return what an expression's text begins with."""
        match node:
            case ast.Constant(value=str(text)):
                return Beginning(text, True)
            case ast.Name(id=name):
                return self._of_name(name)
            case ast.JoinedStr(values=parts):
                return _joined(map(self.beginning, parts))
            case ast.FormattedValue(value=value):
                return self.beginning(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined(map(self.beginning, (left, right)))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._path_of((left, right))
            case ast.BinOp(left=left, op=ast.Mod()):
                return _before_gap(self.beginning(left))
            case ast.Attribute(value=value, attr="parent"):
                return _parent(self.beginning(value))
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"),
                slice=ast.Constant(value=int(up)),
            ):
                start = self.beginning(value)
                for _ in range(up + 1):
                    start = _parent(start)
                return start
            case ast.Call():
                return self._of_call(node)
            case _:
                return UNKNOWN

    def _of_name(self, name: str) -> Beginning:
        special = {
            "__file__": self.path,
            "__name__": self.dotted,
            "__package__": self._package,
        }.get(name)
        if special is not None:
            return Beginning(special, True)
        if name not in self.assigned or name in self._pending or len(self._pending) > _DEEP:
            return UNKNOWN
        self._pending.append(name)
        text = self.beginning(self.assigned[name])
        self._pending.pop()
        return text

    @property
    def _package(self) -> str:
        is_package = self.path.endswith("/__init__.py")
        return self.dotted if is_package else self.dotted.rpartition(".")[0]

    def _of_call(self, call: ast.Call) -> Beginning:
        called = last_name(call.func)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        match called, call.args:
            case "dirname", [argument]:
                return _parent(self.beginning(argument))
            case "join", [ast.List(elts=parts) | ast.Tuple(elts=parts)]:
                separator = self.beginning(owner) if owner is not None else UNKNOWN
                return _joined(_with_separator(map(self.beginning, parts), separator.text))
            case "join", [_, *_]:
                return self._path_of(call.args)
            case "joinpath", [*parts] if owner is not None:
                return self._path_of((owner, *parts))
            case "format", _ if owner is not None:
                return _before_gap(self.beginning(owner))
            case (("cwd" | "getcwd"), []):
                return Beginning(".", True)
            case _ if called in _PLAIN_CALLS:
                inner = call.args[0] if call.args else owner
                return self.beginning(inner) if inner is not None else UNKNOWN
            case _:
                return UNKNOWN

    def _path_of(self, parts: Sequence[ast.expr]) -> Beginning:
        """Return the beginning of a path put together from its parts."""
        text = ""
        for part in map(self.beginning, parts):
            text = posixpath.join(text, part.text) if part.text else f"{text}/"
            if not part.whole:
                return Beginning(text, False)
        return Beginning(text, True)

    def path_beginning(self, node: ast.expr) -> Beginning:
        """Return the beginning of an expression that is a path, without ``..``."""
        start = self.beginning(node)
        return start._replace(text=tidy_path(start.text))


def tidy_path(text: str) -> str:
    """Return a path below the root without ``.`` and ``..``; a slash at its end stays."""
    tidy = posixpath.normpath(text.replace("\\", "/")) if text else ""
    return f"{tidy}/" if text.endswith("/") and tidy not in ("", ".") else tidy


def assigned_names(tree: ast.AST) -> dict[str, ast.expr]:
    """Return the expressions that the names of a file or a function are bound to, of those that are bound once."""
    values: dict[str, ast.expr | None] = {}
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                values[name] = None if name in values else value
            case _:
                pass
    return {name: value for name, value in values.items() if value is not None}


def _joined(parts: Iterator[Beginning]) -> Beginning:
    text = ""
    for part in parts:
        text += part.text
        if not part.whole:
            return Beginning(text, False)
    return Beginning(text, True)


def _with_separator(parts: Iterator[Beginning], separator: str) -> Iterator[Beginning]:
    for number, part in enumerate(parts):
        yield part._replace(text=f"{separator if number else ''}{part.text}")


def _before_gap(start: Beginning) -> Beginning:
    gap = _GAP.search(start.text)
    return Beginning(start.text[: gap.start()], False) if gap else start


def _parent(start: Beginning) -> Beginning:
    if not start.whole:
        return UNKNOWN
    return Beginning(tidy_path(f"{start.text or '.'}/..") or ".", True)
