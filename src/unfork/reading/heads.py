"""Files that several parts of a run need, each parsed once: whole, or by their import statements alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from unfork.garbage import collect_garbage
from unfork.reading.source import Head, Source

_ROOM = 2_000_000
"""Bytes of text of which the trees are kept: a tree takes some fifty times as much."""
_FOR_EACH = 1_000
"""Bytes of that room which go for each file that may change: what is known of it has to be kept, too."""
_LEAST = 50_000
"""Bytes of text of which the trees are kept however many files may change: the first ones, of the modules that move."""
_ROOM_OF_HEADS = 4_000_000
"""Bytes of text of which the import statements are kept."""
_HEADS_FOR_EACH = 2_000
"""Bytes of that room which go for each file that may change."""
_Parsed = TypeVar("_Parsed", bound=Source)


class _Kept(Generic[_Parsed]):
    """Parsed files. A text that differs from the last one of its path is parsed again.

    The first ones are kept, with all that is worked out from them, as long as there is room. ``is_full``: there was
    none for some file. ``for_each``: how much of the room goes for each file that may change, down to ``least``.
    """

    def __init__(
        self, parse: Callable[[str, bytes], _Parsed], room: int, for_each: int, least: int = 0
    ) -> None:
        self._parse, self._whole, self._for_each, self._least = parse, room, for_each, least
        self._room, self._reserved, self.is_full = room, 0, False
        self._known: dict[str, _Parsed] = {}

    def reserve_for(self, files: int) -> None:
        """Keep less, since so many files may change."""
        reserved = max(0, min(files * self._for_each, self._whole - self._least))
        self._room, self._reserved = self._room + self._reserved - reserved, reserved

    def read(self, path: str, raw: bytes) -> _Parsed:
        """Return a file. Raises Unparsable."""
        known = self._known.get(path)
        if known is not None and known.raw == raw:
            return known
        parsed = self._parse(path, raw)
        collect_garbage()  # of the files for which there was no room: their scopes are in cycles
        room = self._room + (len(known.raw) if known is not None else 0)
        if len(raw) <= room:
            self._known[path], self._room = parsed, room - len(raw)
        else:
            self.is_full = True
        return parsed


class Sources(_Kept[Source]):
    """The files of a run that are read whole, as by ``Source.read``."""

    def __init__(self, room: int = _ROOM, least: int = _LEAST) -> None:
        super().__init__(Source.read, room, _FOR_EACH, least)


class Heads:
    """The files of a run by their import statements alone; ``sources`` are those that are read whole."""

    def __init__(self) -> None:
        self.sources = Sources()
        self._heads = _Kept(_head_with_imports, _ROOM_OF_HEADS, _HEADS_FOR_EACH)

    def reserve_for(self, files: int) -> None:
        """Keep less, since so many files may change."""
        self.sources.reserve_for(files)
        self._heads.reserve_for(files)

    def of(self, path: str, raw: bytes) -> Head:
        """Return a file by its import statements, as ``Source.head`` does. Raises Unparsable."""
        return self._heads.read(path, raw)


def _head_with_imports(path: str, raw: bytes) -> Head:
    """Return a file by its import statements alone: of all that is around them, only what it says of them is kept."""
    source = Source.read(path, raw)
    head = source.head()
    if not isinstance(head, Head):
        head = Head(path, raw, source.data, source.encoding, source.tree, len(source.data))
    for statement in head.imports:
        statement.block, statement.scope, statement.attempts = [statement.node], head.part, ()
    head.part.body.clear()
    return head
