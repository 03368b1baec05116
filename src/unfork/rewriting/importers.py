"""Whether a file still imports certain modules, in whatever form: what keeps them from being removed."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.reading.index import Index
from unfork.reading.layout import key_of, member
from unfork.reading.source import Source
from unfork.rewriting.filework import FileWork
from unfork.rewriting.moved_strings import quoted_paths
from unfork.rewriting.walks import walk
from unfork.values import Finding
from unfork_codemods.project import Key, Kind, Site
from unfork_codemods.redirect_imports import RedirectImports


class Watched(RedirectImports):
    """A redirect that moves nothing: it only tells which modules are looked for."""

    def __init__(self, keys: Collection[Key], index: Index) -> None:
        super().__init__((), index)
        self._keys = frozenset(keys)

    def touches(self, site: Site) -> bool:
        """Return whether the site's module is watched."""
        return site.key in self._keys

    def home(self, site: Site) -> None:
        """Return None: it stays where it is."""


def imports_of(
    source: Source, index: Index, keys: Collection[Key]
) -> Iterator[tuple[Key, Finding]]:
    """Yield each watched module that a file imports, uses through a package, or names in a string that imports it.

    Raises Unparsable.
    """
    own = key_of(source.path)
    work = FileWork(source, index, Watched(keys, index))
    seen: set[tuple[Key, int]] = set()
    for key, node in (*_statements(work), *_chains(work), *_strings(work), *_exported(work)):
        line, col = work.at(node)
        if key in keys and key != own and (key, line) not in seen:
            seen.add((key, line))
            yield (
                key,
                Finding(source.path, line, col, "UF001", f"{index.dotted(key)} is still imported"),
            )


def _statements(work: FileWork) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    for item in work.items:
        yield item.site.key, item.alias
        if item.site.located.maybe is not None:
            yield item.site.located.maybe, item.alias
        name = item.site.name
        if name not in (None, "*"):
            origin = work.index.origin(item.site.key, name or "")
            if origin.kind is Kind.MODULE:
                yield origin.key, item.alias


def _chains(work: FileWork) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    bound = {item.local: item for item in work.items if item.alias.name != "*"}
    for ref in work.scopes.refs:
        item = bound.get(ref.name)
        start = work.imported_module(item) if item and ref.attributes else None
        if start is not None:
            yield walk(work, start, [node.attr for node in ref.attributes]).key, ref.node


def _strings(work: FileWork) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    for quoted in quoted_paths(work):
        yield quoted.located.key, quoted.node


def _exported(work: FileWork) -> Iterator[tuple[Key, ast.expr]]:
    """Yield the modules of a package that its ``__all__`` names: a star import of the package imports these."""
    bound = work.scopes.module.binds
    for node in _exports(work.source.tree) if work.index.is_package(work.key) else ():
        name = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.expr) and isinstance(name, str) and name not in bound:
            yield member(work.key, name), node


def _exports(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of the statements that speak of ``__all__``."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            parts = tuple(ast.walk(statement))
            if any(isinstance(part, ast.Name) and part.id == "__all__" for part in parts):
                yield from parts
