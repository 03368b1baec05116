"""The command line as a process: what it prints, what it exits with, what it writes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from unfork import __name__ as package

MIGRATION = """\
[migration]
name = "one-engine"
summary = "One engine"
[[redirect]]
from = "proj.old"
to = "proj.new"
[redirect.names]
OldEngine = "Engine"
"""
FILES = {
    "pyproject.toml": '[tool.unfork]\nmigrations = ["migration.toml"]\nexclude = ["archive/**"]\n',
    "migration.toml": MIGRATION,
    "proj/__init__.py": "",
    "proj/old.py": "class OldEngine:\n    pass\n",
    "proj/new.py": "class Engine:\n    pass\n",
    "proj/user.py": "import os\nfrom proj.old import OldEngine\n\nprint(OldEngine, os)\n",
    "proj/clean.py": "from proj.new import Engine\n\nprint(Engine)\n",
    "archive/kept.py": "from proj.old import OldEngine\n\nprint(OldEngine)\n",
}
FIXED = "import os\nfrom proj.new import Engine\n\nprint(Engine, os)\n"
FOUND = re.compile(r"^proj/user\.py:2:\d+ UF001 .*proj\.old", re.MULTILINE)

Run = Callable[..., subprocess.CompletedProcess[str]]


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))


def _bytes(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {".git", ".unfork"} & set(path.parts)
    }


def _git(root: Path, *args: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, *args], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    return {
        **{key: value for key, value in kept.items() if key != "FORCE_COLOR"},
        **who,
        **{key.replace("AUTHOR", "COMMITTER"): value for key, value in who.items()},
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    _write(folder, FILES)
    return folder


@pytest.fixture
def repository(root: Path) -> Path:
    _git(root, "init", "-q", "-b", "main")
    _git(root, "config", "core.autocrlf", "false")
    _git(root, "config", "commit.gpgsign", "false")
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "Before")
    return root


@pytest.fixture
def run(root: Path) -> Run:
    def unfork(*args: str, cwd: Path = root) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", package, *args],
            cwd=cwd,
            env=_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )

    return unfork


def test_diff_shows_and_writes_nothing(root: Path, run: Run) -> None:
    before = _bytes(root)
    done = run("diff")
    assert (done.returncode, done.stderr) == (1, "")
    assert "--- a/proj/user.py\n+++ b/proj/user.py\n" in done.stdout
    assert "-from proj.old import OldEngine\n+from proj.new import Engine\n" in done.stdout
    assert "archive" not in done.stdout
    assert _bytes(root) == before


def test_apply_writes_once(root: Path, run: Run) -> None:
    before = _bytes(root)
    assert run("apply").returncode == 0
    assert _bytes(root) == {**before, "proj/user.py": FIXED.encode()}
    again = run("apply")
    assert (again.returncode, again.stderr) == (0, "")
    assert run("diff").returncode == 0
    assert run("check").returncode == 0
    assert _bytes(root) == {**before, "proj/user.py": FIXED.encode()}


def test_undo_takes_the_apply_back(root: Path, run: Run) -> None:
    before = _bytes(root)
    run("apply")
    done = run("undo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "proj/user.py\n" in done.stdout
    assert _bytes(root) == before
    assert run("undo").returncode == 2


def test_apply_on_a_branch_leaves_the_work_tree(repository: Path, run: Run) -> None:
    before = _bytes(repository)
    done = run("apply", "--branch", "unforked")
    assert (done.returncode, done.stderr) == (0, "")
    assert "unforked" in done.stdout
    assert _bytes(repository) == before
    assert _git(repository, "status", "--porcelain") == ""
    assert _git(repository, "show", "unforked:proj/user.py") == FIXED
    assert run("apply", "--branch", "unforked").returncode == 2


def test_no_branch_is_made_for_nothing(repository: Path, run: Run) -> None:
    run("apply")
    _git(repository, "commit", "-q", "-a", "-m", "After")
    done = run("apply", "--branch", "unforked")
    assert (done.returncode, done.stderr) == (0, "")
    assert _git(repository, "branch", "--list", "unforked") == ""


def test_dirty_files_are_refused(repository: Path, run: Run) -> None:
    _write(repository, {"proj/user.py": FILES["proj/user.py"] + "# mine\n"})
    before = _bytes(repository)
    done = run("apply")
    assert done.returncode == 2
    assert done.stderr.startswith("unfork: error: ")
    assert "proj/user.py" in done.stderr
    assert _bytes(repository) == before
    assert run("apply", "--allow-dirty").returncode == 0
    assert _bytes(repository)["proj/user.py"] == (FIXED + "# mine\n").encode()


def test_a_run_that_was_cut_off_is_told_of_and_taken_back(root: Path, run: Run) -> None:
    before = _bytes(root)
    run("apply")
    after = _bytes(root)
    (root / ".unfork/last").rename(root / ".unfork/pending")
    for command in ("diff", "check"):
        done = run(command)
        assert done.stderr.startswith("unfork: warning: a run of unfork was cut off")
        assert done.returncode == 0
    again = run("apply")
    assert (again.returncode, _bytes(root)) == (0, after)
    assert again.stderr.startswith("unfork: note: a run that was cut off")
    assert run("undo").returncode == 0
    assert _bytes(root) == before


def test_check_finds(root: Path, run: Run) -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (1, "")
    assert len(FOUND.findall(done.stdout)) == 1
    assert "archive" not in done.stdout


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["proj/user.py"], 1),
        (["proj/clean.py", "proj/user.py"], 1),
        (["proj"], 1),
        (["."], 1),
        (["proj/clean.py"], 0),
        (["proj/old.py"], 0),
        (["archive"], 0),
        (["archive/kept.py"], 0),
        (["pyproject.toml"], 0),
    ],
)
def test_only_the_paths_are_looked_at(run: Run, paths: list[str], code: int) -> None:
    assert run("check", *paths).returncode == code
    assert run("diff", *paths).returncode == code


def test_paths_are_relative_to_the_current_folder(root: Path, run: Run) -> None:
    done = run("check", "user.py", cwd=root / "proj")
    assert (done.returncode, len(FOUND.findall(done.stdout))) == (1, 1)
    assert run("check", "--root", "..", "clean.py", cwd=root / "proj").returncode == 0


def test_fix_mends(root: Path, run: Run) -> None:
    done = run("check", "--fix", "proj/user.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "proj/user.py").read_text() == FIXED
    assert "1 file fixed" in done.stdout


def test_fix_neither_deprecates_nor_removes(root: Path, run: Run) -> None:
    steps = '[[deprecate]]\nmodule = "proj.old"\n[[remove]]\nmodule = "proj.old"\n'
    _write(root, {"migration.toml": MIGRATION + steps})
    assert run("check", "--fix").returncode == 0
    assert (root / "proj/user.py").read_text() == FIXED
    assert (root / "proj/old.py").read_text() == FILES["proj/old.py"]


def test_fix_writes_into_staged_files(repository: Path, run: Run) -> None:
    _write(repository, {"proj/more.py": FILES["proj/user.py"]})
    _git(repository, "add", "proj/more.py")
    assert run("check", "--fix", "proj/more.py").returncode == 0
    assert (repository / "proj/more.py").read_text() == FIXED


def test_a_marked_line_is_left_alone(root: Path, run: Run) -> None:
    _write(root, {"proj/user.py": "from proj.old import OldEngine  # unfork: ignore[UF001]\n"})
    assert run("check").returncode == 0
    assert run("diff").returncode == 0


def test_what_is_left_is_told_and_exits_with_1(root: Path, run: Run) -> None:
    _write(root, {"proj/user.py": "from proj.old import gone\n", "proj/old.py": "gone = 1\n"})
    done = run("apply")
    assert done.returncode == 1
    assert re.search(r"^proj/user\.py:1:\d+ UF006 ", done.stdout, re.MULTILINE)
    assert run("check").returncode == 1


def test_python_does_not_warn_of_what_is_read(root: Path, run: Run) -> None:
    use = root / "proj/user.py"
    use.write_text("x = 'a'\nif x is 'a':\n    pass\n" + use.read_text())
    done = run("diff")
    assert "Would change" in done.stdout
    assert done.stderr == ""


def test_a_file_that_does_not_parse_stops_nobody(root: Path, run: Run) -> None:
    _write(root, {"proj/broken.py": "from proj.old import (\n"})
    done = run("apply")
    assert done.returncode == 1
    assert re.search(r"^proj/broken\.py:\d+:\d+ UF007 ", done.stdout, re.MULTILINE)
    assert (root / "proj/user.py").read_text() == FIXED


@pytest.mark.parametrize("form", ["rich", "plain", "json"])
@pytest.mark.parametrize("command", ["diff", "apply", "check"])
def test_every_format_of_every_command(run: Run, command: str, form: str) -> None:
    done = run(command, "--format", form)
    assert (done.returncode, done.stderr) == (int(command != "apply"), "")
    assert "\x1b" not in done.stdout  # no terminal
    if form == "json":
        json.loads(done.stdout)


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_formats_for_ci(root: Path, run: Run, form: str) -> None:
    done = run("check", "--format", form, "-o", "out")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert "UF001" in (root / "out").read_text(encoding="utf-8")


def test_a_patch_beside_the_diff(root: Path, run: Run, tmp_path: Path) -> None:
    done = run("diff", "--patch", "p.patch", "-o", "diff.txt")
    assert (done.returncode, done.stdout) == (1, "")
    assert "+from proj.new import Engine" in (root / "diff.txt").read_text()
    _git(root, "apply", "p.patch")
    assert (root / "proj/user.py").read_text() == FIXED


def test_a_patch_on_stdout_is_alone_there(root: Path, run: Run) -> None:
    done = run("diff", "--patch", "-")
    assert done.returncode == 1
    subprocess.run(["git", "apply"], cwd=root, input=done.stdout, text=True, check=True)
    assert (root / "proj/user.py").read_text() == FIXED


def test_a_baseline_is_a_ratchet(root: Path, run: Run) -> None:
    known = ("check", "--baseline", "known.json")
    assert run(*known).returncode == 2  # there is none yet
    written = run(*known, "--write-baseline")
    assert (written.returncode, written.stdout) == (0, "")
    assert written.stderr == "unfork: baseline: known.json: 1 finding listed\n"
    text = (root / "known.json").read_text()
    assert '"proj/user.py"' in text
    assert run(*known).returncode == 0

    _write(root, {"proj/user.py": "\n\n" + FILES["proj/user.py"]})
    assert run(*known).returncode == 0  # lines move
    _write(root, {"proj/more.py": FILES["proj/user.py"]})
    more = run(*known)
    assert more.returncode == 1
    assert "proj/more.py:2:" in more.stdout
    assert "proj/user.py" not in more.stdout

    run("apply")
    assert run(*known, "proj/more.py").returncode == 0  # it was never listed
    gone = run(*known)
    assert gone.returncode == 1
    assert "proj/user.py" in gone.stdout
    assert run(*known, "--write-baseline").returncode == 0
    assert run(*known).returncode == 0
    assert '"proj/user.py"' not in (root / "known.json").read_text()


def test_list(root: Path, run: Run) -> None:
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    head, own, bundled = done.stdout.splitlines()
    assert head.split() == ["NAME", "FILE", "STEPS", "SUMMARY"]
    assert re.split("  +", own) == ["one-engine", "migration.toml", "1 redirect", "One engine"]
    assert bundled.startswith("execution-engines  unfork_codemods/migrations/")


def test_version_and_help(run: Run) -> None:
    assert re.fullmatch(r"unfork \d+\.\d+\.\d+\n", run("--version").stdout)
    for command in ((), ("diff",), ("apply",), ("check",), ("undo",), ("list",)):
        assert run(*command, "--help").returncode == 0


CLEAN = """\
import sys
sys.argv[1:] = {args!r}
from unfork.__main__ import main
try:
    main()
