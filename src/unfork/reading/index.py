"""The definitions index: what codemods and the engine ask about the modules of a project."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import filterfalse

from unfork.file_kinds import is_notebook
from unfork.reading.conditions import is_bound_alike, literal_of
from unfork.reading.definitions import Definitions
from unfork.reading.effects import only_binds
from unfork.reading.given_attributes import gives_attribute
from unfork.reading.interfaces import Interfaces
from unfork.reading.layout import enclosing_folders, join_key, key_of, parent_folder
from unfork.reading.made_modules import may_have_unseen_modules
from unfork.reading.origins import Origins
from unfork.reading.outside import standard_lacks
from unfork.reading.path_rules import aside_folder, is_started, is_test_file
from unfork.reading.rebound import names_rebound
from unfork.reading.replaced_surfaces import StoresInto
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import Imported, import_statements
from unfork_codemods.project import MODULE_ATTRIBUTES, Key, Kind, is_external, last_segment

_LETTER = rb"[\w\x80-\xff]"
_WORD = re.compile(rb"[A-Za-z_\x80-\xff]%b*+" % _LETTER)
_FEW = 4
"""As many names are searched for one by one."""


@dataclass
class Index(Origins):
    """Answers questions about the modules of a layout, reading files on first request."""

    hints: frozenset[bytes] | None = None
    """Words, one of which occurs in any module that imports a module relevant to the run; None: not known."""
    listed: Callable[[], Collection[str]] | None = None
    """Lists the files of the project, those of other kinds than code, too."""
    _definers: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    _given: dict[str, bool] = field(default_factory=dict)
    _hinted: dict[Key, bool] = field(default_factory=dict)
    _idle: dict[Key, bool] = field(default_factory=dict)
    _stores_into: dict[Key, StoresInto] = field(default_factory=dict)

    @cached_property
    def every_path(self) -> frozenset[str]:
        """The files of the project, of all kinds."""
        return frozenset(self.listed() if self.listed is not None else self.layout.paths)

    @cached_property
    def interfaces(self) -> Interfaces:
        """What callers see of the project's functions and classes."""
        return Interfaces(self)

    def dotted(self, key: Key, like: str | None = None) -> str:
        """Return a module's dotted name, from the root of the dotted name ``like`` if it has one from there."""
        base = self.named(like).base if like is not None else None
        spelled = self.layout.spelled(key, base) if base is not None else None
        return spelled or self.layout.dotted(key)

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package of the project."""
        return self.layout.is_package(key)

    def packages_above(self, key: Key) -> Iterator[Key]:
        """Yield the regular packages that a module is in."""
        yield from filter(self.is_package, enclosing_folders(parent_folder(key)))

    def public_names(self, key: Key) -> Collection[str] | None:
        """Return the names that a module offers; None if its text does not show them."""
        return self.star_names(key)

    # -- who defines a name

    def definers(self, name: str) -> tuple[Key, ...]:
        """Return the modules of the project that define ``name`` themselves, sorted."""
        if name not in self._definers:
            keys = map(key_of, self._paths_with(name.encode()))
            importable = filter(self.layout.can_be_imported, keys)
            self._definers[name] = tuple(
                sorted(key for key in set(importable) if self._defines_name(key, name))
            )
        return self._definers[name]

    def only_definer(self, name: str, ignored: Collection[Key]) -> Key | None:
        """Return the only module that defines ``name`` itself, apart from those ``ignored``, or None."""
        others = [key for key in self.definers(name) if key not in ignored]
        return others[0] if len(others) == 1 else None

    def _paths_with(self, word: bytes) -> Iterable[str]:
        """Return the files of the project that may define a name. Sorting all texts by words takes longer at first."""
        if len(self._definers) >= _FEW:
            return self._paths_by_word.get(word, ())
        alone = re.compile(rb"(?<!%b)%b(?!%b)" % (_LETTER, re.escape(word), _LETTER))
        texts = ((path, self.text(path)) for path in filterfalse(is_notebook, self.layout.paths))
        return [path for path, text in texts if word in text and alone.search(text)]

    @cached_property
    def _paths_by_word(self) -> dict[bytes, list[str]]:
        """The files of the project by each word in their texts that may be the name of something they define."""
        paths: dict[bytes, list[str]] = {}
        for path in filterfalse(is_notebook, self.layout.paths):  # no import can name one
            for word in set(_WORD.findall(self.text(path))):
                paths.setdefault(word, []).append(path)
        return paths

    def sources(self, name: str, importer: str) -> tuple[Key, ...]:
        """Return the modules defining ``name`` that the file ``importer`` may take it from."""
        return tuple(key for key in self.definers(name) if self.may_serve(key, importer))

    def modules_called(self, name: str, importer: str) -> tuple[Key, ...]:
        """Return the modules with a last name that the file ``importer`` may import."""
        called = sorted(key for key in self.layout.modules if last_segment(key) == name)
        importable = filter(self.layout.can_be_imported, called)
        return tuple(key for key in importable if self.may_serve(key, importer))

    def may_be_given(self, name: str) -> bool:
        """Return whether some file stores an attribute of a name, or patches one that a string names."""
        if name not in self._given:
            self._given[name] = self._is_given(name)
        return self._given[name]

    def _is_given(self, name: str) -> bool:
        word = re.escape(name.encode())
        stored = rb"\.%b[ \t]*(?::[^=\n]*)?[-+*/|&]?=(?!=)" % word
        patched = rb"(?:attr|patch|object)\s*\([^()]*\b%b[\"']" % word
        given = re.compile(rb"%b|%b" % (stored, patched))
        return any(given.search(self.text(p)) for p in self._paths_by_word.get(name.encode(), ()))

    def is_attribute_given(self, name: str, home: str, of_class: bool) -> bool:
        """Return whether code may give an attribute of a class, which the file ``home`` defines, another value.

        ``of_class`` as in ``gives_attribute``.
        """
        for path in self._paths_with(name.encode()):
            try:
                if gives_attribute(self.source(path), name, path == home, of_class):
                    return True
            except (Unparsable, OSError, RecursionError):
                continue
        return False

    def may_serve(self, key: Key, importer: str) -> bool:
        """Return whether the file ``importer`` may import what a module of the project defines."""
        path, layout = self.file(key), self.layout
        in_package = layout.is_package(parent_folder(path))
        beside = aside_folder(path, in_package)
        is_aside = bool(beside) and not importer.startswith(f"{beside}/")
        if is_aside or is_test_file(path) or is_started(path, in_package):
            return False
        project = layout.project_of(parent_folder(path))
        return (
            not project
            or project == layout.project_of(parent_folder(importer))
            or layout.is_listed(key)
        )

    # -- which module an import may mean besides the one that it names

    def may_be_outside(self, dotted: str) -> bool:
        """Return whether an absolute import may refer to a module outside the project: known, declared or installed."""
        return self.layout.outside.knows(dotted)

    def may_come_from_elsewhere(self, dotted: str, name: str | None, importer: str) -> bool:
        """Return whether an absolute import works from another root, or if Python starts in a folder around a file.

        Of several roots with a package of one name, each may be the one that has ``name`` (None: the module itself).
        """
        around = self.layout.around(dotted, importer)
        keys = [join_key(base, self.layout.by_folder(dotted)) for base in self.layout.every_root]
        keys += [around.key] if around is not None else []
        return any(
            self.layout.exists(key) and (name is None or self.provides(key, name)) for key in keys
        )

    def is_missing_outside(self, dotted: str, name: str | None, importer: str) -> bool:
        """Return whether an absolute import takes what the standard library lacks, wherever Python starts."""
        if self.layout.outside.lists(dotted) or not standard_lacks(dotted, name):
            return False
        top = self.layout.by_folder(dotted.partition(".")[0])
        around = self.layout.around(top, importer)
        keys = [join_key(base, top) for base in self.layout.every_root]
        keys += [around.key] if around is not None else []
        return self.layout.modules.keys().isdisjoint(keys)

    def may_be_made(self, key: Key) -> bool:
        """Return whether a module without a file may be created at run time, by a module above it."""
        above = (
            folder for folder in enclosing_folders(parent_folder(key)) if self.has_file(folder)
        )
        return any(may_have_unseen_modules(self.text(self.file(folder))) for folder in above)

    def _defines_name(self, key: Key, name: str) -> bool:
        definitions = self.definitions(key)
        binding = definitions.names.get(name) if definitions else None
        return binding is not None and binding.own

    def sibling(self, dotted: str, importer: str) -> Key | None:
        """Return the module ``dotted`` next to the file ``importer`` within its package; None if there is none."""
        folder = importer.rpartition("/")[0]
        key = join_key(folder, dotted)
        return (
            key if folder and self.layout.is_package(folder) and self.layout.exists(key) else None
        )

    # -- what the text rules out without more

    def may_lead(self, key: Key, name: str) -> bool:
        """Return whether a module's name may refer to a relevant module: as a submodule, or through an import.

        Most modules can be ruled out by their bytes, without parsing.
        """
        if (
            is_external(key)
            or self.hints is None
            or self.layout.exists(self.layout.submodule_key(key, name))
        ):
            return True
        if key not in self._hinted:
            texts = [self.text(path) for path in self.layout.modules.get(key, ())]
            self._hinted[key] = any(hint in text for text in texts for hint in self.hints)
        return self._hinted[key]

    # -- what importing a module does

    def is_idle(self, key: Key) -> bool:
        """Return whether importing a module of the project only binds names, as far as the texts of its files show."""
        if key not in self._idle:
            self._idle[key] = True  # assumed during a cycle: true if everything else in it is idle
            self._idle[key] = all(map(self._is_idle, self.layout.modules.get(key, ())))
        return self._idle[key]

    def _is_idle(self, path: str) -> bool:
        try:
            tree = Source.read(path, self.read(path)).tree
        except (Unparsable, OSError):
            return False
        return only_binds(tree.body) and all(
            map(self.is_idle, self._import_time_imports(tree, path))
        )

    def failing_import(self, key: Key) -> int | None:
        """Return the line of an import that makes importing a module of the project fail; None if none surely does."""
        path = self.file(key)
        try:
            statements = self.source(path).imports
        except (Unparsable, OSError):
            return None
        certain = (
            statement.node
            for statement in statements
            if statement.at_import_time and not (statement.guarded or statement.attempts)
        )
        return next(
            (n.lineno for n in certain if any(self._is_nowhere(i, path) for i in _taken_by(n))),
            None,
        )

    def _is_nowhere(self, imported: Imported, path: str) -> bool:
        """Return whether what a file imports is not there, wherever Python starts."""
        located, name = self.locate(imported, path), imported.name
        if is_external(located.key) or located.maybe or name in MODULE_ATTRIBUTES:
            return False
        if located.exists and (
            name is None or self.origin(located.key, name).kind is not Kind.MISSING
        ):
            return False
        spelled = imported.module
        if not located.exists and self.may_be_made(located.key):
            return False
        return bool(imported.level) or not self.may_come_from_elsewhere(spelled, name, path)

    def _import_time_imports(self, tree: ast.Module, path: str) -> Iterator[Key]:
        """Yield the modules of the project that a file imports at import time."""
        for statement in import_statements(tree):
            if not statement.at_import_time:
                continue
            node = statement.node
            if isinstance(node, ast.Import):
                yield from (self.layout.absolute(alias.name, path).key for alias in node.names)
                continue
            key = self.locate_from(node, path).key
            yield key
            yield from (join_key(key, alias.name) for alias in node.names if not is_external(key))

    # -- what a module gives a name, and when

    def literal(self, key: Key, name: str) -> object:
        """Return the literal value that a module's text gives a name once; None if there is no such value."""
        tree = self.tree(key)
        return literal_of(tree, name) if tree is not None else None

    def is_rebound(self, key: Key, name: str | None) -> bool:
        """Return whether functions of a module bind a name of it again: who imports the name keeps an older value."""
        if name is None or not self.has_file(key):
            return False
        return name in (self.interfaces.of_module(key, names_rebound) or ())

    def is_bound_from_afar(self, key: Key, name: str) -> bool:
        """Return whether code may bind a name of a module again by its spelling, or from another module."""
        if not self.has_file(key):
            return False
        if key not in self._stores_into:
            self._stores_into[key] = StoresInto(self, key)
        return self._stores_into[key].may_bind(name)

    def is_always_there(self, key: Key, name: str, like: Key) -> bool:
        """Return whether a module has a name under all conditions, or under all those where the module ``like`` has."""
        origin = self.origin(key, name)
        if origin.certain or not origin.found:
            return origin.found
        return all(self._is_bound(*hop, like) for hop in origin.hops if self.has_file(hop[0]))

    def _is_bound(self, key: Key, name: str, like: Key) -> bool:
        definitions = self.definitions(key) or Definitions()
        binding = definitions.names.get(name)
        if binding is None:  # from a star, or a submodule
            return all(star.certain for star in definitions.stars)
        tree, other = self.tree(key), self.tree(like)
        return binding.certain or tree is None or is_bound_alike(tree, other, name)

    def base_of(self, key: Key, name: str) -> str | None:
        """Return the base folder of the imports through which a module gets a name; None if all are relative."""
        folder: str | None = None
        for module, hop_name in self.origin(key, name).hops:
            definitions = None if is_external(module) else self.definitions(module)
            binding = definitions.names.get(hop_name) if definitions is not None else None
            for imported in binding.imports[:1] if binding is not None else ():
                base = self.locate(imported, self.file(module)).base
                folder = folder if base is None else base
        return folder


def _taken_by(node: ast.Import | ast.ImportFrom) -> Iterator[Imported]:
    """Yield what an import statement names."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield Imported(alias.name, 0, None)
        else:
            name = alias.name if alias.name != "*" else None
            yield Imported(node.module or "", node.level, name)
