"""Restore a tree with a journal to what it was before the write."""

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
"""Errors for a folder that no longer exists, or is now a link."""


class State(Enum):
    """The state of the file of a journal entry."""

    OLD = "as before the writing"
    NEW = "as the writing left it"
    FOREIGN = "as somebody else left it"


def waiting_name(journal: Journal, index: int, kind: str) -> str:
    """Return the temporary name of an entry's ``new`` or ``old`` text, next to its file.

    It does not contain the file's name, which may have the maximum length already.
    """
    return f".unfork-{journal.token}-{index}.{kind}"


def states_of_entries(folders: Folders, journal: Journal) -> tuple[State, ...]:
    """Return the state of each entry. Raises OSError if a file cannot be read."""
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
    """Return the digest of a file, or None if there is no file."""
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

    Files are replaced in order, and restored in reverse order. So after the first file that is not replaced (it is as
    before, or its new text still waits), none is. Later changes to those were made to the old text, and stay.
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
    """Finish what was interrupted between two steps: put files that somebody saved back in their place.

    Such a file has the temporary name of the text that took its place. If that text has not taken its place, the file
    with this name is the beginning of it. Raises OSError.
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
    """Return whether a file is as before although it was replaced: its old text is still next to it.

    Then somebody has checked out another branch, or has stashed the changes; they may come back.
    """
    for index, (entry, state) in enumerate(zip(journal.entries, current_states)):
        beside = _waiting_spot(folders, journal, index, "new") if state is State.OLD else None
        if beside is not None and _digest_of_file(beside) == entry.before:
            return True
    return False


def way_back(journal: Journal, current_states: Sequence[State]) -> list[Replacement]:
    """Return the replacements that restore the previous state, last file first."""
    todo = [index for index, state in enumerate(current_states) if state is State.NEW][::-1]
    return [_reverse_replacement(journal, index) for index in todo]


def _reverse_replacement(journal: Journal, index: int) -> Replacement:
    entry = journal.entries[index]
    waiting = waiting_name(journal, index, "old")
    dress = entry.dress if entry.after is None else None
    return Replacement(entry.path, entry.after, lambda: entry.old, waiting, dress)


def remove_leftovers(
    folders: Folders, journal: Journal, kinds: Sequence[str] = ("new", "old")
) -> bool:
    """Remove the temporary files of interrupted runs; return whether all are gone. Raises nothing."""
    gone = True
    for index, entry in enumerate(journal.entries):
        try:
            spot = folders.spot(entry.path)
        except OSError as error:  # a folder that is now a link may come back
            gone = gone and error.errno == errno.ENOENT
            continue
        for kind in kinds:
            gone = (
                durable.remove_temporary(spot.beside(waiting_name(journal, index, kind))) and gone
            )
    return gone


def clean_up_finished(store: Store, folders: Folders) -> None:
    """Remove the temporary files of a write that is done or undone. Raises WriteError."""
    for file in (store.done, store.undone):
        journal = load_journal(file)
        if journal is None or not remove_leftovers(folders, journal):
            continue
        with suppress(OSError):  # then the next run removes them
            if file == store.done:
                file.replace(store.last)
            else:
                file.unlink()
            durable.sync_folder(store.folder)
