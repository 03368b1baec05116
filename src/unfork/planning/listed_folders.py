"""Code that loads all modules of a folder: a legacy one is loaded with the others as long as its file is there.

for info in pkgutil.iter_modules(__path__): import_module(f"{__name__}.{info.name}")
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from unfork.nodes import FunctionDef
from unfork.planning.computed_imports import HOLE, imports_by_names
from unfork.planning.exported_submodules import exported_submodules_loaded, places_of_export
from unfork.planning.run import Run
from unfork.reading.calls import LISTINGS, callee_name
from unfork.reading.ignores import without_ignored
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.rewriting.file_context import FileContext
from unfork.values import Finding
from unfork_codemods.project import Key

_LISTING = LISTINGS | {"glob", "iglob", "iterdir", "listdir", "rglob", "scandir"}
"""Functions that tell which modules, or which files, a folder has."""
_LOADING = frozenset({"import_module", "__import__", "find_spec"})
_LISTED = re.compile(rb"\b(?:%b)\b" % "|".join(sorted(_LISTING)).encode())

_WHY = "{module} may be loaded here with all that is in its folder, as long as {file} is there; remove that by hand"


def modules_listed(run: Run, gone: Collection[str], shims: Collection[Key]) -> Iterator[Finding]:
    """Yield where code may load legacy modules with all that is in their folders.

    A module that is ``gone``, or a shim, is not meant, nor one that is to be removed: that is said where it stays. One
    of which only some names move may go on being loaded.
    """
    removed = {step.module for step in run.migration.removes}
    there = {
        redirect.source: path
        for key, redirect in run.redirects.items()
        for path in run.engine.index.layout.modules.get(key, ())[:1]
        if not (path in gone or path in run.kept_inside or redirect.source in removed)
        and key not in shims
        and not redirect.moves_names_only
    }
    yield from _listings(run, there)
    yield from exported_submodules_loaded(run, there)


def places_of_listing(run: Run, files: Mapping[str, str]) -> dict[str, str]:
    """Return the modules that code may load with all that is in their folders, each with where; by their ``files``."""
    return places_of_export(run, files) | {
        finding.module: f"{finding.path}:{finding.line} may load it with all that is in its folder"
        for finding in _listings(run, files)
    }


def _listings(run: Run, files: Mapping[str, str]) -> Iterator[Finding]:
    for path in run.naming(_LOADING) if files else ():
        if run.covers(path) and _LISTED.search(run.read(path)):
            yield from _listed_by(run, path, files)


def _listed_by(run: Run, path: str, there: Mapping[str, str]) -> Iterator[Finding]:
    try:
        source = run.engine.heads.sources.read(path, run.read(path))
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        lines: dict[str, int] = {}
        packages = {module.rpartition(".")[0] for module in there}
        loading = [
            (package, computed.line)
            for computed in imports_by_names(source, context.texts)
            if (package := computed.form.removesuffix(f".{HOLE}")) != computed.form
            and package in packages
        ]
        listing = _lines_near_listings(source.tree) if loading else ()
        for package, line in loading:
            if line in listing:
                lines.setdefault(package, line)
        found = [
            Finding(path, lines[package], 1, "UF001", _WHY.format(module=module, file=file), module)
            for module, file in sorted(there.items())
            if (package := module.rpartition(".")[0]) in lines
            and key_of(file) != key_of(path)
            and not _is_shim(run, key_of(file))
        ]
        yield from without_ignored(source, found)
    except (Unparsable, RecursionError):
        return


def _is_shim(run: Run, key: Key) -> bool:
    from unfork.rewriting.shim_read import forwards_of  # late: it loads LibCST

    return run.engine.index.told(key, forwards_of) is not None


def _lines_near_listings(tree: ast.Module) -> frozenset[int]:
    """Return the lines of a file that may go through what a folder has: they list it, or call a function that does.

    A function counts as a whole, and so do all statements of the top level.
    """
    called = {f: _names_called([f]) for f in ast.walk(tree) if isinstance(f, FunctionDef)}
    top = [node for node in tree.body if not isinstance(node, FunctionDef | ast.ClassDef)]
    listing = _LISTING | {f.name for f, names in called.items() if names & _LISTING}
    near: list[ast.stmt] = [f for f, names in called.items() if names & listing]
    near += top if _names_called(top) & listing else []
    return frozenset(line for n in near for line in range(n.lineno, (n.end_lineno or 0) + 1))


def _names_called(parts: Iterable[ast.stmt]) -> set[str]:
    nodes = (node for part in parts for node in ast.walk(part))
    return {callee_name(node) for node in nodes if isinstance(node, ast.Call)}
