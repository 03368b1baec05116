"""What a command has to report: plain values, which know the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from unfork.values import NOTE, Finding, Plan

if TYPE_CHECKING:
    from unfork.reports.baseline import Known


class _OfPlan:
    """What the two reports of a plan have in common."""

    __slots__ = ()
    plan: Plan

    @property
    def root(self) -> Path:
        """The folder that all paths are relative to."""
        return self.plan.root

    @property
    def left(self) -> tuple[Finding, ...]:
        """What needs a person."""
        return self.plan.left

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What never changes the exit code."""
        return self.plan.notes

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.plan.changes or self.plan.left or self.plan.notes)


@dataclass(frozen=True, slots=True)
class Diff(_OfPlan):
    """What a run would change. The files are read again, for their hunks."""

    plan: Plan
    command: ClassVar[str] = "diff"

    @property
    def exit_code(self) -> int:
        """1 where there are changes, or references left; else 0."""
        return int(bool(self.plan.changes or self.plan.left))


@dataclass(frozen=True, slots=True)
class Applied(_OfPlan):
    """What a run has changed: in the work tree or, where it has a name, on the new ``branch``."""

    plan: Plan
    branch: str | None = None
    command: ClassVar[str] = "apply"

    @property
    def exit_code(self) -> int:
        """1 where references are left; else 0."""
        return int(bool(self.plan.left))


@dataclass(frozen=True, slots=True)
class Found:
    """What a check or an audit has found under ``root``, notes among it.

    ``fixed`` are the paths of files that were mended. ``gone`` says of entries of the baseline how
    many of their findings no longer occur.
    """

    root: Path
    findings: tuple[Finding, ...]
    command: str = "check"
    fixed: tuple[str, ...] = ()
    gone: Mapping[Known, int] = field(default_factory=dict)

    @property
    def left(self) -> tuple[Finding, ...]:
        """What needs a person: all but the notes."""
        return tuple(finding for finding in self.findings if finding.code != NOTE)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What never changes the exit code."""
        return tuple(finding for finding in self.findings if finding.code == NOTE)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.findings or self.fixed or self.gone)

    @property
    def exit_code(self) -> int:
        """1 where there are findings other than notes, or a baseline to shorten; else 0."""
        return int(bool(self.left or self.gone))


Report = Diff | Applied | Found
