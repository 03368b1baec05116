"""Files in which only ``from`` imports of objects changed, each name to its counterpart: no scopes are needed.

Each binds the local names that it bound, in the place where it did. So every use of them, here and in other files,
reaches what the import names now; and that is compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property

from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import ImportStatement
from unfork.verification.counterparts import Counterparts
from unfork.verification.facts import Access, Moves
from unfork.verification.project import Project
from unfork.verification.values import Missing, Module, Namespace, Special, Taken, Value, plain

_BLANK = b" \t\r\n;\\"
_Bound = dict[tuple[int, str], tuple[ImportStatement, ast.alias]]
_Group = list[ImportStatement]


class Quick:
    """Compares the imports of files; what it found out of names is kept."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[tuple[Value, str, Value, str], bool] = {}

    @cached_property
    def _counterparts(self) -> Counterparts:
        world = self._project.world(False)
        return Counterparts(self._project.forwards, world, world, lambda *_: False)

    def moves(self, before: Source, after: Source) -> Moves | None:
        """Return what a file takes from elsewhere now, if it is right and that can be told; else None."""
        try:
            groups = _paired(before, after)
        except Unparsable:
            return None
        if groups is None or self._names_legacy(after):
            return None
        found: list[Access] = []
        for old, new in groups:
            more = self._compared(before, old, after, new)
            if more is None:
                return None
            found += more
        return tuple(found)

    def _names_legacy(self, after: Source) -> bool:
        """Return whether a legacy module is named outside of the imports, too: then there is more to look at."""
        return self._project.namings.are_used_in(after.data, after.in_import)

    def _compared(
        self, before: Source, old: _Group, after: Source, new: _Group
    ) -> list[Access] | None:
        texts_before = [before.text(each.node) for each in old]
        texts_after = [after.text(each.node) for each in new]
        if texts_before == texts_after:
            return []
        same = set(texts_before) & set(texts_after)
        was = _bound(e for e, text in zip(old, texts_before) if text not in same)
        now = _bound(e for e, text in zip(new, texts_after) if text not in same)
        if was is None or now is None or was.keys() != now.keys():
            return None
        found = []
        for key, (statement, alias) in was.items():
            access = self._access(before.path, statement, alias, *now[key])
            if access is None:
                return None
            found.append(access)
        return found

    def _access(
        self,
        path: str,
        statement: ImportStatement,
        alias: ast.alias,
        successor: ImportStatement,
        other: ast.alias,
    ) -> Access | None:
        old, new = self._place(path, statement.node), self._place(path, successor.node)
        key = (old, alias.name, new, other.name)
        right = self._known.get(key)
        if right is None:
            right = self._known[key] = self._is_right(*key)
        if not right:
            return None
        was = (_path(old), alias.name)
        return Access(was, (_path(new), other.name), statement.in_function, statement.node.lineno)

    def _place(self, path: str, node: ast.Import | ast.ImportFrom) -> Value:
        assert isinstance(node, ast.ImportFrom)
        finder = self._project.finder
        if node.level:
            return finder.relative(node.level, node.module or "", path)
        return finder.absolute(node.module or "", path)

    def _is_right(self, old: Value, name: str, new: Value, other: str) -> bool:
        """Return whether an object, no module, is what it was or its counterpart."""
        world = self._project.world(False)
        was, now = world.resolve(Taken(old, name)), world.resolve(Taken(new, other))
        kinds = Module | Namespace | Missing | Special
        if any(isinstance(plain(value), kinds) for value in (*was, *now)):
            return False
        if isinstance(new, Module) and new != old and self._project.is_detour(new.path, now):
            return False
        return self._counterparts.agree(was, now)


def _path(place: Value) -> str:
    return place.path if isinstance(place, Module) else ""


def _bound(statements: Iterable[ImportStatement]) -> _Bound | None:
    """Return what ``from`` imports bind, each name once, by column and local name; None where it is anything else."""
    found: _Bound = {}
    for statement in statements:
        node = statement.node
        if not isinstance(node, ast.ImportFrom) or node.module == "__future__":
            return None
        for alias in node.names:
            if alias.name == "*":
                return None
            key = node.col_offset, alias.asname or alias.name
            if key in found:
                return None
            found[key] = statement, alias
    return found


def _paired(before: Source, after: Source) -> list[tuple[_Group, _Group]] | None:
    """Return the groups of imports of both texts; None where anything differs that is no import."""
    old, new = list(_groups(before)), list(_groups(after))
    if len(old) != len(new):
        return None
    for (gap, _), (other, _) in zip(old, new):
        if gap != other and gap.strip(_BLANK) != other.strip(_BLANK):
            return None
    return [(group, other) for (_, group), (_, other) in zip(old, new) if group or other]


def _groups(source: Source) -> Iterator[tuple[bytes, _Group]]:
    """Yield the runs of imports with nothing between them, each with the text above it; at last the text below."""
    at, gap = 0, b""
    group: _Group = []
    for statement in source.imports:
        start, end = source.span(statement.node)
        between = source.data[at:start]
        if group and not between.strip(_BLANK):
            group.append(statement)
        else:
            if group:
                yield gap, group
            gap, group = between, [statement]
        at = end
    if group:
        yield gap, group
    yield source.data[at:], []
