"""Whole small projects through the command line: testdata/repos, each before and after.

What is looked for beside the bytes stands in each project's expect.toml.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from golden import NO_DATA, REPOS, migration_of
from scratch import git, repository

import unfork

NAMES = sorted(path.parent.name for path in REPOS.glob("*/before"))
_FAILED = re.compile(r"^(?:ERROR|FAIL): .*?\(([\w.]+)\)$", re.MULTILINE)

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Repo:
    """A project of testdata/repos: its files before and after, and what is expected of it."""

    folder: Path
    before: Files
    after: Files
    expect: Mapping[str, Any]

    @classmethod
    def read(cls, name: str) -> Repo:
        folder = REPOS / name
        file = folder / "expect.toml"
        expect = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return cls(folder, files_of(folder / "before"), files_of(folder / "after"), expect)

    @property
    def changed(self) -> list[str]:
        """The files that differ between before and after."""
        every = self.before.keys() | self.after.keys()
        return sorted(path for path in every if self.before.get(path) != self.after.get(path))

    @property
    def exit_code(self) -> int:
        """What apply exits with."""
        return int(self.expect.get("exit_code", 0))

    def copy(self, which: str, to: Path) -> Path:
        return Path(shutil.copytree(self.folder / which, to, ignore=NO_DATA))

    def unfork(self, root: Path, command: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a command of unfork with the project's migration in a copy of it."""
        return python(
            root, "-m", "unfork", command, "-m", migration_of(self.folder), "--root", ".", *args
        )


def files_of(root: Path) -> Files:
    """Return all files below a folder, without what runs leave behind."""
    never = {"__pycache__", ".git", ".unfork"}
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not never & set(path.relative_to(root).parts)
    }


def python(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON"))
    }
    env |= {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "GIT_CEILING_DIRECTORIES": str(root.parent),
    }
    return subprocess.run(
        [sys.executable, *args], cwd=root, env=env, capture_output=True, text=True, encoding="utf-8"
    )


def places(lines: Iterator[str] | list[str], expected: list[str]) -> None:
    """Assert that the findings among ``lines`` begin as expected, in this order; notes do not count."""
    findings = [line for line in lines if re.match(r"\S+:\d+:\d+ UF(?!005|010)", line)]
    assert len(findings) == len(expected), findings
    for line, start in zip(findings, expected):
        assert line.startswith(start + " "), line


@pytest.fixture(scope="module", params=NAMES)
def repo(request: pytest.FixtureRequest) -> Repo:
    return Repo.read(request.param)


@pytest.fixture(scope="module")
def shown(repo: Repo, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What `unfork diff` reports of a copy, and the patch that it writes; nothing else is written."""
    folder = tmp_path_factory.mktemp("diff")
    root = repo.copy("before", folder / "root")
    done = repo.unfork(root, "diff", "--format", "json", "--patch", "../changes.patch")
    assert done.returncode == 1, done.stderr
    assert files_of(root) == repo.before
    return json.loads(done.stdout), folder / "changes.patch"


@pytest.fixture(scope="module")
def applied(repo: Repo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy after `unfork apply`."""
    root = repo.copy("before", tmp_path_factory.mktemp("apply") / "root")
    done = repo.unfork(root, "apply", "--format", "plain")
    assert done.returncode == repo.exit_code, done.stderr
    places(done.stdout.splitlines(), repo.expect.get("left", []))
    return root


def test_diff_shows_every_change_and_nothing_else(
    repo: Repo, shown: tuple[dict[str, Any], Path]
) -> None:
    report, _ = shown
    assert sorted(change["path"] for change in report["changes"]) == repo.changed
    assert (report["exit_code"], len(report["left"])) == (1, len(repo.expect.get("left", [])))
    for change in report["changes"]:
        text = repo.before[change["path"]]
        for edit in reversed(change["edits"]):
            text = text[: edit["start"]] + edit["text"].encode() + text[edit["end"] :]
        assert (None if change["deleted"] else text) == repo.after.get(change["path"])


def test_apply_gives_after_byte_for_byte(repo: Repo, applied: Path) -> None:
    assert files_of(applied) == repo.after


def test_a_second_apply_changes_nothing(repo: Repo, tmp_path: Path) -> None:
    root = repo.copy("after", tmp_path / "root")
    again = repo.unfork(root, "apply", "--format", "json")
    assert (again.returncode, json.loads(again.stdout)["changes"]) == (repo.exit_code, [])
    assert files_of(root) == repo.after


@pytest.mark.parametrize("tool", [("git", "apply"), ("patch", "-p1", "--binary", "-i")])
def test_the_patch_gives_the_same_bytes(
    repo: Repo, shown: tuple[dict[str, Any], Path], tmp_path: Path, tool: tuple[str, ...]
) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"there is no {tool[0]}")
    root = repo.copy("before", tmp_path / "root")
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    subprocess.run([*tool, str(shown[1])], cwd=root, env=env, check=True, capture_output=True)
    assert files_of(root) == repo.after


