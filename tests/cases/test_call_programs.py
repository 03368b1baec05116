"""Generated programs whose modules take calls differently print the same after a migration, or are left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.call_programs import program

from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.pipeline import make_plan
from unfork.values import Plan

_RUN = 'import sys; sys.path.insert(0, "."); import use; print("legacy:", "app.old" in sys.modules)'


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _migrate(root: Path) -> Plan:
    plan = make_plan(WorkTree(root), [load_migration(root / "m.toml")], jobs=1)
    for change in plan.changes:
        file = root / change.path
        file.write_bytes(change.result(file.read_bytes()))
    return plan


def _printed(root: Path) -> list[str]:
    """Return what a program prints, and whether it loads the legacy module."""
    command = [sys.executable, "-S", "-B", "-c", _RUN]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("seed", range(50))
def test_a_program_prints_the_same(tmp_path: Path, seed: int) -> None:
    _write(tmp_path, program(seed).files)
    before = _printed(tmp_path)
    plan = _migrate(tmp_path)
    after = _printed(tmp_path)
    assert after[:-1] == before[:-1]
    assert plan.left or after[-1] == "legacy: False"
    again = make_plan(WorkTree(tmp_path), [load_migration(tmp_path / "m.toml")], jobs=1)
    assert not again.changes
    assert bool(again.left) == bool(plan.left)


def test_annotations_decide_whether_a_receiver_is_known(tmp_path: Path) -> None:
    """Without its annotation a place goes from rewritten to left, never to wrong."""
    files = {
        "app/__init__.py": "",
        "app/old.py": "class Engine:\n    def run_job(self):\n        return 1\n",
        "app/new.py": "class Engine:\n    def perform(self):\n        return 1\n",
        "m.toml": '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n'
        '[redirect.calls]\n"Engine.run_job" = { to = "perform" }\n',
    }
    use = "from app.old import Engine\n\n\ndef go(engine{}):\n    return engine.run_job()\n\n\nprint(go(Engine()))\n"
    for annotation, is_left in ((": Engine", False), ("", True), (": object", True)):
        _write(tmp_path, {**files, "use.py": use.format(annotation)})
        plan = make_plan(WorkTree(tmp_path), [load_migration(tmp_path / "m.toml")], jobs=1)
        assert bool(plan.left) is is_left
        assert bool(plan.changes) is not is_left


@pytest.mark.parametrize("seed", range(500, 530))
def test_without_an_annotation_a_place_is_listed_and_never_wrong(tmp_path: Path, seed: int) -> None:
    """Where an annotation is taken away, the program still prints the same, and what does not move is listed."""
    for number, files in enumerate(program(seed).without_annotations()):
        root = tmp_path / str(number)
        _write(root, files)
        before = _printed(root)
        plan = _migrate(root)
        after = _printed(root)
        assert after[:-1] == before[:-1]
        assert plan.left or after[-1] == "legacy: False"