except SystemExit as end:
    print("exit", end.code, *sorted(sys.modules), sep="\\n")
"""


def _modules(root: Path, *args: str) -> tuple[str, set[str]]:
    """Run unfork for a terminal with colours; return its exit code and what it imported."""
    done = subprocess.run(
        [sys.executable, "-c", CLEAN.format(args=list(args))],
        cwd=root,
        env={**_environment(), "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = done.stdout.rpartition("exit\n")[2].splitlines()
    return code, set(modules)


def test_a_hook_that_finds_nothing_imports_little(root: Path) -> None:
    code, modules = _modules(root, "check", "proj/clean.py", "proj/new.py")
    assert code == "0"
    heavy = {"libcst", "rich", "concurrent.futures.process", "multiprocessing", "difflib"}
    heavy |= {"jsonschema", "textwrap", "unfork.explanations"}
    assert not {*heavy, "click"} & modules
    code, modules = _modules(root, "check", "--exit-zero", "proj/clean.py", "proj/new.py")
    assert code == "0"
    assert not {*heavy, "click.shell_completion"} & modules


@pytest.mark.parametrize("form", ["rich", "plain", "json"])
@pytest.mark.parametrize("command", ["diff", "apply", "check"])
def test_nothing_imports_difflib(root: Path, command: str, form: str) -> None:
    assert "difflib" not in _modules(root, command, "--format", form)[1]


PATCHED = """\
import sys
from unfork import commands
from unfork.__main__ import main
def fail(root):
    raise {error}
