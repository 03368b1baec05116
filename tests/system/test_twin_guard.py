"""``[[twin]]``: check fails when one copy changes and the other does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """\
class Scanner:
    def run(self, path):
        return [path]


def limit():
    return 3
"""
_MIGRATION = """\
[migration]
name = "scanners"

[[twin]]
modules = ["a.scanner", "b.scanner", "c.scanner"]
"""
_BASELINE = ("--baseline", "known.json")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with three twins, one of which has another limit."""
    for package in "abc":
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "scanner.py").write_text(_CODE, encoding="utf-8")
    _edit(tmp_path / "c/scanner.py", "return 3", "return 5")
    (tmp_path / "migration.toml").write_text(_MIGRATION, encoding="utf-8")
    settings = '[tool.unfork]\nmigrations = ["migration.toml"]\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    return tmp_path


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _unfork(root: Path, *args: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "unfork", *args]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_difference_fails_until_it_is_recorded(root: Path) -> None:
    """What differs is named with both places; the baseline lets it pass."""
    code, text = _unfork(root, "check")
    assert code == 1
    assert "c/scanner.py:6:1 UF104 limit differs from a/scanner.py:6:1" in text
    assert text.count("UF104") == 1
    assert _unfork(root, "check", *_BASELINE, "--write-baseline")[0] == 0
    assert _unfork(root, "check", *_BASELINE)[0] == 0


@pytest.mark.parametrize("staged", ["a/scanner.py", "b/scanner.py"])
def test_a_hook_on_one_twin_reads_the_others(root: Path, staged: str) -> None:
    """A change to one fails; the same change to all of them passes, although one still differs."""
    _unfork(root, "check", *_BASELINE, "--write-baseline")
    _edit(root / staged, "return [path]", "return [path or '.']")
    code, text = _unfork(root, "check", *_BASELINE, staged)
    assert code == 1
    assert "UF104 Scanner.run differs" in text
    for package in "abc":
        if not staged.startswith(package):
            _edit(root / package / "scanner.py", "return [path]", "return [path or '.']")
    assert _unfork(root, "check", *_BASELINE, staged)[0] == 0


def test_another_file_is_not_asked(root: Path) -> None:
    """A hook on a file that is no twin finds nothing."""
    (root / "other.py").write_text("import a.scanner\n", encoding="utf-8")
    assert _unfork(root, "check", "other.py") == (0, "")


def test_a_recorded_difference_that_grows_fails(root: Path) -> None:
    """The baseline knows a difference, not only the name of what differs."""
    _unfork(root, "check", *_BASELINE, "--write-baseline")
    _edit(root / "c/scanner.py", "return 5", "return 7")
    code, text = _unfork(root, "check", *_BASELINE)
    assert code == 1
    assert "limit differs" in text


def test_a_difference_that_is_gone_is_reported(root: Path) -> None:
    """The list of known differences only shrinks."""
    _unfork(root, "check", *_BASELINE, "--write-baseline")
    _edit(root / "c/scanner.py", "return 5", "return 3")
    assert "1 gone from the baseline" in _unfork(root, "check", *_BASELINE)[1]


def test_definitions_of_one_side_are_named(root: Path) -> None:
    """A definition that only one of them has is a difference of its own."""
    _edit(root / "b/scanner.py", "def limit", "def bound")
    text = _unfork(root, "check", "b")[1]
    assert "b/scanner.py:1:1 UF104 limit is only in a/scanner.py:6:1" in text
    assert "b/scanner.py:6:1 UF104 bound is not in a/scanner.py" in text


def test_a_comment_lets_a_difference_pass(root: Path) -> None:
    """An ignore comment stands where the finding is."""
    _edit(root / "c/scanner.py", "def limit():", "def limit():  # unfork: ignore[UF104]")
    assert _unfork(root, "check")[0] == 0


def test_a_twin_that_cannot_be_parsed_is_named(root: Path) -> None:
    """It is UF007, and the others are still compared."""
    (root / "b/scanner.py").write_text("def limit(:\n", encoding="utf-8")
    text = _unfork(root, "check")[1]
    assert "b/scanner.py:1:11 UF007" in text
    assert "c/scanner.py:6:1 UF104" in text


def test_twins_are_never_changed(root: Path) -> None:
    """diff and apply have nothing to do, and --fix mends nothing."""
    assert _unfork(root, "diff")[0] == 0
    before = (root / "c/scanner.py").read_bytes()
    assert _unfork(root, "check", "--fix")[0] == 1
    assert (root / "c/scanner.py").read_bytes() == before


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ('["a.scanner"]', "migration.toml:5: 'modules' needs two modules or more"),
        ('["a.scanner", "b.scaner"]', "migration.toml:5: there is no module 'b.scaner'"),
    ],
)
def test_wrong_twins_are_refused(root: Path, modules: str, message: str) -> None:
    """One module is not compared with itself, and each has to exist."""
    _edit(root / "migration.toml", '["a.scanner", "b.scanner", "c.scanner"]', modules)
    code, text = _unfork(root, "check")
    assert code == 2
    assert message in text
