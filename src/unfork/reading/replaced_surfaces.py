"""Whether code may bind a name of a module again: it is then another binding than that of the module it came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from unfork.file_kinds import is_notebook
from unfork.reading.calls import IMPORTS, callee_name
from unfork.reading.module_stores import Store, may_store, module_stores
from unfork.reading.origins import Origins
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import Imported, ImportStatement
from unfork_codemods.project import Key, last_segment

_MADE = (b"modules", b"import_module", b"__import__")
"""Words by which code gets a module as a value, without an import statement."""


class StoresInto:
    """The stores of a project that may bind names of one module."""

    def __init__(self, index: Origins, key: Key) -> None:
        self._index = index
        self._key = key

    def may_bind(self, name: str) -> bool:
        """Return whether some code may bind a name of the module again, other than by its own plain statements."""
        return any(store.may_bind(name) for store in self._stores)

    @cached_property
    def _stores(self) -> tuple[Store, ...]:
        return tuple(store for path in self._files() for store in self._stores_in(path))

    def _files(self) -> Iterator[str]:
        """Yield the files that may have the module, and may bind names in modules."""
        word = last_segment(self._key).encode()
        own = self._index.file(self._key)
        for path in self._index.layout.paths:
            text = b"" if is_notebook(path) else self._index.text(path)
            if (path == own or word in text) and may_store(text):
                yield path

    def _stores_in(self, path: str) -> Iterator[Store]:
        try:
            source = self._index.source(path)
            stores = module_stores(source)
        except Unparsable:
            return
        yield from (store for store in stores if self._may_be(source, store.module))

    def _may_be(self, source: Source, module: ast.expr | None) -> bool:
        """Return whether an expression may be the module."""
        own = self._index.file(self._key)
        match module:
            case None | ast.Subscript(slice=ast.Name(id="__name__")):
                return source.path == own
            case (
                ast.Constant(value=str(dotted))
                | ast.Subscript(slice=ast.Constant(value=str(dotted)))
            ):
                return self._index.locate(Imported(dotted, 0, None), source.path).key == self._key
            case ast.Name() | ast.Attribute():
                return self._may_be_named(source, module)
            case _:
                return any(word in source.data for word in _MADE)

    def _may_be_named(self, source: Source, node: ast.Name | ast.Attribute) -> bool:
        """Return whether a dotted name may be the module: by an import, or if something else may have bound it."""
        root, *attributes = ast.unparse(node).split(".")
        if root in ("self", "cls"):
            return False
        keys = {
            statement.local(alias): self._bound_by(source.path, statement, alias)
            for statement in source.imports
            for alias in statement.node.names
        }
        if root not in keys:
            values = _values_of(source, root)
            if values and all(map(_is_made_by_call, values)):
                return False
            return self._key in keys.values() or any(word in source.data for word in _MADE)
        key = keys[root]
        for attribute in attributes:
            key = self._index.module_of(key, attribute) if key is not None else None
        return key == self._key

    def _bound_by(self, path: str, statement: ImportStatement, alias: ast.alias) -> Key | None:
        """Return the module that an import binds a name to; None if it is none."""
        match statement.node:
            case ast.ImportFrom(module=module, level=level):
                taken = Imported(module or "", level, alias.name)
                key, name = self._index.imported(taken, path)
                return key if name is None else None
            case _:
                dotted = alias.name if alias.asname else alias.name.partition(".")[0]
                return self._index.locate(Imported(dotted, 0, None), path).key


def _values_of(source: Source, name: str) -> list[ast.expr | None]:
    """Return what a file binds a name to, in any scope; None for what is no plain assignment."""
    names = (
        node
        for node in source.nodes_of(ast.Name)
        if node.id == name and isinstance(node.ctx, ast.Store)
    )
    parameters = (node for node in source.nodes_of(ast.arg) if node.arg == name)
    holders = (source.parents.get(node) for node in (*names, *parameters))
    return [
        holder.value if isinstance(holder, ast.Assign | ast.AnnAssign) else None
        for holder in holders
    ]


def _is_made_by_call(value: ast.expr | None) -> bool:
    """Return whether a value is what a call returns, other than one that imports a module."""
    return isinstance(value, ast.Call) and callee_name(value) not in {*IMPORTS, "get", "getattr"}
