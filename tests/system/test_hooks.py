"""The two hooks under the real pre-commit, in a repository of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="pre-commit brings it along")
HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
MIGRATION = """\
[migration]
name = "one-engine"
[[redirect]]
from = "proj.old"
to = "proj.new"
"""
FILES = {
    "pyproject.toml": '[tool.unfork]\nmigrations = ["migration.toml"]\n',
    "migration.toml": MIGRATION,
    "proj/__init__.py": "",
    "proj/old.py": "class Engine:\n    pass\n",
    "proj/new.py": "class Engine:\n    pass\n",
    "proj/user.py": "from proj.new import Engine\n\nprint(Engine)\n",
}
GOOD = FILES["proj/user.py"]
BAD = GOOD.replace("new", "old")


def _call(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env = {**kept, "PRE_COMMIT_HOME": str(root.parent / "cache"), "PRE_COMMIT_COLOR": "never"}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)


def _git(root: Path, *args: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    done = _call(root, "git", *who, *args)
    assert done.returncode == 0, done.stderr


def _run(root: Path, hook: str) -> subprocess.CompletedProcess[str]:
    return _call(root, sys.executable, "-m", "pre_commit", "run", hook)


def _write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository whose hooks are ours, run by this Python instead of one of their own."""
    hooks = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    for hook in hooks:
        command, *args = hook["entry"].split()
        assert command == "unfork"
        hook |= {"language": "system", "entry": f'"{sys.executable}" -m unfork {" ".join(args)}'}
    root = tmp_path / "root"
    for path, text in FILES.items():
        _write(root, path, text)
    _write(
        root, ".pre-commit-config.yaml", yaml.dump({"repos": [{"repo": "local", "hooks": hooks}]})
    )
    _git(root, "init", "-q")
    _git(root, "config", "core.autocrlf", "false")
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "Before")
    return root


def test_both_hooks_are_offered() -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))}
    assert set(hooks) == {"unfork-check", "unfork-fix"}
    for hook in hooks.values():
        assert hook["language"] == "python"
        assert hook["types_or"] == ["python", "pyi", "jupyter"]
        assert hook["require_serial"] is True


def test_a_new_use_fails_and_is_named(root: Path) -> None:
    _write(root, "proj/user.py", BAD)
    _write(root, "proj/more.pyi", BAD)
    _git(root, "add", ".")
    done = _run(root, "unfork-check")
    assert done.returncode == 1
    assert re.search(r"^proj/user\.py:1:\d+ UF001 ", done.stdout, re.MULTILINE)
    assert re.search(r"^proj/more\.pyi:1:\d+ UF001 ", done.stdout, re.MULTILINE)


def test_clean_files_pass(root: Path) -> None:
    _write(root, "proj/user.py", GOOD + "# more\n")
    _git(root, "add", ".")
    done = _run(root, "unfork-check")
    assert (done.returncode, "Passed" in done.stdout) == (0, True)


def test_what_is_no_python_is_skipped(root: Path) -> None:
    _write(root, "README.md", "from proj.old import Engine\n")
    _git(root, "add", ".")
    done = _run(root, "unfork-check")
    assert (done.returncode, "Skipped" in done.stdout) == (0, True)


def test_the_staged_half_of_a_file_counts(root: Path) -> None:
    _write(root, "proj/user.py", BAD)
    _git(root, "add", ".")
    _write(root, "proj/user.py", GOOD)
    assert _run(root, "unfork-check").returncode == 1
    assert (root / "proj/user.py").read_text() == GOOD

    _git(root, "checkout", "-q", "HEAD", ".")
    _write(root, "proj/user.py", GOOD + "# staged\n")
    _git(root, "add", ".")
    _write(root, "proj/user.py", BAD)
    assert _run(root, "unfork-check").returncode == 0
    assert (root / "proj/user.py").read_text() == BAD


def test_a_renamed_file_is_looked_at_by_its_new_name(root: Path) -> None:
    _git(root, "mv", "proj/user.py", "proj/renamed user.py")
    _write(root, "proj/renamed user.py", BAD)
    _git(root, "add", ".")
    done = _run(root, "unfork-check")
    assert done.returncode == 1
    assert "proj/renamed user.py:1:" in done.stdout
    assert "proj/user.py" not in done.stdout


def test_a_deleted_file_is_no_matter(root: Path) -> None:
    _git(root, "rm", "-q", "proj/user.py")
    assert _run(root, "unfork-check").returncode == 0


def test_fix_mends_then_passes(root: Path) -> None:
    _write(root, "proj/user.py", BAD)
    _git(root, "add", ".")
    first = _run(root, "unfork-fix")
    assert (first.returncode, "files were modified by this hook" in first.stdout) == (1, True)
    assert (root / "proj/user.py").read_text() == GOOD
    _git(root, "add", ".")
    assert _run(root, "unfork-fix").returncode == 0


def test_fix_leaves_what_is_not_staged(root: Path) -> None:
    _write(root, "proj/user.py", BAD)
    _git(root, "add", ".")
    _write(root, "proj/user.py", BAD + "# not staged\n")
    _write(root, "proj/other.py", BAD)
    _run(root, "unfork-fix")
    assert (root / "proj/user.py").read_text().endswith("# not staged\n")
    assert (root / "proj/other.py").read_text() == BAD
