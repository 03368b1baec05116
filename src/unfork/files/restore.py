"""The way back: a tree with a journal becomes what it was before the writing began."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from unfork.files import durable
from unfork.files.journal import Entry, Journal, Store
from unfork.values import digest


class State(Enum):
    """What is found where a journal has an entry."""

    OLD = "as before the writing"
    NEW = "as the writing left it"
    FOREIGN = "as somebody else left it"


def new_file(store: Store, journal: Journal, index: int) -> Path:
    """Return where the new text of an entry waits, beside its file."""
    return _beside(store, journal, index, "new")


def states(store: Store, journal: Journal) -> tuple[State, ...]:
    """Return the state of each entry. Raises OSError where a file cannot be read."""
    return tuple(_state(store, entry) for entry in journal.entries)


def strangers(store: Store, journal: Journal, found: Sequence[State]) -> tuple[str, ...]:
    """Return the paths of files that were written, and then changed by somebody else.

    Files are replaced in order, and put back in the opposite one. So behind the first file that is
    not replaced (it is as before, or its new text still waits) none is: what was done to those
    since was done to the old text, and stays.
    """
    for index, state in enumerate(found):
        if state is State.OLD or new_file(store, journal, index).exists():
            found = found[:index]
            break
    return tuple(e.path for e, state in zip(journal.entries, found) if state is State.FOREIGN)


def put_back(store: Store, journal: Journal, found: Sequence[State]) -> tuple[str, ...]:
    """Put back the old text of each entry that is new, forget the journal, return the paths.

    It may be cut off at any point, and begun again. Raises OSError; the pending journal then stays.
    """
    durable.discard(new_file(store, journal, index) for index in range(len(journal.entries)))
    todo = [index for index, state in enumerate(found) if state is State.NEW][::-1]
    waiting = {index: _beside(store, journal, index, "old") for index in todo}
    try:
        for index, file in waiting.items():
            _lay_out(store.base / journal.entries[index].path, journal.entries[index], file)
        durable.sync(waiting.values())
        for index, file in waiting.items():
            file.replace(store.base / journal.entries[index].path)
    except OSError:
        durable.discard(waiting.values())
        raise
    durable.sync_folders(file.parent for file in waiting.values())
    store.pending.unlink(missing_ok=True)
    durable.sync_folders([store.folder])
    return tuple(journal.entries[index].path for index in todo)


def _lay_out(path: Path, entry: Entry, file: Path) -> None:
    durable.discard([file])  # from a time that was cut off
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(file, entry.old)
    if entry.after is None:
        file.chmod(entry.mode)
    else:
        durable.dress(file, path)


def _state(store: Store, entry: Entry) -> State:
    path = store.base / entry.path
    if os.path.realpath(path) != os.fspath(path):
        return State.FOREIGN
    try:
        found = digest(durable.read(path))
    except FileNotFoundError:
        return State.FOREIGN if entry.after else State.NEW
    if found == entry.before:
        return State.OLD
    return State.NEW if found == entry.after else State.FOREIGN


def _beside(store: Store, journal: Journal, index: int, kind: str) -> Path:
    # not after its file: that name may be as long as names can be
    path = store.base / journal.entries[index].path
    return path.with_name(f".unfork-{journal.token}-{index}.{kind}")
