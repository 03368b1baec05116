"""What loads by a name that its text does not tell, or only in part: ``import_module(path)``, ``f"a.{name}"``."""

from __future__ import annotations

import re

from unfork.planning.computed_imports import (
    LOADING,
    ComputedImport,
    imports_by_names,
    may_load,
    modules_found,
)
from unfork.planning.run import Run
from unfork.reading.source import Unparsable
from unfork.rewriting.file_context import FileContext

_SHIM = re.compile(rb"^_FORWARDS\b", re.MULTILINE)
"""What a shim has: it loads what its own table names."""
_TABLE_OF_MODULES = frozenset({"sys.modules", "from sys import"})
_LOOKING_UP = re.compile(rb"\bmodules\s*(?:\[|\.\s*get\b)|\bin\s+(?:sys\.)?modules\b")
"""What a text has that looks up a module in ``sys.modules`` and is no reload or replacement."""


def loads(run: Run) -> tuple[tuple[str, ComputedImport], ...]:
    """Return what the files of the project load by a name, as far as their texts tell that."""
    found: list[tuple[str, ComputedImport]] = []
    for path in run.naming(LOADING):
        try:
            data = run.read(path)
            if _SHIM.search(data) or not may_load(data):
                continue
            source = run.engine.heads.sources.read(path, data)
            texts = FileContext(source, run.engine.index, run.redirect_codemod).texts
            found += ((path, computed) for computed in imports_by_names(source, texts))
        except (Unparsable, RecursionError):
            continue
    return tuple(found)


def _modules_looked_up(run: Run) -> tuple[tuple[str, ComputedImport], ...]:
    """Return what the files of the project look up in ``sys.modules`` by names that are not known in full."""
    found: list[tuple[str, ComputedImport]] = []
    for path in run.naming(_TABLE_OF_MODULES):
        try:
            data = run.read(path)
            if _LOOKING_UP.search(data):
                source = run.engine.heads.sources.read(path, data)
                context = FileContext(source, run.engine.index, run.redirect_codemod)
                found += ((path, computed) for computed in modules_found(context))
        except (Unparsable, RecursionError):
            continue
    return tuple(found)


def forms_loaded(run: Run) -> tuple[tuple[ComputedImport, str], ...]:
    """Return the forms of what the project loads by names that are not told, each with the first place."""
    found: dict[str, tuple[ComputedImport, str]] = {}
    for path, computed in (*run.once(loads), *run.once(_modules_looked_up)):
        if computed.is_in_part:
            found.setdefault(computed.form, (computed, f"{path}:{computed.line}"))
    return tuple(found.values())


def place_of_loading(run: Run) -> str | None:
    """Return where the project loads by a path that may be anything, or configures logging by settings."""
    for found, place in run.once(forms_loaded):
        if not (found.is_known or found.is_found):
            return place
    for path in run.naming(frozenset({"dictConfig", "fileConfig"})):
        for number, line in enumerate(run.read(path).splitlines(), 1):
            if b"Config(" in line:
                return f"{path}:{number}"
    return None
