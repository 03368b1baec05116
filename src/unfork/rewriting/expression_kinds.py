"""The protocols by which the parts of the inference ask each other."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Protocol

from unfork.nodes import FunctionDef
from unfork.reading.scopes import Bind, Scope
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.kinds import Class, Kind, Kinds
from unfork_codemods.project import Key

MOST_STEPS = 40
"""How far expressions are followed into each other, and classes to those that they inherit from."""


class ProjectKinds(Protocol):
    """All files, and their classes. ``guesses``: what a method returns here is what it returns in any subclass."""

    @property
    def guesses(self) -> bool:
        """Whether the methods of subclasses are taken to return the same."""

    def file(self, key: Key) -> ExpressionKinds | None:
        """Return the file of a module of the project; None if it cannot be read."""

    def ancestors(self, owner: Class) -> tuple[Class, ...]:
        """Return a class and those of the project that it inherits from, in order."""

    def has_library_base(self, owner: Class) -> bool:
        """Return whether a class inherits from one of a library."""

    def bases(self, owner: Class, base: ast.expr) -> Kinds | None:
        """Return what a base of a class is."""

    def definer(self, owner: Class, member: str) -> Class | None:
        """Return the class of a lineage that gives a member, the first of them; None if none does."""


class ExpressionKinds(Protocol):
    """One file, and what its expressions are."""

    @property
    def context(self) -> FileContext:
        """The file."""

    @property
    def inference(self) -> ProjectKinds:
        """All files."""

    @property
    def stored(self) -> Mapping[tuple[str, str], Sequence[ast.expr]]:
        """What the file stores on attributes of names, by the name and the attribute."""

    def kinds(self, node: ast.expr) -> Kinds | None:
        """Return what an expression is."""

    def kinds_in(self, node: ast.expr, scope: Scope | None) -> Kinds | None:
        """Return what an expression is, whose names belong to a scope; None: to that around it."""

    def name(self, name: str, scope: Scope) -> Kinds | None:
        """Return what a name is in a scope."""

    def annotation(self, node: ast.expr, scope: Scope, owner: Class | None = None) -> Kinds | None:
        """Return what a value is that has an annotation. ``owner`` is the class that ``Self`` stands for."""

    def element(self, kinds: Kinds | None) -> Kinds | None:
        """Return what looping over something gives."""

    def entered(self, kinds: Kinds | None) -> Kinds | None:
        """Return what a ``with`` statement binds."""

    def taken(self, kind: Kind, name: str) -> Kinds | None:
        """Return what an attribute of something is."""

    def member_of_module(self, key: Key, name: str) -> Kinds | None:
        """Return what a name of a module is."""

    def member_value(
        self, owner: Class, node: ast.ClassDef, name: str, of_class: bool
    ) -> Kinds | None:
        """Return what a member is that a class of this file defines."""

    def members(self, node: ast.ClassDef) -> dict[str, list[Bind | ast.expr]]:
        """Return where a class gives its members: in its body, or by ``self.x = ...`` in a method."""

    def returned(self, node: FunctionDef, owner: Class | None) -> Kinds | None:
        """Return what a function returns, as a method of ``owner``."""
