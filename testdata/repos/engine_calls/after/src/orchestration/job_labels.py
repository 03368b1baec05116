"""What jobs are called on screen."""

import importlib
import warnings
from typing import TYPE_CHECKING, Any


def label(name: str, upper: bool = False) -> str:
    warnings.warn(
        f"{__name__}.label is deprecated since 2025-11-19 and will be removed in 2026-06; "
        "use src.orchestration.labels.label instead",
        DeprecationWarning,
        stacklevel=2,
    )
    return importlib.import_module("src.orchestration.labels").label(name, shout=upper)


__all__ = [
    "label",
]

_FORWARDS: dict[str, tuple[str, str]] = {}

if TYPE_CHECKING:
    pass
else:

    def __getattr__(name: str) -> Any:
        if name not in _FORWARDS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, target = _FORWARDS[name]
        warnings.warn(
            f"{__name__}.{name} is deprecated since 2025-11-19 and will be removed in 2026-06; "
            f"use {module}.{target} instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(importlib.import_module(module), target)


def __dir__() -> list[str]:
    return sorted({*globals(), *_FORWARDS})
