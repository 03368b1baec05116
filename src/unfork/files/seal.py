"""Distinguish what unfork wrote on this machine from what came with somebody's folder.

A secret of the user, outside all trees, is created on first use. Data written with it gets a seal that cannot be forged
without the secret.
"""

from __future__ import annotations

import hmac
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from unfork.errors import WriteError
from unfork.files.durable import NEW, READ

_SIZE = 32


def seal_of(data: bytes) -> str:
    """Return the seal for ``data``. Raises WriteError if there is no secret, and none can be stored."""
    return hmac.digest(_secret_key(), data, "sha256").hex()


def is_ours(data: bytes, seal: str) -> bool:
    """Return whether ``data`` was sealed by this user on this machine."""
    secrets = filter(None, map(_read_secret, _secret_files()))
    return any(
        hmac.compare_digest(hmac.digest(secret, data, "sha256").hex(), seal) for secret in secrets
    )


def _secret_key() -> bytes:
    why = ""
    for file in _secret_files():
        try:
            return _read_secret(file) or _make_secret(file)
        except OSError as error:
            why = why or f"{error.filename or file}: {error.strerror}"
    raise WriteError(
        f"{why}; unfork keeps a key there, by which it knows its own journals: "
        "set XDG_STATE_HOME to a folder that can be written; nothing is changed"
    )


def _secret_files() -> Iterator[Path]:
    """Yield where the secret may be: in the user's folder, or without one among the temporary files."""
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME", "")
    with suppress(RuntimeError):  # a user without a home
        home = Path(given) if given and Path(given).is_absolute() else Path("~/.local/state")
        yield home.expanduser() / "unfork/key"
    if sys.platform == "win32":
        who = os.environ.get("USERNAME", "")
    else:
        who = str(os.getuid())
    with suppress(OSError):  # no temporary folder
        yield Path(tempfile.gettempdir()) / f"unfork-{who}/key"


def _read_secret(file: Path) -> bytes | None:
    """Return the secret in a file that belongs to the user, and that nobody else can read or could have placed."""
    try:
        handle = os.open(file, READ)
    except OSError:
        return None
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or state.st_size != _SIZE:
            return None
        if sys.platform != "win32" and (state.st_uid != os.geteuid() or state.st_mode & 0o077):
            return None
        return os.read(handle, _SIZE)
    finally:
        os.close(handle)


def _make_secret(file: Path) -> bytes:
    """Create the secret; if two processes do so at once, both get that of the first. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f"new-{os.getpid()}")
    new.unlink(missing_ok=True)
    handle = os.open(new, NEW, 0o600)
    try:
        os.write(handle, os.urandom(_SIZE))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        with suppress(FileExistsError):
            os.link(new, file)
    except OSError:  # no hard links there
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    kept = _read_secret(file)
    if kept is None:
        raise PermissionError(13, "not the user's own", str(file))
    return kept
