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
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import WriteError
from unfork.files import durable
from unfork.files.dirty import count, named, refuse_dirty
from unfork.files.journal import Entry, Journal, Store, load, new_journal, save, store_of
from unfork.files.locking import locked
from unfork.files.restore import new_file, put_back, states
from unfork.files.undo import PendingError
from unfork.values import Change, digest

_WRITABLE = 0o222


@dataclass(frozen=True, slots=True)
class _Job:
    """A file to replace by ``new``, or to delete where that is None."""

    entry: Entry
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
        jobs = _jobs(store, root, changes)
        if store.in_git and not allow_dirty:
            refuse_dirty(store.base, [job.entry.path for job in jobs])
        if jobs:
            _carry_out(store, jobs)


def _carry_out(store: Store, jobs: Sequence[_Job]) -> None:
    journal = new_journal([job.entry for job in jobs])
    try:
        with ExitStack() as stack:
            stack.callback(_back_out, store, journal)
            save(store.pending, journal)
            _lay_out(store, journal, jobs)
            _replace(store, journal, jobs)
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


def _lay_out(store: Store, journal: Journal, jobs: Sequence[_Job]) -> None:
    files: list[Path] = []
    for index, job in enumerate(jobs):
        if job.new is not None:
            files.append(new_file(store, journal, index))
            durable.write(files[-1], job.new)
            durable.dress(files[-1], store.base / job.entry.path)
    durable.sync(files)


def _replace(store: Store, journal: Journal, jobs: Sequence[_Job]) -> None:
    for index, job in enumerate(jobs):
        path = store.base / job.entry.path
        if digest(durable.read(path)) != job.entry.before:
            raise WriteError(_changed(job.entry.path))
        if job.new is None:
            path.unlink()
        else:
            new_file(store, journal, index).replace(path)
    durable.sync_folders((store.base / job.entry.path).parent for job in jobs)


def _jobs(store: Store, root: Path, changes: Sequence[Change]) -> list[_Job]:
    """Read all files, and see that their changes can be carried out on them."""
    jobs = [_job(store, Path(os.path.realpath(root)), change) for change in changes]
    paths = [job.entry.path for job in jobs]
    if len(set(paths)) < len(paths):
        twice = {path for path in paths if paths.count(path) > 1}
        raise WriteError(f"{count(twice)} reached by two paths: {named(twice)}; nothing is changed")
    return [job for job in jobs if job.entry.before != job.entry.after]


def _job(store: Store, root: Path, change: Change) -> _Job:
    try:
        path = _real(root, change)
        mode = path.stat().st_mode
        old = durable.read(path)
    except OSError as error:
        raise WriteError(f"{_place(error)}; nothing is changed") from error
    if digest(old) != change.before:
        raise WriteError(_changed(change.path))
    if not mode & _WRITABLE or not os.access(path, os.W_OK):
        raise WriteError(f"{change.path}: read-only; make it writable first; nothing is changed")
    new = None if change.deleted else change.result(old)
    after = None if new is None else digest(new)
    where = path.relative_to(store.base).as_posix()
    return _Job(Entry(where, change.before, after, mode, old), new)


def _real(root: Path, change: Change) -> Path:
    """Return the file that is meant, through all links."""
    try:
        path = Path(os.path.realpath(root / change.path, strict=True))
    except ValueError as error:
        raise WriteError(f"{change.path!r}: {error}; nothing is changed") from error
    if not path.is_relative_to(root) or ".git" in path.relative_to(root).as_posix().lower().split(
        "/"
    ):
        raise WriteError(f"{change.path}: leads to {path}, out of the root; nothing is changed")
    if change.deleted and (root / change.path).is_symlink():
        raise WriteError(f"{change.path}: a symbolic link; delete it by hand; nothing is changed")
    return path


def _changed(path: str) -> str:
    return f"{path}: changed since it was read; nothing is changed; run unfork again"


def _place(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
