"""The files that several parts of a run read in full, each decoded and parsed once."""

from __future__ import annotations

from unfork.reading.source import Source

_ROOM = 200_000
"""How many bytes of files are kept: a syntax tree takes a hundred times the memory of its text."""


class WholeFiles:
    """The first files that a run reads. A text that differs from the kept one of its path is parsed by itself."""

    def __init__(self) -> None:
        self._kept: dict[str, Source] = {}
        self._free = _ROOM

    def of(self, path: str, raw: bytes) -> Source:
        """Return a file with the bytes ``raw``, as ``Source.read`` does. Raises Unparsable."""
        kept = self._kept.get(path)
        if kept is not None and kept.raw == raw:
            return kept
        source = Source.read(path, raw)
        if kept is None and len(raw) <= self._free:
            self._kept[path] = source
            self._free -= len(raw)
        return source
