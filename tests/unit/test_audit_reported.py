"""Kinds of mistakes that users of the audit reported, each from the report to the draft and the plan for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from reported import CASES, OUTPUTS, outputs_of, read_case

FILES = sorted(CASES.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_report_draft_and_plan(path: Path, tmp_path: Path) -> None:
    parts = read_case(path)[1]
    expected = {name: parts[name] for name in OUTPUTS}
    assert outputs_of(parts, tmp_path.resolve() / "project") == expected
