"""Run unfork on this system with what Windows has not taken away, and what it does differently put in its place.

    python tests/support/like_windows.py diff ...

The standard library is imported first, so it goes on working; what unfork asks (the platform, flags, signals,
calls for folder handles) is answered as on Windows. Files opened without ``O_BINARY`` have their line ends translated,
no file is renamed over another, locks are those of msvcrt, and connections to workers are named pipes. What this does
not show: the names and paths of Windows, and that an open file can be neither replaced nor removed.
"""

from __future__ import annotations

import asyncio  # noqa: F401 (all of these, before the platform changes)
import concurrent.futures.process  # noqa: F401
import ctypes  # noqa: F401
import fcntl
import multiprocessing.connection
import multiprocessing.popen_fork
import os
import pathlib  # noqa: F401
import shutil  # noqa: F401
import signal
import socket  # noqa: F401
import ssl  # noqa: F401
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
import types
import uuid  # noqa: F401
import webbrowser  # noqa: F401
from typing import Any

import click._termui_impl
import click.shell_completion  # noqa: F401
import rich.console  # noqa: F401

BINARY = 1 << 40
_open, _write, _read, _rename = os.open, os.write, os.read, os.rename
_texts: set[int] = set()


def become_windows() -> None:
    """Change this process, and those forked from it."""
    multiprocessing.set_start_method("fork")
    _connect_by_named_pipes()
    _open_as_text()
    msvcrt: Any = types.ModuleType("msvcrt")
    msvcrt.LK_NBLCK, msvcrt.LK_UNLCK = 2, 0
    msvcrt.locking = lambda handle, mode, size: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    sys.modules["msvcrt"] = msvcrt
    sys.modules["fcntl"] = None  # type: ignore[assignment]
    os.rename = _rename_to_what_is_not_there
    os.supports_dir_fd.clear()
    for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_ASYNC"):
        delattr(os, name)
    for name in ("getuid", "geteuid", "chown", "fchown", "killpg", "getxattr", "listxattr"):
        if hasattr(os, name):
            delattr(os, name)
    for name in ("SIGHUP", "pthread_sigmask", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"):
        delattr(signal, name)
    sys.platform = "win32"


def _connect_by_named_pipes() -> None:
    module: Any = multiprocessing.connection
    base = module._ConnectionBase
    methods = {
        name: value
        for name, value in vars(module.Connection).items()
        if name not in ("__dict__", "__weakref__")
    }
    module.PipeConnection = type("PipeConnection", (base,), methods)
    # what is a Connection on Windows is a socket; a pipe is none
    pipe = types.FunctionType(
        module.Pipe.__code__,
        {**vars(module), "Connection": module.PipeConnection},
        argdefs=module.Pipe.__defaults__,
    )
    module.Pipe = pipe


def _open_as_text() -> None:
    def open_(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        assert dir_fd is None, "Windows has no handles of folders"
        handle = _open(path, flags & ~BINARY, mode)
        (_texts.discard if flags & BINARY else _texts.add)(handle)
        return handle

    def write(handle: int, data: Any) -> int:
        if handle not in _texts:
            return _write(handle, data)
        _write(handle, bytes(data).replace(b"\n", b"\r\n"))
        return len(data)

    def read(handle: int, size: int) -> bytes:
        data = _read(handle, size)
        return data.partition(b"\x1a")[0].replace(b"\r\n", b"\n") if handle in _texts else data

    changed: Any = os
    changed.O_BINARY = BINARY
    changed.open, changed.write, changed.read = open_, write, read
    changed.urandom = lambda size: (b"\n\x1a\r\n" * size)[:size]  # a key that a text would change


def _rename_to_what_is_not_there(old: Any, new: Any, **folders: Any) -> None:
    if os.path.lexists(new):
        raise FileExistsError(17, "Cannot create a file when that file already exists", str(new))
    _rename(old, new, **folders)


if __name__ == "__main__":
    become_windows()
    from unfork.__main__ import main

    sys.exit(main())
