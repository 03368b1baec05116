"""Hostile input through the command line: a finding or a clear error, no traceback, no half-written file."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile import (
    BEGIN,
    EVERY,
    HEAD,
    MIGRATION,
    PAGE,
    USE,
    Bad,
    build,
    environment,
    git,
    look,
    repository,
    tried,
    unfork,
    wrongs,
)

if os.name != "posix":
    pytest.skip("the names and the signals are those of POSIX", allow_module_level=True)

import resource

NEW = USE.replace("old", "new")
ODD_NAMES = {
    "newline": "a\n::error file=x::y\n.py",
    "quotes": "a'b\"c`d$(id);e.py",
    "backslash": "a\\b\\n.py",
    "escape": "\x1b[2J\x1b]0;title\x07.py",
    "no UTF-8": "\udcff\udcfe.py",
    "bidi": "\u202eyp.\u2066x.py",
    "C1": "\x9b31m.py",
    "carriage return": "a\rb.py",
    "option": "-rf.py",
    "magic": ":(top,glob)**.py",
    "star": "*.py",
    "percent": "%0A::error::x%.py",
    "markup": "[red]x[bold].py",
    "space": " a b .py",
    "tab": "a\tb.py",
    "long": "x" * 252 + ".py",
    "emoji": "🧨\u200d\ufe0f.py",
    "b": "b/ a/x.py",
}


# -- inputs that are refused, or named


@pytest.mark.parametrize("bad", EVERY, ids=lambda bad: bad.id)
def test_bad_input_changes_nothing(tmp_path: Path, bad: Bad) -> None:
    ran = tried(bad, tmp_path.resolve())
    assert wrongs(bad, ran) == [], ran


def test_the_page_has_them_all() -> None:
    """`python tests/support/hostile.py` writes the table anew."""
    table = PAGE.read_text("utf-8").partition(BEGIN)[2]
    assert len(EVERY) >= 60
    assert [bad.what for bad in EVERY if f"| {bad.what} |" not in table] == []


# -- odd names are worked on like any others


def _only_text(text: str) -> bool:
    return all(char.isprintable() or char in "\n\t" for char in text)


def test_an_odd_name_of_a_file_where_names_change(tmp_path: Path) -> None:
    """Whoever takes the new name of another file is looked for by the name of that file."""
    uses = "from proj.old import Engine as E, Job\n"
    files = {
        "root/proj/old.py": "class Engine: ...\nclass Job: ...\n",
        "root/proj/new.py": "class Engine: ...\nclass Task: ...\n",
        "root/\udcff\udcfe.py": uses + "print(E, Job)\n",
        "root/p\udcff/__init__.py": "from proj.old import *\nprint(Job)\n",
        "root/bad.toml": MIGRATION + "[redirect.names]\nJob = 'Task'\n",
        "root/doc.md": "proj.old\n",
    }
    root = build(tmp_path.resolve(), files)
    done = unfork(root, "apply", "-m", "bad.toml")
    assert (done.returncode, done.stderr) == (0, "")
    for command in (("check", "-m", "bad.toml"), ("undo",)):
        assert unfork(root, *command).returncode == 0
    assert unfork(root, "audit", "--draft", "draft.toml").returncode in {0, 1}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
@pytest.mark.parametrize("in_git", [False, True], ids=["plain", "git"])
def test_an_odd_name(tmp_path: Path, name: str, in_git: bool) -> None:
    root = build(tmp_path.resolve(), {f"root/{name}": USE + "lost(Engine)\n"})
    if in_git:
        repository(root)
    before = look(tmp_path)
    for form in ("plain", "json"):
        shown = unfork(root, "diff", "--format", form)
        assert (shown.returncode, shown.stderr) == (1, "")
        assert _only_text(shown.stdout)
    for form in ("github", "sarif"):
        checked = unfork(root, "check", "--format", form)
        assert checked.returncode == 1
        assert _only_text(checked.stdout)
        lines = [line for line in checked.stdout.splitlines() if line.startswith("::error")]
        assert len(lines) == (1 if form == "github" else 0)
    assert look(tmp_path) == before
    _patch_applies(root, name)
    done = unfork(root, "apply")
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / name).read_text("utf-8").startswith(NEW)
    assert unfork(root, "undo").returncode == 0
    assert (root / name).read_text("utf-8").startswith(USE)
    if in_git:
        made = unfork(root, "apply", "--branch", "b")
        assert (made.returncode, made.stderr) == (0, ""), made
        git(root, "fsck", "--strict")
        assert git(root, "cat-file", "blob", f"b:{name}").startswith(NEW)
        assert (root / name).read_text("utf-8").startswith(USE)


def _patch_applies(root: Path, name: str) -> None:
    copy = root.parent / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".git"))
    patch = root.parent / "p.patch"
    assert unfork(root, "diff", "--patch", str(patch)).returncode == 1
    subprocess.run(["git", "apply", str(patch)], cwd=copy, env=environment(), check=True)
    assert (copy / name).read_text("utf-8").startswith(NEW)
    shutil.rmtree(copy)
    patch.unlink()


@pytest.mark.parametrize("name", ["migration \x1b[2J\n::error::x", "\udcff", "\u202emigration"])
def test_a_migration_with_an_odd_name(tmp_path: Path, name: str) -> None:
    root = build(tmp_path.resolve(), {f"root/{name}": "name = 1"})
    done = unfork(root, "apply", "-m", name)
    assert done.returncode == 2
    assert _only_text(done.stderr)
    assert done.stderr.count("\n") == 1


def test_what_a_source_holds_is_not_passed_on_to_the_terminal(tmp_path: Path) -> None:
    evil = f"x = '\x1b[2J\u202e\x9b'; {USE}".encode() + b"# \x1b]0;x\x07 \xff\n"
    root = build(tmp_path.resolve(), {"root/use.py": b"# coding: latin-1\n" + evil})
    for command in ("diff", "check", "apply"):
        done = unfork(root, command)
        assert _only_text(done.stdout + done.stderr)
        assert "\u202e" not in done.stdout
    assert (root / "use.py").read_bytes().endswith(b"# \x1b]0;x\x07 \xff\n")


# -- nothing outside the root


@pytest.mark.parametrize("command", ["apply", "check --fix"])
@pytest.mark.parametrize("in_git", [False, True], ids=["plain", "git"])
def test_links_do_not_lead_out(tmp_path: Path, command: str, in_git: bool) -> None:
    folder = tmp_path.resolve()
    root = build(folder, {"root/use.py": USE, "beside/pkg/secret.py": USE})
    (root / "link.py").symlink_to("../beside/secret.py")
    (root / "absolute.py").symlink_to(folder / "beside" / "secret.py")
    (root / "inner").symlink_to("../beside/pkg")
    (root / "proj" / "up").symlink_to("..")
    (root / "etc").symlink_to("/etc")
    if in_git:
        repository(root)
    before = look(folder / "beside")
    done = unfork(root, *command.split())
    assert done.returncode == 0, done
    assert (root / "use.py").read_text() == NEW
    assert look(folder / "beside") == before
    assert (root / "link.py").is_symlink()


def test_modules_that_are_links_to_outside_are_not_there(tmp_path: Path) -> None:
    removing = HEAD + "[[remove]]\nmodule = 'proj.gone'\n[[deprecate]]\nmodule = 'proj.gone'\n"
    root = build(tmp_path.resolve(), {"root/bad.toml": removing, "beside/gone.py": "x = 1\n"})
    (root / "proj/gone.py").symlink_to("../../beside/gone.py")
    before = look(tmp_path)
    done = unfork(root, "apply", "-m", "bad.toml")
    assert done.returncode in (0, 2)
    assert look(tmp_path) == before


def test_exclude_never_includes(tmp_path: Path) -> None:
    """Files that git ignores stay out, whatever a migration's patterns say."""
    excluding = MIGRATION.replace("name = 'm'\n", "name = 'm'\nexclude = ['use.py']\n")
    root = build(
        tmp_path.resolve(),
        {
            "root/bad.toml": excluding,
            "root/use.py": USE,
            "root/.gitignore": "vendor\n",
            "root/vendor/x.py": USE,
        },
    )
    repository(root)
    before = look(root / "vendor")
    assert unfork(root, "apply", "-m", "bad.toml").returncode == 0
    assert (root / "use.py").read_text() == USE
    assert look(root / "vendor") == before


