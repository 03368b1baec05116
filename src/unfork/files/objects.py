"""New objects in a repository: blobs and trees, without the index, extra files or filters.

Blobs are passed to git as a pack, which takes a few lines of Python: one process handles all of them. A tree is made
from the previous one by changing some entries.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Mapping, Sequence

from unfork.errors import GitError
from unfork.files.repository import Repository

_BLOB = 3
_TREE_MODE = "040000"

Entry = tuple[str, str]
"""The mode and the id of a file or folder in a tree."""


class Objects:
    """Writes objects for commits that descend from the commit ``start``."""

    def __init__(self, repository: Repository, start: str) -> None:
        """Read the trees of the commit. Raises GitError."""
        self._git = repository.sealed_in(repository.top)
        self._hashes = repository.hashes
        listed = self._git.run("ls-tree", "-r", "-t", "-z", "--full-tree", start)
        self._folders: dict[str, dict[str, Entry]] = {"": {}}
        for row in os.fsdecode(listed).split("\0")[:-1]:
            about, _, path = row.partition("\t")
            mode, kind, oid = about.split(" ")
            folder, _, name = path.rpartition("/")
            self._folders[folder][name] = mode, oid
            if kind == "tree":
                self._folders[path] = {}

    def blobs(self, texts: Sequence[bytes]) -> list[str]:
        """Write blobs; return their ids. Raises GitError if one is missing afterwards."""
        if not texts:
            return []
        self._git.run("unpack-objects", "-q", stdin=_pack_of_blobs(texts, self._hashes))
        ids = [self._blob_id(text) for text in texts]
        asked = "".join(f"{oid}\n" for oid in ids).encode()
        told = self._git.run("cat-file", "--batch-check", stdin=asked).decode().splitlines()
        for oid, text, line in zip(ids, texts, told):
            if line != f"{oid} blob {len(text)}":
                raise GitError(f"git has not kept what was written: {line}")
        return ids

    def tree_with(self, rows: Mapping[str, Entry | None]) -> str:
        """Write trees with some files added, changed or (None) removed; return the id of the top tree."""
        changed = {""}
        for path, entry in rows.items():
            folder, _, name = path.rpartition("/")
            self._set_entry(folder, name, entry)
            while folder:
                changed.add(folder)
                folder = folder.rpartition("/")[0]
        top = ""
        by_depth: dict[int, list[str]] = {}
        for folder in sorted(changed):
            by_depth.setdefault(folder.count("/") + bool(folder), []).append(folder)
        for depth in sorted(by_depth, reverse=True):
            folders = by_depth[depth]
            for folder, oid in zip(folders, self._write_trees(folders)):
                if not folder:
                    top = oid
                else:
                    above, _, name = folder.rpartition("/")
                    self._set_entry(
                        above, name, (_TREE_MODE, oid) if self._folders[folder] else None
                    )
        return top

    def _set_entry(self, folder: str, name: str, entry: Entry | None) -> None:
        if entry is not None:
            self._folders[folder][name] = entry
        else:
            self._folders[folder].pop(name, None)

    def _write_trees(self, folders: Sequence[str]) -> list[str]:
        """Write the trees of folders; return their ids. One process writes all of them."""
        lists = [
            b"".join(map(_mktree_line, self._folders[folder].items())) + b"\0" for folder in folders
        ]
        asked = ("mktree", "-z", "--missing", "--batch")
        return self._git.run(*asked, stdin=b"".join(lists)).decode().split()

    def _blob_id(self, text: bytes) -> str:
        kind = hashlib.new(self._hashes, usedforsecurity=False)
        kind.update(b"blob %d\0" % len(text))
        kind.update(text)
        return kind.hexdigest()


def _mktree_line(named: tuple[str, Entry]) -> bytes:
    name, (mode, oid) = named
    kinds = {"040000": "tree", "160000": "commit"}
    return f"{mode} {kinds.get(mode, 'blob')} {oid}\t".encode() + os.fsencode(name) + b"\0"


def _pack_of_blobs(texts: Sequence[bytes], hashes: str) -> bytes:
    """Return a pack of blobs in the format of gitformat-pack(5)."""
    parts = [b"PACK", (2).to_bytes(4, "big"), len(texts).to_bytes(4, "big")]
    for text in texts:
        parts += [_object_header(len(text)), zlib.compress(text, 1)]
    pack = b"".join(parts)
    return pack + hashlib.new(hashes, pack, usedforsecurity=False).digest()


def _object_header(size: int) -> bytes:
    """Return the type and size of a blob: 4 bits of the size, then 7 at a time, lowest first."""
    byte, size = _BLOB << 4 | size & 0b1111, size >> 4
    head = bytearray()
    while size:
        head.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes((*head, byte))
