"""Submodules that a package has in its ``__all__`` and binds nowhere: a star import of it imports them.

The language reference, 7.11, and the tutorial, 6.4.1: ``from package import *`` takes what ``__all__`` names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from unfork.planning.run import Run
from unfork.reading.ignores import without_ignored
from unfork.reading.layout import parent_folder
from unfork.reading.source import Unparsable
from unfork.values import Finding
from unfork_codemods.project import Key, last_segment

_WHY = "{where} imports {module}, which is in __all__ here, with all that {package} has; name another module there"


def exported_submodules_loaded(run: Run, there: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the ``__all__`` by which a star import of the project loads a legacy module; ``there`` are their files."""
    for module, (path, line) in _places_of_export(run, there).items():
        package = module.rpartition(".")[0]
        where = _star_import(run, run.engine.index.named(package).key)
        if where is not None and run.covers(path):
            why = _WHY.format(where=where, module=module, package=package)
            found = Finding(path, line, 1, "UF001", why, module)
            yield from without_ignored(run.engine.index.source(path), [found])


def places_of_export(run: Run, files: Mapping[str, str]) -> dict[str, str]:
    """Return the modules, of those with ``files``, that their packages have in ``__all__`` and do not bind: where."""
    return {
        module: f"{path}:{line} has it in __all__"
        for module, (path, line) in _places_of_export(run, files).items()
    }


def _places_of_export(run: Run, files: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    index = run.engine.index
    found = {}
    for module in files:
        key = index.named(module).key
        package, name = parent_folder(key), last_segment(key)
        path = index.file(package) if index.has_file(package) else ""
        data = index.text(path) if path else b""
        if b"__all__" not in data or name.encode() not in data:
            continue
        definitions = index.definitions(package)
        if definitions and name in (definitions.exported or ()) and name not in definitions.names:
            found[module] = path, _line_of(data, name)
    return found


def _line_of(data: bytes, name: str) -> int:
    quoted = re.compile(rb"[\"']%b[\"']" % name.encode())
    match = quoted.search(data, data.find(b"__all__"))
    return data.count(b"\n", 0, match.start()) + 1 if match else 1


def _star_import(run: Run, package: Key) -> str | None:
    """Return where a file imports all names of a package; None if none does."""
    index = run.engine.index
    for path in run.star_importers({package}):
        try:
            nodes = [statement.node for statement in index.source(path).imports]
        except (Unparsable, RecursionError):
            continue
        stars = (n for n in nodes if isinstance(n, ast.ImportFrom) and n.names[0].name == "*")
        for node in stars:
            if index.locate_from(node, path).key == package:
                return f"{path}:{node.lineno}"
    return None
