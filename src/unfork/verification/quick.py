"""Files in which only imports changed, and uses of a module that one of them binds: needs no scopes.

Everything else is unchanged, byte for byte. Adjacent imports bind the same names as before, in the same place. So every
use of these names, here and in other files, reaches what the import names now, and that is compared. Of a module whose
name changed, only attributes are used, and these are compared as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from unfork.reading.examples import MARK
from unfork.reading.signs import has_sign, sign_patterns
from unfork.reading.source import NeedsWhole, Source, Unparsable
from unfork.reading.statements import ImportStatement
from unfork.verification.counterparts import Counterparts, is_missing
from unfork.verification.facts import Access, Exports, Moves
from unfork.verification.import_rows import Import, Row, rows_of
from unfork.verification.project import Project
from unfork.verification.quick_uses import uses_of
from unfork.verification.values import (
    Missing,
    Module,
    Namespace,
    Special,
    Taken,
    Value,
    plain_value,
)
from unfork_codemods.edits import Edit

_ON_MODULE = rb"(?!\s*\(\s*(?:self|cls)\s*,)"
_NO_PROSE = rb"\b(?![ \t]+(?!if\b|else\b|or\b|and\b|for\b)\w)"
REPLACES = sign_patterns(
    {"setattr": _ON_MODULE, "delattr": _ON_MODULE, "vars": _NO_PROSE, "Patch": b""}
    | {
        "patch": rb"(?<!dispatch)(?<!Dispatch)",
        "__dict__": rb"(?<!\bself\.__dict__)(?<!\bcls\.__dict__)",
    },
    within=("setattr", "delattr", "patch", "Patch", "__dict__"),
)
"""Marks of a file that may replace names of its imported modules: then other users of those names must be checked.

