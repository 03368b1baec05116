"""Whether a file still imports certain modules, in whatever form: what keeps them from being removed."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from itertools import chain

from unfork.reading.calls import IMPORTS
from unfork.reading.index import Index
from unfork.reading.layout import key_of, submodule_key
from unfork.reading.source import Source
from unfork.rewriting.attribute_paths import follow_attribute_path
from unfork.rewriting.code_in_strings import imports_in_code, imports_in_examples
from unfork.rewriting.constraints import Constraints, Taken, Wrapper
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.module_uses import use_of
from unfork.rewriting.quoted_paths import KEY, quoted_paths
from unfork.rewriting.renames import may_be_listed
from unfork.rewriting.taken_names import bound_at_top, names_taken
from unfork.values import Finding
from unfork_codemods.project import ImportedName, Key, Kind
from unfork_codemods.redirect import RedirectImports

_PATH = re.compile(
    r"(?:[\w.-]+\s*=\s*|(?:.*\s)?-[mp]\s+)?([A-Za-z_][\w.]*)(:[\w.]+)?(?:\s*\[.*\])?"
)
"""The path of a module or object, perhaps as an entry point has it, or after ``python -m`` or ``pytest -p``."""

_PART = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)+")
"""A dotted path in a text without spaces: ``ext://a.legacy.stream``, ``a.legacy.one,a.legacy.two``."""

_IMPORT = re.compile(r"(?:from\s+([A-Za-z_][\w.]*)\s+)?import\s+(.+)")
"""An import statement, as a line of a text: a template may run it, or a file that the text is written to."""


class Watched(RedirectImports):
    """A redirect that moves nothing: it only tells which modules are looked for."""

    def __init__(self, keys: Collection[Key], index: Index) -> None:
        super().__init__((), index)
        self._keys = frozenset(keys)

    def legacy(self) -> Collection[Key]:
        """Return the modules that are watched."""
        return self._keys

    def applies_to(self, imported_name: ImportedName) -> bool:
        """Return whether the imported name's module is watched."""
        return imported_name.key in self._keys

    def destination(self, imported_name: ImportedName) -> None:
        """Return None: it stays where it is."""


def imports_of(
    source: Source, index: Index, keys: Collection[Key]
) -> Iterator[tuple[Key, Finding]]:
    """Yield each watched module that a file imports, uses through a package, or names in a string.

    Raises Unparsable.
    """
    own = key_of(source.path)
    context = FileContext(source, index, Watched(keys, index))
    seen: set[tuple[Key, int]] = set()
    imported = [
        *_modules_in_imports(context),
        *_modules_in_attributes(context),
        *_modules_in_paths(context),
        *_modules_in_all(context),
    ]
    mentions = [(key, node, "imported") for key, node in imported]
    mentions += [(key, node, "named") for key, node in _modules_in_strings(context, keys)]
    for key, node, how in mentions:
        line, col = context.at(node)
        if key in keys and key != own and (key, line) not in seen:
            seen.add((key, line))
            message = f"{index.dotted(key)} is still {how}"
            yield key, Finding(source.path, line, col, "UF001", message)


def _modules_in_strings(
    context: FileContext, keys: Collection[Key]
) -> Iterator[tuple[Key, ast.expr]]:
    """Yield the modules whose path is a string, or a line of one: code that reads the string may import them.

    "a.legacy"    "a.legacy:main"    "a.legacy.Name"    "go = a.legacy:main"    "python -m a.legacy"
    "import a.legacy"    "from a import legacy"    "ext://a.legacy.stream"
    """
    for node, line in _lines_of_strings(context.source):
        for dotted, has_colon in _paths_in_line(line):
            for key in _modules_of(context, dotted, has_colon):
                if key in keys:
                    yield key, node


def _lines_of_strings(source: Source) -> Iterator[tuple[ast.expr, str]]:
    """Yield each line of the strings of a file that are no docstrings."""
    alone = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield from ((node, line.strip()) for line in node.value.splitlines())


