"""What check and audit count and show: options as in ruff, baselines, ignore comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_project import CONFIGURED, FIXED, ONE_OFF, make_repository, run_unfork, write_files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    write_files(folder, CONFIGURED)
    return folder


LOST = "from proj.old import OldEngine, lost\n\nprint(OldEngine, lost)\n"


def test_what_fix_can_mend_has_a_mark(root: Path) -> None:
    old = (root / "proj/old.py").read_text()
    write_files(root, {"proj/old.py": old + "lost = 1\n", "proj/user.py": LOST})
    done = run_unfork(root, "check")
    marked = [line for line in done.stdout.splitlines() if " [*] " in line]
    assert [line.split()[0] for line in marked] == ["proj/user.py:1:22"]
    assert "\n2 findings, 1 fixable with --fix\n" in done.stdout
    fixed = run_unfork(root, "check", "--fix")
    assert fixed.returncode == 1
    assert "Files changed (1):\nproj/user.py\n" in fixed.stdout
    assert "OldEngine" not in (root / "proj/user.py").read_text()
    assert "[*]" not in run_unfork(root, "check").stdout


def test_no_mark_on_what_cannot_be_proved(root: Path) -> None:
    write_files(root, {"proj/user.py": "from proj.old import helper\n\nhelper(1, 2, 3, 4)\n"})
    old = "class OldEngine:\n    pass\n\n\ndef helper(*args):\n    return args\n"
    write_files(root, {"proj/old.py": old})
    done = run_unfork(root, "check")
    assert done.returncode == 1
    before = (root / "proj/user.py").read_bytes()
    run_unfork(root, "check", "--fix")
    assert (root / "proj/user.py").read_bytes() == before
    assert "[*]" not in done.stdout


def test_the_next_command_is_said(root: Path) -> None:
    make_repository(root)
    done = run_unfork(root, "check", "--fix")
    assert done.stdout.endswith(
        "1 file fixed\nNext: git diff shows the changes, unfork undo takes them back\n"
    )


def test_quiet(root: Path) -> None:
    (line,) = run_unfork(root, "check", "-q").stdout.splitlines()
    assert line.startswith("proj/user.py:2:22 UF001 [*] ")
    write_files(root, {"proj/user.py": FIXED})
    for options in ((), ("-q",)):
        done = run_unfork(root, "check", *options)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_statistics(root: Path) -> None:
    done = run_unfork(root, "check", "--statistics")
    assert done.returncode == 1
    assert done.stdout == "1  UF001  [*] import of a legacy module\n"


@pytest.mark.parametrize("form", ["plain", "json", "github", "sarif"])
def test_exit_zero(root: Path, form: str) -> None:
    done = run_unfork(root, "check", "--exit-zero", "--format", form)
    assert done.returncode == 0
    assert "UF001" in done.stdout
    if form == "json":
        assert json.loads(done.stdout)["exit_code"] == 0
    assert run_unfork(root, "check", "--exit-zero", "-m", "none").returncode == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--select", "UF001"), 1),
        (("--select", "UF002,UF001"), 1),
        (("--select", "UF002", "--select", "UF001"), 1),
        (("--select", "UF0"), 1),
        (("--select", "uf001"), 1),
        (("--select", "UF002"), 0),
        (("--ignore", "UF001"), 0),
        (("--ignore", "UF0"), 0),
        (("--ignore", "UF002,UF1"), 1),
        (("--select", "UF0", "--ignore", "UF001"), 0),
        (("--select", "UF001", "--ignore", "UF0"), 1),
    ],
)
def test_which_codes_count(root: Path, options: tuple[str, ...], code: int) -> None:
    done = run_unfork(root, "check", *options)
    assert (done.returncode, "UF001" in done.stdout) == (code, bool(code))


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("command", ["check", "audit"])
def test_a_code_that_is_none(root: Path, command: str, option: str) -> None:
    done = run_unfork(root, command, option, "UF0011")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{option} UF0011: there is no such code; did you mean 'UF001'?" in done.stderr


def test_audit_takes_them_too(root: Path) -> None:
    write_files(root, {"proj/broken.py": "from proj.new import lost\nimport nowhere.at_all\n"})
    audited = run_unfork(root, "audit", "-q")
    assert audited.returncode == 1
    lines = audited.stdout.splitlines()
    assert lines
    assert all(line.startswith("proj/") for line in lines)
    assert run_unfork(root, "audit", "--exit-zero").returncode == 0
    exit_zero = run_unfork(root, "audit", "--exit-zero", "--format", "json")
    assert (exit_zero.returncode, json.loads(exit_zero.stdout)["exit_code"]) == (0, 0)
    only = run_unfork(root, "audit", "-q", "--select", "UF002")
    assert {line.split()[1] for line in only.stdout.splitlines()} == {"UF002"}
    counts = run_unfork(root, "audit", "--statistics", "--select", "UF002")
    assert counts.stdout == "1  UF002  name imported from a module that does not define it\n"
    assert run_unfork(root, "audit", "--select", "UF101").returncode == 0


# -- baselines


def test_the_baseline_of_pyproject(root: Path) -> None:
    config = (root / "pyproject.toml").read_text()
    write_files(root, {"pyproject.toml": config + 'baseline = "known.json"\n'})
    missing = run_unfork(root, "check")
    assert missing.returncode == 2
    assert "known.json: there is no such file; --write-baseline writes it" in missing.stderr
    assert run_unfork(root, "check", "--write-baseline").returncode == 0
    (entry,) = json.loads((root / "known.json").read_text())["findings"]
    assert entry == {
        "path": "proj/user.py",
        "code": "UF001",
        "module": "proj.old",
        "name": "OldEngine",
        "count": 1,
    }
    assert run_unfork(root, "check").returncode == 0
    assert run_unfork(root / "proj", "check").returncode == 0
    write_files(root, {"other.json": '{"version": 2, "findings": []}'})
    assert run_unfork(root, "check", "--baseline", "other.json").returncode == 1


def test_a_baseline_holds_whatever_is_written_in_messages(root: Path) -> None:
    known = ("check", "--baseline", "known.json")
    run_unfork(root, *known, "--write-baseline")
    write_files(root, {"proj/new.py": "class Machine:\n    pass\n"})
    migration = (root / "migration.toml").read_text().replace('"Engine"', '"Machine"')
    write_files(root, {"migration.toml": migration, "proj/clean.py": ""})
    assert run_unfork(root, *known).returncode == 0  # the message names another target now
    write_files(root, {"proj/user.py": "import proj.old\n\nprint(proj.old.OldEngine)\n"})
    assert run_unfork(root, *known).returncode == 1


def test_a_baseline_of_an_older_unfork(root: Path) -> None:
    entry = {"path": "proj/user.py", "code": "UF001", "message": "as it was worded", "count": 1}
    write_files(root, {"old.json": json.dumps({"version": 1, "findings": [entry]})})
    assert run_unfork(root, "check", "--baseline", "old.json").returncode == 0
    again = run_unfork(root, "check", "--baseline", "old.json", "--write-baseline")
    assert again.returncode == 0
    assert json.loads((root / "old.json").read_text())["version"] == 2


def test_codes_that_do_not_count_stay_in_the_baseline(root: Path) -> None:
    known = ("check", "--baseline", "known.json")
    run_unfork(root, *known, "--write-baseline")
    text = (root / "known.json").read_text()
    done = run_unfork(root, *known, "--ignore", "UF001")
    assert (done.returncode, "gone" in done.stdout) == (0, False)
    run_unfork(root, *known, "--ignore", "UF001", "--write-baseline")
    assert (root / "known.json").read_text() == text


# -- ignore comments


@pytest.mark.parametrize(
    ("comment", "code", "warning"),
    [
        ("# unfork: ignore UF001", 1, "has no effect; write # unfork: ignore[UF001]"),
        ("# unfork: ignored", 1, "has no effect; write # unfork: ignore"),
        ("# unfork ignore", 1, "has no effect; write # unfork: ignore"),
        ("# Unfork: Ignore[UF001]", 1, "has no effect; write # unfork: ignore[UF001]"),
        ("# unfork: ignore[]", 1, "names no code; write # unfork: ignore[UF001]"),
        ("# unfork: ignore[UF01]", 1, "no such code; did you mean 'UF001'?"),
        ("# unfork: ignore[UF001, UF999]", 0, "names UF999, and there is no such code"),
        ("# noqa: UF991", 1, "names UF991, and there is no such code"),
    ],
)
@pytest.mark.parametrize("paths", [(), ("proj/user.py",)])
def test_malformed_ignores_are_warned_of(
    root: Path, comment: str, code: int, warning: str, paths: tuple[str, ...]
) -> None:
    text = f"from proj.old import OldEngine  {comment}\n\nprint(OldEngine)\n"
    write_files(root, {"proj/user.py": text})
    done = run_unfork(root, "check", *paths)
    assert done.returncode == code
    assert done.stderr.startswith("unfork: warning: proj/user.py:1:33: '")
    assert warning in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "comment",
    [
        "# unfork: ignore",
        "# unfork: ignore[UF001]  # and why",
        "# noqa: F401,UF001",
        "# noqa: E501",
        "# unfork does the rest",
        "#: what unfork: means",
    ],
)
def test_others_are_not(root: Path, comment: str) -> None:
    write_files(root, {"proj/user.py": f"from proj.old import OldEngine  {comment}\n"})
    assert run_unfork(root, "check").stderr == ""
    text = f'x = "{comment}"\ny = """\n# unfork: ignore UF001\n"""\n'
    write_files(root, {"proj/user.py": text})
    assert run_unfork(root, "check", "--warn-unused-ignores").stderr == ""


