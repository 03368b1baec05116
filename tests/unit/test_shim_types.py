"""A shim, its stub and a re-export as type checkers see them: the names that moved, and no others."""

import subprocess
import sys
from pathlib import Path

import unfork

FILES = {
    "m.toml": """
[migration]
name = "m"
[[redirect]]
from = "proj.legacy"
to = "proj.canonical"
[redirect.names]
Old = "New"
_quiet = "_silent"
[[redirect]]
from = "proj.former"
to = "proj.canonical"
[[deprecate]]
module = "proj.legacy"
shim = true
[[deprecate]]
module = "proj.former"
shim = true
""",
    "proj/__init__.py": "from .legacy import Old as Old\n",
    "proj/py.typed": "",
    "proj/canonical.py": """
from typing import Generic, TypeVar

T = TypeVar("T")


class New(Generic[T]):
    def get(self) -> T:
        raise NotImplementedError


def _silent() -> int:
    return 1


def run() -> int:
    return 1
""",
    "proj/legacy.py": """
from typing import Generic, TypeVar

T = TypeVar("T")


class Old(Generic[T]):
    def get(self) -> T:
        raise NotImplementedError


def _quiet() -> int:
    return 1
""",
    "proj/former.py": "def run() -> int:\n    return 1\n",
    "proj/former.pyi": "def run() -> int: ...\n",
    "use.py": """
from proj import Old as Exported
from proj.former import run  # unfork: ignore
from proj.legacy import Old, _quiet  # unfork: ignore
import proj.legacy  # unfork: ignore

one: Old[int] = Exported()
two: str = one.get()
three: str = _quiet()
four: str = run()
proj.legacy.lost
proj.legacy.run
""",
}
WRONG = ["7 assignment", "8 assignment", "9 assignment", "10 attr-defined", "11 attr-defined"]
"""The lines of use.py that are wrong, and how: types went along, and what is no name of the module is none."""


def test_type_checkers_see_what_moved_and_nothing_else(tmp_path: Path) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text.lstrip("\n"))
    plan = unfork.plan(tmp_path, [unfork.load_migration(tmp_path / "m.toml")])
    assert not plan.left
    unfork.apply(plan)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "use.py", "proj"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    errors = [line for line in ran.stdout.splitlines() if ": error:" in line]
    told = [f"{line.split(':')[1]} {line.rpartition('[')[2].rstrip(']')}" for line in errors]
    assert told == WRONG, ran.stdout
