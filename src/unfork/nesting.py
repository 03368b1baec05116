"""Room on the stack for code that is nested deeply: each ``elif`` and each term of a sum is one level deeper."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_FRAMES = 5000
"""Python allows 1,000 calls inside each other, and 150 ``elif`` take as many. The stack of 2 MB that Windows gives has
room for more than these."""


@contextmanager
def room_for_nesting() -> Iterator[None]:
    """Let calls be nested as deeply as the trees of real code need."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
