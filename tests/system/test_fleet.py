"""`unfork fleet`: the same branch in many repositories, as `apply --branch` makes it in each."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from small_project import (
    CONFIGURED,
    FILES,
    FIXED,
    MIGRATION,
    ONE_OFF,
    environment,
    git,
    make_repository,
    run_unfork,
    write_files,
)

SCHEMA = Path(__file__).parents[2] / "src/unfork/schemas/fleet.schema.json"
ODD = {"proj/odd.py": "from proj.old import helper, missing\n\nprint(helper, missing)\n"}
FOUR = "plain0\nplain1\nplain2\nplain3\n"
SUBJECT = "unfork redirect: One engine (one-engine)"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, and a shell")


def make_root(folder: Path, name: str, files: dict[str, str]) -> Path:
    root = folder / name
    write_files(root, files)
    make_repository(root)
    return root


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A folder with a migration, a list, and eight repositories of five kinds."""
    folder = tmp_path.resolve() / "fleet"
    write_files(folder, {"migration.toml": MIGRATION})
    for number in range(4):
        make_root(folder, f"plain{number}", {**FILES, "number.txt": str(number)})
    make_root(folder, "odd", {**FILES, **ODD})
    clean = {name: text for name, text in FILES.items() if name != "proj/user.py"}
    make_root(folder, "clean", clean)
    make_root(folder, "inner/project", FILES)
    make_root(folder, "origin", FILES)
    names = ["plain0", "plain1", "plain2", "plain3", "odd  # a remark", "clean", "inner/project"]
    listed = [f"# eight repositories\n\n{names[0]}", *names[1:], (folder / "origin").as_uri()]
    write_files(folder, {"repos.txt": "\n".join(listed) + "\n"})
    return folder


