"""A new import that replaces one name of an import statement."""

from __future__ import annotations

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
