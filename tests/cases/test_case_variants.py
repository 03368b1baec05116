"""Some variants of the cases, run before and after; tests/lab/case_variants.py runs all of them."""

from __future__ import annotations

import os

import pytest
from cases import Case
from variants import VARIANTS, outcomes, runnable_cases

_CASES = runnable_cases()
_KNOWN = {("shim", "redirect/named/stored_by_what_is_made_of_a_name")}
"""Known faults: the shim no longer stores the command ``run-all``, and the file that calls it is rewritten."""


def _some(kind: str) -> list[Case]:
    """Return variants of all cases about import cycles and calls, and of every tenth other one."""
    apt = [case for case in _CASES if "/cycle/" in case.name or "/call_changes/" in case.name]
    return [variant for case in (*apt, *_CASES[::10]) for variant in VARIANTS[kind](case)]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="each module runs in a fork")
@pytest.mark.parametrize("kind", ["shim", "remove", "future", "unparsable"])
def test_variants_work_as_before(kind: str) -> None:
    judged = list(outcomes(_some(kind)))
    assert judged
    faults = {o.variant.name: (o.broken, o.unstable) for o in judged if o.broken or o.unstable}
    assert {name: f for name, f in faults.items() if (kind, name) not in _KNOWN} == {}
