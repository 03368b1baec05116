"""`unfork explain`, and the page of findings that it shares its text with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_project import run_unfork

from unfork.explanations import explanations
from unfork.values import CODES

ROOT = Path(__file__).parents[2]


def test_every_code_is_explained_in_four_parts() -> None:
    known = explanations()
    assert set(CODES) <= set(known)
    for code, (meaning, text) in known.items():
        assert meaning.removeprefix("audit: ") == CODES.get(code, meaning)
        parts = re.findall(r"^\*\*(.*?)\.\*\*", text, re.MULTILINE)
        assert len(parts) == 4
        assert parts[0] == "What it means"
        assert parts[1] in ("Why it is a finding", "Why it is a note, not a finding")
        assert parts[2:] == ["Example", "What to do"]
        assert "```" in text


def test_the_page_of_findings_is_the_same_text() -> None:
    page, shipped = ROOT / "docs/findings.md", ROOT / "src/unfork/findings.md"
    assert page.read_bytes() == shipped.read_bytes(), "cp src/unfork/findings.md docs/findings.md"


@pytest.mark.parametrize("code", ["UF006", "uf006"])
def test_a_code_is_explained(tmp_path: Path, code: str) -> None:
    done = run_unfork(tmp_path, "explain", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("UF006: name without a counterpart in the canonical module\n\n")
    assert '\n    [redirect.names]\n    retry_later = "app.retries:retry_later"\n' in done.stdout
    assert "```" not in done.stdout
    assert "**" not in done.stdout


def test_without_a_code_all_are_listed(tmp_path: Path) -> None:
    done = run_unfork(tmp_path, "explain")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(explanations())


def test_a_code_that_is_none(tmp_path: Path) -> None:
    done = run_unfork(tmp_path, "explain", "UF0001")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "unfork: error: UF0001: there is no such code; did you mean 'UF001'?\n"
