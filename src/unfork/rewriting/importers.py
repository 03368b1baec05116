"""Whether a file still imports certain modules, in whatever form: what keeps them from being removed."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from unfork.reading.calls import IMPORTS
from unfork.reading.index import Index
from unfork.reading.layout import key_of, member
from unfork.reading.source import Source
from unfork.rewriting.dynamic_imports import bound_at_top, names_taken
from unfork.rewriting.facts import Facts, Taken, Wrapper
from unfork.rewriting.filework import FileWork
from unfork.rewriting.module_uses import use_of
from unfork.rewriting.quoted_paths import KEY, quoted_paths
from unfork.rewriting.renames import is_listed
from unfork.rewriting.walks import follow_attribute_path
from unfork.values import Finding
from unfork_codemods.project import Key, Kind, Site
from unfork_codemods.redirect_imports import RedirectImports

_PATH = re.compile(r"(?:[\w.-]+\s*=\s*|.*\s-m\s+)?([A-Za-z_][\w.]*)(:[\w.]+)?(?:\s*\[.*\])?")
"""The path of a module or object, perhaps as an entry point has it, or behind ``python -m``."""


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
    """Yield each watched module that a file imports, uses through a package, or names in a string.

    Raises Unparsable.
    """
    own = key_of(source.path)
    work = FileWork(source, index, Watched(keys, index))
    seen: set[tuple[Key, int]] = set()
    imported = [
        *_modules_in_imports(work),
        *_modules_in_attributes(work),
        *_modules_in_paths(work),
        *_modules_in_all(work),
    ]
    mentions = [(key, node, "imported") for key, node in imported]
    mentions += [(key, node, "named") for key, node in _modules_in_strings(work, keys)]
    for key, node, how in mentions:
        line, col = work.at(node)
        if key in keys and key != own and (key, line) not in seen:
            seen.add((key, line))
            message = f"{index.dotted(key)} is still {how}"
            yield key, Finding(source.path, line, col, "UF001", message)


def _modules_in_strings(work: FileWork, keys: Collection[Key]) -> Iterator[tuple[Key, ast.expr]]:
    """Yield the modules whose path a string is, or a line of it: to be imported from there by whoever reads it.

    "a.legacy"    "a.legacy:main"    "a.legacy.Name"    "go = a.legacy:main"    "python -m a.legacy"
    """
    own_text = {id(node.value) for node in work.source.nodes if isinstance(node, ast.Expr)}
    for node in work.source.nodes:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in own_text
        ):
            for text in node.value.splitlines():
                path = _PATH.fullmatch(text.strip())
                if path is not None:
                    for key in _modules_of(work, path[1], path[2] is not None):
                        if key in keys:
                            yield key, node


def _modules_of(work: FileWork, dotted: str, has_colon: bool) -> Iterator[Key]:
    layout = work.index.layout
    yield layout.absolute(dotted, work.importer).key
    package, _, name = dotted.rpartition(".")
    if package and not has_colon:
        key = layout.absolute(package, work.importer).key
        if name in work.index.names(key):
            yield key


def names_taken_of(
    source: Source, index: Index, keys: Collection[Key], wrappers: tuple[Wrapper, ...] = ()
) -> frozenset[Taken]:
    """Return what a file takes of certain modules.

    Raises Unparsable.
    """
    work = FileWork(source, index, Watched(keys, index), Facts(wrappers=wrappers))
    all_taken = {*_names_imported(work), *_names_used(work), *_names_quoted(work)}
    all_taken.update(_modules_offered(work))
    return frozenset(taken for taken in all_taken if taken.key in keys and taken.key != work.key)


def _names_imported(work: FileWork) -> Iterator[Taken]:
    for item in work.items:
        if item.site.name is not None and not item.statement.typing_only:
            yield Taken(item.site.key, item.site.name)


def _modules_offered(work: FileWork) -> Iterator[Taken]:
    """Yield the modules that a file binds at its top level for others, who may take anything of them."""
    used = {ref.name for ref in work.scopes.refs}
    for item in work.items:
        if item.is_dotted or item.alias.name == "*" or work.scope(item) is not work.scopes.module:
            continue
        is_for_others = work.index.is_package(work.key) and item.local not in used
        module = (
            work.imported_module(item)
            if is_for_others or is_listed(work.source, item.local)
            else None
        )
        if module is not None:
            yield Taken(module, None)


def _names_used(work: FileWork) -> Iterator[Taken]:
    bound = {item.local: item for item in work.items if item.alias.name != "*"}
    for ref in work.scopes.refs:
        item = bound.get(ref.name)
        start = work.imported_module(item) if item is not None else None
        if start is None or (not ref.attributes and isinstance(ref.context, ast.Store)):
            continue
        reached = follow_attribute_path(work, start, [node.attr for node in ref.attributes])
        use = use_of(ref, reached.depth)
        if use.name is not None or ref.node not in work.tested:
            yield Taken(reached.key, use.name, reached.via)


def _names_quoted(work: FileWork) -> Iterator[Taken]:
    for quoted in quoted_paths(work):
        if quoted.names:
            yield Taken(quoted.located.key, quoted.names[0], quoted.via)
            continue
        taken = names_taken(work, quoted) if quoted.names is None and quoted.called != KEY else None
        for taken_name in taken or ():
            yield Taken(quoted.located.key, taken_name.name)
        is_dropped = taken is not None and quoted.called in IMPORTS
        if (not taken and not is_dropped) or bound_at_top(work, quoted) is not None:
            yield Taken(quoted.located.key, None, quoted.via)


def _modules_in_imports(work: FileWork) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    for item in work.items:
        yield item.site.key, item.alias
        if item.site.located.maybe is not None:
            yield item.site.located.maybe, item.alias
        name = item.site.name
        if name not in (None, "*"):
            origin = work.index.origin(item.site.key, name or "")
            if origin.kind is Kind.MODULE:
                yield origin.key, item.alias


def _modules_in_attributes(work: FileWork) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    bound = {item.local: item for item in work.items if item.alias.name != "*"}
    for ref in work.scopes.refs:
        item = bound.get(ref.name)
        start = work.imported_module(item) if item and ref.attributes else None
        if start is not None:
            yield (
                follow_attribute_path(work, start, [node.attr for node in ref.attributes]).key,
                ref.node,
            )


def _modules_in_paths(work: FileWork) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    for quoted in quoted_paths(work):
        yield quoted.located.key, quoted.node


def _modules_in_all(work: FileWork) -> Iterator[tuple[Key, ast.expr]]:
    """Yield the modules of a package that its ``__all__`` names: a star import of the package imports these."""
    bound = work.scopes.module.binds
    for node in _all_statement_nodes(work.source.tree) if work.index.is_package(work.key) else ():
        name = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.expr) and isinstance(name, str) and name not in bound:
            yield member(work.key, name), node


def _all_statement_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of the statements that speak of ``__all__``."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            parts = tuple(ast.walk(statement))
            if any(isinstance(part, ast.Name) and part.id == "__all__" for part in parts):
                yield from parts
