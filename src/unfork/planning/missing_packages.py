"""Canonical modules that import a package which may be missing: code that worked without it stays where it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.index import Index
from unfork.reading.source import Unparsable
from unfork.rewriting.constraints import Constraints
from unfork_codemods.project import Key, is_external
from unfork_codemods.redirect import Redirect


def canonical_modules_can_be_imported(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module if its canonical module imports a package that may not be there."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    return settling.keep(acting=settling.run.once(_failing_modules))


def _failing_modules(run: Run) -> dict[Key, str]:
    reasons = ((key, _why_failing(run, key, redirect)) for key, redirect in run.redirects.items())
    return {key: why for key, why in reasons if why}


def _why_failing(run: Run, legacy: Key, redirect: Redirect) -> str:
    """Return why the modules that replace a legacy one may fail to import; an empty string if nothing suggests it."""
    index = run.engine.index
    own = set(_imported_packages(index, legacy))
    for home in redirect.homes:
        key = index.named(home).key
        if is_external(key):
            continue
        loaded = {key, *index.packages_above(key)}.difference(index.packages_above(legacy))
        for module in sorted(loaded):
            for package, line in _imported_packages(index, module).items():
                if (
                    package not in own
                    and index.layout.outside.can_tell()
                    and not _is_imported_by_others(run, package, loaded)
                ):
                    why = f"{index.file(module)}:{line} imports {package}, which is neither declared nor installed"
                    return f'{why}; declare it, or write outside = ["{package}"] in the migration'
    return ""


def _imported_packages(index: Index, key: Key) -> dict[str, int]:
    """Return the packages that importing a module imports and that may be missing, each with the line."""
    if not index.has_file(key):
        return {}
    path = index.file(key)
    try:
        statements = index.source(path).imports
    except (Unparsable, OSError):
        return {}
    found: dict[str, int] = {}
    for statement in statements:
        if statement.at_import_time and not (statement.guarded or statement.attempts):
            for module in _modules_named(statement.node):
                located = index.layout.absolute(module, path)
                top = module.partition(".")[0]
                if is_external(located.key) and not located.maybe and not index.may_be_outside(top):
                    found.setdefault(top, statement.node.lineno)
    return found


def _modules_named(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.module and not node.level:
        yield node.module


def _is_imported_by_others(run: Run, package: str, modules: set[Key]) -> bool:
    """Return whether another file imports a package, too: then it is probably installed, although not declared."""
    own = {path for key in modules for path in run.engine.index.layout.modules.get(key, ())}
    statement = re.compile(
        rb"^[ \t]*(?:from|import)[ \t]+%b\b" % re.escape(package.encode()), re.MULTILINE
    )
    return any(
        statement.search(run.read(path))
        for path in run.naming(frozenset({package}))
        if path not in own
    )