def run_fleet(folder: Path, *more: str, **variables: str) -> tuple[int, dict[str, Any]]:
    """Run a fleet, and return its exit code and its summary."""
    options = ("-m", "migration.toml", "--branch", "tidy", "--format", "json", *more)
    done = run_unfork(folder, "fleet", "repos.txt", *options, **variables)
    assert done.stdout, done.stderr
    summary = json.loads(done.stdout)
    jsonschema.validate(summary, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert summary["exit_code"] == done.returncode
    return done.returncode, summary


def statuses(summary: dict[str, Any]) -> dict[str, str]:
    return {Path(row["folder"]).name: row["status"] for row in summary["repositories"]}


def state_rows(folder: Path) -> list[str]:
    """Return the repositories that the state file has results of, in the order in which they came."""
    lines = (folder / "repos.txt.fleet/tidy.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    return [json.loads(line)["name"] for line in lines]


def tree(root: Path, branch: str) -> str:
    return git(root, "rev-parse", f"{branch}^{{tree}}")


def test_each_repository_gets_the_branch_that_apply_makes(fleet: Path) -> None:
    code, summary = run_fleet(fleet, "--jobs", "2")
    assert code == 1
    assert list(statuses(summary).values())[:7] == [*["changed"] * 4, "left", "clean", "changed"]
    assert summary["summary"] == {
        "repositories": 8,
        "changed": 6,
        "clean": 1,
        "left": 1,
        "tests": 0,
        "failed": 0,
    }
    for row in summary["repositories"]:
        root = Path(row["folder"])
        assert git(root, "status", "--porcelain") == ""
        if row["branch"] is None:
            assert git(root, "branch", "--list", "tidy") == ""
            continue
        assert git(root, "log", "--format=%s", "main..tidy").splitlines() == [SUBJECT]
        assert git(root, "show", "tidy:proj/user.py") == FIXED
        migration = str(fleet / "migration.toml")
        run_unfork(root, "apply", "-m", migration, "--branch", "alone", "--format", "json")
        assert tree(root, "alone") == tree(root, "tidy")
    odd = summary["repositories"][4]
    assert (odd["left"], len(odd["findings"])) == (1, 1)
    assert odd["message"].startswith("proj/odd.py:1:30 UF006 ")


def test_a_url_is_cloned_beside_the_list(fleet: Path) -> None:
    clone = Path(run_fleet(fleet)[1]["repositories"][7]["folder"])
    assert clone.parent == fleet / "repos.txt.fleet/clones"
    assert clone.name.startswith("origin-")
    assert git(fleet / "origin", "branch", "--list", "tidy") == ""
    write_files(fleet / "origin", {"later.py": "import proj.old\n"})
    git(fleet / "origin", "add", ".")
    git(fleet / "origin", "commit", "-q", "-m", "Later")
    git(clone, "branch", "-D", "tidy")
    assert run_fleet(fleet)[1]["repositories"][7]["files"] == 2


def test_what_is_done_is_not_done_again_and_what_failed_is(fleet: Path) -> None:
    (fleet / "plain2/proj/new.py").rename(fleet / "new.py")
    git(fleet / "plain2", "commit", "-q", "-a", "-m", "Without its canonical module")
    code, summary = run_fleet(fleet)
    assert (code, statuses(summary)["plain2"]) == (2, "failed")
    assert "there is no module 'proj.new'" in summary["repositories"][2]["message"]
    assert summary["summary"]["changed"] == 5
    (fleet / "new.py").rename(fleet / "plain2/proj/new.py")
    git(fleet / "plain2", "add", ".")
    git(fleet / "plain2", "commit", "-q", "-m", "With it")
    git(fleet / "plain0", "branch", "-D", "tidy")
    code, summary = run_fleet(fleet, "--resume")
    assert (code, summary["summary"]["changed"], summary["summary"]["failed"]) == (1, 6, 0)
    assert git(fleet / "plain0", "branch", "--list", "tidy") == ""  # it was done
    assert git(fleet / "plain2", "show", "tidy:proj/user.py") == FIXED


def test_a_second_run_without_resume_takes_its_own_branches_and_no_others(fleet: Path) -> None:
    write_files(fleet, {"repos.txt": FOUR})
    first = run_fleet(fleet)[1]
    tips = {
        row["folder"]: git(Path(row["folder"]), "rev-parse", "HEAD")
        for row in first["repositories"]
    }
    made = git(fleet / "plain0", "rev-parse", "tidy")
    git(fleet / "plain1", "branch", "-f", "tidy", "main")
    git(fleet / "plain3", "checkout", "-q", "tidy")
    write_files(fleet / "plain3", {"more.py": ""})
    git(fleet / "plain3", "add", ".")
    git(fleet / "plain3", "commit", "-q", "-m", "A person's")
    theirs = git(fleet / "plain3", "rev-parse", "tidy")
    git(fleet / "plain3", "checkout", "-q", "main")
    code, second = run_fleet(fleet)
    assert code == 2
    assert statuses(second) == {**statuses(first), "plain1": "failed", "plain3": "failed"}
    assert "tidy: this branch exists already" in second["repositories"][1]["message"]
    assert git(fleet / "plain0", "rev-parse", "tidy") == made
    assert git(fleet / "plain3", "rev-parse", "tidy") == theirs
    assert tips == {folder: git(Path(folder), "rev-parse", "HEAD") for folder in tips}


@posix
def test_a_test_that_fails_here_and_passes_later(fleet: Path) -> None:
    write_files(fleet, {"repos.txt": FOUR})
    command = 'test "$(cat number.txt)" != 3 || test -e "$ALLOWED"'
    code, summary = run_fleet(fleet, "--test", command, ALLOWED=str(fleet / "allowed"))
    assert (code, summary["summary"]["tests"]) == (1, 1)
    failed = summary["repositories"][3]
    assert (failed["status"], failed["branch"]) == ("tests", None)
    assert "The test fails before any change" in failed["message"]
    assert "testing: 1 of 1" in failed["log"]
    write_files(fleet, {"allowed": ""})
    code, summary = run_fleet(fleet, "--resume", "--test", command, ALLOWED=str(fleet / "allowed"))
    assert (code, summary["summary"]["tests"], summary["summary"]["changed"]) == (0, 0, 4)


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_killed_goes_on(fleet: Path, number: int, tmp_path: Path) -> None:
    write_files(fleet, {"repos.txt": FOUR})
    gate = tmp_path / "gate"
    test = (
        f'test "$(cat number.txt)" != 2 || test -e "{gate}" || {{ touch "{gate}.at"; sleep 300; }}'
    )
    options = ("-m", "migration.toml", "--branch", "tidy", "--test", test)
    process = subprocess.Popen(
        [sys.executable, "-m", "unfork", "fleet", "repos.txt", *options, "--jobs", "1"],
        cwd=fleet,
        env=environment(TMPDIR=str(tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while not Path(f"{gate}.at").exists():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(process.pid, number)
    process.wait(60)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    before = state_rows(fleet)
    assert before == ["plain0", "plain1"]
    while git(fleet / "plain2", "worktree", "list").count("\n") > 1:  # its process cleans up
        assert time.monotonic() < until
        time.sleep(0.05)
    state = fleet / "repos.txt.fleet/tidy.jsonl"
    state.write_text(
        state.read_text() + '{"name": "plain2", "fol'
    )  # half a line, as a crash leaves
    gate.touch()
    code, summary = run_fleet(fleet, "--resume", "--test", test)
    assert (code, summary["summary"]["changed"], summary["summary"]["failed"]) == (0, 4, 0)
    assert sorted(state_rows(fleet)) == sorted(row["name"] for row in summary["repositories"])


def test_a_branch_made_just_before_the_end_is_taken(fleet: Path) -> None:
    write_files(fleet, {"repos.txt": "plain0\n"})
    migration = str(fleet / "migration.toml")
    when = {"GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"}
    run_unfork(fleet / "plain0", "apply", "-m", migration, "--branch", "tidy", **when)
    made = git(fleet / "plain0", "rev-parse", "tidy")
    assert statuses(run_fleet(fleet)[1])["plain0"] == "changed"
    assert git(fleet / "plain0", "rev-parse", "tidy") == made


def test_a_broken_migration_stops_all_of_it(fleet: Path) -> None:
    write_files(fleet, {"migration.toml": MIGRATION + "tpyo = 1\n[[redirct]]\n"})
    done = run_unfork(fleet, "fleet", "repos.txt", "-m", "migration.toml", "--branch", "tidy")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("unfork: error: migration.toml:")
    assert not (fleet / "repos.txt.fleet").exists()
    assert git(fleet / "plain0", "branch", "--list", "tidy") == ""


def test_each_repository_may_have_its_own_migrations(tmp_path: Path) -> None:
    make_root(tmp_path, "one", CONFIGURED)
    make_root(tmp_path, "two", FILES)
    write_files(tmp_path, {"repos.txt": "one\ntwo\n"})
    done = run_unfork(tmp_path, "fleet", "repos.txt", "--branch", "tidy")
    assert done.returncode == 2
    one, two, *rest = done.stdout.splitlines()
    assert one == "changed  one  1 commit, 1 file"
    assert two.startswith("failed   two  no migration: name one with -m")
    assert rest[1:] == [
        "2 repositories: 1 changed, 1 failed.",
        "The branch tidy is in 1 repository, and not pushed.",
        "Next: the same command with --resume tries 1 repository again",
    ]


def test_the_root_may_be_a_folder_in_each_repository(fleet: Path) -> None:
    write_files(fleet, {"repos.txt": "outer\nplain0\n"})
    make_root(fleet, "outer", {f"project/{name}": text for name, text in FILES.items()})
    code, summary = run_fleet(fleet, "--root", "project")
    assert (code, statuses(summary)) == (2, {"outer": "changed", "plain0": "failed"})
    assert git(fleet / "outer", "show", "tidy:project/proj/user.py") == FIXED
    assert "project" in summary["repositories"][1]["message"]


def test_the_summary_as_a_page(fleet: Path) -> None:
    pytest.importorskip("jinja2")
    write_files(fleet, {"repos.txt": "plain0\nodd\n<script>alert(1)</script>\n"})
    options = ("-m", "migration.toml", "--branch", "tidy", "--format", "html", "-o", "page.html")
    done = run_unfork(fleet, "fleet", "repos.txt", *options)
    assert (done.returncode, done.stdout) == (2, "")
    page = (fleet / "page.html").read_text(encoding="utf-8")
    assert "3 repositories: 1 changed, 1 left, 1 failed." in page
    assert "<script>" not in page
    assert "UF006 proj.old has no missing" in page


def test_on_a_terminal_there_is_a_table(fleet: Path) -> None:
    write_files(fleet, {"repos.txt": "plain0\nnowhere\n"})
    options = ("-m", "migration.toml", "--branch", "tidy", "--color", "always")
    done = run_unfork(fleet, "fleet", "repos.txt", *options)
    assert done.returncode == 2
    assert "STATUS" in done.stdout
    assert "there is no such folder" in done.stdout
    assert "\x1b[32mchanged" in done.stdout


@pytest.mark.parametrize(
    ("listed", "options", "message"),
    [
        (None, (), "repos.txt: cannot be read: "),
        ("# none\n", (), "repos.txt: lists no repository"),
        ("a\nb\n./a/\n", (), "repos.txt:3: ./a/: is in line 1 already"),
        ("a\n", ("-m", "gone.toml"), "gone.toml: there is no such migration file"),
        ("a\n", ("--test", " "), "--test is empty"),
        ("a\n", ("--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"), "--jobs is for this machine"),
        ("a\n", ("-o", "no/where.json"), "there is no folder no"),
        ("a\n", ("--root", "../a"), "--root ../a is a folder inside each repository"),
        ("a\n", ONE_OFF, "No such option"),
    ],
)
def test_bad_usage(
    tmp_path: Path, listed: str | None, options: tuple[str, ...], message: str
) -> None:
    if listed is not None:
        write_files(tmp_path, {"repos.txt": listed})
    done = run_unfork(tmp_path, "fleet", "repos.txt", "--branch", "tidy", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (tmp_path / "repos.txt.fleet").exists()


def test_resume_is_for_the_same_migration(fleet: Path) -> None:
    write_files(fleet, {"repos.txt": "plain0\n"})
    assert run_fleet(fleet)[0] == 0
    write_files(fleet, {"migration.toml": MIGRATION + 'helper = "helper"\n'})
    options = ("-m", "migration.toml", "--branch", "tidy", "--resume")
    done = run_unfork(fleet, "fleet", "repos.txt", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave out --resume to start over" in done.stderr


def test_a_password_in_a_url_is_shown_nowhere(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"repos.txt": "https://ada:s3cret@localhost:1/a.git\n", "m.toml": MIGRATION}
    )
    done = run_unfork(tmp_path, "fleet", "repos.txt", "-m", "m.toml", "--branch", "tidy")
    assert done.returncode == 2
    assert done.stdout.startswith("failed  https://ada@localhost:1/a.git  ")
    state = (tmp_path / "repos.txt.fleet/tidy.jsonl").read_text()
    assert "s3cret" not in done.stdout + done.stderr + state


def test_the_scheduler_needs_dask(fleet: Path) -> None:
    if importlib.util.find_spec("distributed"):
        pytest.skip("dask is installed")
    options = ("-m", "migration.toml", "--branch", "tidy", "--scheduler", "tcp://127.0.0.1:1")
    done = run_unfork(fleet, "fleet", "repos.txt", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--scheduler needs dask: pip install 'unfork[dask]'" in done.stderr


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    pytest.importorskip("distributed")
    where = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    begin = [*dask, "scheduler", "--port", "0", "--scheduler-file", str(where), "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen(begin, env=environment(), **quiet)]
    try:
        while not where.exists():
            assert started[0].poll() is None
            time.sleep(0.1)
        address: str = json.loads(where.read_text())["address"]
        work = [*dask, "worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        started += [subprocess.Popen(work, env=environment(), **quiet) for _ in range(2)]
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_the_workers_of_a_scheduler(fleet: Path, scheduler: str) -> None:
    code, summary = run_fleet(fleet, "--scheduler", scheduler)
    assert (code, summary["summary"]["changed"], summary["summary"]["left"]) == (1, 6, 1)
    assert git(fleet / "plain3", "show", "tidy:proj/user.py") == FIXED
