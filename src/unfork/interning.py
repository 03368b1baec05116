"""One object for equal values: thousands of files have the same ones, and each would take 100 bytes and more."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import TypeVar

_Value = TypeVar("_Value", bound=Hashable)


def interned(value: _Value) -> _Value:
    """Return a value that is equal to ``value``: the first of those asked for lately."""
    first: _Value = _first(value)
    return first


@lru_cache(maxsize=4096)
def _first(value: _Value) -> _Value:
    return value
