"""Each kind of step as a command of LibCST's own runner, run as a user would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scratch import fill

MIGRATION = b"""
[migration]
name = "m"

[[redirect]]
from = "app.old"
to = "app.new"
names = { run = "go" }

[[repair]]
module = "app.console"

[[align]]
modules = ["app.new"]

[[deprecate]]
module = "app.old"
use = "app.new"

[[deprecate]]
module = "app.older"
use = "app.new"
shim = true
"""
FILES = {
    "m.toml": MIGRATION,
    "app/__init__.py": b"",
    "app/old.py": b'"""Old."""\n\n\ndef run():\n    return 1\n\n\ndef only():\n    return 2\n',
    "app/older.py": b'"""Older."""\n\n\ndef go():\n    return 0\n',
    "app/new.py": b"def go():\n    return 1\n",
    "app/state.py": b"class State:\n    pass\n",
    "app/console.py": b"from app.new import State  # it is not there\n\nprint(State)\n",
    "use.py": b"from app.old import run  # kept\n\nprint(run())\n",
    "left.py": b"from app.old import only\n\nprint(only())\n",
    "other.py": b"print( 'not our business' )\n",
}


def codemod(root: Path, command: str, *paths: str) -> subprocess.CompletedProcess[str]:
    name = f"unfork_codemods.commands.{command}"
    options = ["--migration", "m.toml", "--root", ".", "--no-format", "--jobs", "1"]
    run = [sys.executable, "-m", "libcst.tool", "codemod", "-x", name, *options, *(paths or ["."])]
    return subprocess.run(run, cwd=root, capture_output=True, text=True, check=False)


def changed(root: Path) -> dict[str, str]:
    files = ((name, (root / name).read_bytes()) for name in FILES)
    return {name: data.decode() for name, data in files if data != FILES[name]}


def test_redirect(tmp_path: Path) -> None:
    root = fill(tmp_path, FILES)
    done = codemod(root, "RedirectCommand")
    assert changed(root) == {"use.py": "from app.new import go  # kept\n\nprint(go())\n"}
    assert "1:21 UF006 only of app.old has no counterpart in app.new" in done.stderr
    again = codemod(root, "RedirectCommand")
    assert "Transformed 7 files" in done.stderr or done.returncode == again.returncode == 0
    assert list(changed(root)) == ["use.py"]


def test_repair(tmp_path: Path) -> None:
    root = fill(tmp_path, FILES)
    codemod(root, "RepairCommand")
    new = "from app.state import State  # it is not there\n\nprint(State)\n"
    assert changed(root) == {"app/console.py": new}


def test_align(tmp_path: Path) -> None:
    src = {"m.toml": MIGRATION.replace(b'["app.new"]', b'["src.app.new"]').split(b"[[repair]]")[0]}
    aligned = b'[migration]\nname = "m"\n\n[[align]]\nmodules = ["src.app.new"]\n'
    root = fill(
        tmp_path,
        {
            **src,
            "m.toml": aligned,
            "src/__init__.py": b"",
            "src/app/__init__.py": b"",
            "src/app/new.py": b"def go():\n    return 1\n",
            "use.py": b"from app.new import go\n\nprint(go())\n",
        },
    )
    codemod(root, "AlignCommand", "use.py")
    assert (root / "use.py").read_text() == "from src.app.new import go\n\nprint(go())\n"


def test_deprecate_is_about_modules_that_warn_and_no_more(tmp_path: Path) -> None:
    root = fill(tmp_path, FILES)
    codemod(root, "DeprecateCommand")
    assert list(changed(root)) == ["app/old.py"]
    assert '"app.old is deprecated; use app.new instead"' in (root / "app/old.py").read_text()


def test_shim_is_about_modules_that_become_shims(tmp_path: Path) -> None:
    root = fill(tmp_path, FILES)
    codemod(root, "ShimCommand")
    assert list(changed(root)) == ["app/older.py"]
    text = (root / "app/older.py").read_text()
    assert text.startswith('"""Older."""\n') and "_FORWARDS" in text
    check = (
        "import warnings; warnings.simplefilter('ignore'); from app.older import go; print(go())"
    )
    run = [sys.executable, "-c", check]
    assert subprocess.check_output(run, cwd=root, text=True) == "1\n"


def test_a_file_that_does_not_parse_stops_no_other(tmp_path: Path) -> None:
    root = fill(tmp_path, {**FILES, "bad.py": b"from app.old import run\ndef (\n"})
    codemod(root, "RedirectCommand")
    assert list(changed(root)) == ["use.py"]


@pytest.mark.parametrize("text", [b"", b'[migration]\nname = "m"\n[[redirects]]\n'])
def test_a_wrong_migration_is_said_in_a_line(tmp_path: Path, text: bytes) -> None:
    root = fill(tmp_path, {**FILES, "m.toml": text})
    done = codemod(root, "RedirectCommand", "use.py")
    assert done.returncode != 0 and "m.toml" in done.stderr and "Traceback" not in done.stderr
    assert changed(root) == {} or set(changed(root)) == {"m.toml"}
