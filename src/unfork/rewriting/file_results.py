"""What a migration does to one file, as values that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unfork.rewriting.constraints import Followed, Replaced, Wrapper
from unfork.values import Finding
from unfork_codemods.edits import Edit
from unfork_codemods.project import Identity, Key

if TYPE_CHECKING:
    from unfork.verification import Moves


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step does to one file: edits of the text that the previous step left, and what they fix.

    ``forgets`` are the names that the module loses by becoming a shim, ``forwards`` those that it then takes from
    elsewhere; ``loads`` are the modules that this imports.
    """

    step: str
    edits: tuple[Edit, ...]
    fixed: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    statements: int = 0
    forgets: tuple[str, ...] = ()
    forwards: tuple[str, ...] = ()
    loads: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a migration does to one file. ``edits`` composes all steps, on the bytes with the digest ``before``.

    ``renamed`` are top-level names that were renamed; ``repointed_aliases`` are top-level names that now refer to
    another module, or through which others may use names that move; ``added`` are names that a star import of the file
    newly provides, each with its object; ``legacy_names_in_use`` are other files' names that must still refer to a
    legacy module. ``added_edges`` are modules that it newly imports at import time, ``removed_edges`` those that it no
    longer imports, ``imports`` the watched modules that it still imports. ``refused`` is why its rewrite was dropped.
    ``replaced`` are the names of legacy modules that it patches, ``dangling`` those that its strings name for other
    code to patch; ``untold``: it patches something that cannot be determined here. ``wrappers`` are its functions that
    patch for their callers. ``followed`` are the legacy names whose uses are followed here. ``asked`` are the modules
    of which it mattered where the names that the project patches are now; None: not known.
    """

    path: str
    before: str = ""
    edits: tuple[Edit, ...] = ()
    steps: tuple[StepResult, ...] = ()
    notes: tuple[Finding, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    repointed_aliases: tuple[str, ...] = ()
    added: tuple[tuple[str, Identity], ...] = ()
    legacy_names_in_use: tuple[tuple[Key, str], ...] = ()
    added_edges: tuple[tuple[Key, int], ...] = ()
    removed_edges: frozenset[Key] = frozenset()
    imports: tuple[tuple[Key, Finding], ...] = ()
    refused: Finding | None = None
    moves: Moves | None = None
    replaced: tuple[Replaced, ...] = ()
    dangling: tuple[Replaced, ...] = ()
    untold: bool = False
    wrappers: tuple[Wrapper, ...] = ()
    followed: tuple[Followed, ...] = ()
    asked: frozenset[Key] | None = None

    @property
    def left(self) -> tuple[Finding, ...]:
        """The unresolved findings in this file."""
        return tuple(finding for step in self.steps for finding in step.left)

    @property
    def fixed(self) -> tuple[Finding, ...]:
        """The findings that the edits fix."""
        return tuple(finding for step in self.steps for finding in step.fixed)

    @property
    def loads(self) -> tuple[Key, ...]:
        """The project modules that the forwards of a shim import when used."""
        return tuple(key for step in self.steps for key in step.loads)

    @property
    def forwards(self) -> tuple[str, ...]:
        """The names that the module, as a shim, takes from elsewhere."""
        return tuple(name for step in self.steps for name in step.forwards)

    @property
    def forgets(self) -> tuple[str, ...]:
        """The names that the module no longer has, provided that others use none of them."""
        return tuple(name for step in self.steps for name in step.forgets)


def unresolved_result(
    path: str, step: str, finding: Finding, imports: tuple[tuple[Key, Finding], ...] = ()
) -> FileResult:
    """Return the result of a file that is left as it is; ``imports`` are the watched modules that it may import."""
    return FileResult(path, steps=(StepResult(step, (), left=(finding,)),), imports=imports)
