"""What names a module without importing it: rewritten where it is exact, else listed, in every kind of file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile import git, repository, unfork
from kinds_of_files import (
    LISTED,
    MIGRATION,
    REWRITTEN,
    SILENT,
    expected_mentions,
    listed_in,
    project_files,
)
from scratch import fill


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return the root of a repository whose files name a legacy module."""
    root = fill(tmp_path / "shop", {**project_files(), "m.toml": MIGRATION.encode()})
    repository(root)
    return root


def _texts(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in project_files()}


def test_every_kind_of_file_is_listed(shop: Path) -> None:
    assert len({*LISTED, *REWRITTEN}) >= 69
    done = unfork(shop, "diff", "-m", "m.toml", "--format", "json")
    assert listed_in(done.stdout) == expected_mentions()
    assert not {place[0] for place in listed_in(done.stdout)} & {*SILENT, *REWRITTEN}
    assert done.returncode == 1


def test_exact_references_are_rewritten_and_taken_back(shop: Path) -> None:
    before = _texts(shop)
    patch = unfork(shop, "diff", "-m", "m.toml", "--patch", "-").stdout
    done = unfork(shop, "apply", "-m", "m.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    after = _texts(shop)
    changed = {path: text.decode() for path, text in after.items() if text != before[path]}
    assert changed == {path: text for path, (_, text) in REWRITTEN.items()}
    assert unfork(shop, "check", "-m", "m.toml").returncode == 0
    assert unfork(shop, "undo").returncode == 0
    assert _texts(shop) == before
    (shop.parent / "p.patch").write_text(patch)
    git(shop, "apply", str(shop.parent / "p.patch"))
    assert _texts(shop) == after


def test_a_branch_has_the_same(shop: Path) -> None:
    before = _texts(shop)
    assert unfork(shop, "apply", "-m", "m.toml", "--branch", "moved").returncode == 0
    assert _texts(shop) == before
    for path, (_, text) in REWRITTEN.items():
        assert git(shop, "show", f"moved:{path}") == text


def test_check_finds_and_fixes_an_entry_point(shop: Path) -> None:
    asked = ("-m", "m.toml", "pyproject.toml")
    checked = unfork(shop, "check", *asked, "--format", "json")
    assert checked.returncode == 1
    findings = json.loads(checked.stdout)["findings"]
    assert [(f["path"], f["line"], f["column"], f["code"]) for f in findings] == [
        ("pyproject.toml", 5, 9, "UF001")
    ]
    assert unfork(shop, "check", *asked, "--fix").returncode == 0
    assert (shop / "pyproject.toml").read_text() == REWRITTEN["pyproject.toml"][1]
    assert unfork(shop, "check", *asked).returncode == 0


def test_check_lists_the_mentions_of_a_document_that_it_is_given(shop: Path) -> None:
    done = unfork(shop, "check", "-m", "m.toml", "Dockerfile", "Makefile", "--format", "json")
    assert done.returncode == 0
    asked = {place for place in expected_mentions() if place[0] in ("Dockerfile", "Makefile")}
    assert listed_in(done.stdout) == asked
    assert unfork(shop, "check", "-m", "m.toml", "LICENSE").stdout == ""


def test_the_mentions_of_a_file_are_one_line(shop: Path) -> None:
    done = unfork(shop, "diff", "-m", "m.toml", "Makefile", "--notes", "--format", "plain")
    assert [line for line in done.stdout.splitlines() if line.startswith("Makefile:")] == [
        "Makefile:2:12 UF005 shop.billing.legacy is now shop.billing.invoice (line 2); "
        "src/shop/billing/legacy.py is now src/shop/billing/invoice.py (line 3)"
    ]


def test_a_manifest_without_a_reference_stays(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(
        '[project]\nname = "shop"\n[project.scripts]\nx = "shop:x"\n'
    )
    git(shop, "commit", "-qam", "no entry point")
    done = unfork(shop, "diff", "-m", "m.toml", "pyproject.toml")
    assert (done.returncode, done.stdout) == (0, "Nothing to change.\n")
