"""Migrations and baselines name modules without using them."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_project import MIGRATION, write_files

from unfork.audit.run import audit_tree
from unfork.file_kinds import is_of_unfork
from unfork.files.tree import WorkTree

BASELINE = """\
{
  "version": 2,
  "findings": [
    {"path": "main.py", "code": "UF001", "module": "app.old", "name": "run", "count": 1}
  ]
}
"""
FILES = {
    "main.py": "from app import new\n\nif __name__ == '__main__':\n    new.run()\n",
    "app/__init__.py": "",
    "app/new.py": "def run():\n    print('new')\n",
    "app/old.py": "def go():\n    print('old')\n",
}


def _dead(root: Path) -> list[str]:
    return [module.path for module in audit_tree(WorkTree(root), jobs=1).reach.proved]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"migrations/m.toml": MIGRATION.replace("proj.old", "app.old")},
        {"unfork.json": BASELINE},
    ],
    ids=["neither", "migration", "baseline"],
)
def test_a_dead_module_stays_dead(tmp_path: Path, more: dict[str, str]) -> None:
    write_files(tmp_path, FILES | more)
    assert _dead(tmp_path) == ["app/old.py"]


@pytest.mark.parametrize("file", ["plugins.toml", "plugins.json"])
def test_another_file_may_load_a_module(tmp_path: Path, file: str) -> None:
    text = 'plugins = ["app.old"]\n' if file.endswith("toml") else '{"plugins": ["app.old"]}\n'
    write_files(tmp_path, FILES | {file: text})
    assert _dead(tmp_path) == []


def test_what_is_of_unfork() -> None:
    assert is_of_unfork(MIGRATION.encode())
    assert is_of_unfork(BASELINE.encode())
    assert not is_of_unfork(b'[migration]\nname = "of something else"\n')
    assert not is_of_unfork(b'[[redirect]]\nfrom = "/a"\n')
    assert not is_of_unfork(b'{"version": 2, "plugins": []}')
