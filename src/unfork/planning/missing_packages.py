"""Canonical modules that need a package or a file which may be missing: code that worked without stays where it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from unfork.planning.missing_files import file_missing
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.edges import modules_imported
from unfork_codemods.project import Key, is_external, last_segment
from unfork_codemods.redirect import Redirect


def canonical_modules_can_be_imported(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module if its canonical module needs a package or a file that may not be there."""
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
        if missing := file_missing(run, legacy, key):
            return missing
        loaded = {key, *index.packages_above(key)}.difference(index.packages_above(legacy))
        for module in sorted(loaded):
            for package, line in _imported_packages(index, module).items():
                lacking = _why_lacking(run, legacy, package, loaded) if package not in own else ""
                if lacking:
                    why = f"{index.file(module)}:{line} imports {package}, which {lacking}"
                    return f'{why} it, or write outside = ["{package}"] in the migration'
    return ""


def _why_lacking(run: Run, legacy: Key, package: str, loaded: set[Key]) -> str:
    """Return why a package may not be there for who imports a legacy module, and what to do; empty if it will be."""
    outside = run.engine.index.layout.outside
    if outside.is_optional(package):
        is_there = all(_imports_package(run, path, package) for path in _users(run, legacy))
        return (
            "" if is_there else "is required for an extra only, and not all users import; require"
        )
    if outside.can_tell() and not _is_imported_by_others(run, package, loaded):
        return "is neither declared nor installed; declare"
    return ""


def _users(run: Run, legacy: Key) -> Iterator[str]:
    """Yield the files that import a legacy module."""
    for path in run.naming(frozenset({last_segment(legacy)})):
        with suppress(Unparsable, OSError, RecursionError):
            if legacy in modules_imported(run.engine.index.source(path), run.engine.index):
                yield path


def _imports_package(run: Run, path: str, package: str) -> bool:
    """Return whether a file, or a package that it is in, imports a package that may be missing, too."""
    index, key = run.engine.index, key_of(path)
    return any(package in _imported_packages(index, k) for k in (key, *index.packages_above(key)))


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
                is_outside = is_external(located.key) and not located.maybe
                if is_outside and (
                    not index.may_be_outside(top) or index.layout.outside.is_optional(top)
                ):
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
