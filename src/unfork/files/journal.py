"""The record of the last write: enough to undo it, complete or interrupted.

A journal is one file: a line with its seal, a line of JSON, then the old bytes of all affected files, one after
another. It is named ``pending`` while files are being replaced or restored, and ``done`` once all of them are: that
single rename commits an apply; for an undo, the rename to ``undone`` does. Then what remains next to the files is
removed, and ``done`` becomes ``last``, while ``undone`` is deleted. In any other case, a tree with a ``pending``
journal is restored to what it was before.

A tree may come from a stranger, with a journal in it. Only journals with the seal of this user on this machine are
trusted.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from unfork.errors import WriteError
from unfork.file_kinds import CODE
from unfork.files import durable
from unfork.files.durable import Dress
from unfork.files.repository import Repository, find_repository
from unfork.files.seal import is_ours, seal_of
from unfork.values import digest

_TOKEN = re.compile(r"[0-9a-f]{16}")
_SIGN = b"unfork journal 2"
_FIRST = re.compile(rb"unfork journal 2 ([0-9a-f]{64}) ([0-9]{1,10})\n")
_LONGEST = 256 << 20
_PLAIN = 0o777
"""The mode bits of plain files."""
_WRITTEN_TOO = ("pyproject.toml", "setup.cfg")


@dataclass(frozen=True, slots=True)
class Store:
    """Where the journal of a tree is kept: in ``folder``, with paths relative to ``base``, which contains no links.

    The folder is a hidden folder of the tree, at the top of the git work tree ``repository``, or of the root. It does
    not depend on the git folder, which may appear, disappear and move; git is told to ignore it.
    """

    base: Path
    repository: Repository | None = None

    @property
    def folder(self) -> Path:
        """unfork's own folder."""
        return self.base / ".unfork"

    @property
    def pending(self) -> Path:
        """The journal of a write that is running or was interrupted."""
        return self.folder / "pending"

    @property
    def done(self) -> Path:
        """The journal of a completed write, before the files next to the originals are removed."""
        return self.folder / "done"

    @property
    def undone(self) -> Path:
        """The journal of an undone write, before the files next to the originals are removed."""
        return self.folder / "undone"

    @property
    def last(self) -> Path:
        """The journal of the last write."""
        return self.folder / "last"

    @property
    def lock(self) -> Path:
        """The file that the writing process holds locked."""
        return self.folder / "lock"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file before and after: its ``path`` from the base, its ``old`` bytes, and its metadata.

    ``before`` is the digest of the old bytes, ``after`` that of the new ones; None means that the file is deleted.
    """

    path: str
    before: str
    after: str | None
    dress: Dress
    old: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """All files of one write, in the order in which they are replaced.

    ``token`` is part of the names of all temporary files; ``since`` is the start time.
    """

    token: str
    since: str
    entries: tuple[Entry, ...]


def may_be_written(path: str) -> bool:
    """Return whether a plan may change such a file; a journal with any other file is not ours."""
    return path.endswith(CODE) or path.rpartition("/")[2] in _WRITTEN_TOO


def store_of(root: Path) -> Store:
    """Return where the journal for ``root`` is kept.

    Raises GitError if git fails, WriteError if the folder is not unfork's own.
    """
    repository = find_repository(root)
    base = repository.top if repository else Path(os.path.realpath(root))
    return _checked_store(Store(base, repository))


def stores_near(root: Path) -> Iterator[Store]:
    """Yield where a journal about files of ``root`` may be, the usual place first.

    What is a git work tree today may not have been one when the journal was written, and vice versa. So the folders
    above are checked too, and those between the root and the current one.
    """
    first = store_of(root)
    yield first
    top, now = Path(os.path.realpath(root)), Path(os.path.realpath("."))
    inner = [parent for parent in (now, *now.parents) if parent.is_relative_to(top)]
    for folder in dict.fromkeys((*inner, top, *top.parents)):
        store = Store(folder, first.repository)
        if folder != first.base and store.folder.is_dir() and not store.folder.is_symlink():
            yield store


def _checked_store(store: Store) -> Store:
    if os.path.islink(store.folder):  # noqa: PTH114 (it raises nothing)
        raise WriteError(f"{store.folder}: a symbolic link, where unfork keeps its own; remove it")
    return store


def new_journal(entries: Sequence[Entry]) -> Journal:
    """Return the journal for a write that starts now."""
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return Journal(os.urandom(8).hex(), since, tuple(entries))


def save_journal(file: Path, journal: Journal) -> None:
    """Write a journal completely or not at all. Raises OSError; WriteError if it cannot be sealed."""
    head = json.dumps(
        {
            "token": journal.token,
            "since": journal.since,
            "files": list(map(_row_of_entry, journal.entries)),
        }
    ).encode()
    first = b"%s %s %d\n" % (_SIGN, seal_of(head).encode(), len(head))
    texts = first, head, *(entry.old for entry in journal.entries)
    temporary = file.with_name("new")
    durable.remove_temporary(durable.spot_of_path(temporary))
    try:
        with durable.Syncing() as syncing:
            syncing.add(
                durable.create_file(durable.spot_of_path(temporary), *texts), str(temporary)
            )
        temporary.replace(file)
    except OSError:
        durable.remove_temporary(durable.spot_of_path(temporary))
        raise
    durable.sync_folder(file.parent)
    durable.sync_folder(file.parent.parent)  # it may be new too


def _row_of_entry(entry: Entry) -> list[object]:
    dress, more = entry.dress, {k: v.hex() for k, v in entry.dress.attributes.items()}
    return [entry.path, entry.before, entry.after, len(entry.old), dress.mode, *dress.owner, more]


def load_journal(file: Path) -> Journal | None:
    """Return the journal in ``file``, or None if there is none.

    Raises WriteError if it cannot be read, or is not what ``save_journal`` wrote for this user on this machine.
    """
    try:
        with (
            durable.open_for_reading(durable.spot_of_path(file)) as (handle, _),
            open(handle, "rb", closefd=False) as text,
        ):
            first = _FIRST.fullmatch(text.readline(200))
            if first is None or (size := int(first[2])) > _LONGEST:
                raise ValueError("it does not begin like one")
            head = text.read(size)
            if not is_ours(head, first[1].decode()):
                raise ValueError("it was not written by this user on this machine")
            return _parse_journal(json.loads(head), text)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WriteError(
            f"{file}: this journal cannot be read: {error.strerror}; nothing is changed"
        ) from error
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise WriteError(f"{file}: this journal is damaged ({error}); remove it by hand") from error


def _parse_journal(head: dict[str, object], text: BinaryIO) -> Journal:
    token, since, rows = head["token"], head["since"], head["files"]
    if not isinstance(rows, list) or not isinstance(since, str):
        raise ValueError("it is of another version")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ValueError("its token is none")
    entries: list[Entry] = []
    for path, before, after, size, mode, owner, group, more in rows:
        attributes = {name: bytes.fromhex(value) for name, value in more.items()}
        dress = Dress(mode & _PLAIN, (owner, group), attributes)
        entries.append(_checked_entry(path, before, after, dress, text.read(size)))
    if text.read(1):
        raise ValueError("its length is wrong")
    return Journal(token, since, tuple(entries))


def _checked_entry(path: object, before: object, after: object, dress: Dress, old: bytes) -> Entry:
    if (
        not isinstance(path, str)
        or not isinstance(before, str)
        or not isinstance(after, str | None)
    ):
        raise TypeError("a wrong type")
    if not _is_below(path) or not may_be_written(path):
        raise ValueError(f"{path} is not a path below the root of a file that unfork writes")
    if digest(old) != before:
        raise ValueError(f"the old text of {path} is not what it was")
    return Entry(path, before, after, dress, old)


def _is_below(path: str) -> bool:
    """Return whether a path stays below its start, and outside git's folder."""
    way = Path(path)
    parts = {part.lower() for part in way.parts}
    return not way.anchor and not parts & {"..", ".git"} and "\0" not in path
