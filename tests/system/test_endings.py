"""Exit codes and the one line for what nobody has foreseen; outputs that stay where a run fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import USE, build, environment, unfork

BREAKS = """
import sys
from unfork.rewriting import file_migration
from unfork.audit.scanning.scan import Scanner
def broken(*args, **named):
    raise {error}
file_migration.migrate_file = broken
Scanner.facts = broken
sys.argv[0] = "unfork"
from unfork.__main__ import main
main()
"""


def broken(root: Path, error: str, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BREAKS.format(error=error), *args]
    return subprocess.run(
        command, cwd=root, env=environment() | more, capture_output=True, text=True
    )


@pytest.mark.parametrize("args", [("diff",), ("check",), ("apply",), ("audit",)])
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("error", ["KeyError('x\\n::y')", "MemoryError", "ZeroDivisionError"])
def test_what_nobody_has_foreseen_is_2_and_one_line(
    tmp_path: Path, args: tuple[str, ...], jobs: str, error: str
) -> None:
    root = build(tmp_path, {f"root/use{n}.py": USE for n in range(80)})
    done = broken(root, error, *args, "-j", jobs)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("unfork: error: ")
    assert not any(line.startswith("::") for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("OSError(2, 'No such file', 'a/b')", "a/b: No such file; if it was there a moment ago, "),
        ("OSError(28, 'No space left', b'a.py')", "a.py: No space left\n"),
        ("OSError(5, 'Input/output error')", "Input/output error; UNFORK_DEBUG=1 shows where\n"),
        ("OSError(1, 'Not permitted', 7)", "Not permitted; UNFORK_DEBUG=1 shows where\n"),
    ],
)
def test_an_error_of_the_system_says_where_or_how_to_find_out(
    tmp_path: Path, error: str, said: str
) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    done = broken(root, error, "diff", "-j", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"unfork: error: {said}")


@pytest.mark.skipif(os.name != "posix", reason="needs a folder that can go while it is used")
@pytest.mark.parametrize("command", ["diff", "apply", "check", "audit", "undo"])
def test_a_current_folder_that_is_gone_is_said_to_be(tmp_path: Path, command: str) -> None:
    (tmp_path / "gone").mkdir()
    line = f'rmdir ../gone && exec "{sys.executable}" -m unfork {command}'
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=tmp_path / "gone",
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "unfork: error: the current folder is not there any more; change into one that is\n"
    )


def test_ctrl_c_that_python_wraps_is_still_ctrl_c(tmp_path: Path) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    done = broken(root, "RuntimeError('__set_name__') from KeyboardInterrupt()", "diff")
    assert (done.returncode, done.stderr) == (130, "unfork: interrupted\n")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_traceback_is_there_for_who_asks(tmp_path: Path, jobs: str) -> None:
    root = build(tmp_path, {f"root/use{n}.py": USE for n in range(80)})
    done = broken(root, "KeyError('x')", "diff", "-j", jobs, UNFORK_DEBUG="1")
    assert done.returncode == 2
    assert "in broken" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        "unfork: error: this is a bug in unfork: KeyError"
    )


@pytest.mark.parametrize(
    "args", [("diff", "-o"), ("check", "-o"), ("audit", "-o"), ("diff", "--patch")]
)
def test_an_output_is_not_emptied_by_a_run_that_fails(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    root = build(tmp_path, {"root/use.py": USE, "root/out": "before"})
    assert broken(root, "KeyError", *args, "out").returncode == 2
    assert (root / "out").read_text() == "before"
    (root / "m.toml").write_text("nonsense")
    if args[0] != "audit":
        assert unfork(root, *args, "out").returncode == 2
        assert (root / "out").read_text() == "before"
    assert sorted(path.name for path in root.iterdir()) == [
        "m.toml",
        "out",
        "proj",
        "pyproject.toml",
        "use.py",
    ]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes and links")
def test_an_output_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    root = build(tmp_path, {"root/use.py": USE, "root/real": "before"})
    (root / "real").chmod(0o640)
    (root / "out").symlink_to("real")
    assert unfork(root, "check", "-o", "out").returncode == 1
    assert (root / "out").is_symlink()
    assert "use.py:1:22 UF001" in (root / "real").read_text()
    assert (root / "real").stat().st_mode & 0o777 == 0o640
    mask = os.umask(0)
    os.umask(mask)
    assert unfork(root, "check", "-o", "new").returncode == 1
    assert (root / "new").stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_an_output_may_be_a_pipe(tmp_path: Path) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    os.mkfifo(root / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=root, stdout=subprocess.PIPE) as reader:
        assert unfork(root, "check", "-o", "pipe").returncode == 1
        assert b"use.py:1:22 UF001" in reader.communicate(timeout=60)[0]


@pytest.mark.parametrize("module", ["click", "rich", "libcst", "gc", "typing"])
def test_a_module_of_the_folder_is_not_imported(tmp_path: Path, module: str) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    (root / f"{module}.py").write_text("open('ran', 'w')\nraise SystemExit(9)\n")
    assert unfork(root, "diff").returncode == 1
    assert not (root / "ran").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs such names")
@pytest.mark.parametrize(
    "name",
    [
        "::error file=a,line=1::x.py",
        "##[error]x.py",
        "##vso[task.complete]x.py",
        " ::warning::y.py",
    ],
)
def test_a_file_name_is_no_command_to_a_ci_system(tmp_path: Path, name: str) -> None:
    root = build(
        tmp_path,
        {f"root/{name}": USE + "import proj.old\n", "root/bad.py": f"{USE}'''\n::error::x\n"},
    )
    (root / "doc.py").write_text(f'"""\n::error::x\n"""\n{USE}\n  # ::error::y\n')
    commands = (
        ["diff"],
        ["check"],
        ["apply"],
        ["undo"],
        ["audit"],
        ["audit", "--format", "markdown"],
    )
    for args in commands:
        done = unfork(root, *args)
        assert done.returncode in (0, 1), done
        for line in (done.stdout + done.stderr).splitlines():
            assert not line.lstrip().startswith(("::", "##[")), line
            assert "##vso[" not in line
