"""What the parts of an inference ask the file that they belong to."""

from __future__ import annotations

import ast
from typing import Protocol

from unfork.reading.scopes import Scope
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.kinds import Class, Kinds


class ExpressionKinds(Protocol):
    """One file, and what its expressions are."""

    @property
    def context(self) -> FileContext:
        """The file."""

    def kinds(self, node: ast.expr) -> Kinds | None:
        """Return what an expression is."""

    def kinds_in(self, node: ast.expr, scope: Scope | None) -> Kinds | None:
        """Return what an expression is, whose names belong to a scope; None: to that around it."""

    def annotation(self, node: ast.expr, scope: Scope, owner: Class | None = None) -> Kinds | None:
        """Return what a value is that has an annotation. ``owner`` is the class that ``Self`` stands for."""

    def element(self, kinds: Kinds | None) -> Kinds | None:
        """Return what looping over something gives."""

    def entered(self, kinds: Kinds | None) -> Kinds | None:
        """Return what a ``with`` statement binds."""
