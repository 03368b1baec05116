"""Changes go into the work tree all together, or not at all.

    lock → verify → journal → new texts beside their files, synced → replace each → journal done

Up to the last step there is a journal that says a writing is pending; killed anywhere, the tree is
brought back to what it was by `unfork undo`, or by the next apply before it begins.

What a careful editor minds:

- A file whose bytes are not those that its change was made for is not touched. That is looked at
  before anything is written, and again in the moment before the file is replaced.
- The mode, the owner (where the system permits) and the access lists of a file are kept.
- Where a path goes through symbolic links, what they lead to is replaced, if that is inside of the
  root, and the links stay.
- A file with further hard links gets bytes of its own, as it would from git: the other names may
  be in somebody's package cache, and keep the old ones.
- A file that nobody may write is not replaced, although its folder would permit that.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import WriteError
from unfork.files import durable
from unfork.files.dirty import Status, count, named
from unfork.files.journal import Entry, Journal, Store, load, new_journal, save, store_of
from unfork.files.locking import locked
from unfork.files.restore import new_file, put_back, states
from unfork.files.undo import PendingError
from unfork.values import Change, digest
from unfork_codemods.edits import splice

_WRITABLE = 0o222


@dataclass(frozen=True, slots=True)
class _Job:
    """A file, at ``path``, to replace by ``new``, or to delete where that is None."""

    entry: Entry
    path: Path
    new: bytes | None


def write_changes(root: Path, changes: Sequence[Change], allow_dirty: bool = False) -> None:
    """Write ``changes`` to the files below ``root``: all of them, or none.

    Raises WriteError, and the tree is as it was: where a file changed since it was read, is read
    only, is no file, or lies outside of the root; where the disk is full or fails; DirtyError where
    a file has changes that are not committed and ``allow_dirty`` is not given; LockedError where
    another run is writing; PendingError where a run before was cut off. Raises GitError where git
    fails.
    """
    if not changes:
        return
    store = store_of(root)
    with locked(store.lock):
        journal = load(store.pending)
        if journal is not None:
            raise PendingError(journal.since, tuple(e.path for e in journal.entries))
        places = _places(store, root, changes)
        status = Status.begin(store.base, places) if store.in_git and not allow_dirty else None
        jobs = _jobs(store, places, changes)
        if status is not None:
            status.refuse_dirty([job.entry.path for job in jobs])
        if jobs:
            _carry_out(store, jobs)


def _carry_out(store: Store, jobs: Sequence[_Job]) -> None:
    journal = new_journal([job.entry for job in jobs])
    try:
        with ExitStack() as stack:
            stack.callback(_back_out, store, journal)
            save(store.pending, journal)
            laid_out = _lay_out(store, journal, jobs)
            _replace(jobs, laid_out)
            store.pending.replace(store.last)
            stack.pop_all()
    except OSError as error:
        raise WriteError(f"{_place(error)}; nothing is changed") from error
    durable.sync_folders([store.folder])


def _back_out(store: Store, journal: Journal) -> None:
    """Undo what was done so far: whatever stopped us, a signal included."""
    try:
        if store.pending.exists():
            put_back(store, journal, states(store, journal))
    except OSError as error:
        raise WriteError(
            f"{_place(error)}, and so the files replaced before it could not be put back; "
            "run `unfork undo` once that is mended"
        ) from error


def _lay_out(store: Store, journal: Journal, jobs: Sequence[_Job]) -> list[Path | None]:
    """Write the new texts beside their files, and return where; None for what is to be deleted."""
    files: list[Path | None] = []
    for index, job in enumerate(jobs):
        file = new_file(store, journal, index) if job.new is not None else None
        files.append(file)
        if file is not None and job.new is not None:
            durable.write(file, job.new)
            durable.dress(file, job.path)
    durable.sync(filter(None, files))
    return files


def _replace(jobs: Sequence[_Job], files: Sequence[Path | None]) -> None:
    for job, file in zip(jobs, files):
        if digest(durable.read(job.path)) != job.entry.before:
            raise WriteError(_changed(job.entry.path))
        if file is None:
            job.path.unlink()
        else:
            file.replace(job.path)
    durable.sync_folders(job.path.parent for job in jobs)


def _places(store: Store, root: Path, changes: Sequence[Change]) -> list[str]:
    """Return the files that are meant, through all links, by their paths from the store's base."""
    base, top = os.fspath(store.base), os.path.realpath(root)
    folders: dict[str, str] = {}
    places = []
    for change in changes:
        path = _real(root, change, folders)  # text, not Path, as there may be thousands of them
        place = path[len(base) :].strip(os.sep).replace(os.sep, "/")
        if not path.startswith(top.rstrip(os.sep) + os.sep) or ".git" in place.lower().split("/"):
            raise WriteError(f"{change.path}: leads to {path}, out of the root; nothing is changed")
        places.append(place)
    if len(set(places)) < len(places):
        twice = {place for place in places if places.count(place) > 1}
        raise WriteError(f"{count(twice)} reached by two paths: {named(twice)}; nothing is changed")
    return places


def _real(root: Path, change: Change, folders: dict[str, str]) -> str:
    """Return a path without links in it; ``folders`` are those that are known by now."""
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
        raise WriteError(f"{_place(error)}; nothing is changed") from error
    except ValueError as error:
        raise WriteError(f"{change.path!r}: {error}; nothing is changed") from error


def _jobs(store: Store, places: Sequence[str], changes: Sequence[Change]) -> list[_Job]:
    """Read all files, and see that their changes can be carried out on them."""
    jobs = [_job(store, place, change) for place, change in zip(places, changes)]
    return [job for job in jobs if job.entry.before != job.entry.after]


def _job(store: Store, place: str, change: Change) -> _Job:
    path = store.base / place
    try:
        mode = path.stat().st_mode
        old = durable.read(path)
    except OSError as error:
        raise WriteError(f"{_place(error)}; nothing is changed") from error
    if digest(old) != change.before:
        raise WriteError(_changed(change.path))
    if not mode & _WRITABLE or not os.access(path, os.W_OK):
        raise WriteError(f"{change.path}: read-only; make it writable first; nothing is changed")
    new = None if change.deleted else splice(old, change.edits)
    after = None if new is None else digest(new)
    return _Job(Entry(place, change.before, after, mode, old), path, new)


def _changed(path: str) -> str:
    return f"{path}: changed since it was read; nothing is changed; run unfork again"


def _place(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
