"""The result of an audit: plain values, with the findings and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from unfork.audit.duplicates.folder_forks import FolderFork, loose_groups
from unfork.audit.duplicates.forks import Group
from unfork.audit.imports.broken_imports import Broken, TwoSpellings
from unfork.audit.imports.hand_shims import HandShim
from unfork.audit.imports.import_cycles import ImportCycle
from unfork.audit.liveness.reachability import Dead, Reach
from unfork.audit.project_model import ProjectModel
from unfork.reading.path_rules import is_test
from unfork.values import Finding


@dataclass(frozen=True, slots=True)
class Scope:
    """How much was audited, and the ``paths`` that limit the findings; no paths: the whole project."""

    files: int
    lines: int
    tests: int
    unparsable: int
    roots: tuple[str, ...]
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """What is duplicated, dead and broken under ``root``. ``findings`` are limited to the paths in scope.

    ``groups`` are all modules that duplicate each other, those of the copied ``folders`` among them. ``covers`` returns
    whether a path is in scope; ``model`` is the project model behind the result. ``exit_zero``: findings do not make
    the run fail.
    """

    root: Path
    scope: Scope
    model: ProjectModel
    groups: tuple[Group, ...]
    folders: tuple[FolderFork, ...]
    shims: tuple[HandShim, ...]
    reach: Reach
    broken: tuple[Broken, ...]
    spellings: tuple[TwoSpellings, ...]
    cycles: tuple[ImportCycle, ...]
    findings: tuple[Finding, ...]
    covers: Callable[[str], bool]
    exit_zero: bool = False

    @property
    def exit_code(self) -> int:
        """1 if there are findings, and these count; else 0."""
        return int(bool(self.findings) and not self.exit_zero)

    @cached_property
    def loose_groups(self) -> tuple[Group, ...]:
        """The groups, without the modules of copied folders."""
        return loose_groups(self.groups, self.folders)

    @cached_property
    def dead(self) -> tuple[Dead, ...]:
        """The modules in scope that are certainly dead, those that only forward aside."""
        forwarding = {shim.key for shim in self.shims}
        return tuple(
            module
            for module in self.reach.proved
            if self.covers(module.path) and module.key not in forwarding
        )

    @cached_property
    def doubtful(self) -> tuple[Dead, ...]:
        """The modules in scope that nothing reachable imports, but that something may load by name."""
        return tuple(
            module for module in self.reach.dead if module.doubts and self.covers(module.path)
        )

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of findings for each code."""
        by_code: dict[str, int] = {}
        for finding in self.findings:
            by_code[finding.code] = by_code.get(finding.code, 0) + 1
        return dict(sorted(by_code.items()))

    def dotted(self, key: str) -> str:
        """Return a module's dotted name for messages."""
        return self.model.dotted(key)


def scope_of(model: ProjectModel, paths: tuple[str, ...]) -> Scope:
    """Return the scope of an audit of ``model`` that is limited to ``paths``."""
    files = model.files.values()
    return Scope(
        len(model.files),
        sum(facts.lines for facts in files),
        sum(is_test(facts.path) for facts in files),
        sum(facts.error is not None for facts in files),
        model.layout.roots,
        paths,
    )
