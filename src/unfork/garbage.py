"""Python's search for cycles of objects that nothing else refers to, done when it pays.

Syntax trees have many objects, and few of them are in cycles.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY = 100_000
"""The number of new objects after which garbage is collected."""


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep Python from repeatedly searching the many objects of syntax trees for cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def collect_garbage() -> None:
    """Collect garbage if there are enough new objects."""
    if gc.get_count()[0] > _MANY:
        gc.collect(0)
