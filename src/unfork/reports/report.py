"""The report of a command: plain values, with the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from unfork.shown import ALL_COUNT, SHOWN, Counted, Shown
from unfork.values import DIFFERENCE, MENTION, NOTES, Finding, Plan, order_of_note

if TYPE_CHECKING:
    from unfork.reports.baseline import Known


class _WithNotes:
    """The two kinds of notes of a report."""

    __slots__ = ()

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The notes, which never change the exit code."""
        raise NotImplementedError

    @property
    def differences(self) -> tuple[Finding, ...]:
        """The notes on what a redirect changes."""
        return tuple(note for note in self.notes if note.code == DIFFERENCE)

    @property
    def mentions(self) -> tuple[Finding, ...]:
        """The notes on texts that name what moved."""
        return tuple(note for note in self.notes if note.code == MENTION)


class _OfPlan(_WithNotes):
    """The common part of the two reports on a plan."""

    __slots__ = ()
    plan: Plan

    @property
    def root(self) -> Path:
        """The folder that all paths are relative to."""
        return self.plan.root

    @property
    def left(self) -> tuple[Finding, ...]:
        """The unresolved findings, which need a person."""
        return self.plan.left

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The notes, which never change the exit code."""
        return self.plan.notes

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.plan.changes or self.plan.left or self.plan.notes)


@dataclass(frozen=True, slots=True)
class Diff(_OfPlan):
    """What a run would change. Formats read the files again, for the hunks."""

    plan: Plan
    shown: Shown = SHOWN
    command: ClassVar[str] = "diff"

    @property
    def exit_code(self) -> int:
        """1 if there are changes or unresolved references, else 0."""
        return int(bool(self.plan.changes or self.plan.left))


@dataclass(frozen=True, slots=True)
class Applied(_OfPlan):
    """What a run has changed: on the new ``branch`` or, if that is None, in the work tree.

    ``next_command`` shows the changes. ``failed`` says which step of the branch did not pass its test.
    """

    plan: Plan
    branch: str | None = None
    shown: Shown = SHOWN
    next_command: str = ""
    failed: str = ""
    command: ClassVar[str] = "apply"

    @property
    def exit_code(self) -> int:
        """1 if there are unresolved references or a test failed, else 0."""
        return int(bool(self.plan.left or self.failed))


@dataclass(frozen=True, slots=True)
class Found(_WithNotes):
    """What a check or an audit has found under ``root``, including notes.

    ``fixed`` are the paths of files that were fixed, and ``next_command`` shows how. ``gone`` has the number of
    findings of each baseline entry that no longer occur.
    """

    root: Path
    findings: tuple[Finding, ...]
    command: str = "check"
    fixed: tuple[str, ...] = ()
    gone: Mapping[Known, int] = field(default_factory=dict)
    shown: Shown = SHOWN
    counted: Counted = ALL_COUNT
    next_command: str = ""

    @property
    def left(self) -> tuple[Finding, ...]:
        """The findings that need a person: all except the notes."""
        return tuple(finding for finding in self.findings if finding.code not in NOTES)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The notes, which never change the exit code."""
        return tuple(sorted((f for f in self.findings if f.code in NOTES), key=order_of_note))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.findings or self.fixed or self.gone)

    @property
    def exit_code(self) -> int:
        """1 if there are findings other than notes, or baseline entries to remove, and these count; else 0."""
        return int(bool(self.left or self.gone) and not self.counted.exit_zero)


Report = Diff | Applied | Found
