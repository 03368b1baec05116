"""A module split in two, so that the second half imports from the first, and never the other way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from copying import strings_that_name
from survey import Module, bound_by


@dataclass
class Part:
    """A statement of the module with the comments above it: what it binds, and which names it mentions."""

    text: str
    node: ast.stmt
    shared: bool
    binds: frozenset[str]
    mentions: frozenset[str]
    partners: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Split:
    """The two new modules, as dotted name and text, and the home of each name."""

    modules: tuple[tuple[str, str], ...]
    homes: dict[str, str]


class NotSplit(Exception):
    """Why a module cannot be split without changing what it does."""


def split(module: Module) -> Split:
    """Divide a module; raise NotSplit where its definitions all need each other, or look at their module."""
    parts = list(_parts(module))
    _check(module, parts)
    first = _first_half(parts)
    names = [module.name + "_base", module.name + "_more"]
    homes = {
        name: names[part not in first]
        for part in _own(parts)
        for name in sorted(part.binds)
        if not re.fullmatch(r"__\w+__", name)
    }
    halves = [first, [part for part in _own(parts) if part not in first]]
    texts = [_text(parts, half, index, names[0], homes) for index, half in enumerate(halves)]
    return Split(tuple(zip(names, texts)), homes)


def _own(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if not part.shared]


def _parts(module: Module) -> Iterator[Part]:
    lines = module.text.splitlines(keepends=True)
    done = 0
    for node in module.tree.body:
        end = node.end_lineno or node.lineno
        if node.lineno <= done:
            raise NotSplit("two statements on one line")
        text, done = "".join(lines[done:end]), end
        shared = _is_import(node) or (not done and _is_docstring(node))
        binds = frozenset() if _is_of_main(node) else frozenset(bound_by(node))
        yield Part(text, node, shared or _is_docstring(node), binds, frozenset(_mentions(node)))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_import(node: ast.stmt) -> bool:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not node.orelse:
        return all(map(_is_import, node.body))
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_of_main(node: ast.stmt) -> bool:
    """Whether a statement runs only where the module is a script: what it binds is nobody else's."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _mentions(node: ast.AST) -> Iterator[str]:
    """The names that a statement may mean, those in the strings of annotations included."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield child.id
        elif isinstance(child, ast.Global):
            yield from child.names
    for string in strings_that_name(node):
        if isinstance(string.value, str):
            yield from re.findall(r"[A-Za-z_]\w*", string.value)


def _check(module: Module, parts: Sequence[Part]) -> None:
    if "__getattr__" in module.definitions or "globals()" in module.text:
        raise NotSplit("it makes names at run time")
    if any(
        isinstance(part.node, ast.ImportFrom) and part.node.names[0].name == "*" for part in parts
    ):
        raise NotSplit("it has a star import")
    if any(
        isinstance(part.node, ast.If) and "TYPE_CHECKING" in ast.unparse(part.node.test)
        for part in _own(parts)
    ):
        raise NotSplit("it defines names for type checkers only")


def _first_half(parts: Sequence[Part]) -> list[Part]:
    """The parts of the first new module: groups that need each other, those needed first, up to half of the lines."""
    groups = _ordered(_groups(_own(parts)))
    total = sum(part.text.count("\n") for part in _own(parts))
    taken: list[Part] = []
    for group in groups[:-1]:
        taken += group
        if sum(part.text.count("\n") for part in taken) >= total / 2:
            break
    rest = [part for part in _own(parts) if part not in taken]
    for half in (taken, rest):
        if not any(isinstance(part.node, ast.FunctionDef | ast.ClassDef) for part in half):
            raise NotSplit("all its definitions need each other")
    return [part for part in _own(parts) if part in taken]


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that have to stay together: which bind one name, change a thing of another, or share a ``global``."""
    own = {name for part in parts for name in part.binds}
    stored = {name for part in parts for name in _globals(part.node)}
    owner = list(range(len(parts)))

    def find(index: int) -> int:
        while owner[index] != index:
            index = owner[index]
        return index

    seen: dict[str, int] = {}
    for index, part in enumerate(parts):
        tied = set(part.binds) | (part.mentions & stored)
        if (
            not isinstance(part.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not part.binds
        ):
            tied |= part.mentions & own
        for name in tied:
            owner[find(index)] = find(seen.setdefault(name, index))
    groups: dict[int, list[Part]] = {}
    for index, part in enumerate(parts):
        groups.setdefault(find(index), []).append(part)
    return list(groups.values())


def _globals(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Global):
            yield from child.names


def _ordered(groups: list[list[Part]]) -> list[list[Part]]:
    """Merge groups that need each other (Tarjan's strong components) and put those that are needed first."""
    home = {
        name: index for index, group in enumerate(groups) for part in group for name in part.binds
    }
    needs = [
        sorted({home[name] for part in group for name in part.mentions if name in home} - {index})
        for index, group in enumerate(groups)
    ]
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    result: list[list[Part]] = []

    def visit(index: int) -> None:
        number[index] = low[index] = len(number)
        stack.append(index)
        for other in needs[index]:
            if other not in number:
                visit(other)
                low[index] = min(low[index], low[other])
            elif other in stack:
                low[index] = min(low[index], number[other])
        if low[index] == number[index]:
            component = []
            while not component or component[-1] != index:
                component.append(stack.pop())
            result.append([part for item in sorted(component) for part in groups[item]])

    for index in range(len(groups)):
        if index not in number:
            visit(index)
    return result


def _text(
    parts: Sequence[Part], half: Sequence[Part], index: int, base: str, homes: dict[str, str]
) -> str:
    """The text of one of the two modules, in the order that the statements had."""
    guards = [part for part in parts if part.shared and isinstance(part.node, ast.If)]
    mentions = {name for part in [*half, *guards] for name in part.mentions}
    everywhere = {name for part in _own(parts) for name in part.mentions}
    needed = sorted(name for name in mentions if index and homes.get(name) == base)
    if any(_only_tries(part.node) and not part.binds.isdisjoint(needed) for part in parts):
        raise NotSplit("the second half would import what may not be installed")
    pieces, waiting = [], bool(needed)
    for part in parts:
        if part.shared:
            pieces.append(_import(part, mentions, everywhere, index))
        elif part in half:
            if waiting:
                waiting = False
                stem = base.rpartition(".")[2]
                pieces.append(f"\nfrom .{stem} import ({', '.join(needed)})\n")
            pieces.append(_exports(part, homes, base, index))
    return "".join(pieces)


def _only_tries(node: ast.stmt) -> bool:
    """Whether a statement goes on without what it imports: ``except ImportError: pass``."""
    return isinstance(node, ast.Try) and any(
        isinstance(statement, ast.Pass) for handler in node.handlers for statement in handler.body
    )


def _import(part: Part, mentions: set[str], everywhere: set[str], index: int) -> str:
    """An import with those of its names that the half mentions; what nobody mentions stays in the first half."""
    node = part.node
    if (
        not isinstance(node, ast.Import | ast.ImportFrom)
        or getattr(node, "module", "") == "__future__"
    ):
        return part.text
    kept = []
    for alias in node.names:
        local = (alias.asname or alias.name).split(".")[0]
        if local in mentions or (local not in everywhere and not index):
            kept.append(alias)
    if len(kept) == len(node.names):
        return part.text
    if not kept:
        return ""
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(kept)) + "\n"
    return ast.unparse(ast.ImportFrom(node.module, kept, node.level)) + "\n"


def _exports(part: Part, homes: dict[str, str], base: str, index: int) -> str:
    """A statement as it is, but ``__all__`` with the names of this half only."""
    if "__all__" not in part.binds or not isinstance(part.node, ast.Assign):
        return part.text
    try:
        listed = ast.literal_eval(part.node.value)
    except ValueError:
        raise NotSplit("its __all__ is computed") from None
    kept = [name for name in listed if name in homes and (homes[name] != base) == bool(index)]
    return f"\n__all__ = {kept!r}\n"
