"""Code that Python runs and unfork does not rewrite: scripts without an ending, Cython, templates, tested documents.

bin/tool, which begins with #!/usr/bin/env python3        fast.pyx        README.md, if testfile reads it

Each import of a legacy module is left there for a person, and keeps the module from being removed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from unfork.file_kinds import PROSE, may_run
from unfork.planning.run import Run
from unfork.reading.examples import text_of_examples
from unfork.reading.ignores import without_ignored
from unfork.reading.salvage import readable_text
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import FileRewrite
from unfork.rewriting.mentions import LARGEST
from unfork.rewriting.unresolved_code import legacy_imports
from unfork.values import Finding
from unfork_codemods.project import Key

_CYTHON = (".pxd", ".pxi", ".pyx")
_SETTINGS = ("conftest.py", "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")
_TESTING = frozenset({"DocFileSuite", "DocFileTest", "testfile"})
"""What doctest has for the examples of documents."""
_GLOB = re.compile(rb"doctest[-_]glob")
"""The option by which pytest tests the examples of documents."""


class OtherCode(NamedTuple):
    """A file that runs as it stands: what it leaves of legacy modules, and all that it takes of the project.

    ``names`` are those of modules, with the module itself (None) for what it takes through that.
    """

    path: str
    left: tuple[Finding, ...]
    modules: frozenset[Key]
    names: frozenset[Name]


def other_code(run: Run) -> tuple[OtherCode, ...]:
    """Return the files that run as they stand and may import a module of the migration, worked out once."""
    return run.once(_read_all)


def imports_left(run: Run) -> Iterator[Finding]:
    """Yield what such files, if they are among those to be looked at, import of legacy modules.

    Cython has to be translated and compiled before anything runs: what it names is listed, as in any text.
    """
    for code in other_code(run):
        if run.covers(code.path) and not code.path.endswith(_CYTHON):
            yield from code.left


def modules_imported_by_other_code(run: Run, modules: Collection[str]) -> dict[str, str]:
    """Return which modules such files import, each with the reason to keep it."""
    kept: dict[str, str] = {}
    for module in sorted(modules):
        key = run.engine.index.named(module).key
        user = next((code.path for code in other_code(run) if key in code.modules), None)
        if user is not None:
            kept[module] = f"{module} is not removed: {user} imports it"
    return kept


def _read_all(run: Run) -> tuple[OtherCode, ...]:
    found = (_read(run, path) for path in sorted(_documents(run)))
    return tuple(code for code in found if code is not None)


def _documents(run: Run) -> Iterable[str]:
    return {*run.running_documents, *run.documents_of_removed}


def _read(run: Run, path: str) -> OtherCode | None:
    data = run.read(path)
    text = _code_of(run, path, data) if len(data) <= LARGEST else None
    if not text:
        return None
    try:
        context = FileRewrite(Source.read(path, text), run.engine.index, run.redirect_codemod)
        is_prose = path.endswith(PROSE)
        said = ("a tested example", ">>> ") if is_prose else ("code that is not rewritten", "")
        left = [
            Finding(path, *context.at(alias), unresolved.code, unresolved.message)
            for statement in context.statements
            for alias, unresolved in legacy_imports(context, statement, *said)
        ]
        told = tuple(without_ignored(context.source, left))
        taken = frozenset(_taken(context))
    except (Unparsable, RecursionError):
        return None
    return OtherCode(path, told, frozenset(key for key, _ in taken), _names_of(context, taken))


def _code_of(run: Run, path: str, data: bytes) -> bytes | None:
    """Return the code in a file, each line where it is; None if it is none that runs."""
    if not may_run(path, data):
        return None
    if not path.endswith(PROSE):
        return readable_text(data)
    is_tested = _is_tested(run, path.rpartition("/")[2])
    return text_of_examples(data) if is_tested else None


def _is_tested(run: Run, name: str) -> bool:
    """Return whether the examples of a document are run: by a test that names it, or by pytest."""
    testing = run.once(_texts_that_test_documents)
    return any(os.fsencode(name) in text or _GLOB.search(text) for text in testing)


def _texts_that_test_documents(run: Run) -> list[bytes]:
    texts = [run.read(path) for path in run.naming(_TESTING)]
    settings = (run.read(path) for path in run.tree.paths(_SETTINGS))
    return [*texts, *(text for text in settings if _GLOB.search(text))]


def _taken(context: FileContext) -> Iterator[tuple[Key, str | None]]:
    """Yield the modules that a file imports, and the names that it imports of them."""
    layout = context.index.layout
    for item in context.items:
        key, name = item.imported_name.key, item.imported_name.name
        inside = layout.submodule_key(key, name) if name is not None else None
        yield (key, name) if inside not in layout.modules else (inside or key, None)


def _names_of(context: FileContext, taken: Collection[tuple[Key, str | None]]) -> frozenset[Name]:
    """Return the names that a file takes: of a module that it imports whole, those that it may take as attributes."""
    nodes = context.source.nodes
    attributes = {name for node in nodes if (name := getattr(node, "attr", None))}
    whole = (key for key, name in taken if name in (None, "*"))
    through = {(key, name) for key in whole for name in context.index.names(key) & attributes}
    return frozenset(through | {(key, name) for key, name in taken if name is not None})