def test_unused_ignores(root: Path) -> None:
    needed = (
        "from proj.old import OldEngine  # unfork: ignore\n"
        "from proj.old import (\n    helper,\n)  # unfork: ignore[UF001]\n"
    )
    useless = (
        "import os  # unfork: ignore\n"
        "from proj.old import OldEngine  # unfork: ignore[UF001] # noqa: UF002\n"
        "\nprint(os, OldEngine)  # unfork: ignore[UF101]\n"
    )
    write_files(root, {"proj/user.py": needed, "proj/more.py": useless})
    quiet = run_unfork(root, "check", "--select", "UF001")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    done = run_unfork(root, "check", "--warn-unused-ignores")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "unfork: warning: proj/more.py:1:12: '# unfork: ignore' is not needed any more; remove it",
        "unfork: warning: proj/more.py:2:57: '# noqa: UF002' is not needed any more; remove it",
    ]
    one = run_unfork(root, "check", "--warn-unused-ignores", "proj/user.py")
    assert one.stderr == ""


# -- spellings of options


def test_two_spellings_of_format(root: Path) -> None:
    for command in ("diff", "check"):
        first = run_unfork(root, command, "--format", "json")
        assert run_unfork(root, command, "--output-format", "json").stdout == first.stdout


@pytest.mark.parametrize(
    "command", [(), ("diff",), ("check",), ("apply",), ("audit",), ("init",), ("explain",)]
)
def test_version_and_color_of_all(root: Path, command: tuple[str, ...]) -> None:
    said = run_unfork(root, *command, "-V")
    assert said.stdout == run_unfork(root, "--version").stdout
    assert said.stdout.startswith("unfork ")
    bad = run_unfork(root, *command, "--color", "blue")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "'blue' is not one of 'auto', 'always', 'never'" in bad.stderr


