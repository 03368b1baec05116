"""Classes that one file hands in where another file hands in the counterpart: what takes both would get one twice.

one.py: registry.register(OldEngine)        two.py: registry.register(Engine)
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.told_apart import NamesOfFile, counterpart_of
from unfork.reading.alternatives import HandedIn, handed_in
from unfork.reading.layout import key_of
from unfork.reading.prefilter import Words
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Identity, Key, last_segment

_AS = re.compile(rb"\bas\s+(\w+)")
_HANDING = re.compile(
    rb"(?:egister|ubscri|onnect|rovide|nstall|\badd)\w*\(\s*([\w.]+)\s*[,)]|\[([\w.]+)\]\s=\s"
)
_OF_PATH = string.ascii_letters.encode() + string.digits.encode() + b"_."
_FAR = 200
"""The most characters before a name in which the bracket is searched for."""


class _Given(NamedTuple):
    """A definition that is handed in, where, and the texts that are handed in with it."""

    taker: str
    name: Identity
    place: str
    texts: frozenset[str]


def classes_handed_in_apart_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep a class if one file hands it in where another hands in the class that takes its place."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    return settling.keep(settling.run.once(_classes_handed_in))


def _classes_handed_in(run: Run) -> dict[Name, Kept]:
    legacy: dict[tuple[str, Identity], _Given] = {}
    names = {name.encode() for key in run.redirects for name in _own_names(run, key)}
    is_near, is_given = Words(frozenset(names)).within, _giving(names)
    for path, data in run.tree.scan(run.all_candidates[0], is_near) if names else ():
        if not data or key_of(path) in run.redirects or not is_given(data):
            continue
        for given in _given_by(run, path, data, names):
            other = counterpart_of(run, given.name) if given.name[0] in run.redirects else None
            if other is not None and other != given.name:
                legacy.setdefault((given.taker, other), given)
    kept: dict[Name, Kept] = {}
    names = {str(name).encode() for _, (_, name) in legacy}
    for path in sorted(_files_naming_canonical(run)) if legacy else ():
        for given in _given_by(run, path, run.read(path), names):
            old = legacy.get((given.taker, given.name))
            if old is not None and (old.texts == given.texts or not old.texts):
                why = f"{old.place} hands it in where {given.place} hands in what takes its place"
                key, name = old.name
                kept[key, name or ""] = Kept(f"{why}; decide which of them is to be handed in")
    return kept


def _giving(names: Collection[bytes]) -> Callable[[bytes], bool]:
    """Return whether a text may hand in one of the names alone, or gives one of them another name."""
    name = b"|".join(map(re.escape, sorted(names)))
    ending = re.compile(rb"(?:%b)(?:(\s+as\s)|\s*+[,)\]])" % name)

    def may_be_in(data: bytes) -> bool:
        for match in ending.finditer(data):
            before = data[max(0, match.start() - _FAR) : match.start()]
            if match[1] or before.rstrip(_OF_PATH).rstrip()[-1:] in (b"(", b"["):
                return True
        return False

    return may_be_in


def _own_names(run: Run, key: Key) -> Iterator[str]:
    """Yield the names that a legacy module defines itself: what it imports is the same elsewhere."""
    definitions = run.engine.index.definitions(key)
    for name, binding in definitions.names.items() if definitions is not None else ():
        if binding.own and not name.startswith("__"):
            yield name


def _files_naming_canonical(run: Run) -> set[str]:
    """Return the files that may name a canonical module, and these modules themselves."""
    index = run.engine.index
    homes = {home for redirect in run.redirects.values() for home in redirect.homes}
    keys = [key for key in (index.named(home).key for home in homes) if index.has_file(key)]
    return {*run.naming(frozenset(map(last_segment, keys))), *map(index.file, keys)}


def _given_by(run: Run, path: str, data: bytes, wanted: Collection[bytes]) -> Iterator[_Given]:
    """Yield what the statements of a file hand in that may be a class from another module, or its own.

    It has one of the ``wanted`` names, or another one in this file.
    """
    handed = {(match[1] or match[2]).rpartition(b".")[2] for match in _HANDING.finditer(data)}
    if handed.isdisjoint({*wanted, *_AS.findall(data)} if handed else ()):
        return
    try:
        names = NamesOfFile(run, Source.read(path, data))
        for node in names.source.nodes:
            given = handed_in(node) if isinstance(node, ast.Expr | ast.Assign) else None
            if given is not None:
                yield from _named(run, names, given)
    except (Unparsable, RecursionError):
        return


def _named(run: Run, names: NamesOfFile, given: HandedIn) -> Iterator[_Given]:
    taker = _taker(run, names, given.taker)
    place = f"{names.source.path}:{given.taker.lineno}"
    for identity in map(names.identity, given.kinds):
        if taker is not None and identity is not None and identity[1] is not None:
            yield _Given(taker, identity, place, frozenset(given.texts))


def _taker(run: Run, names: NamesOfFile, taker: ast.expr) -> str | None:
    """Return a text for what takes something: the same for two files if it is, or may be, the same object."""
    identity = names.identity(taker)
    if identity is not None:
        return f"{identity}"
    owner = names.identity(taker.value) if isinstance(taker, ast.Attribute) else None
    if isinstance(taker, ast.Attribute) and owner is not None:
        return f"{owner}.{taker.attr}"
    own = key_of(names.source.path)
    first, _, rest = ast.unparse(taker).partition(".")
    if not first.isidentifier() or first in ("self", "cls"):
        return None
    if first in run.engine.index.names(own):
        return f"{(own, first)}.{rest}" if rest else f"{(own, first)}"
    return f"{first}.{rest}"  # what a function is given
