"""One file under one codemod, read only: its imports, its scopes, and what its names refer to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from unfork.reading.ignores import has_marks, is_ignored_on_line
from unfork.reading.index import Index
from unfork.reading.layout import enclosing_folders, join_key, key_of, parent_folder
from unfork.reading.outside import has_standard
from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Bind, Scope, Scopes, binding_scope, resolve_name
from unfork.reading.source import TOO_DEEP, Source, Unparsable
from unfork.reading.statements import ImportStatement
from unfork.reading.texts import Texts, constant_string
from unfork.reading.truth import asked_for_truth, bound_to_nothing
from unfork.rewriting.constraints import Constraints, Wrapper
from unfork.rewriting.spelling import Style, spell_module
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import (
    Destination,
    ImportCodemod,
    ImportedName,
    Key,
    Kind,
    Located,
    external_key,
    is_external,
)


@dataclass(slots=True, eq=False)
class ImportedAlias:
    """One name of an import statement: its ``alias``, its ``position`` in the statement, and the imported name."""

    statement: ImportStatement
    position: int
    alias: ast.alias
    imported_name: ImportedName

    @property
    def local(self) -> str:
        """The name that the import binds."""
        return self.statement.local(self.alias)

    @property
    def as_is(self) -> NewImport:
        """The import as it stands."""
        return self.statement.as_is(self.alias)

    @property
    def is_dotted(self) -> bool:
        """Whether it binds the first package of a dotted name: ``import a.b``, not ``import a``."""
        is_plain = isinstance(self.statement.node, ast.Import) and not self.alias.asname
        return is_plain and "." in self.alias.name


@dataclass(eq=False)
class FileContext:
    """A file as one codemod sees it: what it imports, and what its names mean. Nothing here changes."""

    source: Final[Source]
    index: Final[Index]
    codemod: Final[ImportCodemod]
    facts: Final[Constraints] = field(default_factory=Constraints)

    @property
    def importer(self) -> str:
        """The file's path."""
        return self.source.path

    @cached_property
    def key(self) -> Key:
        """The file's own module."""
        return key_of(self.importer)

    @property
    def statements(self) -> tuple[ImportStatement, ...]:
        """The file's import statements."""
        return self.source.imports

    @cached_property
    def scopes(self) -> Scopes:
        """The file's scopes, computed only if an import statement alone is not enough."""
        try:
            if not self.facts.avoid:
                return self.source.once(analyse_scopes)
            scopes = analyse_scopes(self.source)  # its own: no other context may see what it avoids
        except RecursionError:
            raise Unparsable(1, 1, TOO_DEEP) from None
        scopes.module.closed = self.facts.avoid
        return scopes

    @cached_property
    def tested(self) -> frozenset[ast.expr]:
        """The expressions that are only tested for truth or None."""
        return asked_for_truth(self.source.nodes)

    @cached_property
    def names_bound_to_none(self) -> frozenset[ast.expr]:
        """The name nodes that are bound to None."""
        return bound_to_nothing(self.source.tree)

    @property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node."""
        return self.source.parents

    @cached_property
    def texts(self) -> Texts:
        """The values of the file's string expressions."""
        own = self.index.dotted(self.key)
        return Texts(
            self.source, lambda: self.parents, self._imported_constant, self._module_name, own
        )

    @cached_property
    def wrappers_named(self) -> tuple[Wrapper, ...]:
        """The patching functions (wrappers) whose names occur in the file."""
        data = self.source.data
        return tuple(wrapper for wrapper in self.facts.wrappers if wrapper.called.encode() in data)

    def scope_around(self, node: ast.AST) -> Scope:
        """Return the scope around an expression; parts of a definition evaluated outside it count as inside."""
        return self.scopes.around(node, self.parents)

    @cached_property
    def statement_of(self) -> dict[ast.AST, ImportStatement]:
        """The import statements by their nodes."""
        return {statement.node: statement for statement in self.statements}

    @cached_property
    def items(self) -> tuple[ImportedAlias, ...]:
        """Every name of every import statement."""
        return tuple(item for statement in self.statements for item in self.items_of(statement))

    @cached_property
    def near_items(self) -> tuple[ImportedAlias, ...]:
        """The names of the statements that may import a module that the codemod handles."""
        near = [s for s in self.statements if _may_concern(s, self.codemod.words)]
        return tuple(item for statement in near for item in self.items_of(statement))

    @cached_property
    def statement_by_alias(self) -> dict[ast.alias, ImportStatement]:
        """The import statements by their aliases."""
        return {alias: statement for statement in self.statements for alias in statement.node.names}

    def items_of(self, statement: ImportStatement) -> Iterator[ImportedAlias]:
        """Yield the names of one statement."""
        for position, alias in enumerate(statement.node.names):
            yield ImportedAlias(statement, position, alias, self.imported_name(statement, alias))

    def imported_name(self, statement: ImportStatement, alias: ast.alias) -> ImportedName:
        """Return what a name of a statement refers to, without checking whether it is a submodule."""
        node = statement.node
        optional = bool(statement.attempts) and not self._is_last_resort(statement)
        rivals = bool(statement.attempts) and self._has_rivals(statement, alias)
        if isinstance(node, ast.Import):
            located = self._certain_location(self.index.layout.absolute(alias.name, self.importer))
            return ImportedName(
                self.importer, located, alias.name, None, optional=optional, rivals=rivals
            )
        module = self.index.locate_from(node, self.importer)
        located = self._certain_location(module, alias.name)
        typing = statement.typing_only or self.importer.endswith(".pyi")
        names = tuple(sibling.name for sibling in node.names)
        return ImportedName(
            self.importer,
            located,
            statement.module,
            alias.name,
            typing,
            optional,
            rivals,
            names,
            statement.in_function,
        )

    def _is_last_resort(self, statement: ImportStatement) -> bool:
        """Return whether an import of a repaired module has to work, being in the handler of one that does not.

        try: import missing.one        except ImportError: import missing.other
        """
        if not self.codemod.repairs(self.key) or len(statement.attempts) != 1:
            return False
        (attempt,) = statement.attempts
        if not isinstance(attempt, ast.Try) or statement.block is attempt.body:
            return False
        if not any(statement.block is handler.body for handler in attempt.handlers):
            return False
        tried = (other for other in self.statements if other.block is attempt.body)
        return any(
            self.codemod.fails(self.imported_name(other, alias))
            for other in tried
            for alias in other.node.names
        )

    def _has_rivals(self, statement: ImportStatement, alias: ast.alias) -> bool:
        """Return whether other imports in the same ``try`` bind the same local name as one name of a statement."""
        local, attempts = statement.local(alias), statement.attempts
        return any(
            other.local(other_alias) == local
            for other in self.statements
            if other is not statement and any(a is b for a in attempts for b in other.attempts)
            for other_alias in other.node.names
        )

    def _certain_location(self, located: Located, name: str | None = None) -> Located:
        """Return the location of a module, using this file's own text to decide if two modules are possible.

        A module imported from a package of that name is the project's, if the project has it. A file that refers to its
        folder by its package name, or by dots, is not a script that would find the modules next to it.
        """
        dotted, layout = located.key[1:-1], self.index.layout
        if is_external(located.key) and not located.maybe:
            return located._replace(maybe=self._modules_elsewhere(dotted))
        if not located.maybe:
            return located
        having = [maybe for maybe in located.maybe if name and layout.has_inside(maybe, name)]
        if len(having) == 1 and not has_standard(f"{dotted}.{name}"):
            return Located(having[0], having[0].removesuffix(dotted.replace(".", "/")).rstrip("/"))
        beside = parent_folder(located.maybe[0]) == parent_folder(self.importer)
        if "." not in dotted and beside and self._is_of_package:
            return located._replace(maybe=())
        return located

    def _modules_elsewhere(self, dotted: str) -> tuple[Key, ...]:
        """Return the modules that the codemod is about, or their packages, that a folder has which is no root.

        None if a folder around the importer has a module of that name: a script or test there takes that.
        """
        named, layout = self.codemod.modules_elsewhere(dotted), self.index.layout
        if not named or self.index.may_be_outside(dotted):
            return ()
        around = enclosing_folders(parent_folder(self.importer))
        if any(layout.exists(join_key(folder, dotted)) for folder in around):
            return ()
        bases = {key: key[: -len(dotted) - 1] for key in named}
        others = (k for k, base in bases.items() if base not in {*layout.every_root, *layout.gone})
        return tuple(key for key in others if not layout.is_package(bases[key]))

    @cached_property
    def _is_of_package(self) -> bool:
        """Whether an import shows that the file is itself imported as part of a package and is not a script."""
        folder = (
            self.index.layout.dotted(parent_folder(self.importer)) if "/" in self.importer else ""
        )
        start = f"{folder}."
        spelled = (s.module or a.name for s in self.statements for a in s.node.names)
        return any(f"{name}.".startswith((".", start)) for name in spelled) if folder else False

    def imported_module(self, item: ImportedAlias) -> Key | None:
        """Return the module that a name of a statement binds, or the first package of ``import a.b``."""
        if item.is_dotted:
            return self._first_package(item)
        if item.imported_name.name is None:
            return item.imported_name.key
        own = self._own_submodule(item)
        if own is not None:
            return own
        if not self.facts.look and not self.index.may_lead(
            item.imported_name.key, item.imported_name.name
        ):
            return None
        origin = self.index.origin(item.imported_name.key, item.imported_name.name)
        if origin.kind is Kind.MODULE:
            return origin.key
        if origin.kind is Kind.EXTERNAL:
            if origin.name is None:
                return origin.key
            return external_key(f"{origin.key[1:-1]}.{origin.name}")
        return None

    def _own_submodule(self, item: ImportedAlias) -> Key | None:
        """Return the submodule that a package takes from itself, which nothing else in its text is called like."""
        name = item.imported_name.name
        if name is None or item.imported_name.key != self.key or item.local != name:
            return None
        key = self.index.layout.submodule_key(self.key, name)
        has_stars = any(other.alias.name == "*" for other in self.items)
        is_only_one = len(self.scopes.module.binds.get(name, ())) == 1 and not has_stars
        return key if is_only_one and self.index.layout.exists(key) else None

    def module_in_text(self, name: str) -> Located:
        """Return the module that a string names; ``__main__`` is the file itself."""
        if name == "__main__":
            return Located(self.key)
        return self.index.layout.absolute(name, self.importer)

    def _first_package(self, item: ImportedAlias) -> Key:
        """Return the first package of ``import a.b``: the one that contains ``a.b``, if the project has it."""
        located = item.imported_name.located
        if located.base is not None and located.exists:
            return join_key(located.base, self.index.layout.by_folder(item.local))
        return self.index.layout.absolute(item.local, self.importer).key

    def _imported_constant(self, node: ast.AST, alias: ast.alias) -> str | None:
        """Return the string that an import binds: the value of another file's constant."""
        statement = self.statement_of.get(node)
        imported_name = self.imported_name(statement, alias) if statement is not None else None
        if imported_name is None or imported_name.name is None:
            return None
        origin = self.index.origin(imported_name.key, imported_name.name)
        if (
            origin.kind is not Kind.OWN
            or origin.name is None
            or not self.index.has_file(origin.key)
        ):
            return None
        path = self.index.file(origin.key)
        try:
            dotted = self.index.dotted(origin.key)
            return constant_string(self.index.source(path), origin.name, dotted)
        except (Unparsable, OSError, RecursionError):
            return None

    def _module_name(self, node: ast.expr, scope: Scope) -> str | None:
        """Return the ``__name__`` of an expression that refers to an imported module, from the root of its import."""
        key = self.module_of(node, scope)
        if key is None:
            return None
        base = self._base_of_import(node, scope)
        spelled = self.index.layout.spelled(key, base) if base is not None else None
        return spelled or self.index.dotted(key)

    def _base_of_import(self, node: ast.expr, scope: Scope) -> str | None:
        """Return the folder that the import of an expression's first name starts from; None if that is unknown."""
        while isinstance(node, ast.Attribute):
            node = node.value
        reached = resolve_name(scope, node.id) if isinstance(node, ast.Name) else None
        binds = reached.binds[node.id] if reached is not None and isinstance(node, ast.Name) else []
        statement = self.statement_of.get(binds[0].node) if binds else None
        if statement is None or binds[0].alias is None:
            return None
        return self.imported_name(statement, binds[0].alias).located.base

    def module_of(self, node: ast.expr, scope: Scope) -> Key | None:
        """Return the imported module that an expression refers to, or None if it is not known to be a module."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        reached = resolve_name(scope, node.id) if isinstance(node, ast.Name) else None
        binds = reached.binds[node.id] if reached is not None and isinstance(node, ast.Name) else []
        bound = {self._module_bound(bind) for bind in binds}
        key = next(iter(bound)) if len(bound) == 1 else None
        for name in names:
            key = self.index.module_of(key, name) if key is not None else None
        return key

    def _module_bound(self, bind: Bind) -> Key | None:
        """Return the module that an import binds, or None if it binds no module or is no import."""
        statement = self.statement_of.get(bind.node)
        if statement is None or bind.alias is None:
            return None
        return self.imported_module(
            ImportedAlias(statement, 0, bind.alias, self.imported_name(statement, bind.alias))
        )

    def given(self, star: ImportedAlias, name: str) -> ImportedAlias:
        """Return the import of one of the names that a star import provides."""
        return ImportedAlias(star.statement, star.position, star.alias, star.imported_name.of(name))

    def module_site(self, item: ImportedAlias, key: Key) -> ImportedName:
        """Return the imported name for a module that a name of a statement leads to."""
        base = item.imported_name.located.base
        spelled = (
            item.alias.name
            if item.imported_name.name is None
            else _joined_name(item.imported_name.spelled, item.imported_name.name)
        )
        located = Located(key, base, item.imported_name.located.exists)
        imported_name = item.imported_name._replace(located=located, spelled=spelled, name=None)
        return imported_name._replace(typing=False, names=())

    def style(self, item: ImportedAlias) -> Style:
        """Return the style of a name's statement."""
        node = item.statement.node
        level = node.level if isinstance(node, ast.ImportFrom) else 0
        return Style.of(self.importer, item.imported_name.located, level)

    def spelled(self, destination: Destination, item: ImportedAlias) -> str:
        """Return a destination's module as the statement would spell it."""
        return spell_module(self.index.layout, destination, self.style(item))

    def scope(self, item: ImportedAlias) -> Scope:
        """Return the scope in which a name of a statement is bound, considering ``global`` and ``nonlocal``."""
        return self.binding_scope(item.statement, item.local)

    def binding_scope(self, statement: ImportStatement, local: str) -> Scope:
        """Return the scope in which a statement binds a name."""
        return binding_scope(self.scopes.scope_of(statement.scope), local)

    def at(self, node: ast.alias | ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the line and column of a node."""
        return self.source.location(self.source.offset(node.lineno, node.col_offset))

    def subject_of(
        self, node: ast.alias | ast.expr | ast.stmt, imported_name: ImportedName | None
    ) -> tuple[str, str]:
        """Return the module and the name that a finding is about; for a use, its text is the name."""
        if imported_name is None and isinstance(node, ast.alias):
            statement = next((s for s in self.statements if node in s.node.names), None)
            if statement is not None:
                imported_name = self.imported_name(statement, node)
        if imported_name is not None:
            key, located = imported_name.key, imported_name.located
            is_here = located.exists and not is_external(key)
            module = self.index.dotted(key) if is_here else imported_name.spelled
            return module, imported_name.name or ""
        match node:
            case ast.Constant(value=str(text)):
                return "", text
            case ast.Name() | ast.Attribute():
                return "", ast.unparse(node)
        return "", ""

    @cached_property
    def has_marks(self) -> bool:
        """Whether the file may contain a comment that says to ignore a line."""
        return has_marks(self.source.data)

    def is_ignored(self, node: ast.stmt | ast.expr | ast.alias, code: str) -> bool:
        """Return whether a comment on one of the node's lines says to ignore it."""
        if not self.has_marks:
            return False
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        return any(
            is_ignored_on_line(self.source.line(number).decode(errors="replace"), code)
            for number in lines
        )

    def skips(self, item: ImportedAlias) -> bool:
        """Return whether a comment says to ignore a name: on its line, or on the statement's first or last line."""
        if not self.has_marks:
            return False
        code, node = self.codemod.code_of(item.imported_name), item.statement.node
        numbers = {item.alias.lineno, node.lineno, node.end_lineno or node.lineno}
        return any(
            is_ignored_on_line(self.source.line(n).decode(errors="replace"), code) for n in numbers
        )


def _may_concern(statement: ImportStatement, words: frozenset[str] | None) -> bool:
    """Return whether a statement's modules or names contain one of the words, or it imports from dots only."""
    if words is None:
        return True
    node = statement.node
    if isinstance(node, ast.ImportFrom):
        if node.module is None or not words.isdisjoint(node.module.split(".")):
            return True
        return any(alias.name in words for alias in node.names)
    return any(not words.isdisjoint(alias.name.split(".")) for alias in node.names)


def _joined_name(module: str, name: str) -> str:
    return module + name if module.endswith(".") else f"{module}.{name}"