def test_a_target_in_the_file_system_is_inert(tmp_path: Path) -> None:
    """What a migration writes into sources is names; what stands in its texts is quoted."""
    text = HEAD + "[[deprecate]]\nmodule = 'proj.old'\nsince = '''\");import os;os._exit(7)#'''\n"
    root = build(tmp_path.resolve(), {"root/bad.toml": text})
    assert unfork(root, "apply", "-m", "bad.toml").returncode == 0
    command = [sys.executable, "-W", "always", "-c", "import proj.old"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done
    assert "import os;os._exit(7)" in done.stderr


# -- large, deep, and slow


def test_a_10_mb_line_is_rewritten(tmp_path: Path) -> None:
    line = "x = '" + "a" * 10_000_000 + "'; from proj.old import Engine\n"
    root = build(tmp_path.resolve(), {"root/use.py": line})
    began = time.monotonic()
    done = unfork(root, "diff")
    assert done.returncode == 1
    assert unfork(root, "apply").returncode == 0
    assert (root / "use.py").read_text() == line.replace("old", "new")
    assert time.monotonic() - began < 60


def test_a_file_of_many_imports_is_done_in_time(tmp_path: Path) -> None:
    root = build(tmp_path.resolve(), {"root/use.py": (USE + "print(Engine)\n") * 150})
    assert unfork(root, "apply", timeout=100).returncode == 0
    assert "proj.old" not in (root / "use.py").read_text()


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 90 + "Engine" + ")" * 90,
        "Engine" + ".x" * 900,
        "Engine" + "()" * 900,
        "1" + " + Engine" * 900,
        "not " * 900 + "Engine",
        "lambda: " * 80 + "Engine",
        "\n".join(" " * n + "if Engine:" for n in range(90)) + "\n" + " " * 90 + "pass",
        "\n".join(" " * n + f"def f{n}():" for n in range(20)) + "\n" + " " * 20 + "Engine",
        "if 0:\n    pass\n" + "elif Engine:\n    pass\n" * 900,
    ],
    ids=["brackets", "attributes", "calls", "sum", "not", "lambda", "if", "def", "elif"],
)
def test_deep_sources_are_rewritten_or_named(tmp_path: Path, deep: str) -> None:
    root = build(tmp_path.resolve(), {"root/use.py": f"{USE}{deep}\n", "root/other.py": USE})
    done = unfork(root, "apply")
    assert done.returncode in (0, 1), done
    assert "Traceback" not in done.stderr
    assert (root / "other.py").read_text() == NEW
    text = (root / "use.py").read_text()
    assert text.endswith(f"{deep}\n")
    assert text.startswith(NEW) or "use.py:1:1 UF007" in done.stdout


