"""Tests which expect that importing a legacy module warns: they are about that module, so they stay.

with pytest.warns(DeprecationWarning):
    import a.legacy
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.calls import callee_name, keyword_argument
from unfork.reading.names_as_data import warns_when_imported
from unfork.reading.source import Unparsable
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.quoted_paths import quoted_paths
from unfork.values import Finding
from unfork_codemods.project import Key

_EXPECTING = re.compile(rb"\b(?:warns|deprecated_call|assertWarns\w*)\s*\(|\brecord\s*=\s*True")
_CALLS = frozenset({"warns", "deprecated_call", "assertWarns", "assertWarnsRegex"})


def imports_expected_to_warn_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep a file unchanged if it expects a warning that only the import of a legacy module gives."""
    run = settling.run
    changed = [path for path, result in settling.results.items() if result.edits]
    warning = run.once(_modules_that_warn) if changed else {}
    asked = {}
    for path in changed if warning else ():
        if _EXPECTING.search(run.read(path)):
            for finding in _imports_that_warn(run, path, warning):
                asked[path] = replace(settling.constraints_of(path), unchanged=finding)
                break
    return asked


def _imports_that_warn(run: Run, path: str, warning: Mapping[Key, str]) -> Iterator[Finding]:
    try:
        source = run.engine.heads.sources.read(path, run.read(path))
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        imports = list(_modules_imported(context))
    except (Unparsable, RecursionError):
        return
    for node, key in imports:
        if key in warning and _is_expected(context, node):
            place = f"{path}:{node.lineno}"
            why = f"{place} expects a warning of the import of {warning[key]}; remove it together with that"
            yield Finding(path, node.lineno, node.col_offset + 1, "UF001", why)


def _modules_imported(context: FileContext) -> Iterator[tuple[ast.stmt | ast.expr, Key]]:
    for item in context.items:
        for key in {item.imported_name.key, context.imported_module(item)} - {None}:
            yield item.statement.node, str(key)
    for quoted in quoted_paths(context):
        yield quoted.node, quoted.located.key


def _is_expected(context: FileContext, node: ast.AST) -> bool:
    """Return whether a ``with`` around an import checks or records warnings."""
    outer = context.parents.get(node)
    while outer is not None:
        if isinstance(outer, ast.With):
            calls = [i.context_expr for i in outer.items if isinstance(i.context_expr, ast.Call)]
            if any(callee_name(c) in _CALLS or keyword_argument(c, "record") for c in calls):
                return True
        outer = context.parents.get(outer)
    return False


def _modules_that_warn(run: Run) -> dict[Key, str]:
    """Return the legacy modules that warn when imported, unless the modules that replace them do so, too."""
    index = run.engine.index
    return {
        key: redirect.source
        for key, redirect in run.redirects.items()
        if index.told(key, warns_when_imported)
        and not any(
            index.told(index.named(home).key, warns_when_imported) for home in redirect.homes
        )
    }
