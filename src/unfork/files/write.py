"""Write changes into the work tree all together, or not at all.

    lock → verify → journal → new texts next to their files, synced → check → replace each → check → journal done

Until the last step, a journal says that a write is pending. If the run is killed at any point, the tree is restored by
`unfork undo`, or by the next apply before it begins.

Details:

- What the plan depends on is checked again before the first file is replaced and after the last: see `basis`.
- A file whose bytes are not those that its change was made for is not touched. That is checked before anything is
  written, and again once the new text has taken its place, when nobody can overwrite it any more: see `replacing`.
- The mode, the owner (if the system permits) and the access lists of a file are kept.
- If a path goes through symbolic links, their target is replaced if it is inside the root, and the links stay.
- A file with further hard links gets its own bytes, as with git: the other names may be in somebody's package cache,
  and keep the old ones.
- A file that is read-only is not replaced, although its folder would permit that.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unfork.errors import WriteError
from unfork.files import durable
from unfork.files.basis import Look, from_root
from unfork.files.dirty import Status, file_count_text, file_list_text
from unfork.files.durable import Signature
from unfork.files.folders import Folders
from unfork.files.journal import (
    Entry,
    Journal,
    Store,
    load_journal,
    may_be_written,
    new_journal,
    save_journal,
    store_of,
)
from unfork.files.locking import hold_lock
from unfork.files.replacing import (
    MovedError,
    Replacement,
    lay_out,
    remove_waiting,
    replace_all,
    still_there,
    take_back,
)
from unfork.files.restore import GONE, clean_up_finished, waiting_name
from unfork.files.undo import PendingError
from unfork.values import Basis, Change, digest
from unfork_codemods.edits import apply_edits

_WRITABLE = 0o222


@dataclass(frozen=True, slots=True)
class _Job:
    """A file to replace by what ``new`` returns, or to delete if that is None; ``seen`` is its signature when read."""

    entry: Entry
    new: Callable[[], bytes] | None
    seen: Signature


@dataclass(frozen=True, slots=True)
class _Tree:
    """Where to write: the ``root`` of the plan, the ``store`` of its journal, and the folders from its base."""

    root: Path
    store: Store
    folders: Folders


def write_changes(
    root: Path, changes: Sequence[Change], allow_dirty: bool = False, basis: Basis | None = None
) -> None:
    """Write ``changes`` to the files below ``root``: all of them, or none.

    Raises WriteError, with the tree unchanged, if a file is read-only, is not a file, or is outside the root, or if the
    disk is full or fails. Subclasses: MovedError if a file changed since it was read, or a file that the plan depends
    on (``basis``) did; DirtyError if a file has uncommitted changes and ``allow_dirty`` is not set; LockedError if
    another run is writing; PendingError if an earlier run was interrupted. Raises GitError if git fails.
    """
    if not changes:
        if basis is not None:
            _refuse_changed(Look(basis).differing())
        return
    store = store_of(root)
    with hold_lock(store.lock), Folders(store.base) as folders:
        journal = load_journal(store.pending)
        if journal is not None:
            raise PendingError(journal.since, tuple(e.path for e in journal.entries))
        clean_up_finished(store, folders)
        _verify_and_write(_Tree(root, store, folders), changes, allow_dirty, basis)


def _verify_and_write(
    tree: _Tree, changes: Sequence[Change], allow_dirty: bool, basis: Basis | None
) -> None:
    look = Look(basis) if basis is not None else None
    places = _paths_from_base(tree.store, tree.root, changes)
    repository = None if allow_dirty else tree.store.repository
    status = Status(repository, places) if repository is not None else None
    jobs = _read_jobs(tree.folders, places, changes)
    if status is not None:
        status.refuse_dirty({job.entry.path: job.entry.old for job in jobs})
    if jobs:
        _carry_out(tree, jobs, look)


def _carry_out(tree: _Tree, jobs: Sequence[_Job], look: Look | None) -> None:
    store, journal = tree.store, new_journal([job.entry for job in jobs])
    todo = [_replacement_of_job(journal, number, job) for number, job in enumerate(jobs)]
    told = from_root(tree.root, store.base)
    known = {told(job.entry.path): job.seen for job in jobs}
    try:
        save_journal(store.pending, journal)
        lay_out(tree.folders, todo)
        if look is not None:
            _refuse_changed(look.differing(known=known))
        replace_all(tree.folders, todo)
        _look_again(tree, todo, look)
        store.pending.replace(store.done)
    except BaseException as error:  # after a signal too: all files are written, or none
        _back_out(tree, todo)
        if isinstance(error, OSError):
            raise _write_error(error) from error
        raise
    try:
        _clean_up(tree, todo)
    except BaseException:  # all is done: a signal should leave nothing behind
        _clean_up(tree, todo)
        raise


def _clean_up(tree: _Tree, todo: Sequence[Replacement]) -> None:
    durable.sync_folder(tree.store.folder)
    if remove_waiting(tree.folders, todo):  # otherwise the next run does it
        with suppress(OSError):
            tree.store.done.replace(tree.store.last)


def _replacement_of_job(journal: Journal, number: int, job: _Job) -> Replacement:
    name = waiting_name(journal, number, "new")
    return Replacement(job.entry.path, job.entry.before, job.new, name, job.entry.dress)


def _look_again(tree: _Tree, todo: Sequence[Replacement], look: Look | None) -> None:
    """Check that everything is as planned, except the replaced files, and wait until those are on disk."""
    again = look.again() if look is not None else None
    durable.sync_folders(tree.folders, [replacement.path for replacement in todo])
    still_there(tree.folders, todo)
    if again is not None:
        told = from_root(tree.root, tree.store.base)
        _refuse_changed(
            again.differing(
                written={told(replacement.path): replacement.mine for replacement in todo}
            )
        )


def _refuse_changed(paths: Sequence[str]) -> None:
    if paths:
        raise MovedError(
            tuple(paths),
            f"{file_count_text(paths)} changed since the plan was made: {file_list_text(paths)}; nothing is changed; "
            "run unfork again",
        )


def _back_out(tree: _Tree, todo: Sequence[Replacement]) -> None:
    """Undo what was done so far, whatever the interruption, signals included."""
    try:
        if tree.store.pending.exists():
            if take_back(tree.folders, todo):
                tree.store.pending.unlink(missing_ok=True)
            else:  # the next run cleans up
                tree.store.pending.replace(tree.store.undone)
            durable.sync_folder(tree.store.folder)
    except OSError as error:
        raise WriteError(
            f"{_describe_error(error)}, and so the files replaced before it could not be put back; "
            "run `unfork undo` once that is mended"
        ) from error


def _paths_from_base(store: Store, root: Path, changes: Sequence[Change]) -> list[str]:
    """Return the target files, with all links resolved, by their paths from the store's base."""
    base, top = os.fspath(store.base), os.path.realpath(root)
    folders: dict[str, str] = {}
    places = []
    for change in changes:
        path = _resolved_path(root, change, folders)  # str, not Path: there may be thousands
        place = path[len(base) :].strip(os.sep).replace(os.sep, "/")
        if not path.startswith(top.rstrip(os.sep) + os.sep) or ".git" in place.lower().split("/"):
            why = f"leads to {path}, out of the root; nothing is changed; see what that link is for"
            raise WriteError(f"{change.path}: {why}, and run unfork again")
        places.append(place)
    if len(set(places)) < len(places):
        twice = {place for place in places if places.count(place) > 1}
        raise WriteError(
            f"{file_count_text(twice)} reached by two paths: {file_list_text(twice)}; nothing is changed"
        )
    return places


