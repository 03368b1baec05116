"""Classes whose attributes are replaced by a file that stays: their instances keep coming from the legacy module.

with mock.patch.object(legacy.Client, "get", fake): ...    Client.timeout = 1    mock.patch("a.legacy.Client.get")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unfork.planning.replacing import may_still_take
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.reading.reads import names_read
from unfork.reading.state import shared_by_definitions
from unfork.rewriting.constraints import Constraints, Name
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Key

_ALTERING = rb"\b%b(?:\s*,\s*(?:\w+\s*=\s*)?[\"']\w|\.\w+\s*=(?!=)|(?:\.\w+)+[\"'])"
"""A class followed by the name of an attribute: in a call, an assignment, or a path."""
_MAY_ALTER = re.compile(rb"patch|setattr|delattr|\b_*[A-Z]\w*\.\w+\s*=(?!=)")
"""Matches every text that may alter a class. It is tried first, because it needs no names."""


def altered_classes_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep a class, and what makes its instances, if a file that still uses it replaces one of its attributes."""
    run = settling.run
    if not any(result.edits for result in settling.results.values()):
        return {}
    stays: dict[Name, Kept] = {}
    for path in _files_that_stay(settling):
        for key, name in _classes_altered(settling, path):
            why = f"{path} replaces an attribute of {name}, and is not rewritten; move both by hand"
            users = _users_of(run, key, name)
            stays |= {(key, user): Kept(why) for user in users if (key, user) not in stays}
    return settling.keep(stays) if stays else {}


def _files_that_stay(settling: Settling) -> Iterator[str]:
    run = settling.run
    for path in sorted({*settling.results, *run.all_candidates[0]} - run.kept_inside):
        if may_still_take(run, path, settling.results) and key_of(path) not in run.redirects:
            yield path


def _classes_altered(settling: Settling, path: str) -> Iterator[Name]:
    """Yield the legacy classes that a file still uses, and of which it seems to replace an attribute."""
    names = _names_altered_in(settling, path)
    if not names:
        return
    classes = settling.run.once(_classes)
    keys = frozenset(key for key in classes if names & classes[key])
    for key, name in settling.still_taken([path], keys):
        if name is not None and name in names & classes[key]:
            yield key, name


def _names_altered_in(settling: Settling, path: str) -> frozenset[str]:
    """Return the names of the classes whose attributes a file replaces; read once for a file that does not change."""
    result, run = settling.results.get(path), settling.run
    if result is not None and result.edits:
        return _names_altered(run, settling.after(path))
    known = run.once(_altered_before)
    if path not in known:
        known[path] = _names_altered(run, run.read(path))
    return known[path]


def _names_altered(run: Run, data: bytes) -> frozenset[str]:
    """Return the names of the classes whose attributes a text replaces, perhaps under an alias."""
    if not _MAY_ALTER.search(data):
        return frozenset()
    every = frozenset[str]().union(*run.once(_classes).values())
    present = [name for name in every if name.encode() in data]
    return frozenset(n for n in present if any(_is_altered(data, c) for c in _names_of(data, n)))


def _names_of(data: bytes, name: str) -> list[bytes]:
    word = name.encode()
    return [word, *re.findall(rb"\b%b\s+as\s+(\w+)" % word, data)]


def _is_altered(data: bytes, called: bytes) -> bool:
    return re.search(_ALTERING % re.escape(called), data) is not None


def _altered_before(_: Run) -> dict[str, frozenset[str]]:
    """Return what `_names_altered` says of files as they are before the run, filled by `_names_altered_in`."""
    return {}


def _classes(run: Run) -> dict[Key, frozenset[str]]:
    """Return the classes of each legacy module, and its state."""
    shared = {key: run.engine.index.told(key, shared_by_definitions) for key in run.redirects}
    return {key: frozenset(told.users) for key, told in shared.items() if told is not None}


def _users_of(run: Run, key: Key, name: str) -> set[str]:
    """Return a class and all names of its module that use it, directly or through others."""
    reads = run.engine.index.told(key, names_read) or {}
    users = {name}
    while more := {owner for owner, read in reads.items() if read & users} - users:
        users |= more
    return users
