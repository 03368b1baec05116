"""Files that several parts of a run need, each parsed once: whole, or by their import statements alone."""

from __future__ import annotations

from unfork.reading.source import Head, Source

_ROOM = 2_000_000
"""Bytes of text of which the trees are kept: a tree takes some fifty times as much."""


class Sources:
    """The files of a run that are read whole. A text that differs from the last one of its path is read again.

    The first ones are kept, with all that is worked out from them, as long as there is room.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._known: dict[str, Source] = {}

    def read(self, path: str, raw: bytes) -> Source:
        """Return a file, as ``Source.read`` does. Raises Unparsable."""
        known = self._known.get(path)
        if known is not None and known.raw == raw:
            return known
        source = Source.read(path, raw)
        room = self._room + (len(known.raw) if known is not None else 0)
        if len(raw) <= room:
            self._known[path], self._room = source, room - len(raw)
        return source

    def forget(self, path: str) -> None:
        """Drop a file, and make room for another."""
        known = self._known.pop(path, None)
        if known is not None:
            self._room += len(known.raw)


class Heads:
    """Files by their import statements alone. A text that differs from the last one of its path is parsed again.

    ``sources`` are those that are read whole.
    """

    def __init__(self) -> None:
        self.sources = Sources()
        self._known: dict[str, tuple[bytes, Head]] = {}

    def of(self, path: str, raw: bytes) -> Head:
        """Return a file by its import statements, as ``Source.head`` does. Raises Unparsable."""
        known = self._known.get(path)
        if known is None or known[0] != raw:
            known = self._known[path] = raw, _head_with_imports(path, raw)
        return known[1]


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
