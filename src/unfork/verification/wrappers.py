"""Functions that pass one of their parameters to a patch as the path to replace: calling one is patching.

    def stub_out(self, old, new):                          self.stub_out("a.legacy.now", fake)
        self.useFixture(fixtures.MonkeyPatch(old, new))

The search for them starts once a string that may be such a path is passed to any call. Methods are matched by name,
and so are functions if nothing better is known about what is called.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.source import Source, Unparsable

_PATCHES = {"patch": (1, 9), "MonkeyPatch": (1, 2), "MockPatch": (1, 9), "setattr": (2, 2)}
"""Calls that replace the object whose path is their first argument, with their minimum and maximum argument counts."""
_SIGNS = frozenset({b"patch(", b"Patch(", b".setattr("})


class _Wrapped(NamedTuple):
    """A parameter passed to a patch: its position in a call (None if it has none) and its name.

    ``path`` is the file of the function; None for a method.
    """

    position: int | None
    name: str
    path: str | None

    def argument(self, call: ast.Call) -> ast.expr | None:
        """Return the argument that a call passes for it; None if there is none, or it is unknown."""
        placed = call.args[: self.position + 1] if self.position is not None else []
        if any(isinstance(item, ast.Starred) for item in placed):
            return None
        if self.position is not None and len(placed) > self.position:
            return placed[-1]
        return next((item.value for item in call.keywords if item.arg == self.name), None)


class Wrappers:
    """The functions of the files at ``paths`` that patch; only paths with one of the ``words`` matter."""

    def __init__(
        self, paths: Collection[str], read: Callable[[str], bytes], words: Collection[str]
    ) -> None:
        self._paths, self._read = paths, read
        every = b"|".join(re.escape(word.encode()) for word in sorted(words)) or rb"(?!)"
        self._quoted = re.compile(rb"[\"'][\w.]*\b(?:%b)\b" % every)

    def may_be_called_in(self, data: bytes) -> bool:
        """Return whether a text has a path of interest in quotes."""
        return self._quoted.search(data) is not None

    def targets(self, call: ast.Call, defined: Collection[tuple[str, str]]) -> Iterator[ast.expr]:
        """Yield the arguments of a call that may be the path it replaces.

        ``defined`` are the files and names of the functions that may be called; empty if unknown.
        """
        for path, name in defined or [("", last_name(call.func))]:
            for wrapped in self._wrapped_by_name.get(name, ()):
                is_meant = not path or wrapped.path in (None, path)
                argument = wrapped.argument(call) if is_meant else None
                if argument is not None:
                    yield argument

    @cached_property
    def _wrapped_by_name(self) -> Mapping[str, Collection[_Wrapped]]:
        """The parameters by their functions' names: functions that patch, then functions that pass on to those."""
        by_name: dict[str, set[_Wrapped]] = defaultdict(set)
        signs: Collection[bytes] = _SIGNS
        while signs:
            more = [
                pair for pair in self._in_files(signs, by_name) if pair[1] not in by_name[pair[0]]
            ]
            for name, wrapped in more:
                by_name[name].add(wrapped)
            signs = {name.encode() for name, _ in more}
        return dict(by_name)

    def _in_files(
        self, signs: Collection[bytes], by_name: Mapping[str, Collection[_Wrapped]]
    ) -> Iterator[tuple[str, _Wrapped]]:
        for path in sorted(self._paths):
            try:
                raw = self._read(path)
                if any(sign in raw for sign in signs):
                    tree = Source.read(path, raw).tree
                    yield from _in_tree(path, tree, by_name) if _names_given(tree, by_name) else ()
            except (OSError, Unparsable):
                continue


def _in_tree(
    path: str, tree: ast.AST, by_name: Mapping[str, Collection[_Wrapped]], of_class: bool = False
) -> Iterator[tuple[str, _Wrapped]]:
    """Yield the functions in a tree that pass a parameter on; few functions pass any name on."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FunctionDef):
            names = _names_given(node, by_name)
            if not names:
                continue
            known = _wrapped_parameters(node, None if of_class else path)
            yield from ((node.name, item) for item in known if item.name in names)
        yield from _in_tree(path, node, by_name, isinstance(node, ast.ClassDef))


def _names_given(tree: ast.AST, by_name: Mapping[str, Collection[_Wrapped]]) -> set[str]:
    """Return the names that the calls in a tree give as the path to replace."""
    return {
        argument.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for argument in (*_wrapped_arguments(call, by_name), *_patch_arguments(call))
        if isinstance(argument, ast.Name)
    }


def _wrapped_parameters(node: FunctionDef, path: str | None) -> list[_Wrapped]:
    """Return the parameters of a function that are never rebound in it, so they keep the caller's argument."""
    placed = [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]
    is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    placed = placed[1:] if path is None and not is_static else placed
    bound = {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    wrapped = [_Wrapped(position, name, path) for position, name in enumerate(placed)]
    wrapped += [_Wrapped(None, parameter.arg, path) for parameter in node.args.kwonlyargs]
    return [parameter for parameter in wrapped if parameter.name not in bound]


def _wrapped_arguments(
    call: ast.Call, by_name: Mapping[str, Collection[_Wrapped]]
) -> Iterator[ast.expr]:
    for wrapped in by_name.get(last_name(call.func), ()):
        argument = wrapped.argument(call)
        if argument is not None:
            yield argument


def _patch_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments that may be the path that a patch replaces."""
    least, most = _PATCHES.get(last_name(call.func), (1, 0))
    if least <= len(call.args) + len(call.keywords) <= most:
        yield from call.args[:1]
        yield from (keyword.value for keyword in call.keywords if keyword.arg in ("target", "name"))