# -- while the world changes


def _many(folder: Path, count: int) -> Path:
    body = USE + "\n".join(f"def f{n}():\n    return Engine, {n}\n" for n in range(60))
    return build(folder, {f"root/d{n % 20}/m{n}.py": body for n in range(count)})


def _started(root: Path, *args: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "unfork", *args]
    return subprocess.Popen(
        command, cwd=root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_files_that_vanish_during_the_run(tmp_path: Path) -> None:
    root = _many(tmp_path.resolve(), 400)
    for number in range(6):
        with _started(root, "diff", "-j", "2", "--format", "json") as run:
            time.sleep(0.25 + number / 10)
            for path in sorted(root.glob(f"d{number}/*.py")):
                path.unlink()
            out, err = run.communicate(timeout=100)
        assert b"Traceback" not in err, err.decode()
        assert run.returncode in (1, 2)
        if run.returncode == 2:
            assert re.match(rb"unfork: error: .*d\d/m\d+\.py", err), err
        else:
            json.loads(out)


def test_files_that_change_during_an_apply_are_not_overwritten(tmp_path: Path) -> None:
    root = _many(tmp_path.resolve(), 200)
    with _started(root, "apply", "-j", "2") as run:
        mine = 0
        while run.poll() is None:
            mine += 1
            (root / "d0/m0.py").write_text(f"mine = {mine}\n{USE}")
            time.sleep(0.005)
        err = run.communicate()[1]
    assert b"Traceback" not in err
    text = (root / "d0/m0.py").read_text()
    assert text == f"mine = {mine}\n{USE}" or text == f"mine = {mine}\n{NEW}" or run.returncode == 2
    if run.returncode == 2:
        assert (root / "d1/m1.py").read_text().startswith(USE)


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the workers")
def test_a_worker_that_is_killed_fails_only_its_chunk(tmp_path: Path) -> None:
    root = _many(tmp_path.resolve(), 300)
    with _started(root, "apply", "-j", "2") as run:
        victim = _a_worker_of(run)
        os.kill(victim, signal.SIGKILL)
        out, err = run.communicate(timeout=100)
    assert run.returncode == 0, err.decode()
    assert b"Traceback" not in err
    assert b"Changed 300 files" in out
    assert all(path.read_text().startswith(NEW) for path in root.glob("d*/m*.py"))


def _a_worker_of(run: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        working = [pid for pid in _children(run.pid) if _cpu(pid) > 0.02]
        if working:
            return working[-1]
        time.sleep(0.005)
    pytest.fail("no worker was seen")


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of memory that holds")
def test_a_file_that_takes_all_memory_is_named(tmp_path: Path) -> None:
    """A worker that runs out of memory: the file is a finding or an error that names it."""
    root = _many(tmp_path.resolve(), 100)
    (root / "huge.py").write_text(USE + "x = [" + "[1], " * 2_500_000 + "]\n")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))

    before = look(root)
    done = subprocess.run(
        [sys.executable, "-m", "unfork", "apply", "-j", "2"],
        cwd=root, env=environment(), preexec_fn=limit, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert "huge.py" in done.stdout + done.stderr
    assert done.returncode in (1, 2)
    if done.returncode == 2:
        assert look(root) == before
    else:
        assert (root / "d0/m0.py").read_text().startswith(NEW)


# -- disks and rights


@pytest.fixture
def disk() -> Iterator[Callable[[str], Path]]:
    """Mount a small file system; where that is not permitted, the test is skipped."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = []

        def mount(options: str) -> Path:
            if shutil.which("mount") is None:
                pytest.skip("there is no mount program")
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True
            )
            if done.returncode:
                pytest.skip(f"a small disk cannot be mounted: {done.stderr.decode().strip()}")
            mounted.append(folder)
            return Path(folder)

        yield mount
        for mount_point in mounted:
            subprocess.run(["umount", mount_point], check=True)


def test_on_a_full_disk_nothing_is_changed(disk: Callable[[str], Path]) -> None:
    folder = disk("size=400k")
    root = build(folder, {f"root/m{n}.py": USE + "#" * 3000 for n in range(20)})
    (folder / "filler").write_bytes(b"\0" * (os.statvfs(folder).f_bavail * 4096 - 8192))
    before = look(folder)
    for command in ("apply", "check --fix"):
        done = unfork(root, *command.split())
        assert done.returncode == 2
        assert re.fullmatch(
            r"unfork: error: .*: No space left on device; nothing is changed\n", done.stderr
        )
        assert look(folder) == before
    done = unfork(root, "diff", "--patch", "p")
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_on_a_read_only_disk_all_but_writing_works(disk: Callable[[str], Path]) -> None:
    folder = disk("size=400k")
    root = build(folder, {"root/use.py": USE})
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    assert unfork(root, "diff").returncode == 1
    assert unfork(root, "check").returncode == 1
    for command in (
        "apply",
        "check --fix",
        "check --baseline b --write-baseline",
        "diff --patch p",
        "undo",
    ):
        done = unfork(root, *command.split())
        assert done.returncode == 2, command
        assert done.stderr.startswith("unfork: error: "), command
        assert done.stderr.count("\n") == 1
    assert (root / "use.py").read_text() == USE


def _without_privileges(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run unfork so that rights count: also for root, who may read and write all files else."""
    return subprocess.run(
        [sys.executable, "-m", "unfork", *args],
        cwd=root,
        env=environment(),
        preexec_fn=_drop_privileges if os.geteuid() == 0 else None,
        capture_output=True,
        text=True,
    )


def _drop_privileges() -> None:
    drop, override, search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    for capability in (override, search):
        if ctypes.CDLL(None).prctl(drop, capability, 0, 0, 0):
            raise OSError("the privileges of root cannot be dropped")


@pytest.fixture
def closed() -> Iterator[Path]:
    """Return a root, parts of which the tests close."""
    if os.geteuid() == 0 and sys.platform != "linux":
        pytest.skip("root may do everything here")
    with tempfile.TemporaryDirectory() as folder:
        root = build(Path(folder).resolve(), {"root/a/use.py": USE, "root/b/use.py": USE})
        yield root
        for path in (root / "b", root / "b/use.py"):
            path.chmod(0o755)


def test_a_folder_without_permission(closed: Path) -> None:
    (closed / "b").chmod(0o000)
    done = _without_privileges(closed, "check")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "a/use.py:1:22 UF001" in done.stdout
    done = _without_privileges(closed, "apply")
    assert done.returncode in (0, 1, 2)
    assert "Traceback" not in done.stderr
    (closed / "b").chmod(0o755)
    assert (closed / "b/use.py").read_text() == USE


def test_a_tracked_folder_without_permission_is_named(closed: Path) -> None:
    repository(closed)
    (closed / "b").chmod(0o000)
    done = _without_privileges(closed, "check")
    assert done.returncode == 1
    assert "b/use.py:1:1 UF007 cannot be read: Permission denied" in done.stdout


def test_a_file_without_permission_is_named(closed: Path) -> None:
    (closed / "b/use.py").chmod(0o000)
    done = _without_privileges(closed, "apply")
    assert done.returncode == 1
    assert "b/use.py:1:1 UF007 cannot be read: Permission denied" in done.stdout
    assert (closed / "a/use.py").read_text() == NEW


def test_a_folder_that_may_not_be_written(closed: Path) -> None:
    (closed / "b").chmod(0o555)
    done = _without_privileges(closed, "apply")
    assert done.returncode == 2
    assert "Permission denied; nothing is changed" in done.stderr
    assert (closed / "a/use.py").read_text() == USE


# -- git


def test_a_repository_of_a_stranger_runs_nothing(tmp_path: Path) -> None:
    """Settings, hooks, filters and attributes of a repository start no program."""
    root = build(
        tmp_path.resolve(), {"root/use.py": USE, "root/.gitattributes": "* filter=evil diff=evil\n"}
    )
    repository(root)
    mark = tmp_path / "ran"
    evil = root / ".git" / "evil"
    evil.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    evil.chmod(0o755)
    for hook in ("pre-commit", "post-index-change", "reference-transaction", "post-checkout"):
        (root / ".git/hooks" / hook).parent.mkdir(exist_ok=True)
        shutil.copy(evil, root / ".git/hooks" / hook)
    for key in (
        "core.fsmonitor",
        "core.editor",
        "core.pager",
        "core.sshCommand",
        "diff.evil.textconv",
        "diff.external",
    ):
        git(root, "config", key, str(evil))
    assert unfork(root, "diff").returncode == 1
    assert unfork(root, "check").returncode == 1
    assert unfork(root, "apply", "--branch", "b").returncode == 0
    assert not mark.exists(), mark.read_text()


def test_a_commit_with_odd_entries_does_no_harm(tmp_path: Path) -> None:
    """A tree object may hold names that no checkout would make."""
    root = build(tmp_path.resolve(), {"root/use.py": USE})
    repository(root)
    blob = git(root, "hash-object", "-w", "use.py").strip()
    listed = (
        git(root, "ls-tree", "HEAD") + f"100644 blob {blob}\t.git\n120000 blob {blob}\tlink.py\n"
    )
    made = subprocess.run(
        ["git", "mktree"], cwd=root, input=listed.encode(), capture_output=True, check=True
    )
    commit = git(root, "commit-tree", made.stdout.decode().strip(), "-m", "odd").strip()
    git(root, "update-ref", "refs/heads/main", commit)
    before = look(root / ".git/hooks")
    done = unfork(root, "apply", "--branch", "b")
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert look(root / ".git/hooks") == before
    assert (root / "use.py").read_text() == USE
