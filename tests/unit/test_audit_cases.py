"""The cases below testdata/audit/cases: small trees, and what the audit finds in each.

The first line of a case says what it shows. `=== PATH` begins a file, `=== findings` the findings, one a line, as
``UF101 path = path of the module it duplicates``, or a code and a path. Beside each is a case that only looks like it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import audit_files

CASES = Path(__file__).parents[2] / "testdata" / "audit" / "cases"
FILES = sorted(CASES.glob("*.txt"))


def read_case(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the files of a case, and the findings that it expects."""
    _, *parts = path.read_text(encoding="utf-8").split("\n=== ")
    files = dict(part.split("\n", 1) if "\n" in part else (part, "") for part in parts)
    expected = files.pop("findings")
    return files, expected.split("\n") if expected.strip() else []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    files, expected = read_case(path)
    audit = audit_files(tmp_path, {name: f"{text}\n" for name, text in files.items()})
    findings = [
        f"{item.code} {item.path}" for item in audit.findings if item.code not in ("UF101", "UF007")
    ]
    findings += [
        f"UF101 {fork.standing.path} = {group.canonical.path}"
        for group in audit.groups
        for fork in group.forks
    ]
    assert sorted(findings) == sorted(filter(None, expected))


def test_each_case_that_finds_something_has_a_look_alike_beside_it() -> None:
    names = {path.stem for path in FILES}
    assert all(name.removesuffix("-not") in names for name in names)
    assert all(f"{name}-not" in names for name in names if not name.endswith("-not"))
    for path in FILES:
        assert bool(read_case(path)[1]) != path.stem.endswith("-not"), path.stem
