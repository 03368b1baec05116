"""Undo the last apply, and recover from an interrupted one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import UnforkError, WriteError
from unfork.files import durable
from unfork.files.basis import from_root
from unfork.files.dirty import file_count_text, file_list_text
from unfork.files.folders import Folders
from unfork.files.journal import Journal, Store, load_journal, stores_near
from unfork.files.locking import LockedError, hold_lock
from unfork.files.replacing import (
    MovedError,
    Replacement,
    lay_out,
    remove_waiting,
    replace_all,
    still_there,
    take_back,
)
from unfork.files.restore import (
    State,
    changed_by_others,
    clean_up_finished,
    remove_leftovers,
    rescue_saved_files,
    states_of_entries,
    was_put_back_by_others,
    way_back,
)


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was undone: the restored files, relative to the root, and when they were written.

    ``cut_off`` is true if the apply (or an undo of it) was killed halfway.
    """

    paths: tuple[str, ...]
    since: str
    cut_off: bool


class PendingError(WriteError):
    """A run started at ``since`` was interrupted while it replaced ``paths`` (relative to the top of the tree)."""

    def __init__(self, since: str, paths: tuple[str, ...]) -> None:
        self.since, self.paths = since, paths
        super().__init__(
            f"a run of unfork was cut off while it wrote {file_count_text(paths)} ({since}); "
            "`unfork undo` puts them back as they were, and so does the next `unfork apply`"
        )

    def __reduce__(self) -> tuple[type[PendingError], tuple[str, tuple[str, ...]]]:
        return PendingError, (self.since, self.paths)


class UndoError(UnforkError):
    """Nothing was undone; ``paths`` are the files that somebody else has changed since."""

    def __init__(self, message: str, paths: tuple[str, ...] = ()) -> None:
        self.paths = paths
        super().__init__(message)

    def __reduce__(self) -> tuple[type[UndoError], tuple[str, tuple[str, ...]]]:
        return UndoError, (str(self), self.paths)


def pending_error(root: Path) -> PendingError | None:
    """Return the error for an interrupted run, or None if there was none.

    A run that is still writing does not count. Raises GitError if git fails, WriteError if the journal cannot be read.
    """
    nearest = _nearest_journal(root, "pending")
    if nearest is None:
        return None
    store, journal = nearest
    try:
        with hold_lock(store.lock, patience=0):
            still = load_journal(store.pending)
    except LockedError:
        return None
    except WriteError:  # it cannot be locked, so nobody is writing
        still = journal
    return PendingError(still.since, _paths_of_journal(still)) if still else None


def recover_from_cut_off(root: Path) -> UndoReport | None:
    """Restore the tree to before the interrupted run; return None if there was none.

    Raises UndoError if that would overwrite what somebody has written since, WriteError if the files cannot be written;
    LockedError, GitError.
    """
    nearest = _nearest_journal(root, "pending", "undone", "done")
    if nearest is None:
        _remove_lock_of_killed(root)
        return None
    store = nearest[0]
    with hold_lock(store.lock), Folders(store.base) as folders:
        clean_up_finished(store, folders)
        return _restore_pending(store, folders, root)


def _remove_lock_of_killed(root: Path) -> None:
    """Remove a lock file that nobody holds, left by a run that was killed before it wrote."""
    for store in stores_near(root):
        if os.path.lexists(store.lock):
            with suppress(LockedError), hold_lock(store.lock, patience=0):
                return


def undo_last_apply(root: Path) -> UndoReport:
    """Undo the last apply, or an interrupted one.

    Raises UndoError, and changes nothing, if there is none, or if files are not as it left them; WriteError if the
    files cannot be written; LockedError, GitError.
    """
    nearest = _nearest_journal(root, "pending", "undone", "done", "last")
    if nearest is None:
        raise _nothing_to_undo_error(root)
    store = nearest[0]
    with hold_lock(store.lock), Folders(store.base) as folders:
        clean_up_finished(store, folders)
        return _restore_pending(store, folders, root) or _undo_apply(store, folders, root)


def _nearest_journal(root: Path, *names: str) -> tuple[Store, Journal] | None:
    """Return the nearest journal about files below the root, for the first name that has one.

    Raises WriteError, GitError.
    """
    stores = list(stores_near(root))
    for name in names:
        for store in stores:
            journal = _load_if_trusted(store.folder / name, ours=store is stores[0])
            if journal is not None and (store is stores[0] or _is_about(root, store, journal)):
                return store, journal
    return None


def _load_if_trusted(file: Path, ours: bool) -> Journal | None:
    try:
        return load_journal(file)
    except WriteError:
        if ours:
            raise
        return None  # somebody else's, in a folder above


def _is_about(root: Path, store: Store, journal: Journal) -> bool:
    prefix = os.path.realpath(root) + os.sep
    return any(os.fspath(store.base / entry.path).startswith(prefix) for entry in journal.entries)


