"""What one file expects of the top-level names of others: these may not be called differently behind its back."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.reading.calls import named_attribute
from unfork.reading.scopes import Ref
from unfork.rewriting.facts import Demands, Name
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.module_uses import follows_by_itself, use_of
from unfork.rewriting.moved_strings import keys_named
from unfork.rewriting.star_uses import names_offered, names_used
from unfork.rewriting.walks import is_target, walk
from unfork_codemods.project import Home, Key, is_external


def demands_of(work: FileWork, interest: Collection[str]) -> Demands:
    """Return what a file takes of other modules' names, of those that are of ``interest``: that might be renamed."""
    items = [item for item in work.items if not is_external(item.site.key)]
    imported = {hop for item in items for hop in _imported(work, item, interest)}
    imported |= set(_through_modules(work, items, interest))
    patched = {node: (key, name) for node, key, name in keys_named(work)}
    imported |= set(_by_strings(work, interest, patched))
    quoted = {node: name for node, name in patched.items() if name[1] in interest}
    replaced = (name for node, name in quoted.items() if str(node.value).endswith(f".{name[1]}"))
    return Demands(frozenset(imported), frozenset(quoted.values()), frozenset(replaced))


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


def _by_strings(
    work: FileWork, interest: Collection[str], others: Collection[ast.Constant]
) -> Iterator[Name]:
    """Yield the names that strings may ask for, those that patch left out: what reads them cannot be told.

    import_module("consumer").Old    {"Old": "consumer"}    resolve_name("consumer:Old")
    """
    nodes = list(ast.walk(work.source.tree))
    strings = {n.value for n in nodes if isinstance(n, ast.Constant) and n not in others}
    texts = {value for value in strings if isinstance(value, str)}
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)} | texts
    asked = names.intersection(interest)
    for text in texts:
        module, colon, path = text.partition(":")
        package, _, last = module.rpartition(".")
        pairs = [(module, path.partition(".")[0])] if colon else [(package, last)]
        pairs += [] if colon else [(module, name) for name in asked]
        for dotted, name in pairs:
            if name in interest:
                for key in _modules_named(work, dotted):
                    yield from _hops(work, key, name)


def _modules_named(work: FileWork, dotted: str) -> Iterator[Key]:
    """Yield the modules of the project that a string may mean: by its whole name, or beside the file."""
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if not all(part.isidentifier() for part in name.split(".")):
        return
    layout = work.index.layout
    found = [layout.relative(level or 1, name, work.importer)]
    found += [] if level else [layout.absolute(name, work.importer)]
    yield from (located.key for located in found if located.key in layout.modules)


def _is_rewritten(work: FileWork, item: Imports, start: Key, ref: Ref, names: list[str]) -> bool:
    """Return whether a use of a legacy module through another file is rewritten, and asks nothing of that file."""
    reached = walk(work, start, names)
    if not reached.through or not is_target(work, reached.key):
        return False
    use = use_of(ref, reached.depth)
    if use.name is None or follows_by_itself(work, item, reached.key, use):
        return False
    return isinstance(work.codemod.home(work.module_site(item, reached.key).of(use.name)), Home)
