"""Functions and classes, taken of another module now, that fail where they are used: nothing binds what they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from unfork.verification.facts import Binding, FileReport, Violation
from unfork.verification.states import States
from unfork.verification.unbound import Unbound, UnboundUses


def failing_definitions(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield where a file takes a definition now that uses what nothing binds, and the module before did not."""
    definitions = _Definitions(states)
    for path in sorted(states.rewrites.edits.keys() & reports.keys()):
        for access in reports[path].accesses:
            if access.after is None or access.after == access.before:
                continue
            unbound = definitions.new_failure(access.before, access.after)
            if unbound is not None:
                target = access.after[0]
                why = f"{target}:{unbound.line} uses {unbound.spelled}, which is not defined"
                yield Violation(path, access.line, 1, why, (path,), f"mend {target} first")


@dataclass
class _Definitions:
    """What definitions use although nothing binds it."""

    states: States
    _before: dict[str, frozenset[str]] = field(default_factory=dict)
    _after: dict[str, UnboundUses] = field(default_factory=dict)
    _failures: dict[tuple[str, Binding], Unbound | None] = field(default_factory=dict)

    def new_failure(self, before: Binding, after: Binding) -> Unbound | None:
        """Return what the definition ``after`` uses in vain, and the module of the one ``before`` does not."""
        known = before[0], after
        if known not in self._failures:
            had = self._spelled_before(before[0])
            uses = (u for u in self._uses_after(after[0]).in_definition(after[1]))
            self._failures[known] = next((use for use in uses if use.spelled not in had), None)
        return self._failures[known]

    def _spelled_before(self, path: str) -> frozenset[str]:
        if path not in self._before:
            uses = UnboundUses(self.states.tree_states(False)[0], path).anywhere()
            self._before[path] = frozenset(use.spelled for use in uses)
        return self._before[path]

    def _uses_after(self, path: str) -> UnboundUses:
        if path not in self._after:
            self._after[path] = UnboundUses(self.states.tree_states(False)[1], path)
        return self._after[path]
