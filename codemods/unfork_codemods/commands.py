"""Each kind of step as a command of LibCST's own runner.

    python -m libcst.tool codemod -x unfork_codemods.commands.RedirectCommand --migration m.toml src

The runner passes a command one file at a time, so each file is planned by itself, using the definitions of the whole
project. An import that cannot move without changing another file is left, with a warning that says why.
``unfork apply`` plans all files together and moves such imports too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from unfork_codemods.edits import apply_edits
from unfork_codemods.migration import Migration

if TYPE_CHECKING:
    from unfork.values import Change, Plan


class MigrationCommand(CodemodCommand):
    """Carry out the steps of one kind in one file. Subclasses name the kind."""

    kind: ClassVar[str]

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Add the options ``--migration`` and ``--root``."""
        arg_parser.add_argument(
            "--migration", metavar="FILE", required=True, help="a migration file of unfork"
        )
        arg_parser.add_argument(
            "--root",
            metavar="DIR",
            help="the project's root (default: the nearest folder above each file that unfork takes for one)",
        )

    def __init__(self, context: CodemodContext, migration: str, root: str | None = None) -> None:
        """Read the migration. Raises SystemExit, with the file and line, if it is invalid."""
        super().__init__(context)
        from unfork import UnforkError, load_migration

        try:
            whole = load_migration(migration)
        except UnforkError as error:
            raise SystemExit(str(error)) from None
        self._migration = with_steps(whole, self.kind, self.is_meant)
        self._root = Path(root).resolve() if root is not None else None

    def is_meant(self, step: object) -> bool:
        """Return whether this command carries out a step of its kind."""
        return True

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the file's tree after the steps. Raises SkipFile if they cannot be carried out."""
        if self.context.filename is None:
            raise SkipFile("the file's name has to be known: imports are about where a file is")
        file = Path(self.context.filename).resolve()
        change = self._planned_change(file)
        if change is None or not change.edits:
            return tree
        if file.read_bytes() != tree.bytes:
            raise SkipFile("another codemod changed the file before; run this one by itself")
        return cst.parse_module(apply_edits(tree.bytes, change.edits))

    def _planned_change(self, file: Path) -> Change | None:
        from unfork import UnforkError

        try:
            plan = self._plan(file)
        except UnforkError as error:
            raise SkipFile(str(error)) from None
        for finding in plan.left:
            self.warn(f"{finding.line}:{finding.col} {finding.code} {finding.message}")
        return next((change for change in plan.changes if plan.root / change.path == file), None)

    def _plan(self, file: Path) -> Plan:
        from unfork import plan
        from unfork.loading.config import find_project

        root, _ = find_project(self._root, file.parent)
        return plan(root, [self._migration], [file.relative_to(root)], jobs=1)


def with_steps(migration: Migration, kind: str, is_meant: Callable[[object], bool]) -> Migration:
    """Return a migration with the steps of one kind that ``is_meant`` selects."""
    steps = tuple(filter(is_meant, migration.steps.get(kind, ())))
    return migration._replace(steps={kind: steps} if steps else {})


class RedirectCommand(MigrationCommand):
    """Turn imports of a legacy module into imports of the canonical one."""

    DESCRIPTION = (
        "Redirect imports of legacy modules, as the [[redirect]] tables of a migration say."
    )
    kind = "redirect"


class RepairCommand(MigrationCommand):
    """Repair imports that do not resolve."""

    DESCRIPTION = "Repair imports that do not resolve, as the [[repair]] tables of a migration say."
    kind = "repair"


class AlignCommand(MigrationCommand):
    """Import a module under one spelling where several are in use."""

    DESCRIPTION = "Import modules under one spelling, as the [[align]] tables of a migration say."
    kind = "align"


class DeprecateCommand(MigrationCommand):
    """Make importing a module warn."""

    DESCRIPTION = "Let modules warn when imported, as the [[deprecate]] tables without a shim say."
    kind = "deprecate"

    def is_meant(self, step: object) -> bool:
        """Return whether the module only has to warn."""
        return not getattr(step, "shim", False)


class ShimCommand(MigrationCommand):
    """Replace a module's body with lazy forwards to where its names live now."""

    DESCRIPTION = "Turn modules into shims, as the [[deprecate]] tables with a shim say."
    kind = "deprecate"

    def is_meant(self, step: object) -> bool:
        """Return whether the module becomes a shim."""
        return bool(getattr(step, "shim", False))