def _resolved_path(root: Path, change: Change, folders: dict[str, str]) -> str:
    """Return a path with links resolved; ``folders`` caches resolved folders."""
    folder, _, name = change.path.rpartition("/")
    try:
        if folder not in folders:
            folders[folder] = os.path.realpath(root / folder, strict=True)
        path = folders[folder].rstrip(os.sep) + os.sep + name
        if not stat.S_ISLNK(os.lstat(path).st_mode):
            return path
        if change.deleted:
            why = "a symbolic link; delete it by hand; nothing is changed"
            raise WriteError(f"{change.path}: {why}")
        return os.path.realpath(path, strict=True)
    except OSError as error:
        raise _write_error(error) from error
    except ValueError as error:
        raise WriteError(f"{change.path!r}: {error}; nothing is changed") from error


def _read_jobs(folders: Folders, places: Sequence[str], changes: Sequence[Change]) -> list[_Job]:
    """Read all files, and check that their changes can be applied to them."""
    jobs = [_read_job(folders, place, change) for place, change in zip(places, changes)]
    return [job for job in jobs if job.entry.before != job.entry.after]


def _read_job(folders: Folders, place: str, change: Change) -> _Job:
    if not may_be_written(place):
        raise WriteError(f"{change.path}: unfork writes no such files; nothing is changed")
    try:
        spot = folders.spot(place)
        with durable.open_for_reading(spot) as (handle, state):
            dress, old = durable.dress_of(handle, state), durable.contents(handle)
        writable = os.access(spot.name, os.W_OK, dir_fd=spot.folder)
    except OSError as error:
        raise _write_error(error) from error
    if digest(old) != change.before:
        raise MovedError((change.path,))
    if not dress.mode & _WRITABLE or not writable:
        raise WriteError(f"{change.path}: read-only; make it writable first; nothing is changed")
    new = None if change.deleted else partial(apply_edits, old, change.edits)
    after = None if new is None else digest(new())
    seen = durable.signature_of(state)
    return _Job(Entry(place, change.before, after, dress, old), new, seen)


def _write_error(error: OSError) -> WriteError:
    """Return our error for a system error; if a planned file or folder is gone, the plan is made again."""
    if error.errno in GONE:
        message = f"{_describe_error(error)}; nothing is changed; run unfork again"
        return MovedError((str(error.filename),), message)
    return WriteError(f"{_describe_error(error)}; nothing is changed")


def _describe_error(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