commands.list_migrations = fail
sys.argv[1:] = ["list"]
main()
"""


@pytest.mark.parametrize(
    ("error", "code", "stderr"),
    [
        ("KeyboardInterrupt", 130, "unfork: interrupted\n"),
        ("BrokenPipeError(32, 'Broken pipe')", 141, ""),
        ("OSError(28, 'No space left', 'a\\x1bb')", 2, "unfork: error: a\\x1bb: No space left\n"),
    ],
)
def test_what_happens_to_a_run(root: Path, error: str, code: int, stderr: str) -> None:
    command = [sys.executable, "-c", PATCHED.format(error=error)]
    done = subprocess.run(command, cwd=root, env=_environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", stderr)


def test_nobody_reads(root: Path) -> None:
    command = [sys.executable, "-m", package, "list"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command, cwd=root, env=_environment(), stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("args", [["apply"], ["check", "--fix"]])
def test_what_is_done_is_no_error(root: Path, args: list[str]) -> None:
    command = [sys.executable, "-m", package, *args]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, cwd=root, env=_environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (root / "proj/user.py").read_text() == FIXED
    assert done.returncode == 0
    assert done.stderr == (
        "unfork: warning: all is done, but its report cannot be written: No space left on device\n"
    )


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="a shell closes the streams")
@pytest.mark.parametrize(
    "command", ["check", "diff", "audit", "diff --patch -", "list", "nonsense"]
)
def test_closed_streams(root: Path, command: str) -> None:
    shell = f'"{sys.executable}" -m {package} {command} '
    code = subprocess.run(
        shell, cwd=root, shell=True, env=_environment(), capture_output=True
    ).returncode
    done = subprocess.run(
        f"{shell}>&-", cwd=root, shell=True, env=_environment(), stderr=subprocess.PIPE
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == code
    both = subprocess.run(f"{shell}>&- 2>&-", cwd=root, shell=True, env=_environment())
    assert both.returncode == code


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_an_output_that_cannot_be_written_is_told_first(root: Path, run: Run) -> None:
    (root / "out.txt").touch(mode=0o444)
    _told_first(root, run, "out.txt")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that takes no files")
def test_an_output_that_cannot_be_made_is_told_first(root: Path, run: Run) -> None:
    _told_first(root, run, "/proc/self/out.txt")


def _told_first(root: Path, run: Run, out: str) -> None:
    before = _bytes(root)
    for args in (
        ["check", "--fix", "-o", out],
        ["check", "--fix", "--baseline", out, "--write-baseline"],
        ["diff", "--patch", "x.patch", "-o", out],
        ["audit", "-o", out, "--draft", "x.toml"],
    ):
        done = run(*args)
        assert done.returncode == 2
        assert re.fullmatch(
            f"unfork: error: {re.escape(out)}: cannot be written: .*\n", done.stderr
        )
        assert _bytes(root) == before


def test_check_refuses_what_diff_refuses(root: Path, run: Run) -> None:
    for more in (
        '[[deprecate]]\nmodule = "proj.old"\nuse = "proj.neww"\n',
        '[[remove]]\nmodule = "proj.new"\n',
    ):
        _write(root, {"migration.toml": MIGRATION + more})
        errors = {run(*args).stderr for args in (["diff"], ["check"], ["check", "proj/clean.py"])}
        assert len(errors) == 1
        assert run("check", "proj/clean.py").returncode == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    command = [sys.executable, "-m", package, "check", "pipe.py"]
    done = subprocess.run(command, cwd=root, env=_environment(), timeout=60, capture_output=True)
    assert done.returncode in (0, 1)


def test_sarif_tells_what_is_gone_from_the_baseline(root: Path, run: Run) -> None:
    assert run("check", "--baseline", "known.json", "--write-baseline").returncode == 0
    _write(root, {"proj/user.py": FIXED})
    done = run("check", "--baseline", "known.json", "--format", "sarif")
    (said,) = json.loads(done.stdout)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert "proj/user.py: UF001" in said["message"]["text"]
    assert done.returncode == 1


HEAD = '[migration]\nname = "m"\n'
BAD: list[tuple[list[str], dict[str, str], str]] = [
    # arguments; files beside FILES; what the message says
    ([], {}, "Usage: unfork"),
    (["dif"], {}, "No such command 'dif'"),
    (["diff", "--no-such"], {}, "No such option"),
    (["diff", "--format", "sarif"], {}, "'sarif' is not one of 'rich', 'plain', 'json'"),
    (["check", "--format", "html"], {}, "'html' is not one of"),
    (["apply", "--format", "github"], {}, "'github' is not one of"),
    (["apply", "-o", "out"], {}, "No such option"),
    (["check", "-j", "0"], {}, "Invalid value for '-j'"),
    (["check", "-j", "x"], {}, "Invalid value for '-j'"),
    (["check", "--write-baseline"], {}, "--write-baseline needs --baseline FILE"),
    (["check", "--allow-dirty"], {}, "No such option"),
    (["apply", "--branch", "b", "--allow-dirty"], {}, "leave out --allow-dirty"),
    (["apply", "--branch", "b"], {}, "git"),
    (["diff", "--patch", "-", "--format", "json"], {}, "--patch - takes stdout"),
    (["diff", "--patch", "-", "-o", "-"], {}, "cannot both have stdout"),
    (["diff", "--patch", "no/such/folder/p"], {}, "no/such/folder/p: there is no folder no/such"),
    (["diff", "-o", "no/such/folder/o"], {}, "no/such/folder/o: there is no folder no/such"),
    (["diff", "-o", "proj"], {}, "proj: this is a folder"),
    (["undo", "extra"], {}, "unexpected extra argument"),
    (["undo"], {}, "there is no apply to undo"),
    (["check", "--root", "none"], {}, "the root none is not there"),
    (["check", "--root", "migration.toml"], {}, "the root migration.toml is not a folder"),
    (["check", "none.py"], {}, "none.py: no such file or folder"),
    (["check", ".."], {}, "..: outside the project's root"),
    (["diff", "/"], {}, "/: outside the project's root"),
    (["diff", "proj/user.py/more.py"], {}, "proj/user.py/more.py: "),
    (["diff", "-m", "one-engin"], {}, "did you mean 'one-engine'?"),
    (["diff", "-m", "none.toml"], {}, "no migration file and no migration named 'none.toml'"),
    (["diff", "-m", "proj"], {}, "no migration named 'proj'"),
    (["diff", "-m", ""], {}, "no migration named ''"),
    (["diff", "-m", "a\x1b[2J"], {}, "no migration named 'a\\x1b[2J'"),
    (["diff", "--root", "proj"], {}, "no migration: name one with -m"),
    (["diff", "-m", "proj/user.py"], {}, "proj/user.py:1: not valid TOML"),
    (["diff", "-m", "m"], {"m": "a ="}, "m:1: not valid TOML"),
    (["diff", "-m", "m"], {"m": "\udcff"}, "m:1: not UTF-8"),
    (["diff", "-m", "m"], {"m": "\0"}, "m:1: not valid TOML"),
    (["diff", "-m", "m"], {"m": HEAD + "[[redirct]]"}, "m:3: unknown key 'redirct'"),
    (["diff", "-m", "m"], {"m": HEAD + "[[remove]]\nmodule='a'\nx=1"}, "m:5: unknown key 'x'"),
    (["diff", "-m", "m"], {"m": HEAD + "[[remove]]\nmodule=1"}, "m:4: 'module' must be a string"),
    (["diff", "-m", "m"], {"m": HEAD + "[[remove]]\nmodule='../a'"}, "m:4: '../a' is a path"),
    (["diff", "-m", "m"], {"m": HEAD + "roots=['..']"}, "m:3: '..' leads out"),
    (
        ["diff", "-m", "m"],
        {"m": HEAD + "[[redirect]]\nfrom='proj.old'\nto='proj.old'"},
        "m:5: circular redirect: proj.old -> proj.old",
    ),
    (
        ["diff", "-m", "m", "-m", "n"],
        {
            "m": HEAD + "[[redirect]]\nfrom='a'\nto='b'",
            "n": "[migration]\nname='n'\n[[redirect]]\nfrom='b'\nto='a'",
        },
        "n:5: circular redirect: a -> b -> a",
    ),
    (
        ["diff", "-m", "m"],
        {"m": HEAD + "[[redirect]]\nfrom='proj.old'\nto='proj.nwe'"},
        "m:5: there is no module 'proj.nwe'; did you mean 'proj.new'?",
    ),
    (
        ["apply", "-m", "m"],
        {"m": HEAD + "[[redirect]]\nfrom='proj.old'\nnames={OldEngine='proj.new:Engin'}"},
        "m:5: 'proj.new' does not define 'Engin'; did you mean 'Engine'?",
    ),
    (
        ["apply", "-m", "m"],
        {"m": HEAD + "[[repair]]\nmodule='proj.user'\nprefer=['proj.nwe']"},
        "m:5: there is no module 'proj.nwe'",
    ),
    (
        ["apply", "-m", "m"],
        {"m": HEAD + "[[align]]\nmodules=['proj.new']\nsurface='proj.new'"},
        "m:5: surface: 'proj.new' is one of the modules",
    ),
    (
        ["apply", "-m", "m"],
        {"m": HEAD + "[[align]]\nmodules=['proj.nwe']"},
        "m:4: there is no module",
    ),
    (
        ["apply", "-m", "m"],
        {"m": HEAD + "[[deprecate]]\nmodule='proj.old'\nuse='proj.nwe'"},
        "m:5: there is no module 'proj.nwe'",
    ),
    (
        ["diff", "-m", "m"],
        {"m": HEAD + "[[redirect]]\nfrom='proj.old'\nto='proj.new'\n[[remove]]\nmodule='proj.new'"},
        "m:5: 'proj.new' is needed here, and line 6 removes it",
    ),
    (
        ["diff", "-m", "m"],
        {
            "m": HEAD + "[[redirect]]\nfrom='proj.old'\nnames={OldEngine='proj.new:Engine'}\n"
            "[[remove]]\nmodule='proj.new'"
        },
        "m:5: 'proj.new' is needed here",
    ),
    (
        ["diff", "-m", "m"],
        {
            "m": HEAD
            + "[[repair]]\nmodule='proj.user'\nprefer=['proj.new']\n[[remove]]\nmodule='proj.new'"
        },
        "m:5: 'proj.new' is needed here",
    ),
    (
        ["apply", "-m", "m"],
        {
            "m": HEAD
            + "[[deprecate]]\nmodule='proj.old'\nuse='proj.new'\n[[remove]]\nmodule='proj.new'"
        },
        "m:5: 'proj.new' is needed here",
    ),
    (
        ["apply", "-m", "m"],
        {"m": HEAD + "[[align]]\nmodules=['proj.new']\n[[remove]]\nmodule='proj.new'"},
        "m:4: 'proj.new' is needed here",
    ),
    (["list"], {"pyproject.toml": "[tool.unfork\n"}, "pyproject.toml:1: not valid TOML"),
    (["check"], {"pyproject.toml": "[tool.unfork]\nmigration=[]"}, "did you mean 'migrations'?"),
    (["check"], {"pyproject.toml": "[tool.unfork]\nmigrations=['n/*']"}, "no file 'n/*'"),
    (["check"], {"pyproject.toml": "[tool.unfork]\nmigrations=[1]"}, "must be a string"),
    (["check"], {"pyproject.toml": "[tool.unfork]\nexclude=['!a']"}, "starts with '!'"),
    (["check"], {"pyproject.toml": "[tool.unfork]\nexclude=['[b-a]']"}, "makes no sense"),
    (["check"], {"migration.toml": "x"}, "migration.toml:1: not valid TOML"),
    (["check", "--baseline", "none"], {}, "the baseline none: there is no such file"),
    (["check", "--baseline", "-"], {}, "--baseline - is no file"),
    (["audit", "--draft", "-"], {}, "--draft - is no file"),
    (["check", "--baseline", "proj"], {}, "the baseline proj cannot be read"),
    (
        ["check", "--baseline", "pyproject.toml"],
        {},
        "the baseline pyproject.toml is not valid JSON (",
    ),
    (["check", "--baseline", "b"], {"b": "{}"}, "b is not an unfork baseline"),
    (["check", "--baseline", "b", "--write-baseline"], {"b": "[]"}, "b is not an unfork baseline"),
    (["check", "--baseline", "n/b", "--write-baseline"], {}, "n/b: there is no folder n"),
]


@pytest.mark.parametrize(("args", "files", "message"), BAD, ids=lambda value: str(value)[:60])
def test_bad_input_is_one_clear_message(
    root: Path, run: Run, args: list[str], files: dict[str, str], message: str
) -> None:
    _write(root, files)
    before = _bytes(root)
    done = run(*args)
    assert message in done.stderr
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stderr.startswith(("unfork: error: ", "Usage: unfork"))
    assert _bytes(root) == before
