"""A glance at the bytes of a file may only save time: where it sees nothing, there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Case, all_cases, migration_of, write

from unfork.errors import UnforkError
from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.checking import check_files
from unfork.planning.quick_check import names_nothing

MIGRATION = """
[migration]
name = "m"

[[redirect]]
from = "proj.legacy"
to = "proj.canonical"
names.Old = "proj.util:New"
"""
FILES = {
    "proj/__init__.py": b"",
    "proj/legacy.py": b"class Old: pass\n",
    "proj/canonical.py": b"",
    "proj/util.py": b"class New: pass\n",
    "proj/quiet.py": b"import os\n# the legacy of others\n",
    "proj/loud.py": b"from proj.legacy import Old\n",
}


@pytest.mark.parametrize("case", [c for c in all_cases() if c.runs_here], ids=lambda c: c.name)
def test_what_a_glance_passes_has_no_findings(case: Case, tmp_path: Path) -> None:
    root, migration = write(case.before, tmp_path), migration_of(case)
    paths = [path for path in case.before if path.endswith((".py", ".pyi"))]
    passed = [path for path in paths if names_nothing(root, migration, [path])]
    assert passed == [] or check_files(WorkTree(root), [migration], passed, jobs=1) == ()


def _glance(tmp_path: Path, path: str, text: str = MIGRATION, **more: bytes) -> bool:
    root = write({**FILES, **{f"{k}.py": v for k, v in more.items()}}, tmp_path)
    (root / "m.toml").write_text(text, encoding="utf-8")
    return names_nothing(root, load_migration(root / "m.toml"), [path])


def test_a_file_that_names_nothing_is_passed(tmp_path: Path) -> None:
    assert _glance(tmp_path, "proj/quiet.py")


@pytest.mark.parametrize("path", ["proj/loud.py", "proj", "proj/legacy.py", "none.py"])
def test_what_may_have_findings_is_looked_at(tmp_path: Path, path: str) -> None:
    assert not _glance(tmp_path, path)


@pytest.mark.parametrize(
    "change",
    [
        ('"proj.canonical"', '"proj.gone"'),
        ("proj.util:New", "proj.gone:New"),
        ("proj.util:New", "proj.util:Newer"),
        (
            '\n[[redirect]]\nfrom = "proj.legacy"',
            'roots = [".", "proj"]\n[[redirect]]\nfrom = "canonical"',
        ),
    ],
)
def test_a_migration_that_may_be_wrong_is_looked_at(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    text = MIGRATION.replace(*change)
    assert not _glance(tmp_path, "proj/quiet.py", text)
    with pytest.raises(UnforkError):
        check_files(WorkTree(tmp_path), [load_migration(tmp_path / "m.toml")])


WORKSPACE = {
    "pyproject.toml": b'[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    "packages/core/pyproject.toml": b"",
    "packages/core/src/proj/__init__.py": b"",
    "packages/core/src/proj/legacy.py": b"class Old: pass\n",
    "packages/core/src/proj/canonical.py": b"",
    "packages/core/src/proj/util.py": b"class New: pass\n",
    "quiet.py": b"import os\n",
    "loud.py": b"from proj.legacy import Old\n",
}


def test_members_of_a_workspace_are_seen_at_once(tmp_path: Path) -> None:
    root = write(WORKSPACE, tmp_path)
    (root / "m.toml").write_text(MIGRATION, encoding="utf-8")
    migration = load_migration(root / "m.toml")
    assert names_nothing(root, migration, ["quiet.py"])
    assert not names_nothing(root, migration, ["loud.py"])


@pytest.mark.parametrize(
    ("more", "roots"),
    [
        ({}, 'roots = [".", "source"]'),
        ({"backend/gone/legacy.py": b""}, ""),
    ],
)
def test_roots_that_may_be_wrong_are_looked_at(
    tmp_path: Path, more: dict[str, bytes], roots: str
) -> None:
    text = MIGRATION.replace('name = "m"', f'name = "m"\n{roots}')
    root = write({**FILES, **more}, tmp_path)
    (root / "m.toml").write_text(
        f'{text}\n[[redirect]]\nfrom = "gone.legacy"\nto = "proj.util"\n', encoding="utf-8"
    )
    migration = load_migration(root / "m.toml")
    assert not names_nothing(root, migration, ["proj/quiet.py"])
    with pytest.raises(UnforkError):
        check_files(WorkTree(root), [migration])


def test_a_legacy_module_that_is_gone_costs_no_listing(tmp_path: Path) -> None:
    assert _glance(tmp_path, "proj/quiet.py", MIGRATION.replace("proj.legacy", "proj.gone"))
