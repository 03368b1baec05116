"""Modules that other modules make as they run, so that no file of the tree shows them.

six.py    sys.meta_path.append(finder)    makes six.moves
"""

from __future__ import annotations

import re

_MAKES_MODULES = re.compile(
    rb"\bsys\.(?:modules\[[^\]\n]*\]\s*=|modules\.(?:update|setdefault)|meta_path)"
)
_OPENS = re.compile(
    rb"(?<![.\w])__path__(?:\s*\+?=(?!=)|\s*:[^\n]*=|\[[:\d]*\]\s*=(?!=)|\.(?:append|extend|insert)\b)"
    rb"|\bdeclare_namespace\("
)


def makes_modules(data: bytes) -> bool:
    """Return whether a module's text changes how modules are found: ``sys.modules``, ``sys.meta_path``."""
    return b"sys.m" in data and _MAKES_MODULES.search(data) is not None


def looks_elsewhere(data: bytes) -> bool:
    """Return whether a package's text makes Python look for its modules elsewhere, too: ``__path__`` (5.3.1)."""
    is_named = b"__path__" in data or b"declare_namespace" in data
    return is_named and _OPENS.search(data) is not None


def may_have_unseen_modules(data: bytes) -> bool:
    """Return whether there may be modules inside a module that no file beside it shows."""
    return makes_modules(data) or looks_elsewhere(data)
