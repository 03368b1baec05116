"""The way back: a tree with a journal becomes what it was before the writing began."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum

from unfork.files import durable
from unfork.files.exchange import exchange, move_to_free, settle
from unfork.files.folders import Folders, Spot
from unfork.files.journal import Entry, Journal, Store, load
from unfork.files.replacing import Replacement
from unfork.values import digest

GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""Why a folder cannot be opened that is not there, or is a link by now."""


class State(Enum):
    """What is found where a journal has an entry."""

    OLD = "as before the writing"
    NEW = "as the writing left it"
    FOREIGN = "as somebody else left it"


def waiting_name(journal: Journal, index: int, kind: str) -> str:
    """Return the name beside an entry's file under which its ``new``, or its ``old`` text waits.

    It has nothing of the file's name, which may be as long as names can be.
    """
    return f".unfork-{journal.token}-{index}.{kind}"


def states(folders: Folders, journal: Journal) -> tuple[State, ...]:
    """Return the state of each entry. Raises OSError where a file cannot be read."""
    return tuple(_state(folders, entry) for entry in journal.entries)


def _state(folders: Folders, entry: Entry) -> State:
    try:
        spot = folders.spot(entry.path)
    except OSError as error:
        if error.errno not in GONE:
            raise
        return State.FOREIGN if entry.after else State.NEW
    found = _digest(spot)
    if found is None:
        return State.NEW if entry.after is None and durable.look(spot) is None else State.FOREIGN
    if found == entry.before:
        return State.OLD
    return State.NEW if found == entry.after else State.FOREIGN


def _digest(spot: Spot) -> str | None:
    """Return the digest of a file, None where there is no file."""
    state = durable.look(spot)
    if state is None or not durable.is_file(state):
        return None
    with suppress(FileNotFoundError):
        return digest(durable.read(spot))
    return None


def strangers(folders: Folders, journal: Journal, found: Sequence[State]) -> tuple[str, ...]:
    """Return the paths of files that were written, and then changed by somebody else.

    Files are replaced in order, and put back in the opposite one. So behind the first file that is
    not replaced (it is as before, or its new text still waits) none is: what was done to those
    since was done to the old text, and stays.
    """
    for index, (entry, state) in enumerate(zip(journal.entries, found)):
        if state is State.OLD or _waits(folders, journal, index, entry):
            found = found[:index]
            break
    return tuple(e.path for e, state in zip(journal.entries, found) if state is State.FOREIGN)


def _waits(folders: Folders, journal: Journal, index: int, entry: Entry) -> bool:
    """Return whether the new text of an entry has not taken its place yet."""
    beside = _beside(folders, journal, index, "new")
    return beside is not None and entry.after is not None and _digest(beside) == entry.after


def _beside(folders: Folders, journal: Journal, index: int, kind: str) -> Spot | None:
    try:
        spot = folders.spot(journal.entries[index].path)
    except OSError:
        return None
    return spot.beside(waiting_name(journal, index, kind))


def rescue(folders: Folders, journal: Journal) -> None:
    """Finish what was cut off between two steps: what somebody saved, and was found, goes back to its place.

    It lies where the text waited that has taken its place. Where that text has not, what lies there is the beginning of
    it. Raises OSError.
    """
    for index, entry in enumerate(journal.entries):
        for kind, ours in (("new", entry.after), ("old", entry.before)):
            beside = _beside(folders, journal, index, kind)
            if beside is None:
                continue
            spot = folders.spot(entry.path)
            settle(beside, spot)
            saved = _digest(beside) not in (None, entry.before, entry.after)
            if saved and _digest(spot) == ours:
                if ours is not None:
                    exchange(beside, spot)
                elif durable.look(spot) is None:
                    move_to_free(beside, spot)


def was_put_back_by_others(folders: Folders, journal: Journal, found: Sequence[State]) -> bool:
    """Return whether a file is as before although it was replaced: its old text lies beside it still.

    So somebody has checked out another branch, or has stashed the changes; they may come back.
    """
    for index, (entry, state) in enumerate(zip(journal.entries, found)):
        beside = _beside(folders, journal, index, "new") if state is State.OLD else None
        if beside is not None and _digest(beside) == entry.before:
            return True
    return False


def way_back(journal: Journal, found: Sequence[State]) -> list[Replacement]:
    """Return what is to be replaced so that all is as before: the last file first."""
    todo = [index for index, state in enumerate(found) if state is State.NEW][::-1]
    return [_back(journal, index) for index in todo]


def _back(journal: Journal, index: int) -> Replacement:
    entry = journal.entries[index]
    waiting = waiting_name(journal, index, "old")
    dress = entry.dress if entry.after is None else None
    return Replacement(entry.path, entry.after, entry.old, waiting, dress)


def tidy(folders: Folders, journal: Journal, kinds: Sequence[str] = ("new", "old")) -> bool:
    """Remove what waits beside the files from times that were cut off; return whether all is gone. Raises nothing."""
    gone = True
    for index, entry in enumerate(journal.entries):
        try:
            spot = folders.spot(entry.path)
        except OSError as error:  # a folder that is a link by now may come back
            gone = gone and error.errno == errno.ENOENT
            continue
        for kind in kinds:
            gone = durable.discard(spot.beside(waiting_name(journal, index, kind))) and gone
    return gone


def finish(store: Store, folders: Folders) -> None:
    """Remove what still lies beside the files of a writing that is done, or undone. Raises WriteError."""
    for file in (store.done, store.undone):
        journal = load(file)
        if journal is None or not tidy(folders, journal):
            continue
        with suppress(OSError):  # then the next run does it
            if file == store.done:
                file.replace(store.last)
            else:
                file.unlink()
            durable.sync_folder(store.folder)
