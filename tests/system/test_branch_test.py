"""`apply --branch B --test COMMAND`: each commit is tested in a work tree of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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

DEPRECATED = '[[deprecate]]\nmodule = "proj.old"\nuse = "proj.new"\n'
REDIRECT = "unfork redirect: One engine (one-engine)"
DEPRECATE = "unfork deprecate: One engine (one-engine)"
IMPORTS = f'"{sys.executable}" -W error -c "import proj.user"'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    write_files(folder, CONFIGURED)
    write_files(folder, {"migration.toml": CONFIGURED["migration.toml"] + DEPRECATED})
    make_repository(folder)
    return folder


@pytest.fixture(autouse=True)
def no_work_tree_is_left(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    yield
    assert git(root, "worktree", "list").count("\n") == 1
    assert not (root / ".git/worktrees").exists()
    assert list(temporary.iterdir()) == []
    assert git(root, "status", "--porcelain") == ""
    assert {path: path.read_bytes() for path in before} == before


def subjects(root: Path, branch: str) -> list[str]:
    return git(root, "log", "--format=%s", f"main..{branch}").splitlines()


def test_a_branch_that_passes(root: Path) -> None:
    done = run_unfork(root, "apply", "--branch", "tidy", "--test", IMPORTS)
    assert done.returncode == 0, done.stderr
    assert subjects(root, "tidy") == [DEPRECATE, REDIRECT]
    assert done.stderr.splitlines() == [
        f"unfork: testing: 1 of 2: {REDIRECT}",
        f"unfork: testing: 2 of 2: {DEPRECATE}",
    ]
    assert done.stdout.endswith("\nNext: git diff main..tidy\n")


def test_the_branch_ends_before_the_step_that_fails(root: Path) -> None:
    old = f'"{sys.executable}" -W error -c "import sys, proj.old; print(sys.path)"'
    done = run_unfork(root, "apply", "--branch", "tidy", "--test", old)
    assert done.returncode == 1
    assert subjects(root, "tidy") == [REDIRECT]
    assert git(root, "show", "tidy:proj/user.py") == FIXED
    failed = f"The test fails after the step one-engine, deprecate: `{old}` ended with 1. "
    assert f"\n{failed}The branch tidy ends before it.\n" in done.stdout
    assert "unfork: test: DeprecationWarning: " in done.stderr
    assert "proj/old.py" not in done.stdout.partition("\n\n")[0]  # the files that are on the branch


def test_no_branch_where_the_first_step_fails(root: Path) -> None:
    write_files(root, {"check.py": "assert 'proj.old' in open('proj/user.py').read()\n"})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "A test")
    command = f'"{sys.executable}" check.py'
    done = run_unfork(root, "apply", "--branch", "tidy", "--test", command, "--format", "json")
    assert done.returncode == 1
    assert git(root, "branch", "--list", "tidy") == ""
    report = json.loads(done.stdout)
    assert (report["branch"], report["changes"], report["steps"]) == (None, [], [])
    assert report["failed"].endswith("ended with 1. No branch was made.")
    assert "one-engine, redirect" in report["failed"]


def test_a_test_that_fails_before_any_change(root: Path) -> None:
    done = run_unfork(root, "apply", "--branch", "tidy", "--test", "exit 3")
    assert done.returncode == 1
    assert "The test fails before any change: `exit 3` ended with 3 on HEAD." in done.stdout
    assert git(root, "branch", "--list", "tidy") == ""


def test_the_command_runs_in_the_commits_own_files(root: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    write_files(root, {"untracked.txt": "mine"})
    more = f'pwd >> "{log}"; test ! -e untracked.txt && git rev-parse HEAD >> "{log}"'
    done = run_unfork(root, "apply", "--branch", "tidy", "--test", more, GIT_DIR="/nowhere")
    (root / "untracked.txt").unlink()
    assert done.returncode == 0, done.stderr
    first, commit, second, last = log.read_text().splitlines()
    assert first.startswith(str(tmp_path / "temporary"))
    assert first != second
    assert [last, commit] == git(root, "log", "--format=%H", "main..tidy").split()


def test_a_root_inside_the_repository(tmp_path: Path, root: Path) -> None:
    inner = root / "back/end"
    write_files(inner, CONFIGURED)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "More")
    done = run_unfork(inner, "apply", "--branch", "tidy", "--test", "test -f migration.toml")
    assert done.returncode == 0, done.stderr
    assert subjects(root, "tidy") == [REDIRECT]


def test_no_hook_of_the_repository_runs(root: Path, tmp_path: Path) -> None:
    hook = root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    assert run_unfork(root, "apply", "--branch", "tidy", "--test", "true").returncode == 0
    assert not (tmp_path / "ran").exists()


def test_commits_are_tested_side_by_side(root: Path, tmp_path: Path) -> None:
    """Each command waits for the other one to have begun: one after the other, they would never pass."""
    meeting = tmp_path / "meeting.py"
    meeting.write_text(
        "import os, sys, time\n"
        f"open(os.path.join({str(tmp_path)!r}, f'begun-{{os.getpid()}}'), 'w').close()\n"
        "until = time.monotonic() + 60\n"
        f"while sum(name.startswith('begun-') for name in os.listdir({str(tmp_path)!r})) < 2:\n"
        "    time.sleep(0.02)\n"
        "    if time.monotonic() > until:\n"
        "        sys.exit('alone')\n"
    )
    command = f'"{sys.executable}" "{meeting}"'
    done = run_unfork(root, "apply", "--branch", "tidy", "-j", "2", "--test", command)
    assert done.returncode == 0, done.stderr
    assert subjects(root, "tidy") == [DEPRECATE, REDIRECT]


def test_a_failure_stops_the_tests_of_later_commits(root: Path, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    subject = "git show -s --format=%s | grep -q"
    wait = f"sleep 1000 && touch '{ended}'"
    command = f"{subject} 'unfork redirect' && exit 7; {subject} 'unfork deprecate' && {wait}; true"
    done = run_unfork(root, "apply", "--branch", "tidy", "-j", "2", "--test", command)
    assert done.returncode == 1
    assert "The test fails after the step one-engine, redirect: " in done.stdout
    assert "ended with 7" in done.stdout
    assert not ended.exists()
    assert git(root, "branch", "--list", "tidy") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_test_leaves_nothing(
    root: Path, tmp_path: Path, number: int, jobs: str
) -> None:
    running, ended = tmp_path / "running", tmp_path / "ended"
    command = f"touch {running}; sleep 1000; touch {ended}"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "unfork",
            "apply",
            "--branch",
            "tidy",
            "-j",
            jobs,
            "--test",
            command,
        ],
        cwd=root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not running.exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert git(root, "branch", "--list", "tidy") == ""
    assert not ended.exists()
    sleeping = subprocess.run(["pgrep", "-f", str(ended)], capture_output=True, text=True)
    assert sleeping.stdout == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--test", "true"), "--test runs on the commits of a branch: give --branch NAME too"),
        (("--branch", "tidy", "--test", " "), "--test is empty"),
    ],
)
def test_bad_usage(root: Path, options: tuple[str, ...], message: str) -> None:
    done = run_unfork(root, "apply", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