def _restore_pending(store: Store, folders: Folders, root: Path) -> UndoReport | None:
    journal = load_journal(store.pending)
    if journal is None:
        return None
    try:
        rescue_saved_files(folders, journal)
        current_states = states_of_entries(folders, journal)
        if foreign := changed_by_others(folders, journal, current_states):
            raise _changed_files_error(
                foreign, f"; to keep all files as they are, delete {store.pending}"
            )
        keep = was_put_back_by_others(folders, journal, current_states)
        _tidy_old(folders, journal)
        todo = way_back(journal, current_states)
        lay_out(folders, todo)
        replace_all(folders, todo)
        durable.sync_folders(folders, [replacement.path for replacement in todo])
        still_there(folders, todo)
    except MovedError as error:
        raise _changed_files_error(error.paths) from error
    except OSError as error:
        raise _failed_undo_error(error) from error
    _finish_recovery(store, keep, remove_leftovers(folders, journal))
    return UndoReport(_from_root(store, root, todo), journal.since, cut_off=True)


def _finish_recovery(store: Store, keep: bool, clean: bool) -> None:
    """Delete the pending journal; ``keep`` it if the changes that it undoes may come back.

    If it is not ``clean``, because temporary files are left, the next run removes them.
    """
    try:
        if keep:
            store.pending.replace(store.last if clean else store.done)
        elif not clean:
            store.pending.replace(store.undone)
        else:
            store.pending.unlink(missing_ok=True)
    except OSError as error:
        raise _failed_undo_error(error) from error
    durable.sync_folder(store.folder)


def _undo_apply(store: Store, folders: Folders, root: Path) -> UndoReport:
    journal = load_journal(store.done) or load_journal(store.last)
    if journal is None:
        raise _nothing_to_undo_error(root)
    todo: list[Replacement] = []
    clean = not store.done.exists()
    try:
        if not clean:  # temporary files are left that could not be removed
            store.done.replace(store.last)
        current_states = states_of_entries(folders, journal)
        every = zip(journal.entries, current_states)
        if foreign := tuple(entry.path for entry, state in every if state is State.FOREIGN):
            raise _changed_files_error(foreign)
        todo = way_back(journal, current_states)
        if not todo:
            raise _already_undone_error(root)
        store.last.replace(store.pending)
        durable.sync_folder(store.folder)
        _tidy_old(folders, journal)
        _put_back(folders, todo)
        store.pending.replace(store.undone)
    except BaseException as error:  # after a signal too, the journal must say what is undone
        half = _keep_applied(store, folders, todo, clean)
        if half is not None and isinstance(error, OSError | MovedError):
            raise _failed_undo_error(half) from error
        if isinstance(error, MovedError):
            raise _changed_files_error(error.paths) from error
        if isinstance(error, OSError):
            raise _failed_undo_error(error, "nothing") from error
        raise
    try:
        _clean_up(store, folders, todo, clean)
    except BaseException:  # all is done: a signal should leave nothing behind
        _clean_up(store, folders, todo, clean)
        raise
    return UndoReport(_from_root(store, root, todo), journal.since, cut_off=False)


def _put_back(folders: Folders, todo: Sequence[Replacement]) -> None:
    lay_out(folders, todo)
    replace_all(folders, todo)
    durable.sync_folders(folders, [replacement.path for replacement in todo])
    still_there(folders, todo)


def _clean_up(store: Store, folders: Folders, todo: Sequence[Replacement], clean: bool) -> None:
    durable.sync_folder(store.folder)
    if remove_waiting(folders, todo) and clean:  # otherwise the next run does it
        with suppress(OSError):
            store.undone.unlink()


def _keep_applied(
    store: Store, folders: Folders, todo: Sequence[Replacement], clean: bool
) -> OSError | None:
    """Return to the state that the apply left, except for what was saved since, after a failed undo.

    Return what prevented that, if anything; then the undo is pending.
    """
    try:
        if store.pending.exists():
            clean = take_back(folders, todo) and clean  # otherwise the next run cleans up
            store.pending.replace(store.last if clean else store.done)
            durable.sync_folder(store.folder)
    except OSError as error:
        return error
    return None


def _paths_of_journal(journal: Journal) -> tuple[str, ...]:
    return tuple(entry.path for entry in journal.entries)


def _from_root(store: Store, root: Path, done: Iterable[Replacement]) -> tuple[str, ...]:
    return tuple(
        sorted(map(from_root(root, store.base), (replacement.path for replacement in done)))
    )


def _tidy_old(folders: Folders, journal: Journal) -> None:
    """Remove the old texts that an interrupted recovery wrote."""
    remove_leftovers(folders, journal, ("old",))


def _already_undone_error(root: Path) -> UndoError:
    return UndoError(
        f"{root}: the files are as they were before the apply (another branch, or a stash?); "
        "nothing is taken back, and the way back is kept"
    )


def _changed_files_error(paths: tuple[str, ...], also: str = "") -> UndoError:
    return UndoError(
        f"{file_count_text(paths)} not as unfork left {'it' if len(paths) == 1 else 'them'}: {file_list_text(paths)}; "
        f"nothing is taken back; put aside what was changed since, and try again{also}",
        paths,
    )


def _nothing_to_undo_error(root: Path) -> UndoError:
    return UndoError(f"{root}: there is no apply to undo")


def _failed_undo_error(error: OSError, done: str = "not all") -> WriteError:
    where = f"{error.filename}: " if error.filename else ""
    return WriteError(
        f"{where}{error.strerror or error}; {done} is taken back: run `unfork undo` again "
        "once that is mended"
    )
