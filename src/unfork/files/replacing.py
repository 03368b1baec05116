"""Files are replaced all together, and only where what is there is what it should be: for apply, undo and recovery.

    new texts beside their files, synced → each takes its file's place → a last look → what was there goes

What was there stays, beside the file, until the last look: so a file that somebody saves at any moment before that
keeps what was saved, be it that the file was replaced by another, or that one who had it open wrote into it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from unfork.errors import WriteError
from unfork.files import durable
from unfork.files.durable import Dress, Signature
from unfork.files.exchange import exchange, move_to_free, settle
from unfork.files.folders import Folders, Spot
from unfork.values import digest

_TRIES = 10


class MovedError(WriteError):
    """A file is not, or no longer, what it should be; ``paths``, from the base of the tree."""

    def __init__(self, paths: tuple[str, ...], message: str = "") -> None:
        self.paths = paths
        super().__init__(message or f"{paths[0]}: changed since it was read; nothing is changed")

    def __reduce__(self) -> tuple[type[MovedError], tuple[tuple[str, ...], str]]:
        return type(self), (self.paths, str(self))


@dataclass(slots=True)
class Replacement:
    """What a file, whose bytes have the digest ``old``, is to become: ``text``. None: it is not there.

    ``waiting`` is the name beside it under which the new text waits, and the old one afterwards. ``dress`` is what
    belongs to it besides; None: what belongs to the file that is there.
    """

    path: str
    old: str | None
    text: bytes | None
    waiting: str
    dress: Dress | None = None
    begun: bool = False
    mine: Signature | None = None
    theirs: Signature | None = None


def lay_out(folders: Folders, every: Sequence[Replacement]) -> None:
    """Write the new texts beside their files, and dress them. Raises OSError, MovedError where a file is gone."""
    with durable.Syncing() as syncing:
        for each in every:
            if each.text is None:
                continue
            spot = folders.spot(each.path, make=each.old is None)
            each.dress = each.dress or _dress(spot, each.path)
            handle = durable.create(spot.beside(each.waiting), each.text)
            try:
                with durable.named(spot.full):
                    durable.put_on(handle, each.dress)
            except BaseException:
                os.close(handle)
                raise
            syncing.add(handle, spot.full)


def _dress(spot: Spot, path: str) -> Dress:
    try:
        with durable.reading(spot) as opened:
            return durable.dress_of(*opened)
    except FileNotFoundError:
        raise MovedError((path,)) from None


def replace_all(folders: Folders, every: Sequence[Replacement]) -> None:
    """Put each new text in its file's place. Raises MovedError where a file is not as it should be, OSError."""
    folders.forget()
    for each in every:
        spot = folders.spot(each.path)
        waiting = spot.beside(each.waiting)
        each.mine = durable.look(waiting) if each.text is not None else None
        if not _replace(each, spot, waiting):
            raise MovedError((each.path,))


def _replace(each: Replacement, spot: Spot, waiting: Spot) -> bool:
    """Replace one file; return whether it was what it should be. Else it is there again, as it is by now."""
    each.begun = True
    try:
        if each.text is None:
            move_to_free(spot, waiting)
        elif each.old is None:
            move_to_free(waiting, spot)
        else:
            exchange(waiting, spot)
    except (FileExistsError, FileNotFoundError):
        return False
    if each.old is None:
        return True
    each.theirs = _seen(waiting, each.old, each.dress)
    if each.theirs is None:
        _take_back_one(each, spot, waiting)
    return each.theirs is not None


def _seen(spot: Spot, wanted: str, dress: Dress | None) -> Signature | None:
    """Return the signature that a file had before it was read; None where it has another digest, or another dress."""
    with suppress(durable.NoFileError, FileNotFoundError), durable.reading(spot) as (handle, state):
        is_dressed = dress is None or dress.fits(state)
        if is_dressed and digest(durable.contents(handle)) == wanted:
            return durable.signature(state)
    return None


def still_there(folders: Folders, every: Iterable[Replacement]) -> None:
    """See that nobody has touched what was replaced, or what replaced it. Raises MovedError, OSError."""
    folders.forget()
    for each in every:
        spot = folders.spot(each.path)
        there, beside = durable.look(spot), durable.look(spot.beside(each.waiting))
        if not _same(there, each.mine) or not _same(beside, each.theirs):
            raise MovedError((each.path,))
        each.mine, each.theirs = there, beside


def _same(one: Signature | None, other: Signature | None) -> bool:
    """Return whether it is the same file with the same bytes; its last time changes with its name."""
    return one == other or (one is not None and other is not None and one[:-1] == other[:-1])


def take_back(folders: Folders, every: Sequence[Replacement]) -> bool:
    """Give all files that were replaced their old place again, the last one first; return whether nothing lies about.

    Raises the first OSError at the end.

    What somebody has saved in the meantime stays where it was saved. Whether a file was replaced is told from what is
    there: whatever stopped us may have done so between the replacing and its being noted.
    """
    folders.forget()
    failed: OSError | None = None
    for each in reversed(every):
        try:
            if each.begun:
                spot = folders.spot(each.path)
                _take_back_one(each, spot, spot.beside(each.waiting))
        except OSError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return forget(folders, every)


def _take_back_one(each: Replacement, spot: Spot, waiting: Spot) -> None:
    settle(waiting, spot)
    beside = durable.look(waiting)
    if each.text is None:
        if beside is not None:
            with suppress(FileExistsError):  # then a newer file is there
                move_to_free(waiting, spot)
    elif _same(beside, each.mine):
        return
    elif each.old is None:
        _withdraw(each, spot, waiting)
    else:
        _exchange_back(each, spot, waiting)


def _withdraw(each: Replacement, spot: Spot, waiting: Spot) -> None:
    """Take a file away that was not there before, unless it was saved since."""
    try:
        move_to_free(spot, waiting)
    except FileNotFoundError:
        return
    if not _same(durable.look(waiting), each.mine):
        with suppress(FileExistsError):
            move_to_free(waiting, spot)


def _exchange_back(each: Replacement, spot: Spot, waiting: Spot) -> None:
    """Put back what was there, unless somebody has saved something over what we have put there: that is newer."""
    going, coming = each.mine, durable.look(waiting)
    for _ in range(_TRIES):
        try:
            exchange(waiting, spot)
        except FileNotFoundError:  # it was deleted since
            with suppress(FileExistsError):
                move_to_free(waiting, spot)
            return
        out = durable.look(waiting)
        if _same(out, going):
            return
        going, coming = coming, out


def forget(folders: Folders, every: Iterable[Replacement]) -> bool:
    """Remove what waits beside the files; return whether all of it is gone. Raises nothing."""
    gone = [_forget(folders, each) for each in every]
    return all(gone)


def _forget(folders: Folders, each: Replacement) -> bool:
    try:
        return durable.discard(folders.spot(each.path).beside(each.waiting))
    except OSError:
        return False
