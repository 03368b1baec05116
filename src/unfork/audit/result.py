"""What an audit came to: plain values, which know the findings and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from unfork.audit.broken_imports import Broken, TwoSpellings
from unfork.audit.duplicate_groups import Group
from unfork.audit.import_cycles import Ring
from unfork.audit.project_model import ProjectModel
from unfork.audit.reachability import Dead, Reach
from unfork.reading.path_rules import is_test
from unfork.values import Finding


@dataclass(frozen=True, slots=True)
class Scope:
    """How much was looked at, and which paths were meant; empty where all of it was."""

    files: int
    lines: int
    tests: int
    unparsable: int
    roots: tuple[str, ...]
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """What is duplicated, dead and broken under ``root``. ``findings`` are those of the paths that were meant.

    ``covers`` tells of a path whether it was meant; ``model`` is what it was all read from.
    """

    root: Path
    scope: Scope
    model: ProjectModel
    groups: tuple[Group, ...]
    reach: Reach
    broken: tuple[Broken, ...]
    spellings: tuple[TwoSpellings, ...]
    rings: tuple[Ring, ...]
    findings: tuple[Finding, ...]
    covers: Callable[[str], bool]

    @property
    def exit_code(self) -> int:
        """1 where there are findings, else 0."""
        return int(bool(self.findings))

    @cached_property
    def dead(self) -> tuple[Dead, ...]:
        """The dead modules that were meant and that nothing speaks for."""
        return tuple(module for module in self.reach.proved if self.covers(module.path))

    @cached_property
    def doubtful(self) -> tuple[Dead, ...]:
        """The modules that nothing imports, and that something may load by name."""
        return tuple(
            module for module in self.reach.dead if module.doubts and self.covers(module.path)
        )

    @cached_property
    def counts(self) -> dict[str, int]:
        """The findings by their code."""
        by_code: dict[str, int] = {}
        for finding in self.findings:
            by_code[finding.code] = by_code.get(finding.code, 0) + 1
        return dict(sorted(by_code.items()))

    def dotted(self, key: str) -> str:
        """Return the name of a module for messages."""
        return self.model.dotted(key)


def scope_of(model: ProjectModel, paths: tuple[str, ...]) -> Scope:
    """Return how much was looked at."""
    files = model.files.values()
    return Scope(
        len(model.files),
        sum(facts.lines for facts in files),
        sum(is_test(facts.path) for facts in files),
        sum(facts.error is not None for facts in files),
        model.layout.roots,
        paths,
    )
