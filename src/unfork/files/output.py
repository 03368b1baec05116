"""Report files named by the user: the old contents stay until all of the new text is written."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from unfork.files import durable


def write_output(file: Path, data: bytes) -> None:
    """Write a file completely or not at all; through links, and to pipes and devices. Raises OSError.

    If the folder is not writable but the file is, it is written in place.
    """
    place = Path(os.path.realpath(file))
    if place.exists() and not place.is_file():
        place.write_bytes(data)
        return
    new = durable.spot_of_path(place.with_name(f".unfork-{crc32(os.fsencode(place.name)):08x}.out"))
    durable.remove_temporary(new)
    try:
        handle = durable.create_file(new, data)
    except PermissionError:
        place.write_bytes(data)
        return
    try:
        try:
            _set_metadata(handle, place)
        finally:
            os.close(handle)  # Windows removes no file that is open
        Path(new.name).replace(place)
    except BaseException:  # a signal too must leave no temporary file
        durable.remove_temporary(new)
        raise


def _set_metadata(handle: int, place: Path) -> None:
    """Give a new file the metadata of the file that it replaces, or the defaults of any new file."""
    with suppress(FileNotFoundError), durable.open_for_reading(durable.spot_of_path(place)) as old:
        durable.put_on(handle, durable.dress_of(*old))
        return
    mask = os.umask(0)
    os.umask(mask)
    with suppress(OSError):
        os.chmod(handle, 0o666 & ~mask)
