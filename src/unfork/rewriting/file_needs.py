"""What one file takes from other modules, before or after its rewrite, and what they must therefore still offer."""

from __future__ import annotations

from collections.abc import Sequence

from unfork.reading.entry_points import is_entry_point_file
from unfork.reading.source import Unparsable
from unfork.rewriting.constraints import Constraints, ExternalReferences, Taken, Wrapper
from unfork.rewriting.engine import Engine
from unfork.rewriting.entry_points import names_declared
from unfork.rewriting.external_references import demands_of
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.importers import names_taken_of
from unfork_codemods.bindings import Bindings
from unfork_codemods.edits import Edit, apply_edits
from unfork_codemods.project import ImportCodemod, Key

_NO_BINDINGS = Bindings()


def external_references_of(
    engine: Engine,
    path: str,
    interest: frozenset[str],
    edits: Sequence[Edit] | None = None,
    unchanged: bool = False,
    bindings: Bindings = _NO_BINDINGS,
    wrappers: tuple[Wrapper, ...] = (),
) -> ExternalReferences:
    """Return the names of other modules that a file uses; with ``edits``, those it uses of shims after the edits.

    ``unchanged``: the file itself is not rewritten. A file that does not parse uses nothing.
    """
    if is_entry_point_file(path):
        return _demands_of_manifest(engine, path, interest)
    try:
        raw = apply_edits(engine.tree.read(path), edits or ())
        source = engine.heads.sources.read(path, raw)
        codemod = _demanding_codemod(engine, edits, unchanged, bindings)
        facts = Constraints(look=True, wrappers=wrappers)
        return demands_of(FileContext(source, engine.index, codemod, facts), interest)
    except (Unparsable, OSError):
        return ExternalReferences()


def _demands_of_manifest(engine: Engine, path: str, interest: frozenset[str]) -> ExternalReferences:
    """Return the names that entry points load from modules that are not legacy ones."""
    try:
        names = names_declared(path, engine.tree.read(path), engine.index)
    except OSError:
        return ExternalReferences()
    moving = engine.replaced
    used = (pair for pair in names if pair[1] in interest and pair[0] not in moving)
    return ExternalReferences(frozenset(used))


def _demanding_codemod(
    engine: Engine, edits: Sequence[Edit] | None, unchanged: bool, bindings: Bindings
) -> ImportCodemod:
    """Return the codemod that rewrites some of the uses, which then no longer constrain other files."""
    if edits is not None:
        return engine.shim_codemod
    return engine.idle_codemod if unchanged else engine.bound(bindings)[0]


def names_still_taken(
    engine: Engine,
    path: str,
    edits: Sequence[Edit],
    keys: frozenset[Key],
    wrappers: tuple[Wrapper, ...] = (),
) -> frozenset[Taken]:
    """Return what a file uses of certain modules after ``edits``; a file that does not parse uses nothing."""
    try:
        source = engine.heads.sources.read(path, apply_edits(engine.tree.read(path), edits))
        return names_taken_of(source, engine.index, keys, wrappers)
    except (Unparsable, OSError):
        return frozenset()
