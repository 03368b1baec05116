"""Code that Python runs, and that is nested deeply: each ``elif`` and each term of a sum is one level deeper."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from memory import MemoryTree

from unfork.audit.run import audit_tree
from unfork.loading.one_off import OneOff, migration_of_one_off
from unfork.planning.pipeline import make_plan

LEVELS = 300
DISPATCH = "def dispatch(code):\n    if code < 0:\n        return 0\n" + "".join(
    f"    elif code == {n}:\n        return {n}\n" for n in range(LEVELS)
)
AT_IMPORT = "LEVEL = 0\nif LEVEL < 0:\n    pass\n" + "".join(
    f"elif LEVEL == {n}:\n    LEVEL = {n}\n" for n in range(LEVELS)
)
SUM = "WORD = 'a'\nTEXT = " + " + ".join(["WORD"] * LEVELS) + "\n"
MIGRATION = migration_of_one_off(OneOff("app.old", "app.new", ()))


@pytest.mark.parametrize("deep", [DISPATCH, AT_IMPORT, SUM], ids=["dispatch", "at import", "sum"])
@pytest.mark.parametrize("path", ["app/old.py", "app/new.py", "use.py", "other.py"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_deep_code_is_planned(path: str, deep: str, jobs: int) -> None:
    files = {
        "app/__init__.py": "",
        "app/old.py": "def run():\n    return 1\n",
        "app/new.py": "def run():\n    return 1\n",
        "use.py": "from app.old import run\n\nprint(run())\n",
        "other.py": "import use\n",
    }
    files[path] += deep
    plan = make_plan(MemoryTree(_encoded(files)), [MIGRATION], jobs=jobs)
    assert [change.path for change in plan.changes] == ["use.py"]
    assert plan.left == ()


@pytest.mark.parametrize("deep", [DISPATCH, AT_IMPORT, SUM], ids=["dispatch", "at import", "sum"])
def test_deep_code_is_audited(deep: str) -> None:
    files = _encoded({"a.py": deep, "a_copy.py": deep, "main.py": "import a, a_copy\n"})
    assert len(audit_tree(MemoryTree(files)).groups) == 1


@pytest.mark.parametrize("function", [make_plan, audit_tree])
def test_the_limit_of_the_caller_stays(function: Callable[..., object]) -> None:
    limit = sys.getrecursionlimit()
    function(MemoryTree({}), [])
    assert sys.getrecursionlimit() == limit


def _encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}
