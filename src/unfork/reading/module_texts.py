"""The files of a project's modules, read on demand, and what each of them defines by itself.

A file that does not parse defines nothing and does not stop the run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

from unfork.reading.definitions import Binding, Definitions, definitions_of
from unfork.reading.heads import Sources
from unfork.reading.layout import Layout
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import Imported
from unfork_codemods.project import Key, Located

Read = Callable[[str], bytes]
_Told = TypeVar("_Told")


@dataclass
class ModuleTexts:
    """The modules of a layout, each read and parsed on first request."""

    layout: Layout
    read: Read
    parsed: Sources = field(default_factory=Sources)
    """The files that are decoded and parsed already."""
    _definitions: dict[Key, Definitions | None] = field(default_factory=dict)

    def take_over(self, earlier: ModuleTexts, changed: Collection[str]) -> None:
        """Take over what modules define whose files are the same in ``earlier``, and none of them ``changed``."""
        modules, earlier_modules = self.layout.modules, earlier.layout.modules
        for key, definitions in earlier._definitions.items():
            paths = modules.get(key)
            if paths and paths == earlier_modules.get(key) and not any(p in changed for p in paths):
                self._definitions[key] = definitions

    def named(self, dotted: str) -> Located:
        """Return the module that a dotted name in a migration refers to."""
        return self.layout.named(dotted)

    def has_file(self, key: Key) -> bool:
        """Return whether a file of the project holds the module."""
        return key in self.layout.modules

    def is_readable(self, key: Key) -> bool:
        """Return whether the module is a file of the project whose text can be read and parsed."""
        return not self.has_file(key) or self.definitions(key) is not None

    def file(self, key: Key) -> str:
        """Return the path of a module's file: its source if it has one."""
        return self.layout.modules[key][0]

    def text(self, path: str) -> bytes:
        """Return the bytes of a file; empty if it cannot be read."""
        try:
            return self.read(path)
        except OSError:
            return b""

    def source(self, path: str) -> Source:
        """Return a file, decoded and parsed once if it is asked for again. Raises Unparsable, OSError."""
        return self.parsed.read(path, self.read(path))

    def tree(self, key: Key) -> ast.Module | None:
        """Return the tree of a module's source; None if it has no source, or none that parses."""
        source = self.source_of(key)
        return source.tree if source is not None else None

    def source_of(self, key: Key) -> Source | None:
        """Return a module's source; None if it has no source, or none that parses."""
        return self.told(key, _parsed)

    def told(self, key: Key, tell: Callable[[Source], _Told]) -> _Told | None:
        """Return the result of ``tell`` for a module's source; None if it has no source, or none that parses.

        It is kept as long as the source is, so ``tell`` is a function of a module.
        """
        if not self.has_file(key):
            return None
        path = self.file(key)
        try:
            return self.source(path).once(tell)
        except (Unparsable, OSError, RecursionError):
            return None

    def definitions(self, key: Key) -> Definitions | None:
        """Return what a module of the project defines; None if it has no file, or none that parses."""
        if key not in self._definitions:
            self._definitions[key] = self._parse_definitions(key)
        return self._definitions[key]

    def _parse_definitions(self, key: Key) -> Definitions | None:
        definitions: Definitions | None = None
        for path in self.layout.modules.get(key, ()):
            if self.layout.is_hidden(path):
                continue
            try:
                source = Source.read(path, self.read(path))
                read = definitions_of(source.tree, source.data, path.endswith(".pyi"))
            except (Unparsable, OSError, RecursionError):
                continue
            definitions = _merge_stub(definitions, read) if definitions else read
        return definitions

    def locate(self, imported: Imported, importer: str) -> Located:
        """Return the module that an import names in the file ``importer``."""
        if imported.level:
            return self.layout.relative(imported.level, imported.module, importer)
        return self.layout.absolute(imported.module, importer)

    def locate_from(self, node: ast.ImportFrom, importer: str) -> Located:
        """Return the module that a ``from`` import in the file ``importer`` names."""
        return self.locate(Imported(node.module or "", node.level, None), importer)

    def locate_spelled(self, module: str, importer: str) -> Located:
        """Return the module that the file ``importer`` means by a name with leading dots."""
        path = module.lstrip(".")
        return self.locate(Imported(path, len(module) - len(path), None), importer)


def _parsed(source: Source) -> Source:
    source.tree  # noqa: B018 (raises)
    return source


def _merge_stub(source: Definitions, stub: Definitions) -> Definitions:
    """Return the definitions of a source plus those found only in its stub: type checkers see these."""
    for name, binding in stub.names.items():
        if name not in source.names:
            source.names[name] = Binding(binding.own, binding.imports, runtime=False, certain=False)
    return source
