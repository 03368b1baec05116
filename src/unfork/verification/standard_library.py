"""What the standard library of the running Python has not: modules by its own finder, names by their symbol tables."""

from __future__ import annotations

import symtable
import sysconfig
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

_GIVES_MORE = (
    "__getattr__",
    "_convert_",
    "exec(",
    "global_enum",
    "globals",
    "import *",
    "locals()",
    "sys.modules",
)
"""What a module has that may give itself names which its text does not show."""


@cache
def is_absent(dotted: str) -> bool:
    """Return whether a dotted name that begins in the standard library certainly leads to nothing."""
    module: ModuleSpec | None = None
    folders = [sysconfig.get_path("stdlib")]
    parts = dotted.split(".")
    if parts[0] == "distutils":  # setuptools brings another one
        return False
    for end, part in enumerate(parts, 1):
        inner = PathFinder.find_spec(".".join(parts[:end]), folders)
        if inner is None:
            return module is not None and _lacks(module, part)
        module, folders = inner, [*(inner.submodule_search_locations or ())]
    return False


def _lacks(module: ModuleSpec, name: str) -> bool:
    if module.origin is None or not module.origin.endswith(".py"):
        return False
    text = Path(module.origin).read_text(encoding="utf-8")
    words = symtable.symtable(text, module.origin, "exec").get_identifiers()
    return name not in words and not any(sign in text for sign in _GIVES_MORE)
