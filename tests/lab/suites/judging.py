"""Compare two runs of a suite, and find out what each difference comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from running import NOT_RUN, Result, Results

UNSTABLE, OWN, IN_PART, OURS = "unstable", "the project's own", "in part", "ours"

_BAD = frozenset({"failed", "error", "xpassed"})

Rerun = Callable[[Sequence[str]], Results]
"""Runs some tests once more, in some tree."""


@dataclass(frozen=True)
class Difference:
    """A test whose result changed, and why: ``cause`` is one of the four above, ``detail`` what the test said."""

    test: str
    before: str
    after: str
    cause: str
    detail: str


def differences(
    before: Results,
    after: Results,
    again: Rerun,
    was: Rerun,
    control: Rerun,
    joined: Rerun | None,
) -> list[Difference]:
    """Return the tests that ended differently; each is run again after, then before, then in the controls.

    ``joined`` is for a migration that was done in part, and said so: there the old modules that are left stand for the
    new ones. What passes there fails only because a module is there twice.
    """
    changed = _changed(before, after)
    if not changed:
        return []
    once_more = again(changed)
    steady = _changed(before, once_more, changed)
    earlier = was(steady) if steady else {}
    stable = [test for test in steady if _same(before.get(test), earlier.get(test))]
    controlled = control(stable) if stable else {}
    ran = any(result.outcome != "error" for result in controlled.values())
    together = joined(stable) if stable and joined is not None else {}
    unequal = []
    for test in changed:
        result = after.get(test, NOT_RUN)
        if test not in stable:
            cause = UNSTABLE
        elif ran and _ends_as(controlled.get(test, NOT_RUN), result):
            cause = OWN
        elif together and _same(before.get(test), together.get(test)):
            cause = IN_PART
        else:
            cause = OURS
        was_before = before.get(test, NOT_RUN).outcome
        unequal.append(Difference(test, was_before, result.outcome, cause, result.message))
    return unequal


def _changed(before: Results, after: Results, among: Sequence[str] | None = None) -> list[str]:
    tests = sorted({*before, *after}) if among is None else among
    return [test for test in tests if not _same(before.get(test), after.get(test))]


def _ends_as(control: Result, result: Result) -> bool:
    """Return whether a test that changed ended in the control as it did after: like that, or badly in both."""
    return _same(control, result) or {control.outcome, result.outcome} <= _BAD


def _same(one: Result | None, other: Result | None) -> bool:
    return (one or NOT_RUN).outcome == (other or NOT_RUN).outcome


def counts(results: Results) -> dict[str, int]:
    """How many tests ended in which way."""
    totals: dict[str, int] = {}
    for result in results.values():
        totals[result.outcome] = totals.get(result.outcome, 0) + 1
    return dict(sorted(totals.items()))


def as_json(changed: Sequence[Difference]) -> list[dict[str, str]]:
    """The differences as values that JSON has."""
    return [asdict(difference) for difference in changed]
