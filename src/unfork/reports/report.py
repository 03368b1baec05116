"""The report of a command: plain values, with the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from unfork.values import MENTION, NOTES, Finding, Plan, order_of_note

if TYPE_CHECKING:
    from unfork.reports.baseline import Known


def folded_by_file(notes: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return notes with the mentions of each file as one, at the first of them, which lists the lines of each.

    docs/a.md:3:1 UF005 a.legacy is now a.canonical (lines 3, 9); a/legacy.py is now a/canonical.py (line 12)
    """
    folded: list[Finding] = []
    by_file: dict[str, list[Finding]] = {}
    for note in notes:
        if note.code != MENTION:
            folded.append(note)
        else:
            by_file.setdefault(note.path, []).append(note)
    return (*folded, *map(_fold_mentions, by_file.values()))


def _fold_mentions(mentions: list[Finding]) -> Finding:
    first = min(mentions)
    lines: dict[str, set[int]] = {}
    for mention in sorted(mentions):
        lines.setdefault(mention.message, set()).add(mention.line)
    if len(mentions) == 1:
        return first
    told = (f"{message} ({_line_list(where)})" for message, where in lines.items())
    return replace(first, message="; ".join(told))


def _line_list(lines: set[int]) -> str:
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, sorted(lines)))}"


class _OfPlan:
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
    def folded_notes(self) -> tuple[Finding, ...]:
        """The notes, with the mentions of each file in one."""
        return folded_by_file(self.notes)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.plan.changes or self.plan.left or self.plan.notes)


@dataclass(frozen=True, slots=True)
class Diff(_OfPlan):
    """What a run would change. Formats read the files again, for the hunks."""

    plan: Plan
    command: ClassVar[str] = "diff"

    @property
    def exit_code(self) -> int:
        """1 if there are changes or unresolved references, else 0."""
        return int(bool(self.plan.changes or self.plan.left))


@dataclass(frozen=True, slots=True)
class Applied(_OfPlan):
    """What a run has changed: on the new ``branch`` or, if that is None, in the work tree."""

    plan: Plan
    branch: str | None = None
    command: ClassVar[str] = "apply"

    @property
    def exit_code(self) -> int:
        """1 if there are unresolved references, else 0."""
        return int(bool(self.plan.left))


@dataclass(frozen=True, slots=True)
class Found:
    """What a check or an audit has found under ``root``, including notes.

    ``fixed`` are the paths of files that were fixed. ``gone`` has the number of findings of each baseline entry that
    no longer occur.
    """

    root: Path
    findings: tuple[Finding, ...]
    command: str = "check"
    fixed: tuple[str, ...] = ()
    gone: Mapping[Known, int] = field(default_factory=dict)

    @property
    def left(self) -> tuple[Finding, ...]:
        """The findings that need a person: all except the notes."""
        return tuple(finding for finding in self.findings if finding.code not in NOTES)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The notes, which never change the exit code."""
        return tuple(sorted((f for f in self.findings if f.code in NOTES), key=order_of_note))

    @property
    def folded_notes(self) -> tuple[Finding, ...]:
        """The notes, with the mentions of each file in one."""
        return folded_by_file(self.notes)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.findings or self.fixed or self.gone)

    @property
    def exit_code(self) -> int:
        """1 if there are findings other than notes, or baseline entries to remove; else 0."""
        return int(bool(self.left or self.gone))


Report = Diff | Applied | Found