def test_a_branch_holds_the_same_tree_in_a_commit_for_each_step(
    repo: Repo, shown: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    root = repository(tmp_path / "root", repo.before)
    git(root, "config", "core.autocrlf", "false")
    index, head = (root / ".git/index").read_bytes(), git(root, "rev-parse", "HEAD")
    done = repo.unfork(root, "apply", "--branch", "unforked", "--format", "plain")
    assert done.returncode == repo.exit_code, done.stderr

    assert files_of(root) == repo.before
    assert (root / ".git/index").read_bytes() == index
    assert (git(root, "rev-parse", "HEAD"), git(root, "branch", "--show-current")) == (head, "main")
    assert git(root, "status", "--porcelain") == ""

    steps = [step["step"] for step in shown[0]["steps"] if step["files"]]
    subjects = git(root, "log", "--reverse", "--format=%s", "main..unforked").splitlines()
    assert [subject.split()[:2] for subject in subjects] == [["unfork", f"{s}:"] for s in steps]
    git(root, "archive", "-o", "../tree.tar", "unforked")
    assert _members(tmp_path / "tree.tar") == repo.after


def _members(archive: Path) -> Files:
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as members:
        for member in members:
            file = members.extractfile(member)
            if file is not None:
                files[member.name] = file.read()
    return files


def test_the_own_suite_fails_before_as_expected_and_passes_after(
    repo: Repo, applied: Path, tmp_path: Path
) -> None:
    suite = repo.expect.get("suite")
    if suite is None:
        pytest.skip("the project has no tests")
    before = python(repo.copy("before", tmp_path / "root"), *suite)
    failed = [name.removeprefix("unittest.loader._FailedTest.") for name in _failures(before)]
    assert failed == repo.expect["fails_before"]
    after = python(applied, *suite)
    assert (after.returncode, _failures(after)) == (0, []), after.stderr


def _failures(done: subprocess.CompletedProcess[str]) -> list[str]:
    return sorted(_FAILED.findall(done.stderr))


def test_what_could_not_be_imported_can_be(repo: Repo, applied: Path) -> None:
    for module in repo.expect.get("mended", []):
        command = ("-W", "error::DeprecationWarning", "-c", f"import {module}")
        assert python(repo.folder / "before", *command).returncode == 1
        done = python(applied, *command)
        assert done.returncode == 0, done.stderr


def test_a_deprecated_module_warns_at_the_line_that_imports_it(repo: Repo, applied: Path) -> None:
    for module, message in repo.expect.get("warns", {}).items():
        refused = python(applied, "-W", "error::DeprecationWarning", "-c", f"import {module}")
        assert refused.returncode == 1
        assert refused.stderr.splitlines()[-1] == f"DeprecationWarning: {message}"
        assert 'File "<string>", line 1, in <module>' in refused.stderr

        code = f"import sys; sys.path.insert(0, '.')\n\nimport {module}\n"
        importer = applied.parent / "importer.py"
        importer.write_text(code, encoding="utf-8")
        warned = python(applied, "-W", "always::DeprecationWarning", str(importer))
        assert warned.returncode == 0, warned.stderr
        assert f"{importer}:3: DeprecationWarning: {message}" in warned.stderr


_BRINGS = """\
import importlib, json, sys
modules, legacy = json.loads(sys.argv[1])
sys.path.insert(0, ".")
for module in modules:
    importlib.import_module(module)
    brought = [each for each in legacy if each in sys.modules]
    assert not brought, f"{module} brings in {brought}"
"""


def test_no_live_module_imports_a_legacy_one(repo: Repo, applied: Path) -> None:
    legacy = repo.expect.get("legacy", [])
    left = [line.partition(":")[0] for line in repo.expect.get("left", [])]
    files = [
        path
        for path in repo.after
        if path.endswith(".py") and path.split("/")[0] in repo.expect["live"] and path not in left
    ]
    dotted = [
        path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in files
    ]
    live = sorted(set(dotted) - set(legacy))
    assert live
    done = python(applied, "-c", _BRINGS, json.dumps([live, legacy]))
    assert done.returncode == 0, done.stderr


def test_the_guard_finds_a_new_use_and_mends_it(repo: Repo, tmp_path: Path) -> None:
    new = repo.expect.get("new")
    if new is None:
        pytest.skip("nobody adds a file")
    root = repo.copy("after", tmp_path / "root")
    file = root / new["path"]
    file.write_bytes(new["text"].encode())

    checked = repo.unfork(root, "check", new["path"])
    assert checked.returncode == 1, checked.stderr
    places(checked.stdout.splitlines(), new["found"])

    fixed = repo.unfork(root, "check", "--fix", new["path"])
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert file.read_bytes() == new["fixed"].encode()
    assert files_of(root) == {**repo.after, new["path"]: new["fixed"].encode()}

    rest = repo.unfork(root, "check", "--format", "plain")
    assert rest.returncode == repo.exit_code
    codes = [line.split()[-1] for line in repo.expect.get("left", [])]
    assert re.findall(r"UF(?!005|010)\d+", rest.stdout) == codes


def test_the_library_gives_the_same(
    repo: Repo, shown: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    own = Path(migration_of(repo.folder))
    bundled = Path(unfork.__file__).parents[2] / "codemods/unfork_codemods/migrations"
    file = own if own.exists() else bundled / f"{own.name.replace('-', '_')}.toml"
    root = repo.copy("before", tmp_path / "root")
    plan = unfork.plan(root, [unfork.load_migration(file)], jobs=1)
    assert sorted(change.path for change in plan.changes) == repo.changed
    assert all(change.edits or change.deleted for change in plan.changes)
    places([str(finding) for finding in plan.left], repo.expect.get("left", []))
    assert plan.patch().encode("utf-8", "surrogateescape") == shown[1].read_bytes()
    assert files_of(root) == repo.before
    unfork.apply(plan)
    assert files_of(root) == repo.after
