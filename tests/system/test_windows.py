"""What Windows does differently, as far as it can be tried on another system: docs/windows.md lists it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_project import (
    CONFIGURED,
    FIXED,
    environment,
    git,
    make_repository,
    run_unfork,
    write_files,
)

from unfork.escape import shell_word

LIKE_WINDOWS = Path(__file__).parents[1] / "support/like_windows.py"
MANY = 90
"""Files that name the legacy module: so many are shared out among processes."""
NAME = "proj/größe_日本.py"
USE = "from proj.old import OldEngine  # größer: 日本\n\nprint(OldEngine)\n"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it is no pretence")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "root"
    write_files(root, {**CONFIGURED, **{f"proj/u{n}.py": USE for n in range(MANY)}})
    make_repository(root)
    return root


def like_windows(root: Path, *args: str) -> tuple[int, str]:
    """Run unfork as if on Windows; return its exit code and what it prints."""
    done = subprocess.run(
        [sys.executable, str(LIKE_WINDOWS), *args],
        cwd=root,
        env=environment(LOCALAPPDATA=str(root.parent / "state"), PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "bug in unfork" not in done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.mark.skipif(sys.platform == "darwin", reason="it forks")
@pytest.mark.parametrize("command", ["diff", "check", "audit"])
def test_processes_share_the_work(root: Path, command: str) -> None:
    """A connection to a worker is another class there: asking for the wrong one would wait forever."""
    on_windows = like_windows(root, command, "-j", "2")
    on_posix = run_unfork(root, command, "-j", "2")
    assert on_windows == (on_posix.returncode, on_posix.stdout)


@pytest.mark.skipif(sys.platform == "darwin", reason="it forks")
def test_what_is_written_can_be_taken_back(root: Path) -> None:
    """The key that seals the journal is bytes, not text: line ends in it stay."""
    before = {file: file.read_bytes() for file in root.glob("proj/*.py")}
    assert like_windows(root, "apply")[0] == 0
    assert (root / "proj/u0.py").read_text(encoding="utf-8") == USE.replace(
        "proj.old", "proj.new"
    ).replace("OldEngine", "Engine")
    assert like_windows(root, "check") == (0, "")
    assert like_windows(root, "undo")[0] == 0
    assert {file: file.read_bytes() for file in root.glob("proj/*.py")} == before
    assert sorted(os.listdir(root)) == [".git", "migration.toml", "proj", "pyproject.toml"]


@pytest.mark.skipif(sys.platform == "darwin", reason="it forks")
def test_a_branch_with_its_test(root: Path) -> None:
    code, out = like_windows(root, "apply", "--branch", "tidy", "--test", "exit 0")
    assert (code, out.splitlines()[-1]) == (0, "Next: git diff main..tidy")


def test_line_ends_that_git_changes(root: Path) -> None:
    git(root, "config", "core.autocrlf", "true")
    for file in root.glob("proj/*.py"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    git(root, "add", ".")
    assert git(root, "status", "--porcelain") == ""
    assert run_unfork(root, "apply", "--branch", "tidy").returncode == 0
    assert "\r" not in git(root, "show", "tidy:proj/user.py")
    done = run_unfork(root, "apply")
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "proj/user.py").read_bytes() == FIXED.encode().replace(b"\n", b"\r\n")
    assert git(root, "diff", "tidy") == ""


# -- consoles


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "cp932"])
@pytest.mark.parametrize(
    "args",
    [
        ("diff", "--notes"),
        ("check",),
        ("check", "--format", "json"),
        ("check", "--format", "sarif"),
        ("check", "--format", "github"),
        ("audit",),
        ("audit", "--format", "json"),
        ("diff", "--color", "always"),
        ("audit", "--color", "always"),
    ],
    ids=" ".join,
)
def test_a_console_that_lacks_characters(
    tmp_path: Path, encoding: str, args: tuple[str, ...]
) -> None:
    root = tmp_path.resolve() / "root"
    write_files(root, {**CONFIGURED, NAME: USE, "LIESMICH.md": "größer: 日本: proj.old\n"})
    done = subprocess.run(
        [sys.executable, "-m", "unfork", *args],
        cwd=root,
        env=environment(PYTHONIOENCODING=encoding),
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0 if args[0] == "audit" else 1, b"")
    text = done.stdout.decode(encoding)
    if {"json", "sarif"} & set(args):
        json.loads(text)
    elif args[0] != "audit":
        assert "proj/gr" in text


# -- paths and names


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[tool.unfork]\nmigrations = ['migrations\\m.toml']\n"),
        ("pyproject.toml", "[tool.unfork]\nexclude = ['archive\\**']\n"),
        ("migration.toml", "[migration]\nname = 'm'\nroots = ['src\\lib']\n"),
        ("migration.toml", "[migration]\nname = 'm'\nexclude = ['archive\\**']\n"),
    ],
)
def test_a_backslash_in_a_file_that_others_read_is_refused(
    tmp_path: Path, path: str, text: str
) -> None:
    write_files(tmp_path, {**CONFIGURED, path: text})
    done = run_unfork(tmp_path, "check")
    assert done.returncode == 2
    assert "write '/' between folders" in done.stderr


@pytest.mark.parametrize("name", ["con", "aux", "nul", "com1", "prn"])
def test_a_reserved_name_is_a_name(tmp_path: Path, name: str) -> None:
    """git cannot check such a file out on Windows, and Python there cannot import it: the way out is to move it."""
    root = tmp_path.resolve() / "root"
    write_files(root, {"app/__init__.py": "", f"app/{name}.py": "RATE = 1\n"})
    write_files(root, {"app/rates.py": "RATE = 1\n", "use.py": f"from app.{name} import RATE\n"})
    done = run_unfork(root, "apply", "--from", f"app.{name}", "--to", "app.rates")
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "use.py").read_text() == "from app.rates import RATE\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [("a.toml", "a.toml"), ("my files\\a.toml", '"my files\\a.toml"'), ("it's", "it's")],
)
def test_a_command_to_paste_is_quoted_for_its_shell(
    monkeypatch: pytest.MonkeyPatch, text: str, word: str
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert shell_word(text) == word
