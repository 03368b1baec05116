"""A hook that finds nothing ends before click is loaded; whatever else may be asked for, the command line does."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_project import write_files

from unfork.hook import is_clean_check

PROJECT = {
    "pyproject.toml": '[tool.unfork]\nmigrations = ["m.toml"]\n',
    "m.toml": '[migration]\nname = "m"\n\n[[redirect]]\nfrom = "old"\nto = "new"\n',
    "old.py": "def run(): ...\n",
    "new.py": "def run(): ...\n",
    "quiet.py": "import json\n",
    "loud.py": "from old import run\n",
    "README.md": "See old.run.\n",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_that_name_nothing_are_clean(root: Path) -> None:
    assert is_clean_check(["check", "quiet.py"])
    assert is_clean_check(["check", "quiet.py", str(root / "quiet.py"), "new.py"])


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["check"],
        ["diff", "quiet.py"],
        ["check", "loud.py"],
        ["check", "quiet.py", "README.md"],
        ["check", "."],
        ["check", "nowhere.py"],
        ["check", ""],
        ["check", "-q", "quiet.py"],
        ["check", "--", "quiet.py"],
        ["check", "quiet.py", "--fix"],
    ],
    ids=" ".join,
)
def test_in_any_doubt_the_command_line_decides(root: Path, args: list[str]) -> None:
    assert not is_clean_check(args)


@pytest.mark.parametrize(
    "files",
    [
        {"m.toml": "[migration]\nname = 'm'\n\n[[redirect]]\nfrom = 'old'\n"},
        {"pyproject.toml": '[tool.unfork]\nmigrations = ["m.toml"]\nbaseline = "known.json"\n'},
        {"pyproject.toml": "[tool.unfork]\n"},
        {"pyproject.toml": "[tool.unfork\n"},
        {".unfork/pending/journal": ""},
    ],
    ids=["migration", "baseline", "none", "toml", "cut-off"],
)
def test_what_has_to_be_said_is_left_to_the_command_line(root: Path, files: dict[str, str]) -> None:
    write_files(root, files)
    assert not is_clean_check(["check", "quiet.py"])


def test_nothing_is_printed_unless_on_a_terminal(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_clean_check(["check", "quiet.py"])
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert is_clean_check(["check", "quiet.py"])
    assert capsys.readouterr() == ("All clean: nothing uses a legacy module.\n", "")
