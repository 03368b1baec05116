"""The heads of files that several parts of a run need, each parsed once."""

from __future__ import annotations

from unfork.reading.source import Source


class Heads:
    """Files by their import statements alone. A text that differs from the last one of its path is parsed again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Source]] = {}

    def of(self, path: str, raw: bytes) -> Source:
        """Return a file by its import statements, as ``Source.head`` does. Raises Unparsable."""
        known = self._known.get(path)
        if known is None or known[0] != raw:
            known = self._known[path] = raw, Source.read(path, raw).head()
        return known[1]
