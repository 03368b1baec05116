"""Receivers that a type checker knows: its language server says where members of legacy classes are used (``--types``).

Only members that the canonical class lacks or takes differently are asked for, and only files that have the word are
shown to the server. With several engines, all have to agree.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import reduce

from unfork.files.language_server import LanguageServer, Position
from unfork.nodes import FunctionDef
from unfork.planning.settling import Settling
from unfork.planning.written_tree import WrittenTree, written_tree
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Followed, Typed


def receivers_told_by_types(settling: Settling) -> dict[str, Constraints]:
    """Tell files where the type checkers see a member of a legacy class. Raises UnforkError if one does not answer."""
    followed = {entry.name: entry for r in settling.results.values() for entry in r.followed}
    asking = [
        (entry, member)
        for entry in followed.values()
        for member in sorted(entry.lost)
        if (entry.name, member) not in settling.asked_of_types
    ]
    if not asking:
        return {}
    settling.asked_of_types.update((entry.name, member) for entry, member in asking)
    typed: dict[str, set[Typed]] = {}
    for entry, member, place in _places_used(settling, asking):
        column = _byte_column(settling.run.read(place.path), place)
        typed.setdefault(place.path, set()).add(Typed(place.line, column, entry.name, member))
    return {
        path: replace(
            settling.constraints_of(path),
            typed=tuple(sorted(uses.union(settling.constraints_of(path).typed))),
        )
        for path, uses in typed.items()
    }


def _places_used(
    settling: Settling, asking: Collection[tuple[Followed, str]]
) -> Iterator[tuple[Followed, str, Position]]:
    run = settling.run
    words = frozenset(member for _, member in asking)
    paths = run.naming(words)
    places = [
        (entry, member, place)
        for entry, member in asking
        for place in _definitions(settling, entry, member)
    ]
    with written_tree(run) as tree:
        answers = [_ask(engine, tree, paths, [p for *_, p in places]) for engine in run.types]
    for entry, member, place in places:
        known = (answer[place] for answer in answers)
        for use in reduce(frozenset[Position].intersection, known):
            if use.path in paths:
                yield entry, member, use


def _ask(
    engine: str, tree: WrittenTree, paths: Collection[str], places: Iterable[Position]
) -> dict[Position, frozenset[Position]]:
    with LanguageServer(engine, tree.folder, tree.search) as server:
        server.open_files([tree.name_of(path) for path in sorted(paths)])
        return {
            place: frozenset(
                use._replace(path=tree.path_of(use.path)) for use in server.references(place)
            )
            for place in places
        }


def _definitions(settling: Settling, entry: Followed, member: str) -> Iterator[Position]:
    """Yield where the legacy class defines a member: a method, a class attribute, or one that a method sets."""
    index = settling.run.engine.index
    origin = index.origin(*entry.name)
    if not index.has_file(origin.key):
        return
    path = index.file(origin.key)
    try:
        source = Source.read(path, settling.run.read(path))
        tree = source.tree
    except Unparsable:
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == origin.name:
            for line, column in _places_in_class(source, node, member):
                text = source.line(line)[:column].decode("utf-8", "replace")
                yield Position(path, line, len(text.encode("utf-16-le")) // 2)


def _places_in_class(source: Source, owner: ast.ClassDef, member: str) -> Iterator[tuple[int, int]]:
    """Yield the line and the column in bytes of each definition of a member."""
    for node in ast.walk(owner):
        if isinstance(node, FunctionDef) and node.name == member and node in owner.body:
            start = source.line(node.lineno).find(member.encode(), node.col_offset + len("def"))
            yield node.lineno, start
        elif isinstance(node, ast.Name) and node.id == member:
            if not isinstance(node.ctx, ast.Load):
                yield node.lineno, node.col_offset
        elif isinstance(node, ast.Attribute) and node.attr == member:
            is_stored = not isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name)
            if is_stored and node.end_lineno is not None and node.end_col_offset is not None:
                yield node.end_lineno, node.end_col_offset - len(member.encode())


def _byte_column(data: bytes, place: Position) -> int:
    """Return the column of a place in bytes: the protocol counts in UTF-16 code units."""
    lines = data.splitlines()
    text = lines[place.line - 1].decode("utf-8", "replace") if place.line <= len(lines) else ""
    units = text.encode("utf-16-le")[: 2 * place.column]
    return len(units.decode("utf-16-le", "ignore").encode())
