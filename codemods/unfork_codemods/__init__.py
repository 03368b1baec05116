"""The codemods of unfork: where each imported name goes, and how its statement is rewritten.

Syntax in, syntax out: nothing here reads a file, starts a process or prints. It depends only on LibCST and the
standard library.
"""

from unfork_codemods.align import AlignKind
from unfork_codemods.deprecate import DeprecateKind
from unfork_codemods.redirect import RedirectKind
from unfork_codemods.remove import RemoveKind
from unfork_codemods.repair import RepairKind
from unfork_codemods.step import StepKind
from unfork_codemods.twin import TwinKind

__all__ = ["STEP_KINDS", "StepKind"]

STEP_KINDS: dict[str, StepKind] = {
    kind.name: kind
    for kind in (
        RedirectKind(),
        RepairKind(),
        AlignKind(),
        DeprecateKind(),
        RemoveKind(),
        TwinKind(),
    )
}
"""The kinds of step, by name, in the order in which they run. A new kind adds a line here."""
