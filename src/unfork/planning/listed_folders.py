"""Code that loads all modules of a folder: a legacy one is loaded with the others as long as its file is there.

for info in pkgutil.iter_modules(__path__): import_module(f"{__name__}.{info.name}")
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from unfork.planning.computed_imports import HOLE, imports_by_names
from unfork.planning.run import Run
from unfork.reading.calls import LISTINGS
from unfork.reading.ignores import without_ignored
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.shim_read import forwards_of
from unfork.values import Finding
from unfork_codemods.project import Key

_LISTING = LISTINGS | {"glob", "iglob", "iterdir", "listdir", "rglob", "scandir"}
"""Functions that tell which modules, or which files, a folder has."""
_LOADING = re.compile(rb"\b(?:import_module|__import__|find_spec|load_module)\b")

_WHY = "{module} may be loaded here with all that is in its folder, as long as {file} is there; remove that by hand"


def modules_listed(run: Run, gone: Collection[str], shims: Collection[Key]) -> Iterator[Finding]:
    """Yield where code may load legacy modules with all that is in their folders.

    A module that is ``gone``, or a shim, is not meant, nor one that is to be removed: that is said where it stays.
    """
    removed = {step.module for step in run.migration.removes}
    there = {
        redirect.source: path
        for key, redirect in run.redirects.items()
        for path in run.engine.index.layout.modules.get(key, ())[:1]
        if not (path in gone or path in run.kept_inside or redirect.source in removed)
        and key not in shims
    }
    for path in run.naming(_LISTING) if there else ():
        if run.covers(path) and _LOADING.search(run.read(path)):
            yield from _listed_by(run, path, there)


def _listed_by(run: Run, path: str, there: Mapping[str, str]) -> Iterator[Finding]:
    try:
        source = run.engine.heads.sources.read(path, run.read(path))
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        lines: dict[str, int] = {}
        for computed in imports_by_names(source, context.texts):
            package = computed.form.removesuffix(f".{HOLE}")
            if package != computed.form and HOLE not in package:
                lines.setdefault(package, computed.line)
        found = [
            Finding(path, lines[package], 1, "UF001", _WHY.format(module=module, file=file), module)
            for module, file in sorted(there.items())
            if (package := module.rpartition(".")[0]) in lines
            and key_of(file) != key_of(path)
            and run.engine.index.told(key_of(file), forwards_of) is None
        ]
        yield from without_ignored(source, found)
    except (Unparsable, RecursionError):
        return
