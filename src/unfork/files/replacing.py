"""Replace files all together, and only if each is as expected: for apply, undo and recovery.

    new texts next to their files, synced → each takes its file's place → a last check → old files are removed

The old file stays next to the new one until the last check. So if somebody saves a file at any moment before that, by
replacing it or by writing into an open file, the save is kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from unfork.errors import WriteError
from unfork.files import durable
from unfork.files.durable import Dress, Signature
from unfork.files.exchange import exchange_files, move_to_free, settle_exchange
from unfork.files.folders import Folders, Spot
from unfork.values import digest

_TRIES = 10


class MovedError(WriteError):
    """A file is not, or no longer, as expected; ``paths`` are relative to the base of the tree."""

    def __init__(self, paths: tuple[str, ...], message: str = "") -> None:
        self.paths = paths
        super().__init__(message or f"{paths[0]}: changed since it was read; nothing is changed")

    def __reduce__(self) -> tuple[type[MovedError], tuple[tuple[str, ...], str]]:
        return type(self), (self.paths, str(self))


@dataclass(slots=True)
class Replacement:
    """The new text for a file whose bytes have the digest ``old``. None means that there is no file.

    ``text`` makes the new bytes when they are written, since all of them at once may be many.
    ``waiting`` is the name next to it for the new text before the exchange, and for the old text afterwards. ``dress``
    is the metadata; None keeps that of the existing file.
    """

    path: str
    old: str | None
    text: Callable[[], bytes] | None
    waiting: str
    dress: Dress | None = None
    begun: bool = False
    mine: Signature | None = None
    theirs: Signature | None = None


def lay_out(folders: Folders, every: Sequence[Replacement]) -> None:
    """Write the new texts next to their files, and set the metadata. Raises OSError, MovedError if a file is gone."""
    with durable.Syncing() as syncing:
        for replacement in every:
            if replacement.text is None:
                continue
            spot = folders.spot(replacement.path, make=replacement.old is None)
            replacement.dress = replacement.dress or _read_metadata(spot, replacement.path)
            handle = durable.create_file(spot.beside(replacement.waiting), replacement.text())
            try:
                with durable.errors_with_path(spot.full_path):
                    durable.put_on(handle, replacement.dress)
            except BaseException:  # a signal too must leave no open file
                os.close(handle)
                raise
            syncing.add(handle, spot.full_path)


def _read_metadata(spot: Spot, path: str) -> Dress:
    try:
        with durable.open_for_reading(spot) as opened:
            return durable.dress_of(*opened)
    except FileNotFoundError:
        raise MovedError((path,)) from None


def replace_all(folders: Folders, every: Sequence[Replacement]) -> None:
    """Put each new text in its file's place. Raises OSError, MovedError if a file is not as expected."""
    folders.forget()
    for replacement in every:
        spot = folders.spot(replacement.path)
        waiting = spot.beside(replacement.waiting)
        replacement.mine = durable.signature_at(waiting) if replacement.text is not None else None
        if not _replace_file(replacement, spot, waiting):
            raise MovedError((replacement.path,))


def _replace_file(replacement: Replacement, spot: Spot, waiting: Spot) -> bool:
    """Replace one file; return whether it was as expected. If not, its current contents are put back."""
    replacement.begun = True
    try:
        if replacement.text is None:
            move_to_free(spot, waiting)
        elif replacement.old is None:
            move_to_free(waiting, spot)
        else:
            exchange_files(waiting, spot)
    except (FileExistsError, FileNotFoundError):
        return False
    if replacement.old is None:
        return True
    replacement.theirs = _signature_if_expected(waiting, replacement.old, replacement.dress)
    if replacement.theirs is None:
        _take_back_one(replacement, spot, waiting)
    return replacement.theirs is not None


def _signature_if_expected(spot: Spot, wanted: str, dress: Dress | None) -> Signature | None:
    """Return a file's signature from before it was read; None if its digest or metadata differ."""
    with (
        suppress(durable.NoFileError, FileNotFoundError),
        durable.open_for_reading(spot) as (handle, state),
    ):
        is_dressed = dress is None or dress.fits(state)
        if is_dressed and digest(durable.contents(handle)) == wanted:
            return durable.signature_of(state)
    return None


def still_there(folders: Folders, every: Iterable[Replacement]) -> None:
    """Check that neither the replaced files nor their replacements were touched. Raises MovedError, OSError."""
    folders.forget()
    for replacement in every:
        spot = folders.spot(replacement.path)
        current, beside = (
            durable.signature_at(spot),
            durable.signature_at(spot.beside(replacement.waiting)),
        )
        if not _is_same_file(current, replacement.mine) or not _is_same_file(
            beside, replacement.theirs
        ):
            raise MovedError((replacement.path,))
        replacement.mine, replacement.theirs = current, beside


def _is_same_file(one: Signature | None, other: Signature | None) -> bool:
    """Return whether it is the same file with the same bytes; its change time changes with its name."""
    return one == other or (one is not None and other is not None and one[:-1] == other[:-1])


def take_back(folders: Folders, every: Sequence[Replacement]) -> bool:
    """Put all replaced files back, last one first; return whether no temporary file is left.

    Raises the first OSError at the end.

    Anything saved in the meantime stays where it was saved. Whether a file was replaced is determined from what is
    there, because the interruption may have come between the replacement and its record.
    """
    folders.forget()
    failed: OSError | None = None
    for replacement in reversed(every):
        try:
            if replacement.begun:
                spot = folders.spot(replacement.path)
                _take_back_one(replacement, spot, spot.beside(replacement.waiting))
        except OSError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return remove_waiting(folders, every)


def _take_back_one(replacement: Replacement, spot: Spot, waiting: Spot) -> None:
    settle_exchange(waiting, spot)
    beside = durable.signature_at(waiting)
    if replacement.text is None:
        if beside is not None:
            with suppress(FileExistsError):  # then there is a newer file
                move_to_free(waiting, spot)
    elif _is_same_file(beside, replacement.mine):
        return
    elif replacement.old is None:
        _remove_created_file(replacement, spot, waiting)
    else:
        _exchange_back(replacement, spot, waiting)


def _remove_created_file(replacement: Replacement, spot: Spot, waiting: Spot) -> None:
    """Remove a file that did not exist before, unless it was saved since."""
    try:
        move_to_free(spot, waiting)
    except FileNotFoundError:
        return
    if not _is_same_file(durable.signature_at(waiting), replacement.mine):
        with suppress(FileExistsError):
            move_to_free(waiting, spot)


def _exchange_back(replacement: Replacement, spot: Spot, waiting: Spot) -> None:
    """Restore the old file, unless somebody has saved over our new one, which is then newer."""
    going, coming = replacement.mine, durable.signature_at(waiting)
    for _ in range(_TRIES):
        try:
            exchange_files(waiting, spot)
        except FileNotFoundError:  # deleted since
            with suppress(FileExistsError):
                move_to_free(waiting, spot)
            return
        out = durable.signature_at(waiting)
        if _is_same_file(out, going):
            return
        going, coming = coming, out


def remove_waiting(folders: Folders, every: Iterable[Replacement]) -> bool:
    """Remove the waiting files; return whether all of them are gone. Raises nothing."""
    gone = [_remove_one_waiting(folders, replacement) for replacement in every]
    return all(gone)


def _remove_one_waiting(folders: Folders, replacement: Replacement) -> bool:
    try:
        return durable.remove_temporary(folders.spot(replacement.path).beside(replacement.waiting))
    except OSError:
        return False
