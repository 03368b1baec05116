"""Receivers that only a type checker knows: what its language server says, and what it leaves open."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from unfork.errors import UnforkError
from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.pipeline import make_plan
from unfork.values import Plan

_SERVER = Path(__file__).parents[1] / "support" / "language_server.py"
_ENGINE = f"{sys.executable} {_SERVER}"
_FILES = {
    "app/__init__.py": "",
    "app/old.py": "class Engine:\n    def run_job(self, attempts=1):\n        return attempts\n",
    "app/new.py": "class Engine:\n    def perform(self, retries=1):\n        return retries\n",
    "m.toml": '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n'
    '[redirect.calls]\n"Engine.run_job" = { to = "perform", rename = { attempts = "retries" } }\n',
    "factory.py": "from app.old import Engine\n\n\ndef make(kind=Engine):\n    return kind()\n",
}


def _plan(root: Path, files: Mapping[str, str], *types: str) -> Plan:
    for name, text in {**_FILES, **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return make_plan(WorkTree(root), [load_migration(root / "m.toml")], jobs=1, types=types)


def _after(root: Path, plan: Plan) -> dict[str, str]:
    return {c.path: c.result((root / c.path).read_bytes()).decode() for c in plan.changes}


def test_what_the_type_checker_sees_follows(tmp_path: Path) -> None:
    """Also in a file that imports no such class, and behind characters of several bytes or units."""
    use = 'import factory\nname = "\N{OLD PERSONAL COMPUTER}é"; factory.make().run_job(attempts=2)  # known\n'
    plan = _plan(tmp_path, {"use.py": use}, _ENGINE)
    assert not plan.left
    after = _after(tmp_path, plan)
    assert after["use.py"] == use.replace("run_job(attempts", "perform(retries")
    assert after["factory.py"].startswith("from app.new import Engine\n")


def test_without_types_the_class_stays(tmp_path: Path) -> None:
    """What a parameter without annotation is, no text tells."""
    plan = _plan(
        tmp_path, {"use.py": "import factory\nfactory.make().run_job(attempts=2)  # known\n"}
    )
    assert not plan.changes
    assert "use.py:2:1 takes run_job of what may be one" in plan.left[0].message


def test_what_the_type_checker_does_not_see_keeps_the_class(tmp_path: Path) -> None:
    """One place that nobody knows is enough."""
    use = "import factory\nfactory.make().run_job()  # known\n\n\ndef go(thing):\n    return thing.run_job()\n"
    plan = _plan(tmp_path, {"use.py": use}, _ENGINE)
    assert not plan.changes
    assert "use.py:6:12: run_job is taken" in plan.left[0].message


def test_two_type_checkers_have_to_agree(tmp_path: Path) -> None:
    """A place that one of them does not see counts as unknown."""
    silent = tmp_path / "silent.py"
    silent.write_text(
        _SERVER.read_text(encoding="utf-8").replace("# known", "# never"), encoding="utf-8"
    )
    use = "import factory\nfactory.make().run_job()  # known\n"
    plan = _plan(tmp_path / "tree", {"use.py": use}, _ENGINE, f"{sys.executable} {silent}")
    assert plan.left and not plan.changes


@pytest.mark.parametrize(
    "engine", [f"{_ENGINE} --fail", "no-such-type-checker", f"{sys.executable} -c pass"]
)
def test_a_type_checker_that_fails_is_an_error(tmp_path: Path, engine: str) -> None:
    """Nothing is guessed in its place."""
    use = "import factory\nfactory.make().run_job()\n"
    with pytest.raises(UnforkError, match="--types"):
        _plan(tmp_path, {"use.py": use}, engine)
