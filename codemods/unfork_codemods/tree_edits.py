"""What a LibCST codemod did to a module, as edits: statements that it did not touch keep their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import libcst as cst

from unfork_codemods.edits import Edit

_Statement = TypeVar("_Statement", bound=cst.CSTNode)


def leading_lines(node: cst.CSTNode) -> Sequence[cst.EmptyLine]:
    """Return the blank lines and comments above a statement."""
    lines: Sequence[cst.EmptyLine] = getattr(node, "leading_lines", ())
    return lines


def below_lines(lines: Sequence[cst.EmptyLine], node: _Statement) -> _Statement:
    """Return a statement with some lines above it and its own comments; the same object where there are none."""
    if not lines:
        return node
    return node.with_changes(leading_lines=[*lines, *leading_lines(node)])


def tree_edits(old: cst.Module, new: cst.Module) -> tuple[Edit, ...]:
    """Return the edits that turn the text of ``old`` into the text of ``new``, a tree that was made from it.

    A statement that is the same object in both trees is not touched. What is between two of these is replaced, except
    for equal lines at its start and end.
    """
    codes: dict[int, bytes] = {}
    before, after = _Text(old, codes), _Text(new, codes)
    edits: list[Edit] = []
    start = new_start = 0
    for position, new_position in _kept_parts(old, new):
        edits += _edits_between(before, start, position, after, new_start, new_position)
        start, new_start = position + 1, new_position + 1
    edits += _edits_between(before, start, len(before.parts), after, new_start, len(after.parts))
    return tuple(edits)


class _Text:
    """The text of a module by its top-level parts; only the parts that are asked for are generated.

    ``codes`` has the text of parts by their identity: most are in the old module and in the new one.
    """

    def __init__(self, module: cst.Module, codes: dict[int, bytes]) -> None:
        self.parts = _parts(module)
        self._module, self._codes = module, codes

    def start(self, position: int) -> int:
        """Return the offset at which a part starts; of the position after the last one, where the text ends."""
        return len(self.between(0, position))

    def between(self, first: int, last: int) -> bytes:
        """Return the text of the parts from ``first`` up to, but not including, ``last``."""
        text = b"".join(map(self._code, self.parts[first:last]))
        if first < last == len(self.parts) and not self._module.has_trailing_newline:
            return text.removesuffix(b"\n").removesuffix(b"\r")
        return text

    def _code(self, part: cst.CSTNode) -> bytes:
        code = self._codes.get(id(part))
        if code is None:
            code = self._codes[id(part)] = self._module.code_for_node(part).encode()
        return code


def _kept_parts(old: cst.Module, new: cst.Module) -> Iterator[tuple[int, int]]:
    """Yield the positions of each part that both modules have, in the same order."""
    positions = {id(part): position for position, part in enumerate(_parts(new))}
    parts = _parts(old)
    following = 0
    for position, part in enumerate(parts):
        is_open = position == len(parts) - 1 and not old.has_trailing_newline
        new_position = positions.get(id(part), -1)
        if new_position >= following and not is_open:
            yield position, new_position
            following = new_position + 1


def _parts(module: cst.Module) -> Sequence[cst.CSTNode]:
    """Return what a module is made of at its top level, in order."""
    return (*module.header, *module.body, *module.footer)


def _edits_between(
    before: _Text, first: int, last: int, after: _Text, new_first: int, new_last: int
) -> Iterator[Edit]:
    """Yield the edit that puts some parts of the new text in the place of some parts of the old one."""
    old, new = before.between(first, last), after.between(new_first, new_last)
    if new == old:
        return
    start = before.start(first)
    end = start + len(old)
    if new.endswith(old):
        yield Edit(start, start, new.removesuffix(old))
    elif new.startswith(old):
        yield Edit(end, end, new.removeprefix(old))
    else:
        old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
        head = _common_lines(old_lines, new_lines)
        tail = _common_lines(old_lines[head:][::-1], new_lines[head:][::-1])
        start += len(b"".join(old_lines[:head]))
        end -= len(b"".join(old_lines[len(old_lines) - tail :]))
        yield Edit(start, end, b"".join(new_lines[head : len(new_lines) - tail]))


def _common_lines(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """Return how many lines two texts have in common at their start."""
    pairs = enumerate(zip(old, new))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))