@pytest.mark.parametrize("command", ["diff", "check", "audit"])
def test_color(root: Path, command: str) -> None:
    assert "\x1b[" in run_unfork(root, command, "--color", "always").stdout
    assert "\x1b[" in run_unfork(root, "--color", "always", command).stdout
    assert "\x1b[" in run_unfork(root, command, FORCE_COLOR="1").stdout
    assert "\x1b" not in run_unfork(root, command, "--color", "never", FORCE_COLOR="1").stdout
    assert "\x1b" not in run_unfork(root, command).stdout


def test_stat(root: Path) -> None:
    done = run_unfork(root, "diff", "--stat")
    assert done.returncode == 1
    assert done.stdout.startswith("proj/user.py +2 -2\n\n")
    assert "@@" not in done.stdout


def test_notes(root: Path) -> None:
    write_files(root, {"README.md": "proj.old is\nwhat proj.old was: proj/old.py\n"})
    make_repository(root)
    short = run_unfork(root, "diff").stdout
    assert "\n3 mentions of what moved in 1 file (--notes lists them).\n" in short
    assert "UF005" not in short
    for options in (ONE_OFF, ()):
        long = run_unfork(root, "diff", "--notes", *options).stdout
        line = "README.md:1:1 UF005 proj.old is now proj.new (lines 1, 2); proj/old.py is now "
        assert f"\n{line}" in long


def test_the_warning_that_a_deprecation_inserts_is_no_mention(root: Path) -> None:
    more = '[[deprecate]]\nmodule = "proj.old"\nuse = "proj.new"\n'
    write_files(root, {"migration.toml": CONFIGURED["migration.toml"] + more})
    make_repository(root)
    assert run_unfork(root, "apply").returncode == 0
    assert "proj.old is deprecated" in (root / "proj/old.py").read_text()
    assert run_unfork(root, "check", "--notes").stdout == ""
    write_files(root, {"proj/clean.py": "print('proj.old is deprecated')\n"})
    assert "proj/clean.py:1:8 UF005" in run_unfork(root, "check", "--notes").stdout
