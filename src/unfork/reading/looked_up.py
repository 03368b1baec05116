"""Which attributes of other modules a module's code looks up at run time, and which it copies when it is imported.

def now(): return time.time()      looks ``time`` of the module up each time: a replacement there takes effect
from time import time              has copied it by then
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from unfork.reading.index import Index
from unfork.reading.reads import paths_read
from unfork_codemods.project import Identity, Key


class LookUps(NamedTuple):
    """The names of other modules that a module's functions use: ``late``, looked up there, and ``copied`` on import.

    Each comes with the top-level names of the module that use it.
    """

    late: Mapping[Identity, frozenset[str]]
    copied: Mapping[Identity, frozenset[str]]


def may_copy(index: Index, one: Key, other: Key) -> bool:
    """Return whether a module imports names that another may have as attributes: a quick look before a long one."""
    source, other_source = index.source_of(one), index.source_of(other)
    if source is None or other_source is None:
        return False
    aliases = (
        a for s in source.imports if isinstance(s.node, ast.ImportFrom) for a in s.node.names
    )
    return any(f".{alias.name}".encode() in other_source.data for alias in aliases)


def names_looked_up(index: Index, key: Key) -> LookUps:
    """Return what a module's functions use of other modules; nothing for a module without a source that parses."""
    late: dict[Identity, set[str]] = {}
    copied: dict[Identity, set[str]] = {}
    for user, paths in (index.told(key, paths_read) or {}).items():
        for name, *attributes in paths:
            module: Key | None = index.module_of(key, name)
            if module is None:
                for identity in _ways(index, key, name):
                    copied.setdefault(identity, set()).add(user)
            for attribute in attributes:
                if module is None:
                    break
                late.setdefault((module, attribute), set()).add(user)
                module = index.module_of(module, attribute)
    return LookUps(_frozen(late), _frozen(copied))


def _ways(index: Index, key: Key, name: str) -> Iterator[Identity]:
    """Yield the names of other modules by which a name of a module comes to what it is."""
    origin = index.origin(key, name)
    yield from (identity for identity in (*origin.hops[1:], origin.identity) if identity[0] != key)


def _frozen(users: Mapping[Identity, set[str]]) -> dict[Identity, frozenset[str]]:
    return {identity: frozenset(names) for identity, names in users.items()}
