"""Read many files by few system calls: the object that ``open`` returns costs as much as reading a small file."""

from __future__ import annotations

import os
import sys
from io import FileIO

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def read_file(path: str) -> bytes:
    """Return the bytes of a file. Raises OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, size + 1)
        return data if len(data) == size else data + _rest_of(descriptor)
    finally:
        os.close(descriptor)


def read_into(path: str, buffer: bytearray, largest: int | None = None) -> int | None:
    """Read a file into the start of a buffer, which grows if needed, and return the number of bytes.

    None for a file of more than ``largest`` bytes. Raises OSError.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        if largest is not None and os.fstat(descriptor).st_size > largest:
            return None
        size = _fill(descriptor, buffer)
        if size == len(buffer):
            buffer += _rest_of(descriptor)
            size = len(buffer)
        return size
    finally:
        os.close(descriptor)


if sys.platform == "win32":

    def _fill(descriptor: int, buffer: bytearray) -> int:
        with FileIO(descriptor, closefd=False) as file:
            return file.readinto(buffer) or 0

else:

    def _fill(descriptor: int, buffer: bytearray) -> int:
        return os.readv(descriptor, (buffer,))


def _rest_of(descriptor: int) -> bytes:
    with FileIO(descriptor, closefd=False) as file:
        return file.readall()
