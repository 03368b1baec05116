"""What a shim need not keep, since a module that it forwards to does the same when that is imported.

class Error(framework.Error): ...     in both modules: the shim imports the other one, which makes the class
TABLE["a"] = run                      in both, of a name that moved
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from unfork.reading.index import Index
from unfork.reading.same_code import same_code
from unfork.reading.statement_names import names_bound
from unfork_codemods.project import Key
from unfork_codemods.step import Target

_OF_THIS_MODULE = frozenset(
    [
        "__cached__",
        "__doc__",
        "__file__",
        "__loader__",
        "__name__",
        "__package__",
        "__path__",
        "__spec__",
        "globals",
        "locals",
        "vars",
    ]
)
"""Names that mean something else in each module."""


@dataclass
class Repeats:
    """Finds the statements of a module that another one repeats, to which it forwards names, by ``targets``."""

    index: Index
    legacy: Key
    targets: Mapping[str, Target]

    def repeating_module(self, node: ast.stmt) -> Key | None:
        """Return the module that has a statement too, with names that mean there what they mean here; None: none has.

        A statement that asks which module it is in (``__name__``, ``globals()``) is not the same in another one.
        """
        used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if not used.isdisjoint(_OF_THIS_MODULE):
            return None
        names = used.union(names_bound(node))
        homes = {self._home(name) for name in names & self.targets.keys()}
        return next((home for home in sorted(homes) if self._has(home, node, names)), None)

    def _home(self, name: str) -> Key:
        return self.index.named(self.targets[name].module).key

    def _has(self, home: Key, node: ast.stmt, names: set[str]) -> bool:
        tree = self.index.tree(home) if home != self.legacy else None
        return (
            tree is not None
            and any(same_code(node, other, self._renames) for other in tree.body)
            and all(self._means_the_same(home, name) for name in names)
        )

    @cached_property
    def _renames(self) -> Mapping[str, str]:
        """What the names that the module itself defines are called now."""
        own = (name for name in self.targets if self._is_own(name))
        return {name: self.targets[name].name for name in own}

    def _is_own(self, name: str) -> bool:
        return self.index.origin(self.legacy, name).key == self.legacy

    def _means_the_same(self, home: Key, name: str) -> bool:
        here = self.index.origin(self.legacy, name)
        target = self.targets.get(name)
        if target is None and self._is_own(name):
            return not here.found and not self.index.origin(home, name).found
        meant = {here.identity}
        if target is not None:
            meant.add(self.index.origin(self._home(name), target.name).identity)
        return self.index.origin(home, self._renames.get(name, name)).identity in meant