def _paths_in_line(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the dotted paths that a line of a text is or imports, and whether a colon follows."""
    path = _PATH.fullmatch(text)
    if path is not None:
        yield path[1], path[2] is not None
        return
    statement = _IMPORT.match(text)
    if statement is not None:
        package = f"{statement[1]}." if statement[1] else ""
        if package:
            yield statement[1], False
        for part in statement[2].strip("() ").split(","):
            words = part.split()
            if words and all(word.isidentifier() for word in words[0].split(".")):
                yield package + words[0], False
    elif len(text.split()) == 1:
        yield from ((dotted, False) for dotted in _PART.findall(text))


def _modules_of(context: FileContext, dotted: str, has_colon: bool) -> Iterator[Key]:
    layout = context.index.layout
    yield layout.absolute(dotted, context.importer).key
    package, _, name = dotted.rpartition(".")
    if package and not has_colon:
        key = layout.absolute(package, context.importer).key
        if name in context.index.names(key):
            yield key


def names_taken_of(
    source: Source, index: Index, keys: Collection[Key], wrappers: tuple[Wrapper, ...] = ()
) -> frozenset[Taken]:
    """Return what a file takes of certain modules.

    Raises Unparsable.
    """
    context = FileContext(source, index, Watched(keys, index), Constraints(wrappers=wrappers))
    all_taken = {*_names_imported(context), *_names_used(context), *_names_quoted(context)}
    all_taken.update(_modules_offered(context))
    return frozenset(taken for taken in all_taken if taken.key in keys and taken.key != context.key)


def _names_imported(context: FileContext) -> Iterator[Taken]:
    for item in context.items:
        if item.imported_name.name is not None and not item.statement.typing_only:
            yield Taken(item.imported_name.key, item.imported_name.name)


def _modules_offered(context: FileContext) -> Iterator[Taken]:
    """Yield the modules that a file binds at its top level or in a class for others, who may take anything of them.

    So it is with what a function binds by ``global``: the files that reach it do not show it.
    """
    used = {ref.name for ref in context.scopes.refs}
    for item in context.items:
        scope = context.scope(item)
        kind, is_global = scope.kind, scope is not context.scopes.scope_of(item.statement.scope)
        if item.is_dotted or item.alias.name == "*" or kind not in ("module", "class"):
            continue
        is_package = context.index.is_package(context.key)
        is_for_others = kind == "class" or is_global or (is_package and item.local not in used)
        module = (
            context.imported_module(item)
            if is_for_others or may_be_listed(context.source, context.index, item.local)
            else None
        )
        if module is not None:
            yield Taken(module, None)


def _names_used(context: FileContext) -> Iterator[Taken]:
    bound = {item.local: item for item in context.items if item.alias.name != "*"}
    for ref in context.scopes.refs:
        item = bound.get(ref.name)
        start = context.imported_module(item) if item is not None else None
        if start is None or (not ref.attributes and isinstance(ref.context, ast.Store)):
            continue
        reached = follow_attribute_path(context, start, [node.attr for node in ref.attributes])
        use = use_of(ref, reached.depth)
        if use.name is not None or ref.node not in context.tested:
            name = None if use.name == "__dict__" else use.name
            yield Taken(reached.key, name, reached.via)
            if name is None and context.index.is_package(reached.key):
                yield from (Taken(key, None) for key in _modules_loaded_in(context, reached.key))


def _modules_loaded_in(context: FileContext, package: Key) -> Iterator[Key]:
    """Yield the modules in a package that a file imports: whoever is given the package may use them through it."""
    for item in context.items:
        if item.is_dotted and item.imported_name.key.startswith(f"{package}/"):
            yield item.imported_name.key


def _names_quoted(context: FileContext) -> Iterator[Taken]:
    for quoted in quoted_paths(context):
        if quoted.names:
            yield Taken(quoted.located.key, quoted.names[0], quoted.via)
            continue
        taken = (
            names_taken(context, quoted) if quoted.names is None and quoted.called != KEY else None
        )
        for taken_name in taken or ():
            yield Taken(quoted.located.key, taken_name.name)
        is_dropped = taken is not None and quoted.called in IMPORTS
        if (not taken and not is_dropped) or bound_at_top(context, quoted) is not None:
            yield Taken(quoted.located.key, None, quoted.via)


def _modules_in_imports(context: FileContext) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    in_strings = chain(imports_in_code(context), imports_in_examples(context))
    for item in chain(context.items, *map(context.items_of, in_strings)):
        yield item.imported_name.key, item.alias
        name = item.imported_name.name
        for maybe in item.imported_name.located.maybe:
            yield maybe, item.alias
            if name is not None and context.index.layout.has_inside(maybe, name):
                yield submodule_key(maybe, name), item.alias
        if name not in (None, "*"):
            origin = context.index.origin(item.imported_name.key, name or "")
            if origin.kind is Kind.MODULE:
                yield origin.key, item.alias


def _modules_in_attributes(context: FileContext) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    bound = {item.local: item for item in context.items if item.alias.name != "*"}
    for ref in context.scopes.refs:
        item = bound.get(ref.name)
        start = context.imported_module(item) if item and ref.attributes else None
        if start is not None:
            yield (
                follow_attribute_path(context, start, [node.attr for node in ref.attributes]).key,
                ref.node,
            )


def _modules_in_paths(context: FileContext) -> Iterator[tuple[Key, ast.alias | ast.expr]]:
    for quoted in quoted_paths(context):
        yield quoted.located.key, quoted.node


def _modules_in_all(context: FileContext) -> Iterator[tuple[Key, ast.expr]]:
    """Yield the modules of a package that its ``__all__`` names: a star import of the package imports these."""
    bound = context.scopes.module.binds
    for node in (
        _all_statement_nodes(context.source.tree) if context.index.is_package(context.key) else ()
    ):
        name = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.expr) and isinstance(name, str) and name not in bound:
            yield submodule_key(context.key, name), node


def _all_statement_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of the statements that speak of ``__all__``."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            parts = tuple(ast.walk(statement))
            if any(isinstance(part, ast.Name) and part.id == "__all__" for part in parts):
                yield from parts
