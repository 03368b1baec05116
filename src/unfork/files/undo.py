"""Taking the last apply back, and mending one that was cut off."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import UnforkError, WriteError
from unfork.files import durable
from unfork.files.dirty import count, named
from unfork.files.journal import Journal, Store, load, store_of
from unfork.files.locking import LockedError, locked
from unfork.files.restore import State, put_back, states, strangers


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back: the files put back, relative to the root, and when they were written.

    ``cut_off`` says that the apply (or an undo of it) had been killed half way.
    """

    paths: tuple[str, ...]
    since: str
    cut_off: bool


class PendingError(WriteError):
    """A run of ``since`` was cut off while it replaced ``paths`` (from the top of the tree)."""

    def __init__(self, since: str, paths: tuple[str, ...]) -> None:
        self.since, self.paths = since, paths
        super().__init__(
            f"a run of unfork was cut off while it wrote {count(paths)} ({since}); "
            "`unfork undo` puts them back as they were, and so does the next `unfork apply`"
        )

    def __reduce__(self) -> tuple[type[PendingError], tuple[str, tuple[str, ...]]]:
        return PendingError, (self.since, self.paths)


class UndoError(UnforkError):
    """Nothing was taken back; ``paths`` are the files that somebody else has changed since."""

    def __init__(self, message: str, paths: tuple[str, ...] = ()) -> None:
        self.paths = paths
        super().__init__(message)

    def __reduce__(self) -> tuple[type[UndoError], tuple[str, tuple[str, ...]]]:
        return UndoError, (str(self), self.paths)


def pending(root: Path) -> PendingError | None:
    """Return what there is to say of a run that was cut off, None where none was.

    A run that is still writing is none. Raises GitError where git fails, WriteError where the
    journal cannot be read.
    """
    store = store_of(root)
    journal = load(store.pending)
    if journal is None:
        return None
    try:
        with locked(store.lock, patience=0):
            journal = load(store.pending)
    except LockedError:
        return None
    except WriteError:  # it cannot be locked: then nobody is writing
        pass
    return PendingError(journal.since, _paths(journal)) if journal else None


def recover(root: Path) -> UndoReport | None:
    """Bring the tree back to before the run that was cut off; return None where none was.

    Raises UndoError where that would overwrite what somebody has written since, WriteError where
    the files cannot be written; LockedError, GitError.
    """
    store = store_of(root)
    if load(store.pending) is None:
        return None
    with locked(store.lock):
        return _recover(store, root)


def undo(root: Path) -> UndoReport:
    """Take back the last apply, or the one that was cut off.

    Raises UndoError, and nothing is done, where there is none, or where files are not as it left
    them; WriteError where the files cannot be written; LockedError, GitError.
    """
    store = store_of(root)
    if load(store.pending) is None and load(store.last) is None:
        raise _nothing(root)
    with locked(store.lock):
        return _recover(store, root) or _undo(store, root)


def _recover(store: Store, root: Path) -> UndoReport | None:
    journal = load(store.pending)
    if journal is None:
        return None
    try:
        found = states(store, journal)
        if foreign := strangers(store, journal, found):
            raise _changed(foreign, f"; to keep all files as they are, delete {store.pending}")
        paths = put_back(store, journal, found)
    except OSError as error:
        raise _failed(error) from error
    return UndoReport(_from_root(store, root, paths), journal.since, cut_off=True)


def _undo(store: Store, root: Path) -> UndoReport:
    journal = load(store.last)
    if journal is None:
        raise _nothing(root)
    found: tuple[State, ...] = ()
    try:
        found = states(store, journal)
        every = zip(journal.entries, found)
        if foreign := tuple(entry.path for entry, state in every if state is State.FOREIGN):
            raise _changed(foreign)
        store.last.replace(store.pending)
        durable.sync_folders([store.folder])
        paths = put_back(store, journal, found)
    except OSError as error:
        _keep(store, journal, found)
        raise _failed(error) from error
    return UndoReport(_from_root(store, root, paths), journal.since, cut_off=False)


def _keep(store: Store, journal: Journal, found: Sequence[State]) -> None:
    """Where no file is put back yet, the undo has not begun."""
    with suppress(OSError):
        if store.pending.exists() and states(store, journal) == found:
            store.pending.replace(store.last)


def _paths(journal: Journal) -> tuple[str, ...]:
    return tuple(entry.path for entry in journal.entries)


def _from_root(store: Store, root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    here = os.path.realpath(root)
    return tuple(sorted(Path(os.path.relpath(store.base / p, here)).as_posix() for p in paths))


def _changed(paths: tuple[str, ...], also: str = "") -> UndoError:
    return UndoError(
        f"{count(paths)} not as unfork left {'it' if len(paths) == 1 else 'them'}: {named(paths)}; "
        f"nothing is taken back; put aside what was changed since, and try again{also}",
        paths,
    )


def _nothing(root: Path) -> UndoError:
    return UndoError(f"{root}: there is no apply to take back")


def _failed(error: OSError) -> WriteError:
    where = f"{error.filename}: " if error.filename else ""
    return WriteError(
        f"{where}{error.strerror or error}; not all is taken back: run `unfork undo` again "
        "once that is mended"
    )
