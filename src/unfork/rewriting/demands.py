"""What one file expects of the top-level names of others: these may not be called differently behind its back."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from unfork.reading.calls import named_attribute
from unfork.reading.layout import is_external
from unfork.reading.scopes import Ref
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.module_uses import follows_by_itself, use_of
from unfork.rewriting.moved_strings import keys_named
from unfork.rewriting.star_uses import names_offered, names_used
from unfork.rewriting.walks import is_target, walk
from unfork_codemods.project import Home, Key

Name = tuple[Key, str]
"""A module and a name at its top level."""


@dataclass(frozen=True, slots=True)
class Demands:
    """The names that a file takes of other modules: by importing or using them, or in strings that patch them."""

    used: frozenset[Name] = frozenset()
    quoted: frozenset[Name] = frozenset()


def demands_of(work: FileWork, interest: Collection[str]) -> Demands:
    """Return what a file takes of other modules' names, of those that are of ``interest``: that might be renamed."""
    items = [item for item in work.items if not is_external(item.site.key)]
    imported = {hop for item in items for hop in _imported(work, item, interest)}
    imported |= set(_through_modules(work, items, interest))
    quoted = frozenset(name for name in keys_named(work) if name[1] in interest)
    return Demands(frozenset(imported), quoted)


def _hops(work: FileWork, key: Key, name: str) -> Iterator[Name]:
    """Yield the name with all the modules that hand it on."""
    yield key, name
    yield from work.index.origin(key, name).hops


def _imported(work: FileWork, item: Imports, interest: Collection[str]) -> Iterator[Name]:
    name = item.site.name
    if name == "*":
        used = {*names_used(work, item.alias), *names_offered(work, interest)}
        for taken in used & set(interest):
            yield from _hops(work, item.site.key, taken)
    elif name in interest and name is not None:
        yield from _hops(work, item.site.key, name)


def _through_modules(
    work: FileWork, items: list[Imports], interest: Collection[str]
) -> Iterator[Name]:
    """Yield the names taken through a module: ``consumer.Old``, ``getattr(consumer, "Old")``."""
    bound: dict[str, list[Imports]] = {}
    for item in items:
        if item.alias.name != "*":
            bound.setdefault(item.local, []).append(item)
    for ref in work.scopes.refs:
        names = [node.attr for node in ref.attributes]
        named = named_attribute(ref.call)
        quoted = str(named.value) if named is not None else None
        if ref.name not in bound or not (
            quoted in interest or any(name in interest for name in names)
        ):
            continue
        for item in bound[ref.name]:
            start = work.imported_module(item)
            if start is None or is_external(start):
                continue
            if _is_rewritten(work, item, start, ref, names):
                continue
            for depth, name in enumerate([*names, *([quoted] if quoted else [])]):
                reached = walk(work, start, names[:depth])
                if reached.depth == depth and name in interest:
                    yield from _hops(work, reached.key, name)


def _is_rewritten(work: FileWork, item: Imports, start: Key, ref: Ref, names: list[str]) -> bool:
    """Return whether a use of a legacy module through another file is rewritten, and asks nothing of that file."""
    reached = walk(work, start, names)
    if not reached.through or not is_target(work, reached.key):
        return False
    use = use_of(ref, reached.depth)
    if use.name is None or follows_by_itself(work, item, reached.key, use):
        return False
    return isinstance(work.codemod.home(work.module_site(item, reached.key).of(use.name)), Home)
