"""The way back: a tree with a journal becomes what it was before the writing began."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum

from unfork.files import durable
from unfork.files.exchange import exchange_files, move_to_free, settle_exchange
from unfork.files.folders import Folders, Spot
from unfork.files.journal import Entry, Journal, Store, load_journal
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


def states_of_entries(folders: Folders, journal: Journal) -> tuple[State, ...]:
    """Return the state of each entry. Raises OSError where a file cannot be read."""
    return tuple(_state_of_entry(folders, entry) for entry in journal.entries)


def _state_of_entry(folders: Folders, entry: Entry) -> State:
    try:
        spot = folders.spot(entry.path)
    except OSError as error:
        if error.errno not in GONE:
            raise
        return State.FOREIGN if entry.after else State.NEW
    current = _digest_of_file(spot)
    if current is None:
        return (
            State.NEW
            if entry.after is None and durable.signature_at(spot) is None
            else State.FOREIGN
        )
    if current == entry.before:
        return State.OLD
    return State.NEW if current == entry.after else State.FOREIGN


def _digest_of_file(spot: Spot) -> str | None:
    """Return the digest of a file, None where there is no file."""
    state = durable.signature_at(spot)
    if state is None or not durable.is_file(state):
        return None
    with suppress(FileNotFoundError):
        return digest(durable.read_file(spot))
    return None


def changed_by_others(
    folders: Folders, journal: Journal, current_states: Sequence[State]
) -> tuple[str, ...]:
    """Return the paths of files that were written, and then changed by somebody else.

    Files are replaced in order, and put back in the opposite one. So behind the first file that is
    not replaced (it is as before, or its new text still waits) none is: what was done to those
    since was done to the old text, and stays.
    """
    for index, (entry, state) in enumerate(zip(journal.entries, current_states)):
        if state is State.OLD or _is_waiting(folders, journal, index, entry):
            current_states = current_states[:index]
            break
    return tuple(
        e.path for e, state in zip(journal.entries, current_states) if state is State.FOREIGN
    )


def _is_waiting(folders: Folders, journal: Journal, index: int, entry: Entry) -> bool:
    """Return whether the new text of an entry has not taken its place yet."""
    beside = _waiting_spot(folders, journal, index, "new")
    return beside is not None and entry.after is not None and _digest_of_file(beside) == entry.after


def _waiting_spot(folders: Folders, journal: Journal, index: int, kind: str) -> Spot | None:
    try:
        spot = folders.spot(journal.entries[index].path)
    except OSError:
        return None
    return spot.beside(waiting_name(journal, index, kind))


def rescue_saved_files(folders: Folders, journal: Journal) -> None:
    """Finish what was cut off between two steps: what somebody saved, and was found, goes back to its place.

    It lies where the text waited that has taken its place. Where that text has not, what lies there is the beginning of
    it. Raises OSError.
    """
    for index, entry in enumerate(journal.entries):
        for kind, ours in (("new", entry.after), ("old", entry.before)):
            beside = _waiting_spot(folders, journal, index, kind)
            if beside is None:
                continue
            spot = folders.spot(entry.path)
            settle_exchange(beside, spot)
            saved = _digest_of_file(beside) not in (None, entry.before, entry.after)
            if saved and _digest_of_file(spot) == ours:
                if ours is not None:
                    exchange_files(beside, spot)
                elif durable.signature_at(spot) is None:
                    move_to_free(beside, spot)


def was_put_back_by_others(
    folders: Folders, journal: Journal, current_states: Sequence[State]
) -> bool:
    """Return whether a file is as before although it was replaced: its old text lies beside it still.

    So somebody has checked out another branch, or has stashed the changes; they may come back.
    """
    for index, (entry, state) in enumerate(zip(journal.entries, current_states)):
        beside = _waiting_spot(folders, journal, index, "new") if state is State.OLD else None
        if beside is not None and _digest_of_file(beside) == entry.before:
            return True
    return False


def way_back(journal: Journal, current_states: Sequence[State]) -> list[Replacement]:
    """Return what is to be replaced so that all is as before: the last file first."""
    todo = [index for index, state in enumerate(current_states) if state is State.NEW][::-1]
    return [_reverse_replacement(journal, index) for index in todo]


def _reverse_replacement(journal: Journal, index: int) -> Replacement:
    entry = journal.entries[index]
    waiting = waiting_name(journal, index, "old")
    dress = entry.dress if entry.after is None else None
    return Replacement(entry.path, entry.after, entry.old, waiting, dress)


def remove_leftovers(
    folders: Folders, journal: Journal, kinds: Sequence[str] = ("new", "old")
) -> bool:
    """Remove what waits beside the files from times that were cut off; return whether all is gone. Raises nothing."""
    gone = True
    for index, entry in enumerate(journal.entries):
        try:
            spot = folders.spot(entry.path)
        except OSError as error:  # a folder that is a link by now may come back
            gone = gone and error.errno == errno.ENOENT
            continue
        for kind in kinds:
            gone = (
                durable.remove_temporary(spot.beside(waiting_name(journal, index, kind))) and gone
            )
    return gone


def clean_up_finished(store: Store, folders: Folders) -> None:
    """Remove what still lies beside the files of a writing that is done, or undone. Raises WriteError."""
    for file in (store.done, store.undone):
        journal = load_journal(file)
        if journal is None or not remove_leftovers(folders, journal):
            continue
        with suppress(OSError):  # then the next run does it
            if file == store.done:
                file.replace(store.last)
            else:
                file.unlink()
            durable.sync_folder(store.folder)
