"""On a terminal: its width, what is said when all is clean, and what completes a command line."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from small_project import CONFIGURED, FIXED, environment, run_unfork, write_files

fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    write_files(folder, CONFIGURED)
    return folder


def on_terminal(root: Path, columns: int, *args: str) -> tuple[int, list[str]]:
    """Run unfork on a terminal; return its exit code, and the lines of both streams without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "unfork", *args],
        cwd=root,
        env=environment(TERM="xterm-256color"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    data = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        data += piece
    os.close(ours)
    text = ANSI.sub("", data.decode().replace("\r\n", "\n"))
    return process.wait(), text.splitlines()


LONG = (
    ("check",),
    ("diff", "--stat"),
    ("diff", "--notes", "--stat"),
    ("apply",),
    ("check", "--fix"),
    ("explain", "UF001"),
    ("explain",),
    ("diff", "-m", "no-such-migration-anywhere"),
    ("check", "--no-such-option"),
    ("list",),
    ("audit",),
)
HELP = tuple(
    (*command, "--help")
    for command in ((), ("diff",), ("apply",), ("check",), ("audit",), ("init",), ("explain",))
)


@pytest.mark.parametrize("args", [*LONG, *HELP], ids=" ".join)
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_word_is_broken(root: Path, columns: int, args: tuple[str, ...]) -> None:
    write_files(root, {"README.md": "proj.old is here\n"})
    old = (root / "proj/old.py").read_text() + "lost = 1\n"
    lost = "from proj.old import lost, OldEngine\n\nprint(lost)\nOldEngine()\n"
    write_files(root, {"proj/old.py": old, "proj/lost.py": lost})
    code, lines = on_terminal(root, columns, *args)
    assert code in (0, 1, 2)
    assert lines
    code_of_example = (
        [line for line in lines if line.startswith("    ")] if "explain" in args else []
    )
    too_long = [line for line in lines if len(line) > columns and line not in code_of_example]
    assert [line for line in too_long if " " in line.strip()] == []


def test_clean_on_a_terminal_is_one_line(root: Path) -> None:
    write_files(root, {"proj/user.py": FIXED})
    for paths in ((), ("proj/user.py",)):
        assert on_terminal(root, 80, "check", *paths) == (
            0,
            ["All clean: nothing uses a legacy module."],
        )
        assert on_terminal(root, 80, "check", "-q", *paths) == (0, [])
        assert run_unfork(root, "check", *paths).stdout == ""


def test_clean_but_for_a_mention(root: Path) -> None:
    write_files(root, {"proj/user.py": f"{FIXED}# proj.old was here\n"})
    said = ["All clean: nothing uses a legacy module."]
    mention = "1 mention of what moved in 1 file (--notes lists them)."
    assert on_terminal(root, 80, "check") == (0, [*said, mention])
    assert on_terminal(root, 80, "check", "-q") == (0, [])
    assert run_unfork(root, "check").stdout == f"{mention}\n"


def test_a_baseline_that_covers_all_is_not_called_clean(root: Path) -> None:
    known = ("check", "--baseline", "known.json")
    code, lines = on_terminal(root, 80, *known, "--write-baseline")
    assert (code, lines[0]) == (0, "unfork: baseline: known.json: 1 finding listed")
    assert on_terminal(root, 80, *known) == (0, ["Nothing new: the baseline lists 1 finding."])
    assert run_unfork(root, *known).stdout == ""
    assert on_terminal(root, 80, "check", "--exit-zero")[1][-1] == "1 finding, 1 fixable with --fix"


@pytest.mark.parametrize("columns", [40, 80])
def test_no_summary_of_a_command_is_cut(root: Path, columns: int) -> None:
    _, lines = on_terminal(root, columns)
    told = " ".join(" ".join(lines).split())
    assert "Write the changes, in the work tree or as commits on a new branch" in told
    assert "..." not in told.partition("Commands:")[2]


def test_migrations_are_listed_in_columns_or_below_each_other(root: Path) -> None:
    _, wide = on_terminal(root, 200, "list")
    assert wide[0].split() == ["NAME", "FILE", "STEPS", "SUMMARY"]
    _, narrow = on_terminal(root, 40, "list")
    assert narrow[:4] == ["one-engine", "  migration.toml", "  1 redirect", "  One engine"]
    assert run_unfork(root, "list").stdout.splitlines() == wide


def test_never_is_no_colour_on_a_terminal(root: Path) -> None:
    _, lines = on_terminal(root, 80, "diff", "--color", "never")
    assert "proj/user.py +2 -2" in lines


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("unfork dif", ["diff"]),
        ("unfork diff --fo", ["--format"]),
        ("unfork diff --format p", ["plain"]),
        ("unfork diff -m o", ["one-engine"]),
        ("unfork diff -m exec", ["execution-engines"]),
        ("unfork explain UF10", ["UF101", "UF102"]),
        ("unfork explain uf00", [f"UF00{digit}" for digit in range(1, 10)]),
        ("unfork check --select UF001,UF01", ["UF001,UF010"]),
        ("unfork check --ignore UF101", ["UF101"]),
    ],
)
def test_completion(root: Path, words: str, wanted: list[str]) -> None:
    done = run_unfork(
        root,
        _UNFORK_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    completed = [line.partition(",")[2] for line in done.stdout.splitlines()]
    assert completed[: len(wanted)] == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(root: Path, shell: str) -> None:
    done = run_unfork(root, _UNFORK_COMPLETE=f"{shell}_source")
    assert (done.returncode, done.stderr) == (0, "")
    assert "_UNFORK_COMPLETE" in done.stdout
