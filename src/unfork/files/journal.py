"""What is known of the last writing: enough to take it back, whole or cut off in the middle.

A journal is one file: a line of JSON, then the old bytes of all files concerned, one after another.
It is named ``pending`` while files are being replaced, or put back, and ``last`` once all of them
are: one renaming is the moment at which an apply has happened. Whatever else is found, a tree with
a ``pending`` journal is brought back to what it was before.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from unfork.errors import WriteError
from unfork.files import durable, git
from unfork.values import digest

_TOKEN = re.compile(r"[0-9a-f]{16}")
_SIGN = "unfork journal 1"


@dataclass(frozen=True, slots=True)
class Store:
    """Where the journal of a tree is kept: in ``folder``; its paths start from ``base``.

    In a git work tree these are the git folder and the top of the tree, so that any root in it
    finds them; else a hidden folder of the root, and the root. ``base`` has no links in it.
    """

    base: Path
    folder: Path
    in_git: bool

    @property
    def pending(self) -> Path:
        """The journal of a writing that is going on, or was cut off."""
        return self.folder / "pending"

    @property
    def last(self) -> Path:
        """The journal of the last writing, all of which was done."""
        return self.folder / "last"

    @property
    def lock(self) -> Path:
        """The file that whoever writes holds locked."""
        return self.folder / "lock"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file before and after: its ``path`` from the base, its mode, its ``old`` bytes.

    ``before`` is the digest of those, ``after`` that of the new ones; None: the file is deleted.
    """

    path: str
    before: str
    after: str | None
    mode: int
    old: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """All files of one writing, in the order in which they are replaced.

    ``token`` is part of the names of all temporary files; ``since`` is when it began.
    """

    token: str
    since: str
    entries: tuple[Entry, ...]


def store_of(root: Path) -> Store:
    """Return where the journal for ``root`` is.

    Raises GitError where git fails, WriteError where the folder is not unfork's own.
    """
    repository = git.find(root)
    if repository is not None:
        store = Store(repository.top, repository.state, in_git=True)
    else:
        base = Path(os.path.realpath(root))
        store = Store(base, base / ".unfork", in_git=False)
    if os.path.islink(store.folder):  # noqa: PTH114 (it raises nothing)
        raise WriteError(f"{store.folder}: a symbolic link, where unfork keeps its own; remove it")
    return store


def new_journal(entries: Sequence[Entry]) -> Journal:
    """Return the journal of a writing that begins now."""
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return Journal(os.urandom(8).hex(), since, tuple(entries))


def save(file: Path, journal: Journal) -> None:
    """Write a journal so that it is there, whole, or not at all. Raises OSError."""
    rows = [[e.path, e.before, e.after, e.mode, len(e.old)] for e in journal.entries]
    head = {"is": _SIGN, "token": journal.token, "since": journal.since, "files": rows}
    text = b"\n".join((json.dumps(head).encode(), b"".join(e.old for e in journal.entries)))
    temporary = file.with_name("new")
    durable.discard([temporary])
    try:
        durable.write(temporary, text)
        durable.sync([temporary])
        temporary.replace(file)
    except OSError:
        durable.discard([temporary])
        raise
    durable.sync_folders([file.parent, file.parent.parent])  # it may be new itself


def load(file: Path) -> Journal | None:
    """Return the journal in ``file``, None where there is none.

    Raises WriteError where it cannot be read, or is not what ``save`` wrote.
    """
    try:
        head, _, texts = file.read_bytes().partition(b"\n")
        return _parsed(json.loads(head), texts)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WriteError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise WriteError(f"{file}: this journal is damaged ({error}); remove it by hand") from error


def _parsed(head: dict[str, object], texts: bytes) -> Journal:
    token, since, rows = head["token"], head["since"], head["files"]
    if head["is"] != _SIGN or not isinstance(rows, list) or not isinstance(since, str):
        raise ValueError("it is of another version")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ValueError("its token is none")
    entries: list[Entry] = []
    at = 0
    for path, before, after, mode, size in rows:
        entries.append(_entry(path, before, after, mode, texts[at : at + size]))
        at += size
    if at != len(texts):
        raise ValueError("its length is wrong")
    return Journal(token, since, tuple(entries))


def _entry(path: object, before: object, after: object, mode: object, old: bytes) -> Entry:
    if not isinstance(path, str) or not isinstance(before, str) or not isinstance(mode, int):
        raise TypeError("a wrong type")
    if not isinstance(after, str | None):
        raise TypeError("a wrong type")
    if not _is_below(path):
        raise ValueError(f"{path} is not a path below the root")
    if digest(old) != before:
        raise ValueError(f"the old text of {path} is not what it was")
    return Entry(path, before, after, stat.S_IMODE(mode), old)


def _is_below(path: str) -> bool:
    """Return whether a path stays below where it starts, and out of git's folder."""
    way = Path(path)
    parts = {part.lower() for part in way.parts}
    return not way.anchor and not parts & {"..", ".git"} and "\0" not in path
