"""The list of repositories: a path or URL a line, ``#`` begins a comment."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from unfork.errors import UnforkError

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://|[^/\\:\s]+@[^/\\:\s]+:")
"""``scheme://...`` and ``user@host:path``; a drive letter is neither."""
_COMMENT = re.compile(r"(^|\s)#.*")
_SECRET = re.compile(r"(://[^/@:\s]*):[^/@\s]*@")
_ODD = re.compile(r"[^\w.-]+")


class Listed(NamedTuple):
    """A repository of the list: how it is called, its folder, and the URL that the folder is cloned from, if any."""

    name: str
    folder: Path
    url: str = ""


def read_list(file: Path, clones: Path) -> tuple[Listed, ...]:
    """Return the repositories that ``file`` lists, clones below the folder ``clones``.

    Paths are relative to the list. Raises UnforkError, with the line, for a list that cannot be read or is empty, and
    for a repository that is there twice.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UnforkError(f"{file}: cannot be read: {why}") from None
    lines: dict[Path, int] = {}
    listed = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (entry := _COMMENT.sub("", line).strip()):
            continue
        repository = _listed_repository(entry, file, clones)
        if (first := lines.setdefault(repository.folder, number)) != number:
            raise UnforkError(f"{file}:{number}: {repository.name}: is in line {first} already")
        listed.append(repository)
    if not listed:
        raise UnforkError(f"{file}: lists no repository; write a path or a URL a line")
    return tuple(listed)


def _listed_repository(entry: str, file: Path, clones: Path) -> Listed:
    if _URL.match(entry):
        # a password belongs neither into a summary nor into a log
        name = _SECRET.sub(r"\1@", entry)
        return Listed(name, clones / _clone_name(name), entry)
    return Listed(entry, (file.parent / Path(entry).expanduser()).resolve())


def _clone_name(url: str) -> str:
    """Return a folder name that a person recognizes, and that no other URL has."""
    last = _ODD.sub("-", re.split(r"[/:\\]", url.rstrip("/"))[-1].removesuffix(".git")).strip("-.")
    return f"{last or 'clone'}-{sha256(url.encode()).hexdigest()[:8]}"
