"""Facts that functions work out from an object, and that are kept with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Self, TypeVar, cast

_Result = TypeVar("_Result")


class WorksOutOnce:
    """An object that never changes, and so tells each function the same."""

    def once(self, work_out: Callable[[Self], _Result]) -> _Result:
        """Return what a function works out from the object; it is called once. Raises what the function raises."""
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        return cast(_Result, self._worked_out[work_out])

    @cached_property
    def _worked_out(self) -> dict[object, object]:
        return {}
