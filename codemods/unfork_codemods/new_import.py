"""A new import that replaces one name of an import statement, and how it is written.

Every new import statement that unfork writes or suggests is spelled here. Statements that are there already
are rewritten by ``rehome_imports``, which keeps their layout and comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class NewImport(NamedTuple):
    """``from module import name as asname``, or ``import name as asname`` if ``module`` is empty.

    ``module`` includes its leading dots, ``name`` of a plain ``import`` is dotted, ``asname`` is None without an alias.
    """

    module: str
    name: str
    asname: str | None = None

    @property
    def local(self) -> str:
        """The name that the import binds."""
        return self.asname or (self.name if self.module else self.name.partition(".")[0])

    @property
    def alias_text(self) -> str:
        """Its part of a statement that imports several names: ``name as asname``."""
        return f"{self.name} as {self.asname}" if self.asname else self.name

    @property
    def statement(self) -> str:
        """The statement that makes this import alone."""
        return import_statement((self,))


def import_statement(imports: Sequence[NewImport]) -> str:
    """Return one statement, on one line, that makes several imports. All are from one module, or all are plain."""
    (module,) = {new.module for new in imports}
    start = f"from {module} " if module else ""
    return f"{start}import {', '.join(new.alias_text for new in imports)}"
