"""What loads by a name that its text does not tell, or only in part: ``import_module(path)``, ``f"a.{name}"``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from unfork.planning.computed_imports import (
    ASKING,
    LOADING,
    ComputedImport,
    imports_by_names,
    may_load,
    modules_found,
)
from unfork.planning.run import Run
from unfork.reading.prefilter import may_compute_paths
from unfork.reading.source import Unparsable
from unfork.rewriting.file_context import FileContext

_SHIM = re.compile(rb"^_FORWARDS\b", re.MULTILINE)
"""What a shim has: it loads what its own table names."""
_LOOKING_UP = re.compile(rb"\bmodules\s*(?:\[|\.\s*get\b)|\bin\s+(?:sys\.)?modules\b")
"""What a text has that looks up a module in ``sys.modules`` and is no reload or replacement."""


_Told = tuple[str, ComputedImport]
"""What a file loads, or looks up, with the file."""


def loads(run: Run) -> tuple[_Told, ...]:
    """Return what the files of the project load by a name, as far as their texts tell that."""

    def is_near(data: bytes) -> bool:
        return not _SHIM.search(data) and may_load(data)

    return tuple(_told_by_files(run, run.naming(LOADING), is_near, _loaded_by))


def loads_in_pieces(run: Run) -> tuple[_Told, ...]:
    """Return what the files of the project load by a path that is no plain string where it is loaded."""

    def is_near(data: bytes) -> bool:
        has_word = b"import_module" in data or b"__import__" in data
        return has_word and may_compute_paths(data)

    return tuple(_told_by_files(run, run.naming(ASKING), is_near, _loaded_by))


def loads_in_part(run: Run) -> Iterator[_Told]:
    """Yield what the files of the project load by names that are not known, or not in full."""
    told = _told_by_files(run, run.computing_paths, lambda _: True, _loaded_by)
    return ((path, computed) for path, computed in told if computed.is_in_part)


def modules_looked_up(run: Run) -> tuple[_Told, ...]:
    """Return what the files of the project look up in ``sys.modules`` by names that are put together, or not known."""
    paths = run.users_of_sys_modules
    return tuple(_told_by_files(run, paths, _LOOKING_UP.search, modules_found))


def _loaded_by(context: FileContext) -> Iterator[ComputedImport]:
    return imports_by_names(context.source, context.texts)


def _told_by_files(
    run: Run,
    paths: Iterable[str],
    is_near: Callable[[bytes], object],
    told_by: Callable[[FileContext], Iterator[ComputedImport]],
) -> Iterator[_Told]:
    """Yield what each of some files tells, if its bytes may."""
    for path in paths:
        data = run.read(path)
        if not is_near(data):
            continue
        try:
            source = run.engine.heads.sources.read(path, data)
            context = FileContext(source, run.engine.index, run.redirect_codemod)
            yield from ((path, computed) for computed in told_by(context))
        except (Unparsable, RecursionError):
            continue


def forms_loaded(run: Run) -> tuple[tuple[ComputedImport, tuple[str, ...]], ...]:
    """Return the forms of what the project loads by names that are not told, each with its first place in each file."""
    found: dict[str, tuple[ComputedImport, dict[str, str]]] = {}
    for path, computed in (*run.once(loads), *run.once(modules_looked_up)):
        if computed.is_in_part:
            _, places = found.setdefault(computed.form, (computed, {}))
            places.setdefault(path, f"{path}:{computed.line}")
    return tuple((computed, tuple(places.values())) for computed, places in found.values())


def place_of_loading(run: Run) -> str | None:
    """Return where the project loads by a path that may be anything, or configures logging by settings."""
    for found, places in run.once(forms_loaded):
        if not (found.is_known or found.is_found):
            return places[0]
    for path in run.naming(frozenset({"dictConfig", "fileConfig"})):
        for number, line in enumerate(run.read(path).splitlines(), 1):
            if b"Config(" in line:
                return f"{path}:{number}"
    return None
