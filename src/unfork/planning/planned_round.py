"""What one round of planning makes of a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from unfork.planning.overlay import Overlay
from unfork.rewriting.file_results import FileResult
from unfork.values import Finding
from unfork_codemods.edits import apply_edits
from unfork_codemods.migration import Migration


@dataclass(frozen=True)
class PlannedRound:
    """The result of one migration in one round. What is left counts after the last round only.

    Something left because of a file that the same round rewrote may be resolved in the next.
    """

    migration: Migration
    tree: Overlay
    results: Mapping[str, FileResult]
    removed: tuple[str, ...]
    kept: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    caveats: tuple[str, ...]
    twice: tuple[str, ...] = ()
    """Lines about what now exists twice."""
    mute: frozenset[str] = frozenset()
    """The files whose leftovers another round reports."""

    @cached_property
    def is_left(self) -> bool:
        """Whether something is left for a person."""
        return bool(self.kept) or any(result.left for result in self.results.values())

    @property
    def is_changed(self) -> bool:
        """Whether files change or go."""
        return bool(self.changed or self.deleted)

    @property
    def changed(self) -> frozenset[str]:
        """The files that get a new text."""
        return frozenset(path for path, result in self.results.items() if result.edits)

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """The new texts of the files that change."""
        return {
            p: apply_edits(self.tree.read(p), r.edits) for p, r in self.results.items() if r.edits
        }

    @property
    def deleted(self) -> tuple[str, ...]:
        """The files that are deleted."""
        return self.removed


def told_once(rounds: Sequence[PlannedRound]) -> Iterator[PlannedRound]:
    """Yield the rounds of a migration with each file's findings in exactly one of them.

    That is the last round that changed the file, where they refer to statements that the user knows. What concerns the
    whole is reported by the last round that changed anything, because a round without changes is not verified. If that
    one has no findings about the whole, those of the last round are reported.
    """
    last = rounds[-1]
    final = next((part for part in reversed(rounds) if part.is_changed), last)
    keeping = final if final.kept else last
    still = {path for path, result in last.results.items() if result.left}
    telling = dict.fromkeys(still, last) | {path: p for p in rounds for path in p.changed}
    for part in rounds:
        told = {path for path in still if telling[path] is part}
        mute = frozenset(part.results).difference(told)
        yield replace(
            part,
            mute=mute,
            kept=part.kept if part is keeping else (),
            twice=part.twice if part is final else (),
        )