A dispatch is not a patch, and setting an attribute of ``self`` does not change a module: half the files of some
projects do so.
"""


class Quick:
    """Compares the imports of files, and caches what it finds about names."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[tuple[Value, Value], bool] = {}

    @cached_property
    def _forward_counterparts(self) -> Counterparts:
        tree_state = self._project.tree_state(False)
        return Counterparts(self._project.forwards, tree_state, tree_state, lambda *_: False)

    def moves(self, before: Source, edits: Sequence[Edit]) -> Moves | None:
        """Return what a file now takes from elsewhere, if that is known to be correct; else None."""
        try:
            rows = rows_of(before, edits)
            if rows is None or self._names_legacy(before) or has_sign(before.data, REPLACES):
                return None
            if self._may_find_a_stand_in(before):
                return None
            return self._moves_of_rows(before, *rows)
        except (Unparsable, NeedsWhole):
            return None

    def _names_legacy(self, before: Source) -> bool:
        """Return whether a legacy module is also named outside imports: then more must be checked."""
        return self._project.namings.are_used_in(before.data, before.in_import)

    def _may_find_a_stand_in(self, before: Source) -> bool:
        """Return whether a function imports a destination by its package: another may be in its place by then."""
        words = self._project.destination_words
        late = (statement for statement in before.imports if statement.in_function)
        return any(alias.name in words for statement in late for alias in statement.node.names)

    def _moves_of_rows(
        self, before: Source, rows: Sequence[Row], uses: Sequence[Edit]
    ) -> Moves | None:
        parts: list[Moves | None] = []
        modules: list[tuple[Row, str, str]] = []
        for row in rows:
            gone, come = row.was.keys() - row.now.keys(), row.now.keys() - row.was.keys()
            if len(gone) != len(come) or len(gone) > 1:
                return None
            modules += [(row, *pair) for pair in zip(gone, come)]
            for name in row.was.keys() & row.now.keys():
                if row.was[name] == row.now[name]:
                    continue
                if self._one_module(before.path, row.was[name]) is not None:
                    modules.append((row, name, name))
                else:
                    parts.append(self._of_object(before.path, row, name))
        if modules and MARK in before.data:
            return None  # an example may use the module
        if modules:
            parts.append(self._of_module(before, *modules[0], uses))
        if None in parts or len(modules) > 1 or (uses and not modules):
            return None
        return Moves.of(part for part in parts if part is not None)

    # -- objects

    def _of_object(self, path: str, row: Row, name: str) -> Moves | None:
        """Return the moves of a name that refers to an object, not a module; None if the change is not correct."""
        was, now, statement = row.was[name], row.now[name], row.statements.get(name)
        if statement is None or was.module is None or now.module is None:
            return None
        old, new = self._value_of_import(path, was), self._value_of_import(path, now)
        if not self._is_right(old, new):
            return None
        pair = _binding_of(old), _binding_of(new)
        return Moves((Access(*pair, statement.in_function, statement.node.lineno),))

    def _value_of_import(self, path: str, imported: Import) -> Value:
        finder = self._project.finder
        if imported.module is None:
            return finder.absolute(imported.name, path)
        if imported.level:
            return Taken(finder.relative(imported.level, imported.module, path), imported.name)
        return Taken(finder.absolute(imported.module, path), imported.name)

    def _is_right(self, old: Value, new: Value) -> bool:
        """Return whether an object, not a module, is the same or its counterpart."""
        known = self._known.get((old, new))
        if known is None:
            tree_state = self._project.tree_state(False)
            was, now = tree_state.resolve(old), tree_state.resolve(new)
            kinds = Module | Namespace | Missing
            if was and all(
                map(is_missing, was)
            ):  # the import fails now: whatever it finds is right
                known = any(not isinstance(plain_value(value), Special) for value in now)
            else:
                kinds |= Special
                known = not any(isinstance(plain_value(value), kinds) for value in was)
                known = known and self._forward_counterparts.agree(was, now)
            known = known and not any(isinstance(plain_value(value), kinds) for value in now)
            known = known and not self._is_detour(old, new)
            self._known[old, new] = known
        return known

    def _is_detour(self, old: Value, new: Value) -> bool:
        source, target = _binding_of(old)[0], _binding_of(new)[0]
        values = self._project.tree_state(False).resolve(new)
        return bool(target) and source != target and self._project.is_detour(target, values)

    # -- modules

    def _of_module(
        self, before: Source, row: Row, old: str, new: str, edits: Sequence[Edit]
    ) -> Moves | None:
        """Return the moves of a module whose name changed; None if more than its attributes are used."""
        statement, was, now = row.statements.get(old), row.was[old], row.now[new]
        module, target = self._one_module(before.path, was), self._one_module(before.path, now)
        if statement is None or not self._is_plain(before, statement):
            return None
        if (
            module is None
            or target is None
            or not self._forward_counterparts.matches(module, target)
        ):
            return None
        uses = uses_of(before, old, new, edits)
        if not uses:
            return None
        taken = (
            _binding_of(self._value_of_import(before.path, was)),
            _binding_of(self._value_of_import(before.path, now)),
        )
        accesses = [Access(*taken, False, statement.node.lineno)]
        for use in uses:
            if not self._is_right(Taken(module, use.old), Taken(target, use.new)):
                return None
            pair = (module.path, use.old), (target.path, use.new)
            accesses.append(Access(*pair, True, use.line))
        if old == new:
            return Moves(tuple(accesses), Exports(moved=frozenset({old})))
        return Moves(tuple(accesses), Exports(frozenset({old}), new=frozenset({new})))

    def _is_plain(self, before: Source, statement: ImportStatement) -> bool:
        """Return whether an import always runs, before all its uses, and only for the file's own use."""
        exported = any(alias.asname == alias.name for alias in statement.node.names)
        inside = statement.guarded or statement.scope is not before.tree
        return not (inside or exported or before.path.rpartition("/")[2].startswith("__init__."))

    def _one_module(self, path: str, imported: Import) -> Module | None:
        """Return the module that an import certainly refers to."""
        values = self._project.tree_state(False).resolve(self._value_of_import(path, imported))
        value = plain_value(next(iter(values))) if len(values) == 1 else None
        return value if isinstance(value, Module) else None


def _binding_of(value: Value) -> tuple[str, str]:
    """Return the module name that a value is taken from; its file is empty outside the project."""
    if isinstance(value, Taken):
        return (value.module.path if isinstance(value.module, Module) else ""), value.name
    return "", ""
