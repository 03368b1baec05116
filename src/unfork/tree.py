"""The files a run reads: those of the work tree, or those of a commit."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Tree(Protocol):
    """Files by their path relative to the root, with ``/``. A tree can be sent to another process."""

    root: Path

    def paths(self) -> tuple[str, ...]:
        """Return all files that git tracks or does not ignore (or what stands for them), sorted."""

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""
