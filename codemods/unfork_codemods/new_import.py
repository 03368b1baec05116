"""What an import statement is to bind in place of a name that it bound before."""

from __future__ import annotations

from typing import NamedTuple


class NewImport(NamedTuple):
    """``from module import name as asname``, or with an empty ``module``: ``import name as asname``.

    ``module`` has its leading dots, ``name`` of an ``import`` is dotted, ``asname`` is None where there is none.
    """

    module: str
    name: str
    asname: str | None = None

    @property
    def local(self) -> str:
        """The name that it binds."""
        return self.asname or (self.name if self.module else self.name.partition(".")[0])
